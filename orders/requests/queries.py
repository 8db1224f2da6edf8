"""What the page of a request shows beside it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext

from orders.models import Evidence, Order, Request
from orders.requests.draft_rows import DraftRow, draft_rows, is_order
from orders.requests.evidence import SHOWN_PICTURES
from orders.requests.fields import REQUEST_FIELDS
from orders.requests.senders import ORDER_NUMBER
from orders.requests.sheets import (
    Sheet,
    SheetRow,
    best_sheet,
    column_letter,
    columns_of,
    columns_there,
    counting_columns,
    first_of_each,
    read_sheets,
    readable,
    says_how_many,
)
from orders.requests.word_rows import rows_of_evidence
from orders.status import OPEN_STATES
from orders.words import without_links
from salesops.spreadsheets.faults import SheetRefused

if TYPE_CHECKING:
    from customers.models import Customer
    from staff.models import User

SHOWN_ROWS = 100
MOST_LINES = 400
MOST_OFFERED = 12  # columns
MOST_TOLD = 3  # cells of one

Said = Mapping[int, str]
"""Column -> field, as somebody chose them; perhaps one field twice."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a mail or a note: its number, its words, and whether it was taken (p) or needs a look (q)."""

    number: int
    text: str
    look: str = ""


def lines_of(text: str, looks: Mapping[int, str] | None = None) -> list[Line]:
    """Words line by line, numbered from 1, empty ones between paragraphs kept; what is beyond the last is one more."""
    lines = without_links(text).splitlines()
    told = looks or {}
    shown = [Line(number, line.rstrip(), told.get(number, "")) for number, line in enumerate(lines[:MOST_LINES], 1)]
    rest = "\n".join(lines[MOST_LINES:]).rstrip()
    return [*shown, Line(MOST_LINES + 1, rest)] if rest else shown


@dataclass(slots=True)
class Head:
    """A column above its cells: letter, heading, and what it is taken for."""

    place: int
    letter: str
    heading: str
    field: str


@dataclass(frozen=True, slots=True)
class GuessedQuantity:
    """No heading says how many: the column taken for it (None where none can be), its first cells, and the others."""

    taken: Head | None
    cells: str
    others: list[Head]


@dataclass(slots=True)
class ShownSheet:
    """A sheet beside the deeds: its columns, its first rows, and how many of all are known products."""

    sheet: Sheet
    heads: list[Head]
    rows: list[dict[str, Any]]
    names: list[str]  # of all sheets of the file
    above: list[dict[str, Any]] = field(default_factory=list)  # rows above the headings
    count: int = 0
    known: int = 0
    draft: list[DraftRow] = field(default_factory=list)
    guess: GuessedQuantity | None = None

    @property
    def has_rest(self) -> bool:
        """Whether it has more rows than these first ones; the page asks for them by itself (``rest_of_sheet``)."""
        return len(self.sheet.rows) > len(self.rows)


@dataclass(slots=True)
class ShownEvidence:
    """One piece of evidence as the page shows it."""

    row: Evidence
    sheet: ShownSheet | None = None
    refusal: str = ""
    refusal_values: dict[str, Any] = field(default_factory=dict)
    said: list[DraftRow] = field(default_factory=list)  # rows out of its words
    beside: frozenset[int] = frozenset()  # lines that order something beside the rows of a sheet: nobody took them

    @property
    def count(self) -> int:
        """How many rows it gives."""
        return self.sheet.count if self.sheet and self.sheet.count else len(self.said)

    @property
    def known(self) -> int:
        """How many of them are products that are known."""
        return self.sheet.known if self.sheet and self.sheet.count else sum(1 for row in self.said if row["product_id"])

    @property
    def refusal_words(self) -> str:
        """Why the sheet cannot be read, in the reader's language."""
        return gettext(self.refusal) % self.refusal_values if self.refusal else ""

    @property
    def lines(self) -> list[Line]:
        """The words of a mail, a note or a paste; of a paste that is a sheet its rows are shown instead."""
        if self.sheet is not None and self.row.kind != Evidence.Kind.MAIL:
            return []
        return lines_of(self.row.text, _looks(self.said) | dict.fromkeys(self.beside, "q"))

    @property
    def is_picture(self) -> bool:
        """Whether the browser may show it as a picture."""
        return self.row.content_type in SHOWN_PICTURES

    @property
    def is_pdf(self) -> bool:
        """Whether the browser may show it page by page."""
        return self.row.content_type == "application/pdf"


