"""Setting passwords."""

from django.db import transaction

from salesops.audit.deeds import Deed
from salesops.audit.trail import record
from staff.actions.sessions import end_sessions
from staff.models import User


@transaction.atomic
def change_password(*, user: User, password: str, keep_session: str | None, address: str | None = None) -> User:
    """Set one's own new password (already held against the rules); every other sign-in ends."""
    return _set_password(user, password, deed=Deed.PASSWORD_CHANGED, keep=keep_session, address=address)


@transaction.atomic
def reset_password(*, user: User, password: str, address: str | None = None) -> User:
    """Set a new password after a mailed link; every sign-in ends."""
    return _set_password(user, password, deed=Deed.PASSWORD_RESET, keep=None, address=address)


def _set_password(user: User, password: str, *, deed: Deed, keep: str | None, address: str | None) -> User:
    user.set_password(password)
    user.save(update_fields=["password"])
    end_sessions(user=user, keep=keep, by=user, address=address)
    record(by=user, deed=deed, about=user.username, address=address)
    return user
