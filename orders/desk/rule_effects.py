"""What an approval rule would have done to last month's orders, shown before it is switched on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from orders.desk.facts import OrderFacts
from orders.desk.rule_words import tell_finding
from orders.desk.rules import judge
from orders.models import ApprovalRule, Order
from orders.status import Status

MONTH = timedelta(days=30)
MOST_ORDERS = 300
MOST_SHOWN = 50
_TAKEN = (Status.CONFIRMED, Status.RELEASED, Status.COMPLETED, Status.CLOSED)


@dataclass(frozen=True, slots=True)
class Hit:
    """An order the rule would have stopped, and why."""

    order: Order
    sentence: str


@dataclass(frozen=True, slots=True)
class Effect:
    """How many of last month's orders were looked at, and which would have waited for approval."""

    looked_at: int
    of: int
    hits: list[Hit]

    def content(self) -> dict[str, Any]:
        """What the version of a rule keeps of it."""
        numbers = [hit.order.number for hit in self.hits[:MOST_SHOWN]]
        return {"looked_at": self.looked_at, "of": self.of, "fired": len(self.hits), "orders": numbers}


def effect_of(kind: str, threshold: Decimal | None) -> Effect:
    """Judge last month's orders by a rule as it would be; the newest 300 where there were more.

    Prices are those of the orders, and each is held against earlier orders only; floor prices, credit and payment
    are today's: the past of those is not kept.
    """
    rule = ApprovalRule(kind=kind, threshold=threshold, is_active=True)
    rows = Order.objects.filter(received_at__gte=timezone.now() - MONTH, state__in=_TAKEN)
    orders = list(rows.select_related("customer").order_by("-received_at", "-id")[:MOST_ORDERS])
    hits = []
    for order in orders:
        finding = judge(rule, OrderFacts(order, looking_back=True))
        if finding is not None:
            hits.append(Hit(order, tell_finding(finding.content())))
    of = len(orders) if len(orders) < MOST_ORDERS else rows.order_by().count()
    return Effect(len(orders), of, hits)