def shown_evidence(
    request: Request, customer: Customer | None, sheet_name: str = "", said: Mapping[int, Said] | None = None
) -> list[ShownEvidence]:
    """Everything a request came with; ``said`` is what somebody just said the columns of a piece are."""
    return show_evidence(request.evidence.all(), customer, sheet_name, said)


def show_evidence(
    rows: Iterable[Evidence],
    customer: Customer | None,
    sheet_name: str = "",
    said: Mapping[int, Said] | None = None,
) -> list[ShownEvidence]:
    """Evidence as a page shows it; sheets are read, a damaged one is told in a sentence."""
    shown, rows = [], list(rows)
    sheets = readable(rows)
    for row in rows:
        one = ShownEvidence(row)
        shown.append(one)
        if row not in sheets:
            continue
        try:
            one.sheet = _shown_sheet(row, customer, sheet_name, said=(said or {}).get(row.pk))
        except SheetRefused as refusal:
            if row.kind == Evidence.Kind.SHEET:
                one.refusal, one.refusal_values = refusal.msgid, refusal.values
    if customer is not None:
        _read_words(shown, customer)
    return shown


def _read_words(shown: list[ShownEvidence], customer: Customer) -> None:
    """Rows out of words where no sheet gives any; where one does, the lines that order something more."""
    has_sheet = any(one.sheet and is_order(one.row, one.sheet.draft) for one in shown)
    for one in shown:
        said = rows_of_evidence(one.row, customer)
        if has_sheet:
            one.beside = frozenset(_line_of(row) for row in said)
            continue
        one.said = said
        if said and one.row.kind == Evidence.Kind.PASTE:
            one.sheet = None  # commas of a chat make no columns


def rest_of_sheet(evidence: Evidence, customer: Customer | None, sheet_name: str) -> ShownSheet | None:
    """The rows of a sheet behind the first; SheetRefused tells why it cannot be read."""
    return _shown_sheet(evidence, customer, sheet_name, begin=SHOWN_ROWS, end=None)


def _shown_sheet(
    evidence: Evidence,
    customer: Customer | None,
    sheet_name: str,
    *,
    begin: int = 0,
    end: int | None = SHOWN_ROWS,
    said: Said | None = None,
) -> ShownSheet | None:
    sheets = read_sheets(evidence)
    named = [sheet for sheet in sheets if sheet.name == sheet_name]
    sheet = named[0] if named else best_sheet(sheets, customer.pk if customer else None)
    if sheet is None:
        return None
    known = customer.pk if customer else None
    if said is None:
        columns = columns_of(sheet, known)
        taken = {place: name for name, place in columns.items()}
    else:
        taken = dict(said)
        columns = columns_there(sheet, first_of_each(taken))
    heads = [
        Head(place, column_letter(place), heading, taken.get(place, "")) for place, heading in enumerate(sheet.headings)
    ]
    shown = ShownSheet(sheet, heads, [], [one.name for one in sheets])
    shown.guess = None if says_how_many(sheet, known) else _guess(sheet, heads)
    states: dict[int, str] = {}
    if customer is not None:
        shown.draft = draft_rows(sheet=sheet, columns=columns, customer=customer, evidence=evidence)
        shown.count = len(shown.draft)
        shown.known = sum(1 for row in shown.draft if row["product_id"])
        states = {_row_of(row): "ok" if row["product_id"] and not row["problems"] else "open" for row in shown.draft}
    shown.above = [{"number": row.number, "cells": _cells(row)} for row in sheet.above]
    shown.rows = [
        {"number": row.number, "cells": _cells(row), "state": states.get(row.number, "")}
        for row in sheet.rows[begin:end]
    ]
    return shown


