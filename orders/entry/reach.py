"""Customers, orders and requests by the number a browser names, where this person may see them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from customers.models import Customer
from orders.entry.sent import number_of
from orders.models import Order, Request

if TYPE_CHECKING:
    from staff.models import User


def customer_for(person: User, value: Any) -> Customer | None:
    """The customer with this number."""
    seen = Customer.objects.visible_to(person).select_related("price_list")
    return seen.filter(pk=number_of(value)).first()


def order_for(person: User, value: Any) -> Order | None:
    """The order with this number, its customer and price list with it."""
    seen = Order.objects.visible_to(person).select_related("customer__price_list")
    return seen.filter(pk=number_of(value)).first() if value else None


def request_for(person: User, value: Any) -> Request | None:
    """The request with this number."""
    seen = Request.objects.visible_to(person).select_related("customer")
    return seen.filter(pk=number_of(value)).first() if value else None
