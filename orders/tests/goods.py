"""Released orders and shipments of them, for tests."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from customers.factories import make_customer
from orders.actions.ship import (
    accept_shipment,
    pack_shipment,
    pick_shipment,
    request_shipment,
    ship_shipment,
)
from orders.factories import make_order
from orders.models import Order, OrderLine, Shipment
from orders.status import Status
from staff.models import User


def released(*quantities: Any, team: Any = None, **customer: Any) -> Order:
    """A released order with rows of these quantities; keywords are the customer's."""
    made = make_customer(team=team, **customer)
    return make_order(customer=made, state=Status.RELEASED, lines=[{"quantity": Decimal(each)} for each in quantities])


def rows(order: Order, *quantities: Any) -> dict[OrderLine, Decimal]:
    """These quantities of the order's rows, from the first on."""
    return dict(zip(order.lines.all(), map(Decimal, quantities), strict=False))


def through(keeper: User, shipment: Shipment) -> Shipment:
    """The shipment, accepted, picked, packed and gone."""
    accept_shipment(by=keeper, shipment=shipment)
    pick_shipment(by=keeper, shipment=shipment)
    pack_shipment(by=keeper, shipment=shipment, packages=2)
    return ship_shipment(by=keeper, shipment=shipment, carrier="顺丰", tracking_numbers="SF1234567890123 SF2")


def send(clerk: User, keeper: User, order: Order, *quantities: Any) -> Shipment:
    """A shipment of these quantities that has left the house."""
    return through(keeper, request_shipment(by=clerk, order=order, lines=rows(order, *quantities)))
