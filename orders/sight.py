"""Who sees what of an order beyond its rows: prices, shipments, questions, returns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import Q, QuerySet

from orders.models import CaseStub, Order, OrderReturn, Shipment, StockQuestion
from orders.status import OPEN_STATES
from salesops.prepared import Prepared
from staff.roles import Permission, Reach

if TYPE_CHECKING:
    from staff.models import User

SEES_PRICES = (
    Permission.SEE_ALL_CUSTOMERS,
    Permission.SEE_TEAM_CUSTOMERS,
    Permission.SEE_OWN_CUSTOMERS,
)
"""Any of these; the warehouse holds none of them and sees goods, addresses and quantities only."""

SEES_ORDERS = (*SEES_PRICES, Permission.SEE_RELEASED_ORDERS)


def sees_prices(person: User) -> bool:
    """Whether this person is shown what things cost."""
    return any(person.may(permission) for permission in SEES_PRICES)


def _order(reach: Reach) -> Prepared[Order]:
    def seen(whose: Any, pk: Any) -> QuerySet[Order]:
        return Order.objects.within(reach, whose).only("pk", "customer").filter(pk=pk).order_by()

    return Prepared(seen)


_ORDER: dict[Reach, Prepared[Order]] = {reach: _order(reach) for reach in Reach if reach != Reach.NONE}


def order_to_do(person: User, pk: int) -> Order | None:
    """An order this person may see, for a deed that reads it anew: nothing of it but its customer's id."""
    reach, whose = person.reach
    read = _ORDER.get(reach)
    return read.first(whose=whose, pk=pk) if read is not None else None


def shipments_seen_by(person: User) -> QuerySet[Shipment]:
    """Shipments of orders this person may see."""
    rows = Shipment.objects.all()
    return rows if _sees_all(person) else rows.filter(order__in=Order.objects.visible_to(person).order_by())


def shipments_in_hand(person: User) -> QuerySet[Shipment]:
    """Shipments the warehouse works on: what waits in its lists was released, or it would have been called off.

    Asking every order of a million whether it was released would take longer than the list (measured: 150 ms of 190).
    """
    return Shipment.objects.all() if person.may(Permission.SHIP_ORDERS) else shipments_seen_by(person)


def returns_seen_by(person: User) -> QuerySet[OrderReturn]:
    """Returns of orders this person may see, those a sheet noted among them."""
    rows = OrderReturn.objects.all()
    return rows if _sees_all(person) else rows.filter(order__in=Order.objects.visible_to(person).order_by())


def cases_seen_by(person: User) -> QuerySet[CaseStub]:
    """Cases of orders this person may see."""
    rows = CaseStub.objects.all()
    return rows if _sees_all(person) else rows.filter(order__in=Order.objects.visible_to(person).order_by())


def questions_seen_by(person: User) -> QuerySet[StockQuestion]:
    """Questions of orders this person may see; the warehouse sees every one, released or not: it must answer them."""
    rows = StockQuestion.objects.all()
    if _sees_all(person) or person.may(Permission.SHIP_ORDERS):
        return rows
    return rows.filter(order__in=Order.objects.visible_to(person).order_by())


def unanswered() -> Q:
    """Questions that wait for the warehouse; nobody waits for one about an order that was called off or is done."""
    return Q(answered_at__isnull=True, waived_reason="", order__state__in=OPEN_STATES)


def _sees_all(person: User) -> bool:
    return person.may(Permission.SEE_ALL_CUSTOMERS)
