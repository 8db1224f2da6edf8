"""A paper as its page shows it: cells with their side, and the last row kept apart with the totals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from salesops.documents.paper import Align, Fact, Paper, Table, Words
from salesops.documents.pictures import picture_address


@dataclass(frozen=True, slots=True)
class Cell:
    words: Words
    align: Align


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


def _view(table: Table) -> TableView:
    rows = [[Cell(words, column.align) for words, column in zip(row, table.columns, strict=True)] for row in table.rows]
    return TableView(table.heading, table.columns, rows[:-1], rows[-1:], table.totals, len(table.columns) - 1)
