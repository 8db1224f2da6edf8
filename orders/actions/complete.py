"""Completion and close by themselves: everything has arrived; then it is paid and nothing comes back any more."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from orders.actions.ending import end_what_waits
from orders.actions.move import move_order
from orders.desk.numbers import desk_rule
from orders.models import Amendment, CaseStub, Hold, Order, OrderEvent, Shipment
from orders.shipping.moves import GONE, PENDING
from orders.status import Fulfilment, Invoicing, Payment, Returning, Status

_MOST_AT_ONCE = 500
REOPENED = "reopened"
"""What the diary says of a move that opened a completed order again."""


@transaction.atomic
def complete_order(*, order: Order) -> bool:
    """Complete a released order if every row is shipped, cancelled or short-closed and every shipment signed for.

    Not while somebody decides on an amendment: completed, it could not be applied any more.
    A shipment counts as signed DeskRule.completed_after_days after it left; one with an open exception never does.
    Answers whether it was completed; the house does it, so nobody stands in the diary.
    """
    order = Order.objects.select_for_update(of=("self",)).get(pk=order.pk)
    if order.state != Status.RELEASED or not _is_done(order):
        return False
    move_order(by=None, order=order, to=Status.COMPLETED)
    return True


def complete_orders_whose_time_has_come() -> int:
    """Complete orders of which everything left long enough ago; answers how many. Safe to run again at any time.

    One that was opened again waits as long from that day: something was missing, and somebody has to see to it.
    """
    before = timezone.now() - timedelta(days=desk_rule().completed_after_days)
    opened = {f"after__{REOPENED}": True}
    reopened = OrderEvent.objects.filter(order=OuterRef("pk"), kind="moved", at__gt=before, **opened)
    in_decision = Amendment.objects.filter(order=OuterRef("pk"), state=Amendment.State.SUBMITTED)
    gone = Shipment.objects.filter(order=OuterRef("pk"), state__in=GONE)
    fresh = gone.filter(shipped_at__gt=before).exclude(state=Shipment.State.SIGNED)
    waiting = Order.objects.filter(
        Exists(gone),
        ~Exists(fresh),
        ~Exists(reopened),
        ~Exists(in_decision),
        state=Status.RELEASED,
        fulfilment__in=(Fulfilment.SHIPPED, Fulfilment.DELIVERED, Fulfilment.SIGNED),
    )
    ids = list(waiting.order_by("pk").values_list("pk", flat=True)[:_MOST_AT_ONCE])
    return sum(complete_order(order=Order(pk=order_id)) for order_id in ids)


@transaction.atomic
def close_settled_order(*, order: Order) -> bool:
    """Close a completed order that is invoiced and paid, once its days for returns are over and nothing is open.

    Answers whether it was closed; the house does it, so nobody stands in the diary.
    """
    order = Order.objects.select_for_update(of=("self",)).get(pk=order.pk)
    if not _closable().filter(pk=order.pk).exists():
        return False
    ended = end_what_waits(by=None, order=order, to=Status.CLOSED)
    move_order(by=None, order=order, to=Status.CLOSED, told={"ended": ended})
    return True


def close_orders_whose_time_has_come() -> int:
    """Close settled orders whose days for returns are over; answers how many. Safe to run again at any time."""
    ids = list(_closable().order_by("completed_at", "pk").values_list("pk", flat=True)[:_MOST_AT_ONCE])
    return sum(close_settled_order(order=Order(pk=order_id)) for order_id in ids)


def _closable() -> QuerySet[Order]:
    open_case = CaseStub.objects.filter(order=OuterRef("pk"), closed_at__isnull=True)
    hold = Hold.objects.filter(order=OuterRef("pk"), released_at__isnull=True)
    return Order.objects.filter(
        ~Exists(open_case),
        ~Exists(hold),
        state=Status.COMPLETED,
        invoicing=Invoicing.FULL,
        payment__in=(Payment.PAID, Payment.PREPAID),
        completed_at__lte=timezone.now() - timedelta(days=desk_rule().closed_after_days),
    ).exclude(returning=Returning.OPEN)


def _is_done(order: Order) -> bool:
    lines = list(order.lines.all())
    if not lines or any(abs(line.shipped_quantity) < abs(line.quantity - line.cancelled_quantity) for line in lines):
        return False
    shipments = list(order.shipments.exclude(state=Shipment.State.CANCELLED))
    if any(each.state in PENDING or each.trouble for each in shipments):
        return False
    if order.amendments.filter(state=Amendment.State.SUBMITTED).exists():
        return False
    before = timezone.now() - timedelta(days=desk_rule().completed_after_days)
    arrived = (
        each.state == Shipment.State.SIGNED or (each.shipped_at is not None and each.shipped_at <= before)
        for each in shipments
    )
    has_worked = shipments or any(line.cancelled_quantity or line.quantity < 0 for line in lines)
    return bool(has_worked) and all(arrived)
