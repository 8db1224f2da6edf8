"""How much of a customer's credit is used, in house currency.

used = unpaid shipped + confirmed and not shipped - prepaid: the sum back offices go by, where the middle part is the
desk's choice (DeskRule.credit_counts_confirmed). Row by row that is

    amount x (max(shipped, ordered - short-closed) - returned) / ordered

so what will never be shipped and what came back is not owed. Where less was shipped than is wanted this is ordered -
short-closed - returned; what was shipped beyond it is owed like the rest. Without the middle part: shipped - returned.
A paid or prepaid order uses nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Any, Protocol

from django.db import models
from django.db.models import Case, DecimalField, ExpressionWrapper, F, Func, Q, Sum, When
from django.db.models.functions import Greatest, Least

from customers.models import Customer
from orders.desk.numbers import desk_rule
from orders.models import Order, OrderLine
from orders.status import Payment, Status
from salesops.money import round_money
from salesops.prepared import Prepared

_ON_THE_WAY = Q(order__state__in=(Status.CONFIRMED, Status.RELEASED))
_DONE = Q(order__state=Status.COMPLETED, order__batch__isnull=True)  # whether imported history was paid nobody knows
_PAID = (Payment.PAID, Payment.PREPAID)
_NUMBER = DecimalField(max_digits=30, decimal_places=8)


@dataclass(frozen=True, slots=True)
class CreditState:
    """A customer's credit in house currency; no limit means that none was agreed and nothing is checked."""

    limit: Decimal | None
    used: Decimal

    @property
    def left(self) -> Decimal | None:
        """What may still be sold unpaid; negative when the limit is exceeded."""
        return None if self.limit is None else self.limit - self.used

    def covers(self, amount: Decimal) -> bool:
        """Whether the amount still fits under the limit; nothing always does."""
        return self.limit is None or amount <= 0 or self.used + amount <= self.limit


class OwedRow(Protocol):
    """What of a stored row tells how much of it is owed."""

    @property
    def quantity(self) -> Decimal: ...
    @property
    def cancelled_quantity(self) -> Decimal: ...
    @property
    def shipped_quantity(self) -> Decimal: ...
    @property
    def returned_quantity(self) -> Decimal: ...
    @property
    def amount(self) -> Decimal: ...


def in_house_currency(order: Order) -> Decimal:
    """The order's total in house currency."""
    return round_money(order.total * order.exchange_rate)


def still_to_pay(order: Order, lines: Iterable[OwedRow] | None = None) -> Decimal:
    """What the order uses of its customer's credit, in house currency; ``lines`` are its rows, if at hand."""
    if order.payment in _PAID:
        return Decimal(0)
    owed = sum((owed_amount(line) for line in (order.lines.all() if lines is None else lines)), Decimal(0))
    return round_money(owed * order.exchange_rate)


def owed_amount(line: OwedRow) -> Decimal:
    """The part of a row's amount that was or will be delivered and did not come back, not rounded."""
    wanted = line.quantity - line.cancelled_quantity
    if line.quantity > 0:
        kept = max(max(line.shipped_quantity, wanted) - line.returned_quantity, Decimal(0))
    else:  # a row that takes back: all its quantities are negative
        kept = min(min(line.shipped_quantity, wanted) - line.returned_quantity, Decimal(0))
    return line.amount if kept == line.quantity else line.amount * kept / line.quantity


def credit_of(customer: Customer, *, besides: Order | None = None) -> CreditState:
    """Limit and use of a customer's credit; ``besides`` leaves one order out, to ask whether it would fit."""
    read = _USED_WITH_CONFIRMED if desk_rule().credit_counts_confirmed else _USED
    used = read.first(customer=customer.pk, besides=(besides.pk or 0) if besides is not None else 0)
    return CreditState(customer.credit_limit, round_money(Decimal(used or 0)))


def credit_used_by_customers(customers: Iterable[int]) -> dict[int, Decimal]:
    """The credit in use of each of these customers who uses any, by id, not rounded (an order may be left out)."""
    return _used_by("order__customer_id", customers)


def credit_used_by_orders(orders: Iterable[int]) -> dict[int, Decimal]:
    """What each of these stored orders uses of its customer's credit, by id, not rounded."""
    return _used_by("order_id", orders)


def _used_by(field: str, ids: Iterable[int]) -> dict[int, Decimal]:
    rows = _unpaid().filter(**{f"{field}__in": set(ids)}).values(field).annotate(used=_sum_owed())
    return {each[field]: Decimal(each["used"]) for each in rows}


def _unpaid() -> models.QuerySet[OrderLine]:
    return OrderLine.objects.filter(_ON_THE_WAY | _DONE).exclude(order__payment__in=_PAID).order_by()


def _sum_owed() -> Sum:
    return Sum(_owed(counts_confirmed=desk_rule().credit_counts_confirmed), output_field=_NUMBER)


class _Share(Func):
    """amount x part / whole; SQLite would divide whole numbers without a remainder."""

    template = "%(expressions)s"
    arg_joiner = " / "

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        """Divided as a fraction."""
        return self.as_sql(compiler, connection, arg_joiner=" * 1.0 / ", **context)


def _owed(*, counts_confirmed: bool) -> _Share:
    """``owed_amount`` as the database works it out, in house currency."""
    shipped, wanted = F("shipped_quantity"), F("quantity") - F("cancelled_quantity")
    most = Greatest(shipped, wanted) if counts_confirmed else shipped
    least = Least(shipped, wanted) if counts_confirmed else shipped
    back, nothing = F("returned_quantity"), Decimal(0)
    kept = Case(When(quantity__gt=0, then=Greatest(most - back, nothing)), default=Least(least - back, nothing))
    whole = ExpressionWrapper(F("amount") * F("order__exchange_rate") * kept, _NUMBER)
    return _Share(whole, F("quantity"), output_field=_NUMBER)


def _used(customer: Any, besides: Any, *, counts_confirmed: bool) -> models.QuerySet[OrderLine, Decimal]:
    """What a customer's orders owe together, ``besides`` one (0: none); no row where there is none that counts."""
    of_one = _unpaid().filter(order__customer=customer).exclude(order=besides).values("order__customer")
    owed = Sum(_owed(counts_confirmed=counts_confirmed), output_field=_NUMBER)
    return of_one.annotate(used=owed).values_list("used", flat=True)


_USED_WITH_CONFIRMED = Prepared(partial(_used, counts_confirmed=True))
_USED = Prepared(partial(_used, counts_confirmed=False))
