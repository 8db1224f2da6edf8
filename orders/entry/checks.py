"""Checks while an order is being entered: each an error, a hold or a note, with what can be done about it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Literal

from django.db.models import QuerySet
from django.utils.translation import gettext, gettext_noop

from customers.models import Customer, Product
from customers.validation import check_quantity
from orders.desk.credit import credit_of
from orders.desk.facts import DEAD, numbers_with_po
from orders.models import Order, OrderLine
from orders.snapshots import plain_value
from salesops.money import round_money
from salesops.prepared import Prepared
from salesops.worktime.clock import Clock

PRICE_OFF = Decimal("0.15")
"""A price this much beside the customer's last one is asked about (a fraction)."""
_LOOKED_AT = 5000  # rows of a customer's history read for one question

Level = Literal["error", "hold", "note"]


def _bought(customer: Any, currency: Any, products: Any, besides: Any) -> QuerySet[OrderLine, Any]:
    """The customer's rows of these products, the newest first; the order ``besides`` (0: none) is not looked at."""
    lines = OrderLine.objects.filter(
        order__customer=customer,
        order__kind=Order.Kind.SALE,
        order__currency=currency,
        product__id__in=products,
        quantity__gt=0,
    )
    lines = lines.exclude(order__state__in=DEAD).exclude(order=besides).order_by("-order__received_at")
    names = ("product_id", "unit_price", "discount", "quantity", "order__received_at", "order__prices_include_tax")
    return lines.values_list(*names)[:_LOOKED_AT]


_BOUGHT = Prepared(_bought)


@dataclass(frozen=True, slots=True)
class Remedy:
    """A button under a check: write this value into this field."""

    label: str
    field: str
    value: str

    def plain(self) -> dict[str, str]:
        """For the page."""
        return {"label": self.label, "field": self.field, "value": self.value}


@dataclass(frozen=True, slots=True)
class Check:
    """One finding about a row (or the header): how grave, at which field, a sentence in the reader's language."""

    level: Level
    field: str
    text: str
    remedies: tuple[Remedy, ...] = ()

    def plain(self) -> dict[str, Any]:
        """For the page."""
        return {
            "level": self.level,
            "field": self.field,
            "text": self.text,
            "remedies": [remedy.plain() for remedy in self.remedies],
        }


@dataclass(frozen=True, slots=True)
class Habit:
    """What a customer bought of a product before: the last price after discount, when, and the largest quantity."""

    last_price: Decimal | None = None
    last_on: date | None = None
    most: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """A row as the checks need it; the price is what one unit costs before the discount (a fraction)."""

    quantity: Decimal
    product: Product | None = None
    unit_price: Decimal | None = None
    discount: Decimal = Decimal(0)
    due_on: date | None = None
    is_replaced: bool = False  # at no price, for what the customer sent back


@dataclass(slots=True)
class Habits:
    """What a customer bought before, by product."""

    by_product: Mapping[int, Habit] = field(default_factory=dict)

    def of(self, product: Product | None) -> Habit:
        """The habit for a product; an empty one where there is none."""
        return self.by_product.get(product.pk, Habit()) if product is not None else Habit()


def read_habits(
    customer: Customer,
    products: Collection[int],
    *,
    besides: Order | None = None,
    gross: bool = True,
    currency: str = "",
) -> Habits:
    """Last price and largest quantity of these products for a customer, in one query; one order may be left out.

    In the customer's own currency unless another is given.
    """
    found: dict[int, Habit] = {}
    rows = _BOUGHT.rows(
        customer=customer.pk,
        currency=currency or customer.currency,
        products=products,
        besides=besides.pk if besides else 0,
    )
    for product, price, discount, quantity, at, is_gross in rows:
        assert product is not None
        known = found.get(product, Habit())
        is_first = known.last_price is None and is_gross == gross
        found[product] = Habit(
            price * (1 - discount) if is_first else known.last_price,
            at.date() if is_first else known.last_on,
            max(quantity, known.most or quantity),
        )
    return Habits(found)


def check_row(row: Row, habit: Habit, clock: Clock, today: date) -> list[Check]:
    """Everything there is to say about one row; a row nobody finished yet says nothing."""
    checks: list[Check] = []
    product = row.product
    if product is not None:
        checks += _check_product(product)
        checks += [
            Check(
                problem.level,
                "quantity",
                problem.sentence,
                tuple(
                    Remedy(gettext("Change to %(number)s") % {"number": near}, "quantity", near)
                    for near in problem.suggestions
                ),
            )
            for problem in check_quantity(
                row.quantity,
                pack_size=product.pack_size,
                minimum=product.minimum_quantity,
                usual_maximum=habit.most,
            )
        ]
    checks += check_price(row, habit)
    if row.due_on is not None:
        checks += check_day(row.due_on, "due_on", clock, today)
    return checks


