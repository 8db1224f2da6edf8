"""Open orders go where their customer goes."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from customers.models import Customer
from orders.models import Order, OrderEvent
from orders.snapshots import Content

_CHUNK = 1000


@transaction.atomic
def follow_customer(*, customer_id: int) -> int:
    """Give a customer's open orders the customer's team and salesperson; answers how many changed.

    Orders that are done keep whom they were done by. Their content does not change, so neither does their version.
    """
    customer = Customer.objects.select_for_update(of=("self",)).filter(pk=customer_id).first()
    if customer is None:
        return 0
    now: Content = {"team_id": customer.team_id, "salesperson_id": customer.salesperson_id}
    rows = Order.objects.select_for_update(of=("self",)).filter(customer=customer).open().order_by("pk")
    changed, events = [], []
    for order in rows.only("pk", "team_id", "salesperson_id"):
        was: Content = {"team_id": order.team_id, "salesperson_id": order.salesperson_id}
        if was == now:
            continue
        changed.append(order.pk)
        events.append(OrderEvent(order_id=order.pk, kind="assigned", before=was, after=now))
    for start in range(0, len(changed), _CHUNK):
        part = Order.objects.filter(pk__in=changed[start : start + _CHUNK])
        part.update(team_id=customer.team_id, salesperson_id=customer.salesperson_id, updated_at=timezone.now())
    OrderEvent.objects.bulk_create(events, batch_size=_CHUNK)
    return len(changed)
