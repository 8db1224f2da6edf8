"""From confirmed to the warehouse and back, and the end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import transaction

from orders.actions.complete import complete_order
from orders.actions.ending import end_what_waits
from orders.actions.locks import lock_order
from orders.actions.move import move_order
from orders.actions.ship import call_off_pending
from orders.actions.stock import stock_is_settled, waive_stock
from orders.desk.guards import check_close, check_release, check_withdraw
from orders.models import Order
from orders.status import Status
from orders.words import REASON_MISSING, clean_text

if TYPE_CHECKING:
    from staff.models import User


@transaction.atomic
def release_order(*, by: User, order: Order, waived_reason: str = "") -> Order:
    """Give the order to the warehouse; without an answer to the stock question a reason is needed.

    One of which every row was short-closed meanwhile has nothing to ship: it is completed at once.
    """
    waived_reason = clean_text(waived_reason, "waived_reason", most=200)
    order = lock_order(order)
    check_release(order, by, waived=bool(waived_reason))
    if waived_reason and not stock_is_settled(order):
        waive_stock(by=by, order=order, reason=waived_reason)
    released = move_order(by=by, order=order, to=Status.RELEASED, note=waived_reason)
    if complete_order(order=released):
        released.refresh_from_db()
    return released


@transaction.atomic
def withdraw_release(*, by: User, order: Order, reason: str) -> Order:
    """Take an order back from the warehouse before it picks; what was asked to be shipped is called off."""
    reason = clean_text(reason, "reason", most=300, missing=REASON_MISSING)
    order = lock_order(order)
    check_withdraw(order, by)
    call_off_pending(by=by, order=order, reason=reason)
    return move_order(by=by, order=order, to=Status.CONFIRMED, note=reason)


@transaction.atomic
def close_order(*, by: User, order: Order, written_off: str = "") -> Order:
    """Lock a completed order that is invoiced and paid, or that a supervisor writes off with a reason."""
    written_off = clean_text(written_off, "written_off", most=500)
    order = lock_order(order)
    check_close(order, by, written_off=bool(written_off))
    told: dict[str, Any] = {"ended": end_what_waits(by=by, order=order, to=Status.CLOSED)}
    if written_off:
        told["written_off"] = True
    return move_order(by=by, order=order, to=Status.CLOSED, note=written_off, told=told)
