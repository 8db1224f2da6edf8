"""Paper to PDF. What people typed travels as JSON and is only ever text: it is never read as markup."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import typst

from salesops.documents.characters import FONTS, breakable, printable
from salesops.documents.paper import Fact, Letterhead, Paper, Table, Words

logger = logging.getLogger(__name__)

_TEMPLATE = Path(__file__).resolve().parent / "template" / "paper.typ"
_MANY_ROWS = 100
_REMEMBERED = 11
_IN_A_CELL = 14
_IN_A_FACT = 18
_IN_A_LINE = 60
"""How many Latin letters have room without a break: in the narrowest column, in a fact of the head, in a line."""
_EPOCH = 0  # no clock in the file: the same document is the same bytes


@dataclass(frozen=True, slots=True)
class Typeset:
    """A PDF, and the characters its fonts lack: they stand as 〓 and are named at the end of the document."""

    pdf: bytes
    missing: tuple[str, ...]


class UnprintableError(Exception):
    """The letterhead's picture cannot be set."""


@cache
def _fonts() -> typst.Fonts:
    """Our fonts and no others, so that every computer makes the same document; opened once per process."""
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[FONTS])


def typeset(paper: Paper) -> Typeset:
    """The document as PDF; the same paper gives the same bytes."""
    writer = _Writer()
    content = writer.whole(paper)
    if writer.missing:
        logger.warning("%s: not in the fonts of documents: %s", paper.number, named(tuple(writer.missing)))
    made = _compile(content)
    if sum(len(table.rows) for table in paper.tables) > _MANY_ROWS:
        _let_go()
    return Typeset(made, tuple(writer.missing))


def named(characters: tuple[str, ...]) -> str:
    """ "U+2A6A5, U+1F600": how a character is told that cannot be printed."""
    return ", ".join(f"U+{ord(character):04X}" for character in characters)


def check_logo(picture: bytes) -> None:
    """Raise UnprintableError where the picture would spoil every document."""
    empty = Paper(("en",), Letterhead(logo=picture), ("",), "", (), (), ())
    try:
        typeset(empty)
    except typst.TypstError as refusal:
        raise UnprintableError from refusal


def _compile(content: dict[str, Any]) -> bytes:
    made: bytes = typst.compile(
        _TEMPLATE,
        root=_TEMPLATE.parent,
        font_paths=_fonts(),
        ignore_system_fonts=True,
        sys_inputs={"paper": json.dumps(content, ensure_ascii=False)},
        format="pdf",
        timestamp=_EPOCH,
    )
    return made


def _let_go() -> None:
    """Typst remembers its last ten documents, 40 MB each for 300 rows: make it remember nothing instead.

    Measured: a process that prints such orders stays at 210 MB instead of 600; this takes 0.1 s.
    """
    for _round in range(_REMEMBERED):
        typst.compile(b"", font_paths=_fonts(), ignore_system_fonts=True, format="pdf", timestamp=_EPOCH)


class _Writer:
    """Turns a paper into plain values, every text made printable on the way."""

    def __init__(self) -> None:
        self.missing: dict[str, None] = {}

    def whole(self, paper: Paper) -> dict[str, Any]:
        content = {
            "lang": paper.language,
            "names": self.words(paper.letterhead.names, _IN_A_LINE),
            "lines": self.words(paper.letterhead.lines, _IN_A_LINE),
            "logo": list(paper.letterhead.logo),
            "title": self.words(paper.title),
            "number": self.text(paper.number, _IN_A_LINE),
            "head": self.facts(paper.head),
            "blocks": [
                {"heading": self.words(block.heading), "facts": self.facts(block.facts)} for block in paper.blocks
            ],
            "tables": [self.table(table) for table in paper.tables],
            "closing": self.facts(paper.closing),
            "signatures": [self.words(each) for each in paper.signatures],
            "foot": self.text(paper.foot, _IN_A_LINE),
            "pages": self.words(paper.page_words),
            "stamp": self.words(paper.stamp),
        }
        told = named(tuple(self.missing))
        content["missing"] = [f"{words}: {told}" for words in paper.unprintable_words] if told else []
        return content

    def text(self, text: str, longest: int) -> str:
        return breakable(printable(text, self.missing), longest)

    def words(self, words: Words, longest: int = _IN_A_FACT) -> list[str]:
        return [self.text(word, longest) for word in words]

    def facts(self, facts: tuple[Fact, ...]) -> list[dict[str, Any]]:
        return [
            {"label": self.words(fact.label), "value": self.words(fact.value), "strong": fact.is_strong}
            for fact in facts
        ]

    def table(self, table: Table) -> dict[str, Any]:
        return {
            "heading": self.words(table.heading),
            "columns": [
                {"heading": self.words(column.heading, _IN_A_CELL), "width": column.width, "align": column.align}
                for column in table.columns
            ],
            "rows": [[self.words(cell, _IN_A_CELL) for cell in row] for row in table.rows],
            "totals": self.facts(table.totals),
        }
