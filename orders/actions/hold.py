"""Holds: what must be solved before an order goes on, with who placed it, why, and who let it go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_noop

from orders.actions.approve import settle_order
from orders.actions.diary import write_diary
from orders.actions.locks import lock_order
from orders.desk.guards import check_hold, check_release_hold
from orders.errors import OrderError
from orders.models import Hold, Order
from orders.status import Status
from orders.words import REASON_MISSING, clean_text
from staff.actions.notices import notify

if TYPE_CHECKING:
    from staff.models import User


@transaction.atomic
def place_hold(*, by: User, order: Order, kind: str, reason: str) -> Hold:
    """Stop an open order where it is until somebody releases the hold."""
    if kind not in Hold.Kind.values:
        raise OrderError(gettext_noop("Choose what the hold is about."), field="kind")
    reason = clean_text(reason, "reason", most=300, missing=REASON_MISSING)
    order = lock_order(order)
    check_hold(order, by)
    return write_hold(by=by, order=order, kind=kind, reason=reason)


def write_hold(*, by: User | None, order: Order, kind: str, reason: str) -> Hold:
    """Write the hold and its diary; the house itself places one with nobody's name. The caller holds the order."""
    hold = Hold.objects.create(order=order, kind=kind, reason=reason, placed_by=by)
    write_diary(order=order, kind="hold_placed", by=by, after={"kind": kind, "hold": hold.pk}, note=reason)
    return hold


@transaction.atomic
def release_hold(*, by: User, hold: Hold, note: str = "") -> Hold:
    """Let a hold go; a verified or approved order that waited only for it is confirmed."""
    note = clean_text(note, "note", most=300)
    order = lock_order(hold.order)
    hold = Hold.objects.select_for_update(of=("self",)).select_related("placed_by").get(pk=hold.pk)
    hold.order = order
    check_release_hold(hold, by)
    hold.released_at, hold.released_by, hold.release_note = timezone.now(), by, note
    hold.save(update_fields=["released_at", "released_by", "release_note"])
    write_diary(order=order, kind="hold_released", by=by, after={"kind": hold.kind, "hold": hold.pk}, note=note)
    if order.state in (Status.VERIFIED, Status.PENDING_APPROVAL):
        settle_order(by=by, order=order)
    if hold.placed_by is not None and hold.placed_by != by:
        notify(
            user=hold.placed_by,
            text_key=gettext_noop("Your hold on order %(order)s was released."),
            values={"order": order.number},
            url=reverse("orders:detail", args=[order.pk]),
        )
    return hold
