"""The house's clock, read from the week templates and the calendar."""

from datetime import date, time
from functools import lru_cache
from uuid import uuid4
from zoneinfo import ZoneInfo

from django.core.cache import cache

from salesops.worktime.clock import Clock, Day, Stretch, week_of
from salesops.worktime.models import CalendarDay, WeekTemplate

EDITION_KEY = "worktime:edition"
EDITION_SECONDS = 300


def house_clock() -> Clock:
    """The clock of the default working week, the calendar of all years in it.

    Each process keeps the one it read; the cache that all of them share only names the edition in force, anew every
    five minutes and at once when the calendar changes: years of days are not carried out of it at each question.
    """
    edition: str | None = cache.get(EDITION_KEY)
    if edition is None:
        edition = cache.get_or_set(EDITION_KEY, uuid4().hex, EDITION_SECONDS)
    return _clock_of(str(edition))


def forget_clock() -> None:
    """Read the calendar anew at the next question."""
    cache.delete(EDITION_KEY)


@lru_cache(maxsize=1)
def _clock_of(_edition: str) -> Clock:
    template = WeekTemplate.objects.order_by("-is_default", "id").prefetch_related("intervals").first()
    week: list[list[Stretch]] = [[] for _weekday in range(7)]
    zone = ZoneInfo(template.time_zone if template else "Asia/Shanghai")
    if template:
        for interval in template.intervals.all():
            week[interval.weekday].append((interval.start, interval.end))
    days = {row.date: Day(row.kind, row.name, parse_stretches(row.intervals)) for row in CalendarDay.objects.all()}
    known = frozenset(day.year for day, entry in days.items() if entry.kind == CalendarDay.Kind.HOLIDAY)
    return Clock(week_of(week), days, zone, known)


def parse_stretches(raw: list[list[str]] | None) -> tuple[Stretch, ...] | None:
    """Stretches as stored ([["09:00", "12:00"], ...]); None means the weekday's own."""
    if raw is None:
        return None
    return tuple(sorted((time.fromisoformat(start), time.fromisoformat(end)) for start, end in raw))


def year_without_holidays(today: date) -> int | None:
    """The year whose holidays are missing: this one, or the next from November on (when the notice is due)."""
    known = house_clock().known_years
    if today.year not in known:
        return today.year
    if today.month >= 11 and today.year + 1 not in known:
        return today.year + 1
    return None
