"""What a product costs a customer, and why: customer price before price list before list price."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Protocol

from django.utils.translation import gettext, gettext_noop


class PriceStep(Protocol):
    """A row of a price: from this quantity on, between two days (none: for ever)."""

    from_quantity: Decimal
    price: Decimal
    valid_from: date | None
    valid_to: date | None


@dataclass(frozen=True, slots=True)
class PriceReason:
    """Why a price is what it is: a kind for machines, a sentence for people."""

    kind: str  # customer, price_list, list_price or none
    msgid: str
    values: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return gettext(self.msgid) % self.values if self.values else gettext(self.msgid)


def choose_step(steps: Iterable[PriceStep], quantity: Decimal, on: date) -> PriceStep | None:
    """The step that holds that day with the largest quantity not above this one.

    Of two that begin at the same quantity the one agreed later wins (a dated one before an undated one).
    """
    holding = [
        step
        for step in steps
        if step.from_quantity <= abs(quantity)
        and (step.valid_from is None or step.valid_from <= on)
        and (step.valid_to is None or on <= step.valid_to)
    ]
    return max(holding, key=lambda step: (step.from_quantity, step.valid_from or date.min), default=None)


@dataclass(slots=True)
class PriceBook:
    """The prices of one customer for some products, read in two queries."""

    own: dict[int, list[PriceStep]]
    listed: dict[int, list[PriceStep]]
    price_list: Any | None

    def price_for(self, product: Any, quantity: Decimal, on: date) -> tuple[Decimal | None, PriceReason]:
        """Price of one unit and why; None where nobody has set one."""
        step = choose_step(self.own.get(product.pk, ()), quantity, on)
        if step is not None:
            return step.price, PriceReason("customer", _CUSTOMER_PRICE, {"quantity": _plain(step.from_quantity)})
        if self.price_list is not None and _holds(self.price_list, on):
            step = choose_step(self.listed.get(product.pk, ()), quantity, on)
            if step is not None:
                values = {"list": self.price_list.name, "quantity": _plain(step.from_quantity)}
                return step.price, PriceReason("price_list", _LISTED_PRICE, values)
        if product.list_price is not None:
            return product.list_price, PriceReason("list_price", _LIST_PRICE)
        return None, PriceReason("none", _NO_PRICE)


def _holds(price_list: Any, on: date) -> bool:
    return bool(
        price_list.is_active
        and (price_list.valid_from is None or price_list.valid_from <= on)
        and (price_list.valid_to is None or on <= price_list.valid_to)
    )


def _plain(number: Decimal) -> str:
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


_CUSTOMER_PRICE = gettext_noop("Agreed with this customer, from %(quantity)s")
_LISTED_PRICE = gettext_noop("Price list %(list)s, from %(quantity)s")
_LIST_PRICE = gettext_noop("List price")
_NO_PRICE = gettext_noop("No price set")
