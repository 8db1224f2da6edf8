"""What runs late is found by the house itself: shipments past their promised day, orders past their deadline."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from django.db import transaction
from django.db.models import Exists, F, OuterRef
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop

from orders.actions.diary import write_diary
from orders.actions.trouble import open_trouble
from orders.models import CaseStub, Order, OrderEvent, Shipment
from orders.shipping.moves import PENDING
from orders.status import Status
from salesops.numbering.numbers import house_day
from staff.actions.notices import notify

_MOST_AT_ONCE = 500
_LOOK_BACK = timedelta(days=14)
"""Deadlines that passed longer ago were told when they passed, or came in with history."""


def open_cases_of_late_shipments() -> int:
    """A case for each shipment that has not left by its promised day, once; answers how many. Safe to run again."""
    known = CaseStub.objects.filter(shipment=OuterRef("pk"), kind=CaseStub.Kind.LATE)
    late = Shipment.objects.filter(
        ~Exists(known), state__in=PENDING, trouble="", order__state=Status.RELEASED, order__promised_on__lt=house_day()
    )
    ids = list(late.order_by("pk").values_list("pk", "order_id")[:_MOST_AT_ONCE])
    return sum(_open_case(shipment_id, order_id) for shipment_id, order_id in ids)


def tell_of_overdue_orders() -> int:
    """Tell each clerk of an order whose deadline has passed, once for each deadline; answers how many."""
    now = timezone.now()
    told = OrderEvent.objects.filter(order=OuterRef("pk"), kind="overdue", at__gte=OuterRef("due_at"))
    late = Order.objects.late().filter(~Exists(told), due_at__gte=now - _LOOK_BACK)
    ids = list(late.order_by("due_at", "pk").values_list("pk", flat=True)[:_MOST_AT_ONCE])
    return sum(_tell_overdue(order_id) for order_id in ids)


@transaction.atomic
def _open_case(shipment_id: int, order_id: int) -> bool:
    order = Order.objects.select_for_update(of=("self",)).select_related("owner").get(pk=order_id)
    shipment = Shipment.objects.select_for_update(of=("self",)).get(pk=shipment_id)
    if shipment.state not in PENDING or shipment.trouble or order.state != Status.RELEASED or not order.promised_on:
        return False
    if shipment.case_stubs.filter(kind=CaseStub.Kind.LATE).exists():
        return False
    note = gettext("Promised for %(day)s and still in the house.") % {"day": order.promised_on.isoformat()}
    open_trouble(by=None, order=order, shipment=shipment, trouble=Shipment.Trouble.LATE, note=note)
    return True


@transaction.atomic
def _tell_overdue(order_id: int) -> bool:
    late = Order.objects.late().filter(pk=order_id)
    order = late.select_for_update(of=("self",)).select_related("owner").first()
    if order is None or order.due_at is None:
        return False
    if order.events.filter(kind="overdue", at__gte=F("order__due_at")).exists():
        return False
    write_diary(order=order, kind="overdue", by=None, after={"due_at": order.due_at.isoformat(), "state": order.state})
    if order.owner is not None:
        tell = partial(
            notify,
            user=order.owner,
            text_key=gettext_noop("Order %(order)s is past its deadline."),
            values={"order": order.number},
            url=reverse("orders:detail", args=[order.pk]),
        )
        transaction.on_commit(tell, robust=True)
    return True
