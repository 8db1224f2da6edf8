"""Drawing a sample that anybody can draw again, and what it says: a rate with its base and its interval."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

from django.db.models import Sum
from django.utils import timezone

from orders.models import Audit, AuditedOrder, ErrorEvent, Order
from orders.status import Status

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from staff.models import User

_ENTERED_FOR_GOOD = (
    Status.VERIFIED, Status.PENDING_APPROVAL, Status.CONFIRMED, Status.RELEASED, Status.COMPLETED, Status.CLOSED,
)  # fmt: skip
_Z = 1.959964  # 95 %
_WITHDRAWN = ErrorEvent.Dispute.WITHDRAWN


@dataclass(frozen=True, slots=True)
class Rate:
    """So many right of so many, with the bounds (in percent) between which the truth lies 95 times of 100."""

    right: int
    base: int
    low: float
    high: float

    @property
    def percent(self) -> float:
        """The rate itself; 0 without a base."""
        return 100 * self.right / self.base if self.base else 0.0

    @property
    def bounds(self) -> str:
        """Both bounds as a page shows them."""
        return f"{self.low:.1f}–{self.high:.1f}%"


@dataclass(frozen=True, slots=True)
class AuditResult:
    """What a sample has shown so far; an error that a ruling withdrew counts as right."""

    waiting: int
    orders: Rate
    fields: Rate
    wrong_orders: int
    wrong_fields: int


def population(first: date, last: date, person: User | None) -> QuerySet[Order]:
    """Orders that somebody of ours entered on these days of the house and that were not called off."""
    zone = timezone.get_default_timezone()
    begin = datetime.combine(first, time(), zone)
    end = datetime.combine(last + timedelta(days=1), time(), zone)
    rows = Order.objects.filter(
        entered_at__gte=begin, entered_at__lt=end, entered_by__isnull=False, state__in=_ENTERED_FOR_GOOD
    )
    return rows if person is None else rows.filter(entered_by=person)


def hash_of(ids: Iterable[int]) -> str:
    """The sum by which anybody sees that they draw from the same orders."""
    return hashlib.sha256("\n".join(map(str, sorted(ids))).encode()).hexdigest()


def draw(ids: Iterable[int], seed: str, size: int) -> list[int]:
    """So many of the ids, each as likely as the other; the same seed draws the same ones for ever, in this order."""
    lots = {pk: hashlib.sha256(f"{seed}:{pk}".encode()).digest() for pk in ids}
    return sorted(lots, key=lambda pk: (lots[pk], pk))[:size]


def wilson(wrong: int, base: int) -> tuple[float, float]:
    """The bounds of the right ones in percent by Wilson's interval; (0, 100) without a base."""
    if not base:
        return 0.0, 100.0
    share, squared = 1 - wrong / base, _Z * _Z
    middle = share + squared / (2 * base)
    spread = _Z * math.sqrt(share * (1 - share) / base + squared / (4 * base * base))
    bounds = ((middle - spread) / (1 + squared / base), (middle + spread) / (1 + squared / base))
    return 100 * max(bounds[0], 0.0), 100 * min(bounds[1], 1.0)


def rate_of(wrong: int, base: int) -> Rate:
    """The rate of the right ones."""
    return Rate(base - wrong, base, *wilson(wrong, base))


def wrong_places(audit: Audit) -> QuerySet[AuditedOrder]:
    """The orders of a sample with at least one error that stands."""
    standing = ErrorEvent.objects.exclude(dispute=_WITHDRAWN)
    return AuditedOrder.objects.filter(audit=audit, errors__in=standing).distinct()


def result_of(audit: Audit) -> AuditResult:
    """What was compared so far and how much of it was right."""
    places = AuditedOrder.objects.filter(audit=audit)
    compared = places.exclude(outcome=AuditedOrder.Outcome.WAITING)
    done = compared.count()
    fields = compared.aggregate(sum=Sum("fields"))["sum"] or 0
    wrong_orders = wrong_places(audit).count()
    found = AuditedOrder.errors.through.objects.filter(auditedorder__audit=audit)
    wrong_fields = found.exclude(errorevent__dispute=_WITHDRAWN).count()
    return AuditResult(
        audit.size - done, rate_of(wrong_orders, done), rate_of(wrong_fields, fields), wrong_orders, wrong_fields
    )


def can_be_drawn_again(audit: Audit, ids: Sequence[int]) -> bool:
    """Whether the orders to draw from are still those of the draw: some may have been called off since."""
    return hash_of(ids) == audit.population_hash