def _guess(sheet: Sheet, heads: Sequence[Head]) -> GuessedQuantity:
    taken = next((head for head in heads if head.field == "quantity"), None)
    cells = [row.cells[taken.place] for row in sheet.rows if row.cells[taken.place]] if taken else []
    others = [heads[place] for place in counting_columns(sheet)[:MOST_OFFERED] if heads[place] is not taken]
    return GuessedQuantity(taken, ", ".join(cells[:MOST_TOLD]), others)


def _cells(row: SheetRow) -> list[tuple[str, str]]:
    """Letter and text of each cell of a row."""
    return [(column_letter(place), text) for place, text in enumerate(row.cells)]


def told_otherwise(request: Request, evidence: Iterable[Evidence]) -> list[Line]:
    """What a request says in words where none of its evidence does."""
    is_told = any(row.text for row in evidence if row.request_id == request.pk)
    return [] if is_told else lines_of(request.body)


def _looks(rows: Iterable[DraftRow]) -> dict[int, str]:
    """By line: taken, or to be looked at."""
    looks: dict[int, str] = {}
    for row in rows:
        line = _line_of(row)
        looks[line] = "q" if row["problems"] or not row["quantity"] or looks.get(line) == "q" else "p"
    return looks


def _line_of(row: DraftRow) -> int:
    return next((int(origin["line"]) for origin in row["origin"].values() if "line" in origin), 0)


def sheet_to_read(shown: Iterable[ShownEvidence]) -> ShownEvidence | None:
    """The piece whose rows become the order's: the first that gives any, files before the text of a mail."""
    ranked = {row.pk: rank for rank, row in enumerate(readable(one.row for one in shown))}
    found = sorted((one for one in shown if one.sheet is not None), key=lambda one: ranked[one.row.pk])
    return next((one for one in found if one.sheet and one.sheet.draft), found[0] if found else None)


def _row_of(row: DraftRow) -> int:
    return next((int(origin["row"]) for origin in row["origin"].values() if "row" in origin), 0)


def field_choices() -> list[tuple[str, str]]:
    """What a column can be: (name, English word); translated where it is shown."""
    return [(spec.name, spec.label) for spec in REQUEST_FIELDS]


def duplicates_of(request: Request, person: User) -> list[Request]:
    """Other requests with the same Message-ID or the same file: probably the same thing once more."""
    sums = request.evidence.exclude(kind=Evidence.Kind.NOTE).exclude(file="").values_list("sha256", flat=True)
    same = Q(evidence__sha256__in=list(sums))
    if request.message_id:
        same |= Q(message_id=request.message_id)
    rows = Request.objects.visible_to(person).filter(same).exclude(pk=request.pk).distinct()
    return list(rows.select_related("order").order_by("-received_at", "-id")[:5])


def orders_to_file_with(request: Request, person: User) -> list[Order]:
    """Orders the request may speak of: those its subject names, then the customer's open ones, newest first."""
    visible = Order.objects.visible_to(person)
    named = {number.upper() for number in ORDER_NUMBER.findall(request.subject)}
    found = list(visible.filter(number__in=named)[:5]) if named else []
    if request.customer_id:
        rows = visible.filter(customer_id=request.customer_id, state__in=OPEN_STATES).order_by("-received_at", "-id")
        found += [order for order in rows[:8] if order not in found]
    return found


def evidence_visible_to(person: User) -> QuerySet[Evidence]:
    """Evidence of requests and orders this person may see; the warehouse sees what was added to its orders."""
    requests = Request.objects.visible_to(person).order_by().values("pk")
    orders = Order.objects.visible_to(person).order_by().values("pk")
    return Evidence.objects.filter(Q(request__in=requests) | Q(request__isnull=True, order__in=orders))
