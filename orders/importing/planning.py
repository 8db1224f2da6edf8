"""From a workbook to staged orders: every row checked and grouped, no record changed."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from decimal import Decimal
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from customers.importing.matching import CustomerBook, ProductBook
from orders.importing.amounts import CENT, CarriedPlaces, Worth, reckon_tax
from orders.importing.columns import Evidence, look_at_columns
from orders.importing.lines import (
    NO_DATE,
    NO_NUMBER,
    NO_WORTH,
    UNKNOWN_STATE,
    Line,
    LineReader,
    RowRefused,
)
from orders.importing.parties import Party, StagedCustomers, StagedProducts
from orders.importing.shared_numbers import LEFT_OUT, LeftOut
from orders.importing.sheets import Sheet
from orders.importing.staging import OrderIndex, Stage, cents, millionths
from orders.importing.state_words import standing_of
from orders.models import Order
from salesops.money import CarriedRounding, round_money, split_tax
from salesops.numbering.numbers import house_day
from salesops.spreadsheets.faults import CellProblem, gettext_noop
from salesops.spreadsheets.tables import Cell, Report, RowProblem, Watch

if TYPE_CHECKING:
    from staff.models import User

NO_CUSTOMER = gettext_noop("No customer in the row")
SEVERAL_CUSTOMERS = gettext_noop("Several customers of that name")
NO_SUCH_ORDER = gettext_noop("No order without lines has this number")
SEVERAL_ORDERS = gettext_noop("Several orders have this number")
OTHER_TEAM = gettext_noop("The customer belongs to another team.")
CHECKING = gettext_noop("Checking rows")
PROBLEMS_FILE = "problems.jsonl"
WATCHED_ROWS = 500


@dataclass
class Tally:
    """What is counted while rows are read."""

    refused: Counter[str] = field(default_factory=Counter)
    unassigned: int = 0
    lines: int = 0
    rounded_lines: int = 0
    rounding: Decimal = Decimal(0)
    disagreeing: int = 0
    priced_by_list: int = 0
    without_price: int = 0
    conflicts: set[str] = field(default_factory=set)
    conflict_rows: list[dict[str, Any]] = field(default_factory=list)
    net_cents: int = 0
    exact_sum: Decimal = Decimal(0)


@dataclass(slots=True)
class Goods:
    """What a line is about, checked."""

    worth: Worth
    product: Party
    spec: str
    unit: str


class Rounder:
    """Cents for a stream of exact amounts whose sum stays the sum of the sheet to the cent."""

    def __init__(self) -> None:
        self._carried = CarriedRounding()

    def take(self, exact: Decimal) -> Decimal:
        """The amount to the cent; one that has no more than two decimals passes as it is."""
        return exact if exact.as_tuple().exponent >= -2 else self._carried.take(exact)  # type: ignore[operator]


class Planner:
    """Stages the sheets of one workbook."""

    def __init__(
        self,
        stage: Stage,
        folder: Path,
        *,
        user: User | None,
        options: dict[str, Any],
        given: Party | None,
        watch: Watch,
    ) -> None:
        self.stage = stage
        self.user = user
        self.options = options
        self.watch = watch
        self.customers = StagedCustomers(stage, CustomerBook.load(user))
        self.products = StagedProducts(stage, ProductBook.load())
        self.orders = OrderIndex(stage)
        self.tally = Tally()
        self.evidence: dict[str, Evidence] = {}
        self.headers: dict[str, list[int]] = {}  # number -> staged orders of header sheets
        self.header_customers: dict[int, Party] = {}
        self.lineless: dict[str, list[tuple[int, int, str]]] | None = None
        self._clock = HouseClock()
        self._places = CarriedPlaces()
        self._rounder = Rounder()
        self._line_id = 0
        self._unassigned_id = 0
        self._problems: TextIOWrapper = (folder / PROBLEMS_FILE).open("w", encoding="utf-8")
        self._given = given
        self._last_rounded = 0
        self._done = 0
        self._total = 0
        self.lookups: dict[str, dict[str, str]] = {}
        self.left_out = LeftOut(frozenset(options.get("left_out") or ()))
        if given is not None:
            self.customers.known[("given", "")] = given
            self.customers.keep(given, {})

    def close(self) -> None:
        """End the list of problems."""
        self._problems.close()

    def expect(self, sheets: Iterable[Sheet]) -> None:
        """How many rows the progress counts."""
        self._total = sum(one.table.row_count for one in sheets)

    # -- sheets ---------------------------------------------------------------------------------------------------

    def take_headers(self, sheet: Sheet) -> None:
        """Orders without their lines: number, customer, dates."""
        reader = self._reader(sheet)
        for row, cells in self._rows(sheet):
            try:
                self._take_header(reader, row, cells)
            except RowRefused as refused:
                self.refuse(sheet, reader, row, refused)

    def take_lines(self, sheet: Sheet) -> None:
        """Rows that carry their order's number, customer and date beside the product."""
        reader = self._reader(sheet)
        for row, cells in self._rows(sheet):
            try:
                line = reader.read(cells)
                self._take_line(reader, line, row, cells)
            except RowRefused as refused:
                self.refuse(sheet, reader, row, refused)

    def take_details(self, sheet: Sheet) -> None:
        """Rows that know their order by its number alone: of a header sheet, else of orders that wait for lines."""
        reader = self._reader(sheet)
        for row, cells in self._rows(sheet):
            try:
                line = reader.read(cells)
                if not line.number:
                    raise RowRefused("order_number", "", NO_NUMBER)
                if self.left_out.holds(line.number):
                    raise RowRefused("order_number", line.number, LEFT_OUT)
                found = self._order_waiting_for(line.number)
                if isinstance(found, str):
                    self.set_aside(reader, line, row, cells, found)
                else:
                    self._stage_line(reader, line, row, self._goods_of(reader, line, cells), found)
            except RowRefused as refused:
                self.refuse(sheet, reader, row, refused)

    def _reader(self, sheet: Sheet) -> LineReader:
        evidence = look_at_columns(sheet.table, sheet.columns, self.options)
        self.evidence[sheet.table.name] = evidence
        for problem in sheet.table.left_out_problems():
            self._write_problem(problem)
        for reason, count in sheet.table.left_out_count.items():
            self.tally.refused[reason] += count
        return LineReader(sheet.table, sheet.columns, evidence)

    def _rows(self, sheet: Sheet) -> Iterable[tuple[int, list[Cell]]]:
        for row, cells in sheet.table.rows():
            self._done += 1
            if self._done % WATCHED_ROWS == 0:
                self.watch(self._done, self._total, CHECKING)
            yield row, cells

    # -- rows -----------------------------------------------------------------------------------------------------

    def _take_line(self, reader: LineReader, line: Line, row: int, cells: list[Cell]) -> None:
        customer = self._customer_of(reader, line.customer_code, line.customer_name, cells)
        if customer is None or customer.match.verdict == "conflict":
            reason = NO_CUSTOMER if customer is None else SEVERAL_CUSTOMERS
            if customer is not None:
                self._note_conflict(reader, row, customer)
            self.set_aside(reader, line, row, cells, reason)
            return
        self._demand_visible(customer)
        if reader.has_number and not line.number:
            raise RowRefused("order_number", "", NO_NUMBER)
        moment = line.moment
        if moment is None:
            if reader.has_date:
                raise RowRefused("order_date", "", NO_DATE)
            moment = datetime.combine(house_day(), datetime.min.time())
        self._demand_taken(line.number, moment, customer)
        goods = self._goods_of(reader, line, cells)
        order = self._order_of(reader, line.number, customer, moment, cells)
        self._stage_line(reader, line, row, goods, order)

    def _take_header(self, reader: LineReader, row: int, cells: list[Cell]) -> None:
        number, moment, shipped, status = self._header_values(reader, cells)
        if not number:
            raise RowRefused("order_number", "", NO_NUMBER)
        if moment is None:
            raise RowRefused("order_date", "", NO_DATE)
        customer = self._customer_of(reader, reader.customer_code(cells), reader.customer_name(cells), cells)
        if customer is None:
            raise RowRefused("customer_code", "", NO_CUSTOMER)
        if customer.match.verdict == "conflict":
            self._note_conflict(reader, row, customer)
            raise RowRefused("customer_name", customer.name, SEVERAL_CUSTOMERS)
        self._demand_visible(customer)
        self._demand_known_state(status)
        self._demand_taken(number, moment, customer)
        before = self.orders.count
        order = self._order_of(reader, number, customer, moment, cells, shipped=shipped, status=status)
        if self.orders.count > before:
            self.headers.setdefault(number, []).append(order)

    def _header_values(
        self, reader: LineReader, cells: list[Cell]
    ) -> tuple[str, datetime | None, datetime | None, str]:
        try:
            return reader.number(cells), reader.moment(cells), reader.shipped(cells), reader.status(cells)
        except CellProblem as problem:
            raise RowRefused("order_date", reader.shown(cells, "order_date"), problem.msgid, problem.values) from None

    def _customer_of(self, reader: LineReader, code: str, name: str, cells: list[Cell]) -> Party | None:
        if not code and not name:
            return self._given
        party, is_first = self.customers.take(code, name)
        if is_first:
            self.customers.keep(party, reader.of_customer(cells))
        return party

    def _demand_visible(self, customer: Party) -> None:
        if customer.match.verdict == "hidden":
            raise RowRefused("customer_name", customer.name, OTHER_TEAM)

    def _demand_taken(self, number: str, moment: datetime, customer: Party) -> None:
        if self.left_out.numbers and self.left_out.holds(number, self._clock.day(moment), customer.name):
            raise RowRefused("order_number", number, LEFT_OUT)

    @staticmethod
    def _demand_known_state(status: str) -> None:
        if status and standing_of(status) is None:
            raise RowRefused("status", status, UNKNOWN_STATE)

    def _order_of(
        self,
        reader: LineReader,
        number: str,
        customer: Party,
        moment: datetime,
        cells: list[Cell],
        *,
        shipped: datetime | None = None,
        status: str = "",
    ) -> int:
        """The staged order of (number, customer, day in the house zone)."""
        key = (number, customer.pk, self._clock.day(moment))
        order = self.orders.find(key)
        if order is None:
            header: dict[str, Any] = reader.header(cells)
            if method := self.lookups.get("shippers", {}).get(header.pop("ship_method_id", "")):
                header.setdefault("ship_method", method)
            header["has_ship_date"] = reader.has_ship_date
            header["has_status"] = reader.has_status
            if shipped is not None:
                header["shipped"] = self._clock.text(shipped)
            if (due := self._due_of(reader, cells)) is not None:
                header["due"] = due.isoformat()
            order = self.orders.add(
                key,
                json.dumps(header, ensure_ascii=False),
                existing=None,
                moment=self._clock.text(moment),
                state=status,
            )
        return order

    @staticmethod
    def _due_of(reader: LineReader, cells: list[Cell]) -> date | None:
        due = reader.due(cells)
        return due.date() if due else None

    def _order_waiting_for(self, number: str) -> int | str:
        """The staged order that lines of this number belong to, or why there is none."""
        staged = self.headers.get(number)
        if staged:
            return staged[0] if len(staged) == 1 else SEVERAL_ORDERS
        if self.lineless is None:
            self.lineless = self._load_lineless()
        waiting = self.lineless.get(number, [])
        if len(waiting) != 1:
            return SEVERAL_ORDERS if waiting else NO_SUCH_ORDER
        pk, version, day = waiting[0]
        order = self.orders.add((number, 0, day), json.dumps({"version": version}), existing=pk, moment=day, state="")
        self.headers[number] = [order]
        return order

    def _load_lineless(self) -> dict[str, list[tuple[int, int, str]]]:
        rows = Order.objects.filter(line_count=0).exclude(source_number="")
        if self.user is not None:
            rows = rows.filter(pk__in=Order.objects.visible_to(self.user).values("pk"))
        found: dict[str, list[tuple[int, int, str]]] = {}
        for pk, number, version, received in rows.values_list(
            "pk", "source_number", "version", "received_at"
        ).iterator():
            found.setdefault(number, []).append((pk, version, house_day(received).isoformat()))
        return found

    def _goods_of(self, reader: LineReader, line: Line, cells: list[Cell]) -> Goods:
        """Everything of a line that may still refuse its row, before an order is staged for it."""
        self._demand_known_state(line.status)
        worth = line.worth
        if worth is None:
            if reader.has_worth or reader.has_number:
                raise RowRefused("unit_price", "", NO_WORTH)
            worth = self._list_price_worth(line)
        spec, unit = reader.spec(cells)
        product, is_first = self.products.take(line.product_code, line.barcode, line.product_name)
        if is_first:
            self.products.keep(product, line.barcode, reader.of_product(cells))
        return Goods(worth, product, spec, unit)

    def _stage_line(self, reader: LineReader, line: Line, row: int, goods: Goods, order: int) -> None:
        worth, product = goods.worth, goods.product
        exact = self._places.take(worth.exact)
        rounded = self._rounder.take(exact)
        if worth.is_gross:
            net, tax = split_tax(rounded, line.tax_rate)
            amount, source = rounded, exact
        else:
            net = rounded
            tax = reckon_tax(net, line.tax_rate) if worth.tax is None else round_money(worth.tax)
            amount, source = net + tax, exact + tax
        self._line_id += 1
        self._count(worth, exact, rounded, net)
        self.stage.add(
            "lines",
            (
                self._line_id, order, product.pk, reader.table.name, row,
                int(line.quantity.scaleb(4)), millionths(worth.unit_price),
                int(line.discount.scaleb(6).to_integral_value()), line.tax_rate, cents(net), cents(tax), cents(amount),
                millionths(source),
                self._clock.text(line.moment), self._clock.text(line.shipped),
                line.status, line.product_name or product.name, goods.spec, goods.unit,
                line.due.isoformat() if line.due else "", line.remarks,
            ),
        )  # fmt: skip

    def _count(self, worth: Worth, exact: Decimal, rounded: Decimal, net: Decimal) -> None:
        tally = self.tally
        tally.lines += 1
        tally.net_cents += cents(net)
        tally.disagreeing += worth.disagrees
        tally.exact_sum += exact
        if exact != rounded:
            tally.rounded_lines += 1
            tally.rounding += rounded - exact
            if not worth.is_gross:
                self._last_rounded = self._line_id

    def settle_last_cent(self) -> None:
        """A total that ends on exactly half a cent rounds away from zero; lines passed it upwards: one cent moves."""
        missing = round_money(self.tally.exact_sum) - (self.tally.exact_sum + self.tally.rounding)
        if missing and self._last_rounded:
            step = cents(missing)
            self.stage.change(
                "UPDATE lines SET net = net + ?, amount = amount + ? WHERE id = ?", (step, step, self._last_rounded)
            )
            self.tally.rounding += missing
            self.tally.net_cents += step

    def _list_price_worth(self, line: Line) -> Worth:
        """A sheet without any order context (a template of an ERP) may leave prices out: ours counts, else nothing."""
        match = self.products.book.find(line.product_code, line.barcode, line.product_name)
        price = self.products.list_price(match.pk)
        if price is None:
            self.tally.without_price += 1
            price = Decimal(0)
        else:
            self.tally.priced_by_list += 1
        return Worth((line.quantity * price).quantize(CENT), False, None, price, True, False, False)

    def set_aside(self, reader: LineReader, line: Line, row: int, cells: list[Cell], reason: str) -> None:
        """Keep a row that cannot be given to a customer."""
        self.tally.unassigned += 1
        self._unassigned_id += 1
        amount = line.worth.exact if line.worth else None
        extra: dict[str, Any] = {
            "cells": reader.all_shown(cells),
            "unit_price": str(line.worth.unit_price) if line.worth else "",
            "discount": str(line.discount),
            "tax_rate": line.tax_rate,
            "is_gross": bool(line.worth and line.worth.is_gross),
        }
        if line.shipped:
            extra["shipped"] = self._clock.text(line.shipped)
        if line.status:
            extra["status"] = line.status
        extra["has_ship_date"] = reader.has_ship_date
        self.stage.add(
            "unassigned",
            (
                self._unassigned_id, reader.table.name, row, reason, line.number,
                self._clock.text(line.moment),
                line.product_code or line.barcode, line.product_name, str(line.quantity),
                "" if amount is None else str(amount.quantize(Decimal("0.000001"))),
                json.dumps(extra, ensure_ascii=False),
            ),
        )  # fmt: skip

    def _note_conflict(self, reader: LineReader, row: int, customer: Party) -> None:
        if customer.name not in self.tally.conflicts:
            self.tally.conflicts.add(customer.name)
            if len(self.tally.conflict_rows) < 100:
                heading = reader.heading("customer_name")
                problem = RowProblem(reader.table.name, row, heading, customer.name, SEVERAL_CUSTOMERS)
                self.tally.conflict_rows.append(asdict(problem))

    def refuse(self, sheet: Sheet, reader: LineReader, row: int, refused: RowRefused) -> None:
        """Count a refused row and list it with its reason."""
        self.tally.refused[refused.reason] += 1
        heading = reader.heading(refused.field)
        self._write_problem(RowProblem(sheet.table.name, row, heading, refused.value, refused.reason, refused.values))

    def _write_problem(self, problem: RowProblem) -> None:
        self._problems.write(json.dumps(asdict(problem), ensure_ascii=False, default=str) + "\n")

    def fill(self, report: Report) -> None:
        """The counts of the report."""
        tally = self.tally
        report.lines = tally.lines
        report.unassigned_lines = tally.unassigned
        report.refused = dict(tally.refused)
        report.conflicts = len(tally.conflicts) + len(self.left_out.rows)
        report.net_total = Decimal(tally.net_cents).scaleb(-2)


class HouseClock:
    """Wall-clock moments of a sheet in the company's zone, as text; those met before are not reckoned again."""

    _REMEMBERED = 50_000

    def __init__(self) -> None:
        self._zone = timezone.get_default_timezone()
        self._known: dict[datetime, str] = {}

    def text(self, moment: datetime | None) -> str:
        """The moment with its offset, "" for none; one that names an offset is brought to the company's zone."""
        if moment is None:
            return ""
        known = self._known.get(moment)
        if known is None:
            local = moment.astimezone(self._zone) if moment.tzinfo else moment.replace(tzinfo=self._zone)
            if len(self._known) >= self._REMEMBERED:
                self._known.clear()
            known = self._known[moment] = local.isoformat()
        return known

    def day(self, moment: datetime) -> str:
        """The day it is in the company's zone."""
        return self.text(moment)[:10]
