"""Pairs of neighbouring characters: an index that finds 2 Chinese characters as fast as ten, on any database."""

import re
import unicodedata

from salesops.chinese import to_half_width

START = "\x02"  # stands before the first character of a text (no folded text holds it): look-up by one character
_APART = re.compile(r"\s+")


def folded(text: str) -> str:
    """The form in which texts are compared: half width, one composed form, no case, no control characters."""
    plain = unicodedata.normalize("NFC", to_half_width(text)).casefold()
    return "".join(
        " " if sign.isspace() else sign
        for sign in plain
        if sign.isspace() or unicodedata.category(sign) not in {"Cc", "Cs", "Cf", "Cn"}
    )


def words_of(text: str) -> list[str]:
    """The folded text cut at spaces."""
    return [word for word in _APART.split(folded(text)) if word]


def grams_of(*texts: str) -> set[str]:
    """Every two neighbouring characters of the texts' words, folded."""
    return {word[at : at + 2] for text in texts for word in words_of(text) for at in range(len(word) - 1)}


def starts_of(*texts: str) -> set[str]:
    """A mark and the first character of each text: what one typed character is looked up by."""
    return {START + words[0][0] for text in texts if (words := words_of(text))}
