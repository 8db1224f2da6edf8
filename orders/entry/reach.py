"""Customers, orders and requests by the number a browser names, where this person may see them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import QuerySet

from customers.models import Customer
from orders.entry.sent import number_of
from orders.models import Order, Request
from salesops.prepared import Prepared
from staff.roles import Reach

if TYPE_CHECKING:
    from staff.models import User


def _customers(reach: Reach) -> Prepared[Customer]:
    def seen(whose: Any, pk: Any) -> QuerySet[Customer]:
        return Customer.objects.within(reach, whose).select_related("price_list").filter(pk=pk).order_by()

    return Prepared(seen)


_CUSTOMERS: dict[Reach, Prepared[Customer]] = {
    reach: _customers(reach) for reach in (Reach.ALL, Reach.TEAM, Reach.NO_TEAM, Reach.OWN)
}


def customer_for(person: User, value: Any) -> Customer | None:
    """The customer with this number."""
    reach, whose = person.reach
    read = _CUSTOMERS.get(reach)
    return read.first(whose=whose, pk=number_of(value)) if read is not None else None


def order_for(person: User, value: Any) -> Order | None:
    """The order with this number, its customer and price list with it."""
    if not value:
        return None
    seen = Order.objects.visible_to(person).select_related("customer__price_list")
    return seen.filter(pk=number_of(value)).first()


def request_for(person: User, value: Any) -> Request | None:
    """The request with this number."""
    if not value:
        return None
    return Request.objects.visible_to(person).select_related("customer").filter(pk=number_of(value)).first()
