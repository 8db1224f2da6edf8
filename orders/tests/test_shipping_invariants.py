"""Whatever people do to an order's goods in whatever sequence, the sums hold."""

from __future__ import annotations

from contextlib import suppress
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orders.actions.returns import (
    Inspection,
    ReturnedRow,
    authorise_return,
    inspect_return,
    receive_return,
    refuse_return,
    request_return,
)
from orders.actions.ship import (
    accept_shipment,
    cancel_shipment,
    pack_shipment,
    pick_shipment,
    request_shipment,
    ship_shipment,
    sign_shipment,
)
from orders.actions.trouble import report_trouble, settle_trouble, short_close
from orders.errors import OrderError
from orders.models import Order, Shipment, ShipmentLine, ShortClose
from orders.shipping.moves import GONE, OPEN_RETURNS, most_shippable
from orders.status import Fulfilment, Returning, Status
from orders.tests.goods import released, rows
from staff.factories import make_user
from staff.roles import Role

pytestmark = pytest.mark.django_db

QUANTITIES = st.decimals("0.5", "12", places=1)
DEEDS = st.lists(
    st.tuples(
        st.sampled_from(["ship", "ask", "cancel", "sign", "lose", "settle", "close", "back", "look", "refuse"]),
        QUANTITIES,
        st.integers(0, 3),
    ),
    max_size=14,
)


def do(person, order, deed, quantity, which):
    """One deed of one person; it may be refused."""
    shipments = list(order.shipments.order_by("pk"))
    returns = list(order.returns.order_by("pk"))
    line = list(order.lines.all())[which % 2]
    if deed == "ask":
        request_shipment(by=person, order=order, lines={line: quantity})
    elif deed == "close":
        short_close(by=person, line=line, quantity=quantity, reason="x")
    elif deed == "back":
        request_return(by=person, order=order, lines={line: ReturnedRow(quantity)})
    elif deed == "settle" and (case := order.case_stubs.filter(closed_at=None).first()):
        part = {line: quantity} if which > 1 else {}
        settle_trouble(by=person, case=case, outcome="x", ship_again=which == 0, missing=part)
    elif deed in ON_SHIPMENTS and shipments:
        ON_SHIPMENTS[deed](person, shipments[which % len(shipments)])
    elif deed in ON_RETURNS and returns:
        ON_RETURNS[deed](person, returns[which % len(returns)])


def send_off(person, shipment):
    """Every step that is left, then off it goes."""
    for step in (accept_shipment, pick_shipment, pack_shipment):
        with suppress(OrderError):
            step(by=person, shipment=shipment)
    ship_shipment(by=person, shipment=shipment, carrier="顺丰")


def look_at(person, held):
    """Everything that came back is accepted."""
    for step in (authorise_return, receive_return):
        with suppress(OrderError):
            step(by=person, order_return=held)
    kept = {part.pk: Inspection(part.quantity, Decimal(0)) for part in held.lines.all()}
    inspect_return(by=person, order_return=held, findings=kept)


ON_SHIPMENTS = {
    "ship": send_off,
    "cancel": lambda person, one: cancel_shipment(by=person, shipment=one, reason="x"),
    "sign": lambda person, one: sign_shipment(by=person, shipment=one, signed_by_name="王芳"),
    "lose": lambda person, one: report_trouble(by=person, shipment=one, trouble="lost", note="x"),
}
ON_RETURNS = {
    "look": look_at,
    "refuse": lambda person, held: refuse_return(by=person, order_return=held, reason="x"),
}


def check(order: Order) -> None:
    """What must hold after every deed, read anew from the rows."""
    order = Order.objects.select_related("customer").get(pk=order.pk)
    for line in order.lines.all():
        most = most_shippable(line.quantity, line.cancelled_quantity, order.customer.over_ship_percent)
        assert 0 <= line.returned_quantity <= line.shipped_quantity <= most
        gone = ShipmentLine.objects.filter(line=line, shipment__state__in=GONE)
        assert line.shipped_quantity == sum((part.quantity - part.missing_quantity for part in gone), Decimal(0))
        closed = ShortClose.objects.filter(line=line)
        assert line.cancelled_quantity == sum((each.quantity for each in closed), Decimal(0))
    shipments = list(order.shipments.exclude(state=Shipment.State.CANCELLED))
    left = any(line.shipped_quantity < line.quantity - line.cancelled_quantity for line in order.lines.all())
    shipped = any(line.shipped_quantity for line in order.lines.all())
    if any(each.trouble for each in shipments):
        assert order.fulfilment == Fulfilment.EXCEPTION
    elif not shipped:
        assert order.fulfilment == Fulfilment.NONE
    else:
        assert (order.fulfilment == Fulfilment.PARTIAL) == left
    if any(each.state in OPEN_RETURNS for each in order.returns.all()):
        open_or_inspected = {Returning.OPEN}
        assert order.returning in open_or_inspected
    if order.state == Status.COMPLETED:
        assert not left
        assert all(each.state == Shipment.State.SIGNED for each in shipments)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(deeds=DEEDS, tolerance=st.sampled_from(["0", "5", "12.5"]))
def test_never_more_leaves_than_ordered_nor_comes_back_than_left(deeds, tolerance):
    people = [make_user("", Role.CLERK), make_user("", Role.WAREHOUSE)]
    order = released("10", "4", over_ship_percent=Decimal(tolerance))
    request_shipment(by=people[0], order=order, lines=rows(order, 3, 4))
    for place, (deed, quantity, which) in enumerate(deeds):
        events = order.events.count()
        try:
            do(people[place % 2], order, deed, quantity, which)
        except OrderError:
            pass
        else:
            assert order.events.count() >= events
        check(order)
