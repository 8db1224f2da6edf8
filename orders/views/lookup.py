"""Answers while somebody types: products with this customer's price, customers with what they always want."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from customers.models import Customer
from customers.queries import open_price_book
from customers.searching import find_customers, find_products
from orders.actions.enter import check_customer
from orders.errors import OrderError
from orders.models import Order
from orders.snapshots import plain_value
from salesops.chinese import mask_phone
from salesops.numbering.numbers import house_day
from salesops.web.access import PersonRequest, require
from staff.roles import Permission

LONGEST_TEXT = 100


def _asked(request: PersonRequest) -> str:
    return request.GET.get("q", "").replace("\0", "").strip()[:LONGEST_TEXT]


def _customer(request: PersonRequest) -> Customer | None:
    text = request.GET.get("customer", "")
    if not (text.isascii() and text.isdecimal() and len(text) < 19):
        return None
    return Customer.objects.visible_to(request.user).select_related("price_list").filter(pk=int(text)).first()


@require_safe
@require(Permission.ENTER_ORDERS)
def products(request: PersonRequest) -> JsonResponse:
    """Products by code, name or initials, with the price this customer pays for one."""
    found = find_products(_asked(request), 8, sold_only=True) if _asked(request) else []
    customer = _customer(request)
    book = open_price_book(customer, found) if customer and found else None
    hits: list[dict[str, Any]] = []
    for product in found:
        price, reason = book.price_for(product, Decimal(1), house_day()) if book else (product.list_price, "")
        hits.append(
            {
                "code": product.code,
                "name": product.name,
                "spec": product.spec,
                "unit": product.unit,
                "price": plain_value(price) if price is not None else "",
                "reason": str(reason),
                "tax_rate": product.tax_rate,
            }
        )
    return JsonResponse({"hits": hits})


@require_safe
@require(Permission.ENTER_ORDERS)
def customers(request: PersonRequest) -> JsonResponse:
    """Customers this person may see, by name, initials, code, tax number or phone."""
    found = find_customers(request.user, _asked(request), 8) if _asked(request) else []
    return JsonResponse(
        {"hits": [{"id": each.pk, "code": each.code, "name": each.name, "city": each.city} for each in found]}
    )


@require_safe
@require(Permission.ENTER_ORDERS)
def customer_card(request: PersonRequest) -> HttpResponse:
    """What the chosen customer always wants, beside the form."""
    customer = _customer(request)
    refusal = ""
    if customer is not None:
        try:
            check_customer(customer)
        except OrderError as refused:
            refusal = str(refused)
    visible = Order.objects.visible_to(request.user)
    address = customer.addresses.filter(is_default=True).first() if customer else None
    context = {
        "customer": customer,
        "refusal": refusal,
        "address": address,
        "phone": mask_phone(address.phone) if address else "",
        "profile": customer.invoice_profiles.filter(is_default=True, is_current=True).first() if customer else None,
        "open_count": visible.open().filter(customer=customer).count() if customer else 0,
    }
    return render(request, "orders/_customer_card.html", context)
