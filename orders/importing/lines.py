"""One row of a sheet as one order line, or the reason why not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from customers.models import TaxRate
from orders.importing.amounts import LARGEST, ONE, ZERO, Figures, Worth, worth_of
from orders.importing.columns import Evidence, Takers
from salesops.spreadsheets.faults import CellProblem, gettext_noop
from salesops.spreadsheets.tables import Cell, Table
from salesops.spreadsheets.values import digits_of, to_text

NO_NUMBER = gettext_noop("The order number is missing.")
NO_DATE = gettext_noop("The order date is missing.")
NO_PRODUCT = gettext_noop("The product is missing.")
NO_QUANTITY = gettext_noop("The quantity is missing or zero.")
NO_WORTH = gettext_noop("Both the price and the amount are missing.")
TOO_LARGE = gettext_noop("The figure is too large.")
BAD_DISCOUNT = gettext_noop("This discount is not between 0 and 100 %.")
BAD_TAX_RATE = gettext_noop("This tax rate is not known.")
UNKNOWN_STATE = gettext_noop("This word for the state of an order is not known.")

QUANTITY_STEP = Decimal("0.0001")
EXEMPT_WORDS = {
    "免税": TaxRate.EXEMPT,
    "exempt": TaxRate.EXEMPT,
    "tax exempt": TaxRate.EXEMPT,
    "不征税": TaxRate.OUTSIDE,
    "not taxable": TaxRate.OUTSIDE,
}
HEADER_TEXTS: dict[str, int] = {
    "ship_method": 80,
    "ship_method_id": 40,
    "customer_po": 80,
    "salesperson": 80,
    "salesperson_id": 40,
    "clerk": 80,
    "currency": 3,
    "region": 80,
    "ship_to": 200,
    "ship_to_receiver": 80,
    "ship_to_phone": 40,
    "ship_to_city": 80,
    "ship_to_region": 80,
    "ship_to_postcode": 20,
    "ship_to_country": 80,
}
CUSTOMER_TEXTS: dict[str, int] = {
    "contact": 80,
    "contact_first_name": 60,
    "mobile": 40,
    "phone": 40,
    "email": 254,
    "address": 200,
    "address_more": 100,
    "city": 80,
    "province": 80,
    "postcode": 12,
    "country": 80,
    "region": 80,
    "segment": 80,
}
PRODUCT_TEXTS: dict[str, int] = {"spec": 200, "model": 80, "unit": 20, "category": 80, "subcategory": 80}


class RowRefused(Exception):  # noqa: N818  # a refusal, not an accident
    """A row cannot be taken: field, value and reason (an English msgid and its values)."""

    def __init__(self, field: str, value: str, reason: str, values: dict[str, Any] | None = None) -> None:
        super().__init__(reason)
        self.field = field
        self.value = value
        self.reason = reason
        self.values = values or {}


@dataclass(slots=True)
class Line:
    """What one row says."""

    number: str
    moment: datetime | None
    customer_code: str
    customer_name: str
    product_code: str
    barcode: str
    product_name: str
    quantity: Decimal
    worth: Worth | None
    discount: Decimal
    tax_rate: str
    shipped: datetime | None
    status: str
    due: date | None
    remarks: str


class LineReader:
    """Reads the rows of one table; made once, so that a row costs little."""

    def __init__(self, table: Table, columns: dict[str, int], evidence: Evidence) -> None:
        take = Takers(columns, evidence)
        self.columns = columns
        self.table = table
        self.has_number = take.has("order_number")
        self.has_date = take.has("order_date")
        self.has_customer = take.has("customer_code", "customer_name")
        self.has_ship_date = take.has("ship_date")
        self.has_status = take.has("status")
        self.has_quantity = take.has("quantity")
        self.has_worth = take.has("amount", "gross_amount")
        self.number = take.code("order_number", 80)
        self.moment = take.moment("order_date")
        self.customer_code = take.code("customer_code", 60)
        self.customer_name = take.text("customer_name", 200)
        self.product_code = take.code("product_code", 60)
        self.barcode = take.code("barcode", 60)
        self.product_name = take.text("product_name", 300)
        self.quantity = take.number("quantity")
        self.shipped = take.moment("ship_date")
        self.status = take.text("status", 60)
        self.due = take.moment("due_date")
        self.remarks = take.text("remarks", 300)
        self._discount = take.discount()
        self._figures = {
            name: take.number(name)
            for name in ("unit_price", "gross_price", "amount", "gross_amount", "tax")
            if take.has(name)
        }
        self._rate = columns.get("tax_rate")
        self._header = {name: take.text(name, limit) for name, limit in HEADER_TEXTS.items() if take.has(name)}
        self._promised = take.moment("promised_date")
        self._of_customer = {n: take.text(n, limit) for n, limit in CUSTOMER_TEXTS.items() if take.has(n)}
        self._of_product = {n: take.text(n, limit) for n, limit in PRODUCT_TEXTS.items() if take.has(n)}

    def read(self, cells: list[Cell]) -> Line:
        """The row as a line; RowRefused with the field that stops it."""
        at = "order_number"
        try:
            number = self.number(cells)
            at = "order_date"
            moment = self.moment(cells)
            at = "customer_code"
            customer_code = self.customer_code(cells)
            at = "customer_name"
            customer_name = self.customer_name(cells)
            at = "product_code"
            product_code = self.product_code(cells)
            at = "barcode"
            barcode = self.barcode(cells)
            at = "product_name"
            product_name = self.product_name(cells)
            at = "quantity"
            quantity = self._quantity_of(cells)
            at = "discount"
            worth, discount, rate = self._worth_of(cells, quantity)
            at = "ship_date"
            shipped = self.shipped(cells)
            at = "status"
            status = self.status(cells)
            at = "due_date"
            due = self.due(cells)
            at = "remarks"
            remarks = self.remarks(cells)
        except CellProblem as problem:
            field = problem.values.get("field", at)
            raise RowRefused(field, self.shown(cells, field), problem.msgid, problem.values) from None
        if not (product_code or barcode or product_name):
            raise RowRefused("product_code", "", NO_PRODUCT)
        return Line(
            number, moment, customer_code, customer_name, product_code, barcode, product_name, quantity, worth,
            discount, rate, shipped, status, due.date() if due else None, remarks,
        )  # fmt: skip

    def _quantity_of(self, cells: list[Cell]) -> Decimal:
        quantity: Decimal | None = self.quantity(cells) if self.has_quantity else ONE
        if quantity is not None and quantity.as_tuple().exponent < -4:  # type: ignore[operator]
            quantity = quantity.quantize(QUANTITY_STEP, rounding=ROUND_HALF_UP)
        if not quantity:
            raise RowRefused("quantity", self.shown(cells, "quantity"), NO_QUANTITY)
        if abs(quantity) >= LARGEST:
            raise RowRefused("quantity", self.shown(cells, "quantity"), TOO_LARGE)
        return quantity

    def _worth_of(self, cells: list[Cell], quantity: Decimal) -> tuple[Worth | None, Decimal, str]:
        figures = Figures(quantity)
        for name, take in self._figures.items():
            try:
                value = take(cells)
            except CellProblem as problem:
                raise RowRefused(name, self.shown(cells, name), problem.msgid, problem.values) from None
            if value is not None and abs(value) >= LARGEST:
                raise RowRefused(name, self.shown(cells, name), TOO_LARGE)
            setattr(figures, name, value)
        figures.tax_rate = self._rate_of(cells) if self._rate is not None else ""
        figures.discount, money_off = self._discount(cells)
        if not ZERO <= figures.discount <= 1:
            if figures.amount is None and figures.gross_amount is None:
                raise RowRefused("discount", self.shown(cells, "discount"), BAD_DISCOUNT)
            figures.discount = ZERO
        if money_off is not None:
            self._take_off(figures, money_off)
        worth = worth_of(figures)
        if worth is not None and (abs(worth.exact) >= LARGEST or abs(worth.unit_price) >= LARGEST):
            raise RowRefused("amount", self.shown(cells, "amount"), TOO_LARGE)
        return worth, figures.discount, figures.tax_rate

    @staticmethod
    def _take_off(figures: Figures, money_off: Decimal) -> None:
        """A discount in money: where the sheet has no amount of its own, take it off price x quantity."""
        price = figures.gross_price if figures.gross_price is not None else figures.unit_price
        full = figures.quantity * price if price is not None else None
        if full is not None and figures.amount is None and figures.gross_amount is None:
            figures.amount = full - money_off
        if full and ZERO <= money_off / full <= 1:
            figures.discount = (money_off / full).quantize(Decimal("0.000001"))

    def _rate_of(self, cells: list[Cell]) -> str:
        """A TaxRate value, or the whole percentage of former years ("17"); "" where the cell is empty."""
        cell = cells[self._rate] if self._rate is not None else None
        if cell is None:
            return ""
        text = to_text(cell).replace("％", "%")
        if text.casefold() in EXEMPT_WORDS:
            return EXEMPT_WORDS[text.casefold()].value
        try:
            value = Decimal(text.rstrip("% "))
        except ArithmeticError:
            raise RowRefused("tax_rate", text, BAD_TAX_RATE) from None
        if "%" not in text and 0 < value < 1:
            value *= 100
        if not 0 <= value <= 99 or value != int(value):
            raise RowRefused("tax_rate", text, BAD_TAX_RATE)
        return str(int(value))

    def header(self, cells: list[Cell]) -> dict[str, str]:
        """What the row says about its order as a whole."""
        found = self._texts(self._header, cells)
        promised = self._promised(cells)
        if promised is not None:
            found["promised"] = promised.date().isoformat()
        return found

    def of_customer(self, cells: list[Cell]) -> dict[str, str]:
        """What the row says about its customer."""
        return self._texts(self._of_customer, cells)

    def of_product(self, cells: list[Cell]) -> dict[str, str]:
        """What the row says about its product."""
        return self._texts(self._of_product, cells)

    def spec(self, cells: list[Cell]) -> tuple[str, str]:
        """(specification with model, unit) of the row."""
        texts = self.of_product(cells) if self._of_product else {}
        return " ".join(filter(None, (texts.get("spec", ""), texts.get("model", ""))))[:200], texts.get("unit", "")

    def _texts(self, takes: dict[str, Any], cells: list[Cell]) -> dict[str, str]:
        found = {}
        for name, take in takes.items():
            try:
                text = take(cells)
            except CellProblem as problem:
                raise RowRefused(name, self.shown(cells, name), problem.msgid, problem.values) from None
            if text:
                found[name] = text
        return found

    def shown(self, cells: list[Cell], field: str) -> str:
        """A cell as a person sees it, for the list of problems."""
        place = self.columns.get(field)
        return "" if place is None else shown_cell(cells[place])

    def heading(self, field: str) -> str:
        """The heading over a field, or the field's name where the sheet has none."""
        place = self.columns.get(field)
        return field if place is None else self.table.headings[place]

    def all_shown(self, cells: list[Cell]) -> dict[str, str]:
        """The whole row as a person sees it."""
        return {
            heading: shown_cell(cell)
            for heading, cell in zip(self.table.headings, cells, strict=False)
            if cell is not None
        }


def shown_cell(cell: Cell) -> str:
    """A cell as text, whatever it holds."""
    if isinstance(cell, Decimal):
        return digits_of(cell)[:200]
    try:
        return to_text(cell)[:200]
    except CellProblem:
        return str(getattr(cell, "text", cell))[:200]
