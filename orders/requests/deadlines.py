"""By when a request should be a confirmed order: the rules of orders, before there is one."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from orders.desk.deadlines import choose_rule, due_after
from orders.models import DeadlineRule
from salesops.worktime.clock import NoWorkingTimeError
from salesops.worktime.queries import house_clock


def due_of_request(
    *, channel: str, level: str, received_at: datetime, lines: int = 0, is_urgent: bool = False
) -> datetime | None:
    """The moment on the house's working clock; None where the calendar has no working time."""
    rule = choose_rule(list(DeadlineRule.objects.all()), channel, level)
    minutes = Decimal(rule.urgent_minutes if is_urgent else rule.base_minutes) + Decimal(rule.minutes_per_line) * lines
    try:
        return due_after(house_clock(), received_at, minutes, ())[0]
    except NoWorkingTimeError:
        return None
