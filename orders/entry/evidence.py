"""What a customer sent as it stands beside the grid: every line and every cell with a name a value can point at."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from customers.models import Customer
from orders.models import Evidence, Order, Request
from orders.requests.queries import Line, ShownEvidence, ShownSheet, shown_evidence, told_otherwise

MOST_REQUESTS = 5
MOST_COLUMNS = 26
MOST_FILES = 20


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a sheet: column letter, text, and whether it was taken (p) or needs a look (q)."""

    letter: str
    text: str
    look: str


@dataclass(slots=True)
class Piece:
    """One piece of evidence: lines of words, or rows of cells, or a file to open."""

    shown: ShownEvidence
    lines: list[Line] = field(default_factory=list)
    rows: list[tuple[int, list[Cell]]] = field(default_factory=list)
    letters: list[str] = field(default_factory=list)
    above: int = 0  # so many of the rows stand above the headings


@dataclass(slots=True)
class Asked:
    """A request with all that came in it; ``lines`` where its words are in no piece."""

    request: Request
    lines: list[Line]
    pieces: list[Piece]


@dataclass(slots=True)
class Beside:
    """Everything beside the grid: the requests, and files added to the order itself."""

    asked: list[Asked]
    files: list[Evidence]

    def __bool__(self) -> bool:
        return bool(self.asked or self.files)


def evidence_beside(order: Order, customer: Customer, rows: Mapping[str, Mapping[str, Any]]) -> Beside:
    """The evidence of an order's requests; of a file with several sheets the one the rows came from."""
    sheet = _sheet_of(rows.values())
    asked = [_asked(one, customer, sheet) for one in order.requests.order_by("id")[:MOST_REQUESTS]]
    return Beside(asked, list(order.evidence.filter(request__isnull=True)[:MOST_FILES]))


def _sheet_of(rows: Iterable[Mapping[str, Any]]) -> str:
    places = (place for row in rows for place in (row.get("origin") or {}).values())
    return next((str(place["sheet"]) for place in places if place.get("sheet")), "")


def _asked(request: Request, customer: Customer, sheet: str) -> Asked:
    pieces = [_piece(shown) for shown in shown_evidence(request, customer, sheet)]
    return Asked(request, told_otherwise(request, [piece.shown.row for piece in pieces]), pieces)


def _piece(shown: ShownEvidence) -> Piece:
    piece = Piece(shown, shown.lines)
    if shown.sheet is None or shown.row.kind == Evidence.Kind.MAIL:
        return piece
    sheet = shown.sheet
    piece.letters = [head.letter for head in sheet.heads[:MOST_COLUMNS]]
    piece.above = len(sheet.above)
    piece.rows = cells_of(sheet, (*sheet.above, *sheet.rows))
    return piece


def cells_of(sheet: ShownSheet, rows: Iterable[Mapping[str, Any]]) -> list[tuple[int, list[Cell]]]:
    """Rows of a sheet as they stand beside the grid: number and cells."""
    looks = _looks(sheet)
    told = []
    for row in rows:
        number, cells = row["number"], islice(row["cells"], MOST_COLUMNS)
        told.append((number, [Cell(at, text, looks.get((number, at), "")) for at, text in cells]))
    return told


def _looks(sheet: ShownSheet) -> dict[tuple[int, str], str]:
    """By row and column: taken, or to be looked at."""
    looks: dict[tuple[int, str], str] = {}
    for row in sheet.draft:
        for name, place in row["origin"].items():
            if "row" not in place:
                continue
            at = (int(place["row"]), str(place["column"]))
            is_open = name in row["problems"] or (
                "product" in row["problems"] and name in ("customer_part_number", "product_name")
            )
            looks[at] = "q" if is_open or looks.get(at) == "q" else "p"
    return looks
