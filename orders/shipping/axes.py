"""Fulfilment and return beside the state: derived from shipments, short-closes and returns, never typed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from orders.models import Order, OrderLine, OrderReturn, Shipment, ShortClose
from orders.shipping.moves import GONE, OPEN_RETURNS
from orders.status import Fulfilment, Returning, fulfilment_of

_WHOLE = frozenset({Fulfilment.SHIPPED, Fulfilment.DELIVERED, Fulfilment.SIGNED})


def refresh_axes(order: Order) -> Order:
    """Write the order's fulfilment and return as its rows tell them; the caller holds the order's lock.

    An axis nobody has touched here (an order from a sheet: no shipment, no short-close, no return of our own)
    stays what the source said. ``shipped_at`` is when the last row left, set once.
    """
    lines = list(OrderLine.objects.filter(order=order))
    shipments = list(Shipment.objects.filter(order=order))
    returns = list(OrderReturn.objects.filter(order=order))
    closed_short = ShortClose.objects.filter(line__order=order).exists()
    fulfilment = _fulfilment(order, lines, shipments, closed_short)
    returning = _returning(order, lines, returns)
    shipped_at = order.shipped_at
    if shipments and fulfilment in _WHOLE and shipped_at is None:
        shipped_at = _last_left(shipments)
    elif fulfilment not in _WHOLE and order.fulfilment in _WHOLE | {Fulfilment.EXCEPTION}:
        shipped_at = None  # a shipment was lost and its rows go again
    if (fulfilment, returning, shipped_at) != (order.fulfilment, order.returning, order.shipped_at):
        order.fulfilment, order.returning, order.shipped_at = fulfilment, returning, shipped_at
        order.save(update_fields=["fulfilment", "returning", "shipped_at"])
    return order


def _fulfilment(order: Order, lines: Sequence[OrderLine], shipments: Sequence[Shipment], closed_short: bool) -> str:
    came_back = any(line.quantity < 0 and line.shipped_quantity for line in lines)
    if not shipments and not closed_short and not came_back:
        return order.fulfilment
    if any(each.trouble and each.state != Shipment.State.CANCELLED for each in shipments):
        return Fulfilment.EXCEPTION
    by_rows = fulfilment_of((line.quantity, line.shipped_quantity, line.cancelled_quantity) for line in lines)
    gone = {each.state for each in shipments if each.state in GONE}
    if by_rows != Fulfilment.SHIPPED or not gone:
        return by_rows
    if gone == {Shipment.State.SIGNED}:
        return Fulfilment.SIGNED
    return Fulfilment.SHIPPED if Shipment.State.SHIPPED in gone else Fulfilment.DELIVERED


def _returning(order: Order, lines: Sequence[OrderLine], returns: Sequence[OrderReturn]) -> str:
    own = [each for each in returns if each.state != OrderReturn.State.NOTED]
    if not own:
        return order.returning
    if any(each.state in OPEN_RETURNS for each in own):
        return Returning.OPEN
    shipped = [line for line in lines if line.shipped_quantity]
    if any(line.returned_quantity for line in shipped):
        whole = all(abs(line.returned_quantity) >= abs(line.shipped_quantity) for line in shipped)
        return Returning.FULL if whole else Returning.PARTIAL
    return Returning.PARTIAL if len(own) < len(returns) else Returning.NONE


def _last_left(shipments: Sequence[Shipment]) -> datetime | None:
    moments = [each.shipped_at for each in shipments if each.shipped_at and each.state in GONE]
    return max(moments, default=None)
