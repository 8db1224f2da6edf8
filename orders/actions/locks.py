"""The order in which deeds lock: customer, order, lines, counter; whoever keeps to it never waits in a circle."""

from __future__ import annotations

from customers.models import Customer
from orders.models import Order, OrderLine


def lock_order(order: Order) -> Order:
    """The order as it is now, held with its customer until the caller's transaction ends."""
    customer = Customer.objects.select_for_update(of=("self",)).get(pk=order.customer_id)
    locked = Order.objects.select_for_update(of=("self",)).select_related("owner", "entered_by").get(pk=order.pk)
    locked.customer = customer
    return locked


def lock_lines(order: Order) -> dict[int, OrderLine]:
    """The order's rows by id, held until the caller's transaction ends; the order is locked before them."""
    rows = OrderLine.objects.select_for_update(of=("self",)).filter(order=order).order_by("pk")
    return {line.pk: line for line in rows}
