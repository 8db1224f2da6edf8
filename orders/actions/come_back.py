"""Rows below zero, as sheets bring them: nothing of them is shipped, they are done when what comes back is here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils.translation import gettext_noop

from orders.actions.complete import complete_order
from orders.actions.diary import write_diary
from orders.actions.locks import lock_lines, lock_order
from orders.actions.stock import ships_nothing
from orders.errors import OrderError
from orders.models import Order, OrderLine
from orders.shipping.axes import refresh_axes
from orders.status import Status
from staff.roles import Permission

if TYPE_CHECKING:
    from staff.models import User


@transaction.atomic
def take_back_rows(*, by: User, order: Order) -> Order:
    """Everything that comes back with this order is here: those rows are done, as goods are that left.

    The order is completed if nothing else of it is missing. OrderError where it is not released, or nothing more
    comes back with it.
    """
    order = lock_order(order)
    check_take_back(order, by)
    awaited = set(_awaited(order).values_list("pk", flat=True))
    rows = [line for pk, line in lock_lines(order).items() if pk in awaited]
    for line in rows:
        line.shipped_quantity = line.quantity - line.cancelled_quantity
    OrderLine.objects.bulk_update(rows, ["shipped_quantity"])
    positions = sorted(line.position for line in rows)
    write_diary(order=order, kind="rows_came_back", by=by, after={"rows": positions})
    refresh_axes(order)
    if complete_order(order=order):
        order.refresh_from_db()
    return order


def check_take_back(order: Order, by: User) -> None:
    """Released, with rows below zero that are not done, or a return that was opened again; whoever enters orders, or
    the warehouse.
    """
    if not by.may(Permission.ENTER_ORDERS) and not by.may(Permission.SHIP_ORDERS):
        raise PermissionDenied
    if order.state == Status.CONFIRMED:
        raise OrderError(gettext_noop("Release the order first."))
    if order.state != Status.RELEASED or not (_awaited(order).exists() or ships_nothing(order)):
        raise OrderError(gettext_noop("Nothing more comes back with this order."))


def _awaited(order: Order) -> QuerySet[OrderLine]:
    return order.lines.filter(quantity__lt=0, shipped_quantity__gt=F("quantity") - F("cancelled_quantity"))
