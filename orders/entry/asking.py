"""The forms that work without the entry page ask about a price as that page does: of the row, in the same words."""

from __future__ import annotations

from collections.abc import Iterable

from customers.models import Customer
from customers.queries import open_price_book
from orders.desk.replaced import CameBack, came_back
from orders.entry.checks import Row, ask_why, check_price, read_habits
from orders.forms.rows import OrderRows
from orders.models import Order, OrderLine
from orders.origins import KeptOrigins, Reasons, kept_origins
from orders.rows import LineEntry
from salesops.numbering.numbers import house_day


def ask_about_prices(
    rows: OrderRows,
    *,
    customer: Customer,
    order: Order | None = None,
    gross: bool | None = None,
    currency: str = "",
) -> bool:
    """Ask beside each row whose price was written far from the customer's last one, until somebody says why.

    Answers whether anything was asked. ``gross`` says whether the prices hold tax and ``currency`` what they are in,
    where that is not as the order or the customer has it.
    """
    asked = [(form, entry) for form, entry in zip(rows.written(), rows.entries(), strict=True) if _is_new(rows, entry)]
    products = [entry.product for _form, entry in asked if entry.product is not None]
    if not products:
        return False
    if gross is None:
        gross = customer.price_list.includes_tax if customer.price_list else True
    ids = {product.pk for product in products}
    habits = read_habits(customer, ids, besides=order, gross=gross, currency=currency)
    book = open_price_book(customer, products)
    back = came_back([order.pk]).get(order.pk, CameBack()) if order is not None else CameBack()
    is_asked = False
    for form, entry in asked:
        if entry.product is None or entry.why:
            continue
        price = entry.unit_price
        if price is None:
            price, _reason = book.price_for(entry.product, entry.quantity, house_day())
        is_free = price is not None and price * (1 - entry.discount) == 0
        is_replaced = is_free and back.covers(entry.product.pk, entry.product.name, entry.quantity)
        row = Row(entry.quantity, entry.product, price, entry.discount, is_replaced=is_replaced)
        for check in check_price(row, habits.of(entry.product)):
            if check.level == "note":
                form.add_error("why", ask_why(check.text))
                is_asked = True
    return is_asked


def _is_new(rows: OrderRows, entry: LineEntry) -> bool:
    """Whether the price of a row is another one than was saved."""
    line = rows.stored.get(entry.id or 0)
    if line is None or entry.product is None or entry.product.pk != line.product_id:
        return True
    return entry.unit_price not in (None, line.unit_price) or entry.discount != line.discount


def reasons_kept(order: Order, lines: Iterable[OrderLine]) -> dict[int, str]:
    """Why rows of a saved order are right, by their position."""
    kept = kept_origins(order)
    return {line.position: reason for line in lines if (reason := kept.reason_of(line))}


def reasons_of(rows: OrderRows, order: Order | None = None) -> Reasons | None:
    """What a form says of why its rows are right, to be kept with the save; None where there is nothing to keep."""
    kept = kept_origins(order) if order is not None else KeptOrigins()
    reasons = [entry.why for entry in rows.entries()]
    before = kept.content["origin"]["reasons"] if kept else {}
    return Reasons(reasons=reasons, kept=kept) if any(reasons) or before else None
