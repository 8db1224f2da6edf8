"""What an approval rule would have done to last month's orders, shown before it is switched on.

A month of few orders is judged while somebody waits. One of many is judged by a job of whoever asked: its result is the
effect, found again on the page of the rule for a day, as long as nobody changes the rule.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from heapq import nlargest
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from orders.desk.chunk_facts import facts_looking_back
from orders.desk.rules import judge
from orders.models import ApprovalRule, Order
from orders.models.order import OrderQuerySet
from orders.status import Status
from salesops.jobs.models import Job

if TYPE_CHECKING:
    from staff.models import User

MONTH = timedelta(days=30)
CHUNK = 500
MOST_AT_ONCE = 1000
"""Orders judged while somebody waits: even the dearest kind of rule answers within about a second."""
MOST_SHOWN = 50
EFFECT_JOB = "orders.rule_effect"
_KEPT = timedelta(days=1)
_TAKEN = (Status.CONFIRMED, Status.RELEASED, Status.COMPLETED, Status.CLOSED)


@dataclass(frozen=True, slots=True)
class Hit:
    """An order the rule would have stopped, and what it found."""

    order: Order
    finding: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Effect:
    """How many of last month's orders were judged, how many would have waited for approval, and the newest of those."""

    looked_at: int
    fired: int
    hits: list[Hit]

    def content(self) -> dict[str, Any]:
        """What the version of a rule keeps of it."""
        numbers = [hit.order.number for hit in self.hits]
        return {"looked_at": self.looked_at, "fired": self.fired, "orders": numbers}

    def result(self) -> dict[str, Any]:
        """What a job keeps of it for ``effect_kept``."""
        hits = [[hit.order.pk, {name: hit.finding[name] for name in ("kind", "values")}] for hit in self.hits]
        return {"looked_at": self.looked_at, "fired": self.fired, "hits": hits}


def effect_kept(result: dict[str, Any]) -> Effect:
    """The effect a job found; orders that are gone since then are not listed."""
    orders = Order.objects.in_bulk([pk for pk, _finding in result["hits"]])
    hits = [Hit(orders[pk], finding) for pk, finding in result["hits"] if pk in orders]
    return Effect(result["looked_at"], result["fired"], hits)


def effect_asked(user: User, rule: ApprovalRule) -> Job | None:
    """The job this person asked last, within a day, for the effect of a change to the rule as it is now."""
    mine = Job.objects.filter(kind=EFFECT_JOB, owner=user, created_at__gte=timezone.now() - _KEPT)
    return mine.filter(arguments__rule=rule.pk, arguments__version=rule.version).order_by("-pk").first()


def takes_long() -> bool:
    """Whether last month had more orders than are judged while somebody waits."""
    return last_months_orders()[: MOST_AT_ONCE + 1].count() > MOST_AT_ONCE


def last_months_orders() -> OrderQuerySet:
    """The orders an effect is shown of: taken in the last thirty days."""
    return Order.objects.filter(received_at__gte=timezone.now() - MONTH, state__in=_TAKEN).order_by()


def effect_of(
    kind: str, threshold: Decimal | None, *, tell: Callable[[int, int], None] = lambda _done, _total: None
) -> Effect:
    """Judge all of last month's orders by a rule as it would be; ``tell(done, total)`` is called after each chunk.

    Prices are those of the orders, and each is held against earlier orders only; floor prices, credit and payment
    are today's: the past of those is not kept.
    """
    rule = ApprovalRule(kind=kind, threshold=threshold, is_active=True)
    # By customer, so that what a customer ever bought is read with one chunk, or few, and not with each of the month.
    ids = list(last_months_orders().order_by("customer_id", "received_at", "pk").values_list("pk", flat=True))
    looked_at = fired = 0
    hits: list[Hit] = []
    for start in range(0, len(ids), CHUNK):
        for facts in facts_looking_back(ids[start : start + CHUNK]):
            looked_at += 1
            finding = judge(rule, facts)
            if finding is not None:
                fired += 1
                hits.append(Hit(facts.order, finding.content()))
        hits = nlargest(MOST_SHOWN, hits, key=lambda hit: (hit.order.received_at, hit.order.pk))
        tell(min(start + CHUNK, len(ids)), len(ids))
    return Effect(looked_at, fired, hits)
