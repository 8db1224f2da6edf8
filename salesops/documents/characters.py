"""Which characters the fonts of documents have, and what is printed in place of the others."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from functools import cache
from pathlib import Path

FONTS = Path(__file__).resolve().parent / "fonts"
REPLACEMENT = "〓"
"""The printers' sign for a sort that is missing; every font here has it."""

_SPACES = dict.fromkeys(map(ord, "\t\v\f\x1c\x1d\x1e\x1f\x85\u00a0"), " ")
_PLAIN = re.compile(r"[\x20-\x7e\n]*")
_RUN = re.compile(r"[!-~\u00a1-\u024f]+")


@cache
def _covered() -> tuple[list[int], list[int]]:
    pairs = [line.split("-") for line in (FONTS / "characters.txt").read_text(encoding="utf-8").split()]
    return [int(first, 16) for first, _last in pairs], [int(last, 16) for _first, last in pairs]


def is_printable(character: str) -> bool:
    """Whether both weights of the fonts have it."""
    firsts, lasts = _covered()
    place = bisect_right(firsts, ord(character)) - 1
    return place >= 0 and ord(character) <= lasts[place]


def printable(text: str, missing: dict[str, None]) -> str:
    """The text as the fonts can print it; what they lack becomes 〓 and is noted in ``missing`` in its order.

    Letters and their accents are joined first. Characters without a shape (controls, directions, joiners) go: the
    reader would not see them anyway, and some turn the text around.
    """
    if _PLAIN.fullmatch(text):
        return text
    joined = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n").translate(_SPACES))
    letters = []
    for letter in joined:
        if letter == "\n" or is_printable(letter):
            if unicodedata.category(letter) not in ("Cf", "Cc") or letter == "\n":
                letters.append(letter)
        elif unicodedata.category(letter) in ("Cf", "Cc", "Zl", "Zp") or unicodedata.name(letter, "").startswith(
            "VARIATION SELECTOR"
        ):
            continue
        else:
            missing[letter] = None
            letters.append(REPLACEMENT)
    return "".join(letters)


def breakable(text: str, longest: int) -> str:
    """Runs of more than ``longest`` Latin letters with invisible places to break, so that none leaves its column.

    Shorter ones stay as they are: who copies an order's number out of a document gets that number and nothing hidden.
    """
    return _RUN.sub(lambda run: "\u200b".join(run.group()) if len(run.group()) > longest else run.group(), text)
