"""Giving sheet rows that came without a customer to one."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from itertools import groupby
from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext_noop

from customers.models import Customer, Product
from orders.actions.enter import check_customer
from orders.errors import OrderError
from orders.importing.states import LineStanding, OrderStanding, moments_of, standing_of_order
from orders.models import Order, OrderEvent, OrderLine, OrderSnapshot, UnassignedLine
from orders.snapshots import content_of, plain_value
from orders.totals import exact_amount, write_totals
from orders.unassigned import waiting_lines
from salesops.failpoints import failpoint, register_failpoint
from salesops.money import CarriedRounding, add_tax, split_tax
from salesops.numbering.numbers import house_day, reserve_numbers
from staff.roles import Permission

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from staff.models import User

NOTHING_CHOSEN = gettext_noop("Choose the lines first.")
NOT_YOURS = gettext_noop("You may not sell to this customer.")
PIECE = 1000
"""So many rows are written in one transaction: about a second of SQLite's only pen where others are at work.

Measured with 135,000 lines on two busy processors: another clerk's save took 0.4 s in the median, 2.4 s at most.
"""
BREATH = 0.12
"""Seconds between two of them: whoever waits for the pen on SQLite looks for it every tenth of a second."""
BETWEEN = register_failpoint("orders.assign.between", "one piece of waiting lines has its customer, the next has not")
GONE = gettext_noop("Some of these lines were assigned in the meantime. Look at the list again.")


@transaction.atomic
def assign_lines(*, by: User, line_ids: Sequence[int], customer: Customer) -> list[Order]:
    """Make orders of waiting rows for a customer: one for each number and day of the sheet.

    Raises OrderError when nothing is chosen, when a row is no longer waiting or when the customer is blocked.
    """
    customer = _checked(by, customer)
    chosen = sorted(set(line_ids))
    if not chosen:
        raise OrderError(NOTHING_CHOSEN)
    rounding = CarriedRounding()
    return _write_orders(by, customer, _locked(by, chosen), rounding)


def assign_rows(
    *, by: User, rows: QuerySet[UnassignedLine], customer: Customer, watch: Callable[[int, int], None]
) -> None:
    """The same for as many rows as there are, piece by piece, each in a transaction of its own.

    Between two pieces others save. What is made stays whatever comes after it, and a run that was broken off goes on
    where it ended when it is begun again: rows that have their customer by then are not among ``rows`` any more, or are
    left out. ``watch`` is told after each piece and may end it by an exception. OrderError when nothing is chosen,
    and where the customer may not be sold to, or not any more.
    """
    found = rows.order_by().values_list("source_number", "ordered_at", "pk").iterator(chunk_size=2000)
    chosen = sorted((number, _day(moment).isoformat(), pk) for number, moment, pk in found)
    if not chosen:
        raise OrderError(NOTHING_CHOSEN)
    rounding, done = CarriedRounding(), 0
    piece: list[int] = []
    for _, own in groupby(chosen, key=lambda one: one[:2]):
        piece += [pk for _, _, pk in own]
        if len(piece) < PIECE and done + len(piece) < len(chosen):
            continue
        with transaction.atomic():
            held = _checked(by, customer)
            _write_orders(by, held, _still_waiting(by, piece), rounding)
        failpoint(BETWEEN)
        done += len(piece)
        piece = []
        watch(done, len(chosen))
        if connection.vendor == "sqlite" and done < len(chosen):
            time.sleep(BREATH)


def _checked(by: User, customer: Customer) -> Customer:
    if not by.may(Permission.IMPORT_SHEETS):
        raise PermissionDenied
    held = Customer.objects.select_for_update(of=("self",)).get(pk=customer.pk)
    if not Customer.objects.visible_to(by).filter(pk=held.pk).exists():
        raise OrderError(NOT_YOURS, field="customer")
    check_customer(held)
    return held


def _locked(by: User, chosen: Sequence[int]) -> list[UnassignedLine]:
    waiting = _still_waiting(by, chosen)
    if len(waiting) != len(chosen):
        raise OrderError(GONE)
    return waiting


def _still_waiting(by: User, chosen: Sequence[int]) -> list[UnassignedLine]:
    waiting: list[UnassignedLine] = []
    for at in range(0, len(chosen), 500):
        allowed = waiting_lines(by).filter(pk__in=chosen[at : at + 500]).values("pk")
        # Said once more of the row itself: whoever waited for its lock sees what it has become meanwhile.
        held = UnassignedLine.objects.select_for_update(of=("self",)).filter(assigned_to__isnull=True)
        waiting += held.filter(pk__in=allowed).order_by("pk")
    return waiting


def _day(moment: datetime | None) -> date:
    return house_day(moment) if moment else house_day()


def _write_orders(
    by: User, customer: Customer, waiting: list[UnassignedLine], rounding: CarriedRounding
) -> list[Order]:
    """Orders with lines, first save and diary, some statements for all of them."""
    goods = Goods(waiting)
    now = timezone.now()
    groups = [
        (number, day, list(rows))
        for (number, day), rows in groupby(
            sorted(waiting, key=lambda row: (row.source_number, _day(row.ordered_at), row.pk)),
            key=lambda row: (row.source_number, _day(row.ordered_at)),
        )
    ]
    days = Counter(day for _, day, _ in groups)
    numbers = {day: iter(reserve_numbers("SO", day, count)) for day, count in sorted(days.items())}
    orders: list[Order] = []
    lines: list[OrderLine] = []
    snapshots: list[OrderSnapshot] = []
    events: list[OrderEvent] = []
    for number, day, rows in groups:
        order, own = _make_order(by, customer, (next(numbers[day]), number), rows, goods, rounding)
        order.save(force_insert=True)
        orders.append(order)
        lines += own
        events.append(OrderEvent(order=order, kind="created", by=by, at=now, after=_told(order, rows)))
    made = iter(OrderLine.objects.bulk_create(lines, batch_size=500))
    for order, (_, _, rows) in zip(orders, groups, strict=True):
        own = [next(made) for _ in rows]
        for line, row in zip(own, rows, strict=True):
            row.assigned_to = line
        snapshots.append(OrderSnapshot(order=order, revision=0, content=content_of(order, own), at=now, by=by))
    UnassignedLine.objects.bulk_update(waiting, ["assigned_to"], batch_size=400)
    OrderSnapshot.objects.bulk_create(snapshots, batch_size=200)
    OrderEvent.objects.bulk_create(events, batch_size=200)
    return orders


def _told(order: Order, rows: list[UnassignedLine]) -> dict[str, Any]:
    return {
        "line_count": order.line_count,
        "total": plain_value(order.total),
        "rows": [f"{row.sheet} {row.row}".strip() for row in rows][:50],
    }


def _make_order(
    by: User,
    customer: Customer,
    numbers: tuple[str, str],
    rows: list[UnassignedLine],
    goods: Goods,
    rounding: CarriedRounding,
) -> tuple[Order, list[OrderLine]]:
    """One order, not saved yet, with its lines; ``numbers`` are ours and that of the sheet."""
    received = min((row.ordered_at for row in rows if row.ordered_at), default=timezone.now())
    standing = _standing(numbers[1], rows)
    shipped = datetime.fromisoformat(standing.shipped_at) if standing.shipped_at else None
    order = Order(
        number=numbers[0],
        kind=Order.Kind.RETURN if standing.is_return else Order.Kind.SALE,
        customer=customer,
        customer_name=customer.name,
        team_id=customer.team_id or by.team_id,
        salesperson_id=customer.salesperson_id,
        owner_id=customer.clerk_id or by.pk,
        channel=Order.Channel.SHEET,
        source_number=numbers[1],
        state=standing.standing.state,
        fulfilment=standing.standing.fulfilment,
        returning=standing.standing.returning,
        currency=customer.currency,
        payment_terms=customer.payment_terms,
        created_by=by,
        updated_by=by,
        **moments_of(standing.standing, received, shipped),
    )
    lines = [
        _line(order, position, row, goods, rounding, shipped=standing.shipped[position - 1])
        for position, row in enumerate(rows, 1)
    ]
    write_totals(order, lines)
    return order, lines


def _standing(number: str, rows: list[UnassignedLine]) -> OrderStanding:
    said = [
        LineStanding(
            int((row.quantity or Decimal(0)).scaleb(4)),
            str(row.values.get("status", "")),
            str(row.values.get("shipped", "")),
        )
        for row in rows
    ]
    has_ship_date = any(row.values.get("has_ship_date") for row in rows)
    return standing_of_order(number, "", "", said, has_ship_date=has_ship_date, stays_open=False)


def _line(
    order: Order, position: int, row: UnassignedLine, goods: Goods, rounding: CarriedRounding, *, shipped: bool
) -> OrderLine:
    """The row as a line; its amount counts, else quantity x price (our list price where there is none)."""
    kept: dict[str, Any] = row.values
    product = goods.of(row)
    quantity = row.quantity or Decimal(1)
    price = Decimal(kept.get("unit_price") or "0") or (
        product.list_price if product and product.list_price else Decimal(0)
    )
    discount, rate = Decimal(kept.get("discount") or "0"), str(kept.get("tax_rate", ""))
    exact = row.amount if row.amount is not None else exact_amount(quantity, price, discount)
    rounded = rounding.take(exact)
    if kept.get("is_gross"):
        net, tax = split_tax(rounded, rate)
    else:
        net = rounded
        tax, _ = add_tax(net, rate)
    return OrderLine(
        order=order,
        position=position,
        product=product,
        product_code=product.code if product else row.product_code,
        product_name=row.product_name or (product.name if product else row.product_code),
        unit=product.unit if product else "",
        quantity=quantity,
        unit_price=price,
        discount=discount,
        tax_rate=rate,
        net=net,
        tax=tax,
        amount=net + tax,
        source_amount=exact if kept.get("is_gross") else exact + tax,
        shipped_quantity=quantity if shipped else Decimal(0),
    )


class Goods:
    """The products of some rows: by code, else barcode, else exact name; several are none, for guessing is worse."""

    def __init__(self, rows: Sequence[UnassignedLine]) -> None:
        codes = sorted({row.product_code for row in rows if row.product_code})
        names = sorted({row.product_name for row in rows if not row.product_code})
        self._by_code = {product.code: product for product in _products("code", codes)}
        self._by_barcode = _only_ones("barcode", [code for code in codes if code not in self._by_code])
        self._by_name = _only_ones("name", names)

    def of(self, row: UnassignedLine) -> Product | None:
        """The product of a row, if it is certain."""
        if row.product_code:
            return self._by_code.get(row.product_code) or self._by_barcode.get(row.product_code)
        return self._by_name.get(row.product_name)


def _products(field: str, values: Sequence[str]) -> Iterator[Product]:
    for at in range(0, len(values), 500):
        yield from Product.objects.filter(**{f"{field}__in": values[at : at + 500]})


def _only_ones(field: str, values: Sequence[str]) -> dict[str, Product]:
    found = list(_products(field, values))
    times = Counter(getattr(product, field) for product in found)
    return {getattr(product, field): product for product in found if times[getattr(product, field)] == 1}
