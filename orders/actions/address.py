"""A new address after the goods were asked for: the warehouse says that it has read it before anything is packed."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_noop

from orders.actions.diary import write_diary
from orders.actions.locks import lock_order
from orders.errors import OrderError
from orders.models import Order, Shipment
from orders.shipping.moves import PENDING, waits_for_address
from staff.actions.notices import notify
from staff.models import User as Person
from staff.roles import PERMISSIONS, Permission, Role

if TYPE_CHECKING:
    from staff.models import User

_KEEPERS = [role for role in Role if Permission.SHIP_ORDERS in PERMISSIONS[role] and role != Role.ADMINISTRATOR]


def ask_to_acknowledge(*, by: User, order: Order) -> list[Shipment]:
    """Mark every shipment still in the house, so that none is packed for the old address; the order is locked."""
    waiting = list(order.shipments.select_for_update(of=("self",)).filter(state__in=PENDING).order_by("pk"))
    if not waiting:
        return []
    for shipment in waiting:
        shipment.address_changed_at = timezone.now()
        shipment.address_seen_at = shipment.address_seen_by = None
        shipment.version += 1
    Shipment.objects.bulk_update(waiting, ["address_changed_at", "address_seen_at", "address_seen_by", "version"])
    numbers = [shipment.number for shipment in waiting]
    write_diary(order=order, kind="address_asked", by=by, after={"shipments": numbers})
    transaction.on_commit(partial(_tell_keepers, order.number, waiting[0].pk), robust=True)
    return waiting


@transaction.atomic
def acknowledge_address(*, by: User, shipment: Shipment) -> Shipment:
    """The warehouse has read the new address; it goes on with packing."""
    if not by.may(Permission.SHIP_ORDERS):
        raise PermissionDenied
    order = lock_order(shipment.order)
    shipment = Shipment.objects.select_for_update(of=("self",)).get(pk=shipment.pk)
    if shipment.state not in PENDING or not waits_for_address(shipment):
        raise OrderError(gettext_noop("No new address waits to be read here."))
    shipment.address_seen_at, shipment.address_seen_by = timezone.now(), by
    shipment.version += 1
    shipment.save(update_fields=["address_seen_at", "address_seen_by", "version"])
    after = {"shipment": shipment.pk, "number": shipment.number}
    write_diary(order=order, kind="address_seen", by=by, after=after, note=order.ship_to[:300])
    return shipment


def _tell_keepers(order_number: str, shipment_id: int) -> None:
    for person in Person.objects.filter(is_active=True, role_assignments__role__in=_KEEPERS).distinct():
        notify(
            user=person,
            text_key=gettext_noop("The address of order %(order)s has changed: read it before you pack."),
            values={"order": order_number},
            url=reverse("orders:shipment", args=[shipment_id]),
        )
