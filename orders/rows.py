"""From what a person wrote to an order's rows with amounts: pure arithmetic and snapshots, nothing is saved."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_noop

from customers.models import Product
from customers.pricing import PriceBook
from customers.queries import open_price_book
from orders.errors import OrderError
from orders.models import Order, OrderLine
from orders.prices import remember_reason
from orders.snapshots import HEADER_FIELDS
from orders.totals import write_line_amounts, write_totals
from salesops.numbering.numbers import house_day

MAX_LINES = 1000
MAX_AMOUNT = Decimal("9999999999999.99")
"""SQLite keeps fifteen digits of a number: a larger amount would lose its cents there."""


@dataclass(frozen=True, slots=True)
class LineEntry:
    """One row as a person wrote it. What is None comes from the product, or from the row's earlier save (id).

    The discount is a fraction (0.15 = 15 %); tax_rate is a TaxRate value or "" for not stated.
    """

    quantity: Decimal
    product: Product | None = None
    id: int | None = None
    unit_price: Decimal | None = None
    discount: Decimal = Decimal(0)
    tax_rate: str | None = None
    product_name: str | None = None
    spec: str | None = None
    unit: str | None = None
    customer_part_number: str | None = None
    due_on: date | None = None
    remarks: str = ""
    why: str = ""
    """Why the row is right, where somebody was asked about it."""


def apply_entries(
    order: Order,
    stored: list[OrderLine],
    lines: Sequence[LineEntry],
    header: dict[str, Any],
    prices: PriceBook | None = None,
) -> list[OrderLine]:
    """Put the header and the rows into the objects, with all amounts; nothing is saved.

    ``prices`` are those of the customer for all products in the rows, where they were read already.
    """
    unknown = set(header) - set(HEADER_FIELDS)
    if unknown:
        raise TypeError(f"not header fields of an order: {sorted(unknown)}")
    money_rules = (order.currency, order.prices_include_tax)
    for field, value in header.items():
        setattr(order, field, value)
    recount = (order.currency, order.prices_include_tax) != money_rules
    if not lines:
        raise OrderError(gettext_noop("An order needs at least one row."))
    if len(lines) > MAX_LINES:
        raise OrderError(
            gettext_noop("An order can have %(most)s rows at most; this one has %(count)s."),
            {"most": MAX_LINES, "count": len(lines)},
        )
    by_id = {line.pk: line for line in stored}
    prices = prices or _prices(order, lines)
    written = [
        _written_line(order, position, entry, by_id, prices, recount=recount) for position, entry in enumerate(lines, 1)
    ]
    kept = [line.pk for line in written if line.pk]
    if len(kept) != len(set(kept)):
        raise OrderError(gettext_noop("A row stands in the form twice. Open the order again and repeat the change."))
    write_totals(order, written)
    if abs(order.total) > MAX_AMOUNT:
        raise OrderError(gettext_noop("The total is too large: %(most)s at most."), {"most": f"{MAX_AMOUNT:,}"})
    return written


def _prices(order: Order, lines: Sequence[LineEntry]) -> PriceBook | None:
    """The customer's prices for the products that came without one: two queries however many rows."""
    products = [entry.product for entry in lines if entry.product is not None and entry.unit_price is None]
    return open_price_book(order.customer, products) if products else None


def _written_line(
    order: Order,
    position: int,
    entry: LineEntry,
    stored: dict[int, OrderLine],
    prices: PriceBook | None,
    *,
    recount: bool,
) -> OrderLine:
    """The row of the order that an entry describes: a changed copy of the stored one, or a new one."""
    if entry.id is not None and entry.id not in stored:
        raise OrderError(gettext_noop("This row is not part of the order any more."), line=position)
    old = stored.get(entry.id) if entry.id is not None else None
    line = copy(old) if old is not None else OrderLine(order=order)
    line.position = position
    _check_quantity(order, entry, old, position)
    is_new = _write_product(line, entry, old, position)
    _write_price(order, line, entry, prices if is_new else None, position)
    line.quantity, line.discount = entry.quantity, Decimal(entry.discount)
    line.due_on, line.remarks = entry.due_on, entry.remarks
    if entry.customer_part_number is not None:
        line.customer_part_number = entry.customer_part_number
    if entry.tax_rate is not None:
        line.tax_rate = entry.tax_rate
    if old is None or recount or _amount_inputs(line) != _amount_inputs(old):
        line.source_amount = None
        write_line_amounts(line, order.currency, prices_include_tax=order.prices_include_tax)
        if abs(line.amount) > MAX_AMOUNT:
            raise OrderError(
                gettext_noop("The amount is too large: %(most)s at most."),
                {"most": f"{MAX_AMOUNT:,}"},
                line=position,
                field="quantity",
            )
    return line


def _amount_inputs(line: OrderLine) -> tuple[Decimal, Decimal, Decimal, str]:
    """What an amount is made of; while these stay, an amount from a sheet stays to its last cent."""
    return line.quantity, line.unit_price, line.discount, line.tax_rate


def _check_quantity(order: Order, entry: LineEntry, old: OrderLine | None, position: int) -> None:
    if entry.quantity == 0:
        raise OrderError(gettext_noop("The quantity cannot be zero."), line=position, field="quantity")
    was_negative = old is not None and old.quantity < 0
    if entry.quantity < 0 and order.kind != Order.Kind.RETURN and not was_negative:
        raise OrderError(
            gettext_noop("A negative quantity belongs on an order of the kind “Return”."),
            line=position,
            field="quantity",
        )


def _write_product(line: OrderLine, entry: LineEntry, old: OrderLine | None, position: int) -> bool:
    """Snapshot code, name, specification, unit, tax rate and list price of the product at this moment.

    Answers whether the row is about another thing than before.
    """
    product = entry.product
    is_new = old is None or (product.pk if product else None) != old.product_id
    if product is not None and is_new:
        if product.is_discontinued:
            raise OrderError(
                gettext_noop("%(code)s is discontinued."), {"code": product.code}, line=position, field="product"
            )
        line.product, line.list_price = product, product.list_price
        line.product_code, line.product_name = product.code, product.name
        line.spec, line.unit, line.tax_rate = product.spec, product.unit, product.tax_rate
    elif product is None:
        if is_new:
            line.product, line.product_code, line.list_price = None, "", None
        line.product_name = entry.product_name or line.product_name
        line.spec = line.spec if entry.spec is None else entry.spec
        line.unit = line.unit if entry.unit is None else entry.unit
    if not line.product_name:
        raise OrderError(gettext_noop("Choose a product or write a name."), line=position, field="product")
    return is_new


def _write_price(order: Order, line: OrderLine, entry: LineEntry, prices: PriceBook | None, position: int) -> None:
    """The price written, else the one on the row, else the customer's for this product, quantity and day."""
    if entry.unit_price is not None:
        if line.unit_price is None or entry.unit_price != line.unit_price:
            line.unit_price, line.price_reason = entry.unit_price, ""
        return
    if prices is not None and entry.product is not None:
        price, reason = prices.price_for(entry.product, entry.quantity, house_day(order.received_at))
        if price is not None:
            line.unit_price, line.price_reason = price, remember_reason(reason)
    if line.unit_price is None:
        raise OrderError(gettext_noop("There is no price for this row: write one."), line=position, field="unit_price")
