"""Reads that pages of customers and products share."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db.models import Q
from django.utils.translation import gettext, gettext_noop

from customers.models import Customer, CustomerPrice, ListedPrice, Product
from customers.pricing import PriceBook, PriceReason, PriceStep
from customers.searching import ids_sharing_grams, tail_of
from customers.validation import normalise_tax_number
from salesops.chinese import normalise_company_name
from salesops.prepared import Prepared

if TYPE_CHECKING:
    from staff.models import User

_SUFFIX = re.compile(r"(股份)?有限(责任)?公司$")
_MOST = 5

_OWN_PRICES = Prepared(
    lambda customer, products: CustomerPrice.objects.filter(customer=customer, product__id__in=products)
)
_LISTED_PRICES = Prepared(
    lambda price_list, products: ListedPrice.objects.filter(price_list=price_list, product__id__in=products)
)


def open_price_book(customer: Customer, products: Sequence[Product]) -> PriceBook:
    """Read the prices of these products for this customer: two queries however many products."""
    wanted = {product.pk for product in products}
    own: dict[int, list[PriceStep]] = defaultdict(list)
    listed: dict[int, list[PriceStep]] = defaultdict(list)
    for agreed in _OWN_PRICES.rows(customer=customer.pk, products=wanted):
        own[agreed.product_id].append(agreed)
    if customer.price_list_id is not None:
        for step in _LISTED_PRICES.rows(price_list=customer.price_list_id, products=wanted):
            listed[step.product_id].append(step)
    return PriceBook(own, listed, customer.price_list)


def price_for(customer: Customer, product: Product, quantity: Decimal, on: date) -> tuple[Decimal | None, PriceReason]:
    """Price of one unit for this customer, quantity and day, and why; None where nobody has set one."""
    return open_price_book(customer, [product]).price_for(product, quantity, on)


@dataclass(frozen=True)
class Likeness:
    """A customer that may be the one being typed; ``customer`` is None where the person may not see it."""

    customer: Customer | None
    msgid: str

    @property
    def sentence(self) -> str:
        return gettext(self.msgid)


def likenesses(
    user: User, *, name: str = "", tax_number: str = "", phone: str = "", except_id: int | None = None
) -> list[Likeness]:
    """Customers with the same tax number, the same name however spelled, or the same phone; at most five."""
    found: dict[int, str] = {}
    rows = Customer.objects.exclude(pk=except_id or 0)
    number = normalise_tax_number(tax_number)
    if len(number) >= 5:
        for pk in rows.filter(tax_number=number).values_list("pk", flat=True)[:_MOST]:
            found.setdefault(pk, _SAME_TAX_NUMBER)
    for pk in _same_name(name, except_id or 0):
        found.setdefault(pk, _SAME_NAME)
    tail = tail_of(phone)
    if len(tail) >= 7:
        # The country code may stand before the number in one record and not in the other.
        short = tail[:11]
        same = rows.filter(Q(tails__tail=tail) | Q(tails__tail=short) | Q(tails__tail=short + "68"))
        for pk in same.values_list("pk", flat=True).distinct()[:_MOST]:
            found.setdefault(pk, _SAME_PHONE)
    visible = Customer.objects.visible_to(user).in_bulk(list(found)[:_MOST])
    return [Likeness(visible.get(pk), msgid) for pk, msgid in list(found.items())[:_MOST]]


def _same_name(name: str, except_id: int) -> list[int]:
    key = normalise_company_name(name)
    if len(key) < 2:
        return []
    core = _SUFFIX.sub("", key)
    ids = ids_sharing_grams(core if len(core) > 1 else key, 300)
    candidates = Customer.objects.filter(pk__in=ids).exclude(pk=except_id)
    return [
        one.pk
        for one in candidates.only("pk", "name", "former_names")
        if key in {normalise_company_name(known) for known in (one.name, *map(str, one.former_names))}
    ][:_MOST]


_SAME_TAX_NUMBER = gettext_noop("has the same tax number.")
_SAME_NAME = gettext_noop("has the same name.")
_SAME_PHONE = gettext_noop("has the same phone.")
