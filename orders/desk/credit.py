"""How much of a customer's credit is used: unpaid shipped + confirmed and not shipped - prepaid, in house currency."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import DecimalField, ExpressionWrapper, F, Q, Sum

from customers.models import Customer
from orders.desk.numbers import desk_rule
from orders.models import Order
from orders.status import Payment, Status
from salesops.money import round_money

_SHIPPED = Q(state=Status.COMPLETED, batch__isnull=True)  # of imported history nobody knows whether it was paid
_CONFIRMED = Q(state__in=(Status.CONFIRMED, Status.RELEASED))
_RELEASED = Q(state=Status.RELEASED) & ~Q(fulfilment="none")
_PAID = (Payment.PAID, Payment.PREPAID)


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
        """Whether the amount still fits under the limit."""
        return self.limit is None or self.used + amount <= self.limit


def in_house_currency(order: Order) -> Decimal:
    """The order's total in house currency."""
    return round_money(order.total * order.exchange_rate)


def still_to_pay(order: Order) -> Decimal:
    """What the order uses of its customer's credit, in house currency: nothing once it is paid."""
    return Decimal(0) if order.payment in _PAID else in_house_currency(order)


def credit_of(customer: Customer, *, besides: Order | None = None) -> CreditState:
    """Limit and use of a customer's credit; ``besides`` leaves one order out, to ask whether it would fit."""
    counted = _SHIPPED | (_CONFIRMED if desk_rule().credit_counts_confirmed else _RELEASED)
    rows = Order.objects.filter(counted, customer=customer).exclude(payment__in=_PAID).order_by()
    if besides is not None and besides.pk:
        rows = rows.exclude(pk=besides.pk)
    amount = ExpressionWrapper(F("total") * F("exchange_rate"), DecimalField(max_digits=30, decimal_places=8))
    used = rows.aggregate(used=Sum(amount))["used"] or Decimal(0)
    return CreditState(customer.credit_limit, round_money(Decimal(used)))
