"""A paper as its page shows it: cells with their side, and the last row kept apart with the totals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from salesops.documents.paper import Align, Column, Fact, Paper, Table, Words
from salesops.documents.pictures import picture_address

WIDE_MM = 45
"""From here on a column of words gets a line of its own on a narrow screen."""


@dataclass(frozen=True, slots=True)
class Cell:
    """What stands in a cell, and under which heading: a narrow screen has no row of headings."""

    words: Words
    align: Align
    heading: Words
    is_wide: bool  # takes what the other columns leave

    @property
    def is_blank(self) -> bool:
        """Nothing stands in it: such a cell is for a pen, and only paper has one."""
        return not any(self.words)


@dataclass(frozen=True, slots=True)
class TableView:
    """A table for the template: ``body`` is every row but the last."""

    heading: Words
    columns: tuple[Any, ...]
    body: list[list[Cell]]
    last: list[list[Cell]]
    totals: tuple[Fact, ...]
    span: int


@dataclass(frozen=True, slots=True)
class PageLink:
    """One of the ways above the sheet."""

    url: str
    label: str
    icon: str
    is_current: bool = False


def page_context(paper: Paper, *, links: list[PageLink], back_url: str) -> dict[str, Any]:
    """What documents/paper.html needs."""
    return {
        "paper": paper,
        "tables": [_view(table) for table in paper.tables],
        "logo": picture_address(paper.letterhead.logo),
        "here": links,
        "back_url": back_url,
    }


def _cell(words: Words, column: Column) -> Cell:
    is_wide = column.align == "left" and not 0 < column.width < WIDE_MM
    return Cell(words, column.align, column.heading, is_wide)


def _view(table: Table) -> TableView:
    rows = [[_cell(words, column) for words, column in zip(row, table.columns, strict=True)] for row in table.rows]
    return TableView(table.heading, table.columns, rows[:-1], rows[-1:], table.totals, len(table.columns) - 1)
