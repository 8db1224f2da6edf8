"""How a person likes to see the product."""

from staff.models import User


def choose_language(*, user: User, language: str) -> User:
    """Remember the language with the person."""
    user.language = language
    user.save(update_fields=["language"])
    return user


def choose_theme(*, user: User, theme: str) -> User:
    """Remember the theme with the person."""
    user.theme = theme
    user.save(update_fields=["theme"])
    return user
