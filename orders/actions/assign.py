"""Giving sheet rows that came without a customer to one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from itertools import groupby
from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
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
from salesops.money import CarriedRounding, add_tax, split_tax
from salesops.numbering.numbers import house_day, reserve_numbers
from staff.roles import Permission

if TYPE_CHECKING:
    from staff.models import User

NOTHING_CHOSEN = gettext_noop("Choose the lines first.")
NOT_YOURS = gettext_noop("You may not sell to this customer.")
GONE = gettext_noop("Some of these lines were assigned in the meantime. Look at the list again.")


@transaction.atomic
def assign_lines(*, by: User, line_ids: Sequence[int], customer: Customer) -> list[Order]:
    """Make orders of waiting rows for a customer: one for each number and day of the sheet.

    Raises OrderError when nothing is chosen, when a row is no longer waiting or when the customer is blocked.
    """
    if not by.may(Permission.IMPORT_SHEETS):
        raise PermissionDenied
    chosen = sorted(set(line_ids))
    if not chosen:
        raise OrderError(NOTHING_CHOSEN)
    customer = Customer.objects.select_for_update(of=("self",)).get(pk=customer.pk)
    if not Customer.objects.visible_to(by).filter(pk=customer.pk).exists():
        raise OrderError(NOT_YOURS, field="customer")
    check_customer(customer)
    allowed = waiting_lines(by).filter(pk__in=chosen).values("pk")
    waiting = list(UnassignedLine.objects.select_for_update(of=("self",)).filter(pk__in=allowed).order_by("pk"))
    if len(waiting) != len(chosen):
        raise OrderError(GONE)
    rounding = CarriedRounding()
    orders = []
    for (number, _), rows in groupby(sorted(waiting, key=_key), key=_key):
        orders.append(_write_order(by, customer, number, list(rows), rounding))
    return orders


def _key(line: UnassignedLine) -> tuple[str, str]:
    day = house_day(line.ordered_at) if line.ordered_at else house_day()
    return line.source_number, day.isoformat()


def _write_order(
    by: User, customer: Customer, number: str, rows: list[UnassignedLine], rounding: CarriedRounding
) -> Order:
    received = min((row.ordered_at for row in rows if row.ordered_at), default=timezone.now())
    standing = _standing(number, rows)
    now = timezone.now()
    shipped = datetime.fromisoformat(standing.shipped_at) if standing.shipped_at else None
    order = Order(
        number=reserve_numbers("SO", house_day(received), 1)[0],
        kind=Order.Kind.RETURN if standing.is_return else Order.Kind.SALE,
        customer=customer,
        customer_name=customer.name,
        team_id=customer.team_id or by.team_id,
        salesperson_id=customer.salesperson_id,
        owner_id=customer.clerk_id or by.pk,
        channel=Order.Channel.SHEET,
        source_number=number,
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
        _line(order, position, row, rounding, shipped=standing.shipped[position - 1])
        for position, row in enumerate(rows, 1)
    ]
    write_totals(order, lines)
    order.save(force_insert=True)
    for line, row in zip(lines, rows, strict=True):
        line.save(force_insert=True)
        row.assigned_to = line
    UnassignedLine.objects.bulk_update(rows, ["assigned_to"], batch_size=200)
    OrderSnapshot.objects.create(order=order, revision=0, content=content_of(order, lines), at=now, by=by)
    after = {
        "line_count": order.line_count,
        "total": plain_value(order.total),
        "rows": [f"{row.sheet} {row.row}".strip() for row in rows][:50],
    }
    OrderEvent.objects.create(order=order, kind="created", by=by, at=now, after=after)
    return order


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


def _line(order: Order, position: int, row: UnassignedLine, rounding: CarriedRounding, *, shipped: bool) -> OrderLine:
    """The row as a line; its amount counts, else quantity x price (our list price where there is none)."""
    kept: dict[str, Any] = row.values
    product = _product(row)
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


def _product(row: UnassignedLine) -> Product | None:
    """The product by code, else barcode, else exact name; several are none, for guessing would be worse."""
    if row.product_code:
        found = Product.objects.filter(code=row.product_code).first()
        if found is not None:
            return found
        by_barcode = list(Product.objects.filter(barcode=row.product_code)[:2])
        if len(by_barcode) == 1:
            return by_barcode[0]
        return None
    by_name = list(Product.objects.filter(name=row.product_name)[:2])
    return by_name[0] if len(by_name) == 1 else None
