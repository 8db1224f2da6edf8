"""What a column's values say about themselves before a row is read: order of dates, decimal commas, discounts."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from itertools import islice
from typing import Any

from orders.importing.discounts import FRACTIONS, Meaning, decide_meaning, spoken_fraction
from salesops.spreadsheets.faults import CellProblem
from salesops.spreadsheets.tables import Cell, Table
from salesops.spreadsheets.values import (
    DateOrder,
    detect_date_order,
    to_code,
    to_decimal,
    to_moment,
    to_text,
    uses_decimal_comma,
)

PROBED_ROWS = 20_000
_REMEMBERED = 50_000
DATE_FIELDS = ("order_date", "ship_date", "due_date", "promised_date")
CODE_FIELDS = ("order_number", "customer_code", "product_code")
FLOAT = re.compile(r"(\d{1,15})\.0")  # how programs write a whole number once a column has had an empty cell
NUMBER_FIELDS = ("quantity", "unit_price", "gross_price", "amount", "gross_amount", "tax")


@dataclass
class Evidence:
    """How the columns of one table are to be read, and what to say about it."""

    date_order: dict[str, DateOrder] = field(default_factory=dict)
    ambiguous_dates: dict[str, str] = field(default_factory=dict)  # heading -> an example
    told_dates: dict[str, tuple[DateOrder, str]] = field(default_factory=dict)  # heading -> how it is read, an example
    decimal_comma: set[str] = field(default_factory=set)
    float_codes: set[str] = field(default_factory=set)  # columns whose every code reads 13085.0: it is 13085
    discount: Meaning | None = None
    discount_proven: bool = False


def look_at_columns(table: Table, columns: dict[str, int], options: dict[str, Any]) -> Evidence:
    """Probe the dates, numbers and discounts of a table. A date order chosen by a person counts before any evidence."""
    wanted = [name for name in (*DATE_FIELDS, *NUMBER_FIELDS, *CODE_FIELDS, "discount") if name in columns]
    probed: dict[str, list[Cell]] = {name: [] for name in wanted}
    for _, cells in islice(table.rows(), PROBED_ROWS):
        for name in wanted:
            place = columns[name]
            probed[name].append(cells[place])
    evidence = Evidence()
    for name in wanted:
        if name in DATE_FIELDS:
            _order_of(table, columns, name, probed[name], options, evidence)
        elif name in CODE_FIELDS:
            if _all_floats(probed[name]):
                evidence.float_codes.add(name)
        elif name in NUMBER_FIELDS and uses_decimal_comma(probed[name]):
            evidence.decimal_comma.add(name)
    if "discount" in wanted:
        heading = table.headings[columns["discount"]]
        evidence.discount, evidence.discount_proven = decide_meaning(_discount_rows(probed, evidence), heading)
    return evidence


def _all_floats(cells: list[Cell]) -> bool:
    held = [cell for cell in cells if cell is not None]
    return bool(held) and all(isinstance(cell, str) and FLOAT.fullmatch(cell.strip()) for cell in held)


def _order_of(
    table: Table, columns: dict[str, int], name: str, probed: list[Cell], options: dict[str, Any], evidence: Evidence
) -> None:
    chosen = (options.get("date_order") or {}).get(name)
    if chosen:
        evidence.date_order[name] = DateOrder(chosen)
        return
    found = detect_date_order(probed)
    if found.ambiguous and table.row_count > len(probed):
        place = columns[name]
        found = detect_date_order(cells[place] for _, cells in table.rows())
    evidence.date_order[name] = found.order
    heading = table.headings[columns[name]]
    if found.ambiguous:
        evidence.ambiguous_dates[heading] = found.example
    if found.example:
        evidence.told_dates[heading] = (found.order, found.example)


def _discount_rows(
    probed: dict[str, list[Cell]], evidence: Evidence
) -> list[tuple[Decimal, Decimal | None, Decimal | None, Decimal | None]]:
    def numbers(*names: str) -> list[Decimal | None]:
        for name in names:
            if name in probed:
                return [_number_or_none(cell, name in evidence.decimal_comma) for cell in probed[name]]
        return [None] * len(probed["discount"])

    quantities, prices, amounts = numbers("quantity"), numbers("unit_price"), numbers("amount")
    if "gross_price" in probed and "gross_amount" in probed:
        prices, amounts = numbers("gross_price"), numbers("gross_amount")
    rows = []
    for cell, quantity, price, amount in zip(probed["discount"], quantities, prices, amounts, strict=True):
        if isinstance(cell, str) and spoken_fraction(cell) is not None:
            continue
        discount = _number_or_none(cell, decimal_comma=False)
        if discount is not None:
            rows.append((discount, quantity, price, amount))
    return rows


def _number_or_none(cell: Cell, decimal_comma: bool) -> Decimal | None:
    try:
        return to_decimal(cell, decimal_comma=decimal_comma)
    except CellProblem:
        return None


Take = Callable[[list[Cell]], Any]


class Takers:
    """Functions that take one field from a row's cells; texts and dates met before are not read twice."""

    def __init__(self, columns: dict[str, int], evidence: Evidence) -> None:
        self._columns = columns
        self._evidence = evidence

    def has(self, *names: str) -> bool:
        """Whether some column holds one of the fields."""
        return any(name in self._columns for name in names)

    def text(self, name: str, limit: int) -> Take:
        """Text, "" where empty; inner runs of spaces become one."""
        place = self._columns.get(name)
        if place is None:
            return _empty

        def take(cells: list[Cell]) -> str:
            cell = cells[place]
            if cell is None:
                return ""
            text = to_text(cell)
            if len(text) > limit:
                to_text(cell, max_length=limit)
            return " ".join(text.split()) if " " in text or "\n" in text or "\t" in text else text

        return take

    def code(self, name: str, limit: int) -> Take:
        """A code or number, "" where empty."""
        place = self._columns.get(name)
        if place is None:
            return _empty

        def take(cells: list[Cell]) -> str:
            cell = cells[place]
            return "" if cell is None else to_code(cell, max_length=limit)

        def take_float(cells: list[Cell]) -> str:
            code = take(cells)
            found = FLOAT.fullmatch(code)
            return found[1] if found else code

        return take_float if name in self._evidence.float_codes else take

    def number(self, name: str) -> Take:
        """A number, None where empty."""
        place = self._columns.get(name)
        if place is None:
            return _nothing
        comma = name in self._evidence.decimal_comma

        def take(cells: list[Cell]) -> Decimal | None:
            cell = cells[place]
            return cell if cell is None or type(cell) is Decimal else to_decimal(cell, decimal_comma=comma)

        return take

    def moment(self, name: str) -> Take:
        """A moment on the wall clock, None where empty."""
        place = self._columns.get(name)
        if place is None:
            return _nothing
        order = self._evidence.date_order.get(name, DateOrder.YEAR_FIRST)
        known: dict[Cell, datetime | None] = {}

        def take(cells: list[Cell]) -> datetime | None:
            cell = cells[place]
            if cell is None:
                return None
            if cell in known:
                return known[cell]
            if len(known) > _REMEMBERED:
                known.clear()
            found = known[cell] = to_moment(cell, order)
            return found

        return take

    def discount(self) -> Take:
        """(the discount as a fraction, money off instead of one); raises CellProblem for what is no discount."""
        place = self._columns.get("discount")
        if place is None:
            return lambda _cells: (Decimal(0), None)
        meaning = self._evidence.discount or "fraction"
        read = FRACTIONS.get(meaning)

        def take(cells: list[Cell]) -> tuple[Decimal, Decimal | None]:
            cell = cells[place]
            if cell is None:
                return Decimal(0), None
            if type(cell) is str:
                spoken = spoken_fraction(cell)
                if spoken is not None:
                    return spoken, None
            value = to_decimal(cell)
            if value is None or not value:
                return Decimal(0), None
            return (read(value), None) if read is not None else (Decimal(0), value)

        return take


def _empty(_cells: list[Cell]) -> str:
    return ""


def _nothing(_cells: list[Cell]) -> None:
    return None
