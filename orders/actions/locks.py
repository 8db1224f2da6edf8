"""The order in which deeds lock: customer, order, lines, counter; whoever keeps to it never waits in a circle."""

from __future__ import annotations

from orders.models import Order, OrderLine
from salesops.prepared import Prepared

# One statement: PostgreSQL takes the locks in the order in which OF names them.
_HELD = Prepared(
    lambda pk: Order.objects.select_for_update(of=("customer", "self")).select_related("customer").filter(pk=pk)
)


def lock_order(order: Order) -> Order:
    """The order as it is now, held with its customer until the caller's transaction ends."""
    held = _HELD.first(pk=order.pk)
    if held is None:
        raise Order.DoesNotExist
    return held


def lock_lines(order: Order) -> dict[int, OrderLine]:
    """The order's rows by id, held until the caller's transaction ends; the order is locked before them."""
    rows = OrderLine.objects.select_for_update(of=("self",)).filter(order=order).order_by("pk")
    return {line.pk: line for line in rows}
