"""What is left until something is due, in working time: a weekend neither hurries nor helps anybody."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from salesops.worktime.clock import Clock

SOON_MINUTES = 120
DAY_MINUTES = 8 * 60
_COUNTED = timedelta(days=60)  # what is late for longer is told in days of the calendar


@dataclass(frozen=True, slots=True)
class TimeLeft:
    """What is left in words, and whether it is late, soon will be, or stands still (paused)."""

    text: str
    tone: str = ""


def told_left(due: datetime, now: datetime, clock: Clock) -> TimeLeft:
    """ "1h48m left", "41m over"; far ahead the day itself, long ago the working days since."""
    if due < now:
        return TimeLeft(_("%(span)s over") % {"span": _span_since(due, now, clock)}, "late")
    zone = now.tzinfo
    if due - now <= _COUNTED:
        minutes = int(clock.elapsed(now, due).total_seconds() // 60)
        if minutes < DAY_MINUTES:
            text = _("%(span)s left") % {"span": span_text(minutes)}
            return TimeLeft(text, "soon" if minutes < SOON_MINUTES else "")
    return TimeLeft(due_day(due.astimezone(zone), now.date()))


def span_text(minutes: int) -> str:
    """Minutes as a short span: 41m, 2h04m."""
    return f"{minutes}m" if minutes < 60 else f"{minutes // 60}h{minutes % 60:02}m"


def due_day(local: datetime, today: date) -> str:
    """A deadline that is not near: the clock today, else the day with its weekday."""
    if local.date() == today:
        return f"{pgettext('before a time of day', 'today')} {local.hour:02}:{local.minute:02}"
    year = "" if local.year == today.year else f"{local.year}-"
    weekday = pgettext("beside a date", "%(weekday)s") % {"weekday": date_format(local, "D")}
    return f"{year}{local.month:02}-{local.day:02} {weekday}"


def _span_since(due: datetime, now: datetime, clock: Clock) -> str:
    if now - due > _COUNTED:
        return pgettext("span of days", "%(days)d d") % {"days": (now - due).days}
    segments = clock.explain(due, now)
    minutes = int(sum((each.length for each in segments), timedelta()).total_seconds() // 60)
    if minutes < DAY_MINUTES:
        return span_text(minutes)
    days = max(len({each.day for each in segments if each.day > due.astimezone(clock.zone).date()}), 1)
    return ngettext("%(days)d working day", "%(days)d working days", days) % {"days": days}