def _check_product(product: Product) -> list[Check]:
    if not product.is_discontinued:
        return []
    values = {"code": product.code}
    instead = product.substitute
    if instead is None or instead.is_discontinued:
        return [Check("error", "product", gettext(_DISCONTINUED) % values)]
    label = gettext("Take %(code)s %(name)s") % {"code": instead.code, "name": instead.name}
    return [Check("error", "product", gettext(_DISCONTINUED) % values, (Remedy(label, "product", instead.code),))]


def check_price(row: Row, habit: Habit) -> list[Check]:
    """What there is to say about a price: none, below the floor, far from what this customer paid last."""
    if row.unit_price is None:
        return [Check("error", "unit_price", gettext("There is no price for this row: write one."))]
    if row.is_replaced:
        return []
    price = row.unit_price * (1 - row.discount)
    checks = []
    floor = row.product.floor_price if row.product is not None else None
    if floor is not None and price < floor:
        values = {"price": plain_value(round_money(price)), "floor": plain_value(floor)}
        checks.append(Check("hold", "unit_price", gettext(_BELOW_FLOOR) % values))
    last = habit.last_price
    if last and abs(price - last) > last * PRICE_OFF:
        share = int((abs(price - last) / last * 100).to_integral_value())
        values = {"price": _money(price), "last": _money(last), "percent": share}
        words = _PRICE_ABOVE if price > last else _PRICE_BELOW
        remedy = Remedy(gettext("Change to %(number)s") % {"number": _money(last)}, "unit_price", plain_value(last))
        remedies = (remedy,) if not row.discount else ()
        checks.append(Check("note", "unit_price", gettext(words) % values, remedies))
    return checks


def check_day(day: date, field_name: str, clock: Clock, today: date) -> list[Check]:
    """A day in the past or on which nobody works; the next working day is offered."""
    if day >= today and clock.stretches_on(day):
        return []
    free = next((near for near in _days_after(max(day, today)) if clock.stretches_on(near)), None)
    remedies: tuple[Remedy, ...] = ()
    if free is not None:
        label = gettext("Change to %(number)s") % {"number": free.isoformat()}
        remedies = (Remedy(label, field_name, free.isoformat()),)
    words = _DAY_PAST if day < today else _DAY_OFF
    return [Check("note", field_name, gettext(words) % {"day": day.isoformat()}, remedies)]


def _days_after(day: date) -> list[date]:
    return [day + timedelta(days=ahead) for ahead in range(1, 31)]


def check_header(
    customer: Customer,
    *,
    customer_po: str = "",
    days: Mapping[str, date | None],
    total: Decimal,
    clock: Clock,
    today: date,
    order: Order | None = None,
) -> list[Check]:
    """Everything about the order as a whole: its PO, its days, the customer's credit (total in house currency)."""
    checks = check_po(customer, customer_po, order)
    for name, day in days.items():
        if day is not None:
            checks += check_day(day, name, clock, today)
    return [*checks, *_check_credit(customer, total, order)]


def _check_credit(customer: Customer, total: Decimal, order: Order | None) -> list[Check]:
    if customer.credit_limit is None or total <= 0:
        return []
    credit = credit_of(customer, besides=order)
    if credit.covers(total):
        return []
    values = {"left": _money(max(credit.left or Decimal(0), Decimal(0))), "limit": _money(credit.limit or 0)}
    return [Check("hold", "customer", gettext(_CREDIT) % values)]


def check_po(customer: Customer, customer_po: str, order: Order | None) -> list[Check]:
    """Another living order of this customer under the same PO: a reason is needed to go on.

    What the order replaces, or what replaces it, carries the same PO rightly.
    """
    if not customer_po:
        return []
    numbers = numbers_with_po(customer.pk, customer_po, order.pk if order else None)
    if not numbers:
        return []
    values = {"po": customer_po, "numbers": ", ".join(numbers[:3])}
    return [Check("hold", "customer_po", gettext(_PO_TWICE) % values)]


def _money(amount: Decimal | int) -> str:
    return f"{round_money(Decimal(amount)):,}"


def ask_why(finding: str) -> str:
    """What is said of a finding with which one only goes on for a reason."""
    return gettext("%(finding)s Write why it is right, or change it.") % {"finding": finding}


def worst(checks: Sequence[Check]) -> str:
    """The gravest level among them, or nothing."""
    return next((level for level in ("error", "hold", "note") if any(check.level == level for check in checks)), "")


_DISCONTINUED = gettext_noop("%(code)s is discontinued.")
_BELOW_FLOOR = gettext_noop("%(price)s is below the floor price of %(floor)s: somebody has to approve it.")
_PRICE_ABOVE = gettext_noop("%(price)s is %(percent)s %% above this customer's last price (%(last)s).")
_PRICE_BELOW = gettext_noop("%(price)s is %(percent)s %% below this customer's last price (%(last)s).")
_DAY_OFF = gettext_noop("%(day)s is a day off.")
_DAY_PAST = gettext_noop("%(day)s lies in the past.")
_CREDIT = gettext_noop("Over the credit limit: %(left)s of %(limit)s is left. Somebody has to approve it.")
_PO_TWICE = gettext_noop("This customer's PO %(po)s stands on %(numbers)s already. Somebody has to look at it.")
