"""Until when an order must be confirmed: base by channel and customer level + minutes per line, on the working clock.

The target stands still while a question to the customer is open. After confirmation the promised day counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

from django.utils import timezone

from orders.models import Clarification, DeadlineRule, Order
from orders.status import Status
from salesops.prepared import Prepared
from salesops.worktime.clock import Clock, NoWorkingTimeError, Segment
from salesops.worktime.queries import house_clock

BEFORE_CONFIRMATION = frozenset(
    {
        Status.RECEIVED,
        Status.CLARIFYING,
        Status.REVIEWED,
        Status.ENTERED,
        Status.VERIFIED,
        Status.PENDING_APPROVAL,
    }
)
_AFTER_CONFIRMATION = frozenset({Status.CONFIRMED, Status.RELEASED})

Pause = tuple[datetime, datetime]

_RULES = Prepared(DeadlineRule.objects.all)


@dataclass(frozen=True, slots=True)
class Target:
    """What the rule allows: the moment, and what it is made of (all minutes are working minutes)."""

    start: datetime
    due: datetime
    base: Decimal
    per_line: Decimal
    lines: int
    is_urgent: bool
    channel: str
    level: str
    pauses: tuple[Pause, ...]
    paused: timedelta  # working time that the pauses took before the target

    @property
    def minutes(self) -> Decimal:
        """Working minutes allowed without the pauses."""
        return self.base + self.per_line * self.lines


@dataclass(frozen=True, slots=True)
class Explanation:
    """The target, and every stretch of working time between receipt and target that was counted."""

    target: Target
    segments: list[Segment]


def choose_rule(rules: Sequence[DeadlineRule], channel: str, level: str) -> DeadlineRule:
    """The rule that speaks most exactly of this channel and level; the house's default when none does."""
    fitting = [rule for rule in rules if rule.channel in ("", channel) and rule.level in ("", level)]
    return max(fitting, key=lambda rule: (bool(rule.channel), bool(rule.level)), default=DeadlineRule())


def due_after(clock: Clock, start: datetime, minutes: Decimal, pauses: Sequence[Pause]) -> tuple[datetime, timedelta]:
    """The moment at which so many working minutes have passed outside the pauses, and what the pauses added."""
    due, added = clock.add(start, float(minutes)), timedelta()
    for begin, end in sorted(pauses):
        first = max(begin, start)
        if first >= due or end <= first:
            continue
        span = clock.elapsed(first, end)
        due, added = clock.add(due, span.total_seconds() / 60), added + span
    return due, added


def target_of(order: Order, *, now: datetime | None = None) -> Target:
    """The target of an order by the rules of today; NoWorkingTimeError where the calendar has no working time."""
    rule = choose_rule(_RULES.rows(), order.channel, order.customer.level)
    base = Decimal(rule.urgent_minutes if order.is_urgent else rule.base_minutes)
    per_line = Decimal(rule.minutes_per_line)
    moment = now or timezone.now()
    asked = Clarification.objects.filter(order=order).values_list("asked_at", "answered_at") if order.pk else ()
    pauses = tuple((begin, end or moment) for begin, end in asked)
    due, paused = due_after(house_clock(), order.received_at, base + per_line * order.line_count, pauses)
    return Target(
        start=order.received_at,
        due=due,
        base=base,
        per_line=per_line,
        lines=order.line_count,
        is_urgent=order.is_urgent,
        channel=rule.channel,
        level=rule.level,
        pauses=pauses,
        paused=paused,
    )


def deadline_of(order: Order) -> datetime:
    """The moment by which the order must be confirmed."""
    return target_of(order).due


def explain_deadline(order: Order) -> Explanation:
    """The target of an order with the working time that was counted up to it."""
    target = target_of(order)
    return Explanation(target, house_clock().explain(target.start, target.due))


def is_of_an_earlier_rule(order: Order, target: Target) -> bool:
    """Whether the order keeps a target that the rules, the customer's level or the calendar of today would not make.

    While a question is open the target moves with every minute, and after confirmation another day counts.
    """
    if order.state not in BEFORE_CONFIRMATION - {Status.CLARIFYING} or order.due_at is None:
        return False
    return abs(target.due - order.due_at) >= timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class CountedRow:
    """One counted stretch with its working minutes; a pause is counted, and added again at the end."""

    segment: Segment
    minutes: Decimal
    is_pause: bool


@dataclass(frozen=True, slots=True)
class BarPiece:
    """A piece of the picture of the time between receipt and target, 0 to 1000 wide."""

    kind: str  # work, pause, end
    x: int
    width: int


def counted_rows(told: Explanation) -> list[CountedRow]:
    """The counted stretches as a table shows them, cut where a pause begins or ends."""
    rows = []
    for segment in told.segments:
        for begin, end, is_pause in _cut(segment.start, segment.end, told.target.pauses):
            length = (end - begin).total_seconds() / 60
            piece = replace(segment, start=begin, end=end)
            rows.append(CountedRow(piece, Decimal(str(round(length, 1))), is_pause))
    return rows


def bar_of(told: Explanation) -> list[BarPiece]:
    """The same as a picture, true to scale."""
    start, due = told.target.start, told.target.due
    whole = max((due - start).total_seconds(), 1.0)
    pieces = []
    for row in counted_rows(told):
        left = (row.segment.start - start).total_seconds() / whole * 1000
        width = (row.segment.end - row.segment.start).total_seconds() / whole * 1000
        pieces.append(BarPiece("pause" if row.is_pause else "work", round(left), max(round(width), 1)))
    return [*pieces, BarPiece("end", 996, 4)]


def _cut(start: datetime, end: datetime, pauses: Sequence[Pause]) -> list[tuple[datetime, datetime, bool]]:
    edges = sorted({start, end, *(edge for pause in pauses for edge in pause if start < edge < end)})
    return [
        (begin, finish, any(first <= begin and finish <= last for first, last in pauses))
        for begin, finish in pairwise(edges)
    ]


def end_of_work(day: date) -> datetime:
    """The end of the last working stretch of a day; midnight at its end where nobody works."""
    clock = house_clock()
    stretches = clock.stretches_on(day)
    if stretches:
        return datetime.combine(day, stretches[-1][1], clock.zone)
    return datetime.combine(day + timedelta(days=1), datetime.min.time(), clock.zone)


def due_now(order: Order) -> datetime | None:
    """What ``due_at`` should hold: the target before confirmation, the promised day's end after it, else nothing."""
    if order.state in BEFORE_CONFIRMATION:
        try:
            return deadline_of(order)
        except NoWorkingTimeError:
            return None
    if order.state in _AFTER_CONFIRMATION:
        day = order.promised_on or order.requested_on
        return end_of_work(day) if day else None
    return None


def keep_deadline(order: Order) -> None:
    """Write ``due_at`` as the order's state, lines and clarifications ask; call it when one of them changed."""
    due = due_now(order)
    if due != order.due_at:
        order.due_at = due
        Order.objects.filter(pk=order.pk).update(due_at=due)
