"""One entry in an order's diary, told after commit."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from django.db import transaction

from orders.models import Order, OrderEvent
from orders.signals import order_changed

if TYPE_CHECKING:
    from staff.models import User


def write_diary(
    *,
    order: Order,
    kind: str,
    by: User | None,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    note: str = "",
) -> OrderEvent:
    """Write down what happened inside the caller's transaction, and tell the floors above once it is committed."""
    event = OrderEvent.objects.create(
        order=order, kind=kind, by=by, before=before or {}, after=after or {}, note=note[:2000]
    )
    transaction.on_commit(partial(order_changed.send_robust, sender=Order, order_id=order.pk, kind=kind))
    return event
