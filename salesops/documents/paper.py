"""What stands on a printed document, in words ready to be set: the PDF and the page for printing show the same."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from django.utils.functional import Promise
from django.utils.translation import override

Language = Literal["zh", "en"]
LANGUAGES: tuple[Language, ...] = ("zh", "en")
_CODES = {"zh": "zh-hans", "en": "en"}

Words = tuple[str, ...]
"""One thing in each language of the document, the main one first; said once where all say the same."""

Align = Literal["left", "center", "right"]

PRINTABLE_WIDTH = 182
"""Millimetres between the margins of A4."""


@dataclass(frozen=True, slots=True)
class Letterhead:
    """Who sends the document: names, lines under them, and a picture (PNG or JPEG, empty for none)."""

    names: Words = ()
    lines: Words = ()
    logo: bytes = b""


@dataclass(frozen=True, slots=True)
class Fact:
    """A label with what it says; the value may have several lines."""

    label: Words
    value: Words
    is_strong: bool = False


@dataclass(frozen=True, slots=True)
class Block:
    """Facts that belong together, under a heading."""

    heading: Words
    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table; width in millimetres, 0 takes what the others leave."""

    heading: Words
    width: float
    align: Align = "left"


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells, and totals that stay together with the last row. A cell is its first line and small ones below."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[Words, ...], ...]
    totals: tuple[Fact, ...] = ()
    heading: Words = ()


@dataclass(frozen=True, slots=True)
class Paper:
    """A whole document. ``stamp`` is printed large across pages that are not valid as they are."""

    languages: tuple[Language, ...]
    letterhead: Letterhead
    title: Words
    number: str
    head: tuple[Fact, ...]
    blocks: tuple[Block, ...]
    tables: tuple[Table, ...]
    closing: tuple[Fact, ...] = ()
    signatures: tuple[Words, ...] = ()
    foot: str = ""
    page_words: Words = ()
    unprintable_words: Words = ()
    stamp: Words = ()

    @property
    def language(self) -> Language:
        """The main language."""
        return self.languages[0]


def chosen_languages(languages: Sequence[str]) -> tuple[Language, ...]:
    """The languages in the order given, each once. ValueError for none or one that documents are not written in."""
    known = tuple(language for wanted in dict.fromkeys(languages) for language in LANGUAGES if language == wanted)
    if not known or len(known) != len(set(languages)):
        raise ValueError("documents are written in zh, en or both")
    return known


def say(text: str | Promise, languages: Iterable[Language]) -> Words:
    """The text in each language; what is the same in all of them is said once."""
    said = []
    for language in languages:
        with override(_CODES[language]):
            said.append(str(text))
    return tuple(dict.fromkeys(word for word in said if word))


def say_with(text: str | Promise, values: Mapping[str, object], languages: Iterable[Language]) -> Words:
    """The text with its places filled in, in each language."""
    said = []
    for language in languages:
        with override(_CODES[language]):
            said.append(str(text) % values)
    return tuple(dict.fromkeys(said))


def figure_width(texts: Iterable[str], least: float, most: float = 44) -> float:
    """Millimetres a column of figures needs at the size of a table's text, its padding included."""
    longest = max((len(text) for text in texts), default=0)
    return min(max(least, longest * 1.72 + 4), most)
