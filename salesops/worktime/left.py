"""What is left until something is due, in working time: a weekend neither hurries nor helps anybody."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from salesops.worktime.clock import Clock, NoWorkingTimeError

SOON_MINUTES = 120
DAY_MINUTES = 8 * 60
_COUNTED = timedelta(days=60)  # what is late for longer is told in days of the calendar
_ENOUGH_DAYS = 3  # one whole day at least among them: more than DAY_MINUTES, unless days are very short


@dataclass(frozen=True, slots=True)
class TimeLeft:
    """What is left in words, whether it is late, soon will be, or stands still (paused), and whether it names a day."""

    text: str
    tone: str = ""
    is_day: bool = False


class Countdown:
    """What is left of many moments, seen from one ("now", in the zone in which days are told)."""

    def __init__(self, now: datetime, clock: Clock) -> None:
        self.now, self.clock = now, clock

    def until(self, due: datetime) -> TimeLeft:
        """ "1h48m left", "41m over"; far ahead the day itself, long ago the working days since."""
        if due < self.now:
            span = self._span_since(due)
            return TimeLeft(_("%(span)s over") % {"span": span} if span else _("just over"), "late")
        if due < self._a_day_ahead:
            minutes = int(self.clock.elapsed(self.now, due).total_seconds() // 60)
            text = _("%(span)s left") % {"span": span_text(minutes)}
            return TimeLeft(text, "soon" if minutes < SOON_MINUTES else "")
        return TimeLeft(due_day(due.astimezone(self.now.tzinfo), self.now.date()), is_day=True)

    @cached_property
    def _a_day_ahead(self) -> datetime:
        """The moment at which a working day has passed; now where the calendar has no working time."""
        try:
            return self.clock.add(self.now, DAY_MINUTES)
        except NoWorkingTimeError:
            return self.now

    @cached_property
    def _days_worked(self) -> list[date]:
        """The days, up to today, on which somebody has worked: a page of late rows counts them once."""
        today = self.now.astimezone(self.clock.zone).date()
        days = [today - timedelta(days=back) for back in range(_COUNTED.days, 0, -1)]
        begun = [today] if self.clock.left_today(self.now) < self._whole(today) else []
        return [day for day in days if self.clock.stretches_on(day)] + begun

    def _whole(self, day: date) -> timedelta:
        return self.clock.left_today(datetime.combine(day, time(), self.clock.zone))

    def _span_since(self, due: datetime) -> str:
        """Nothing where no working time has passed since."""
        if self.now - due > _COUNTED:
            return pgettext("span of days", "%(days)d d") % {"days": (self.now - due).days}
        due_on = due.astimezone(self.clock.zone).date()
        days = len(self._days_worked) - bisect_right(self._days_worked, due_on)
        if days < _ENOUGH_DAYS:
            minutes = int(self.clock.elapsed(due, self.now).total_seconds() // 60)
            if minutes < DAY_MINUTES:
                return span_text(minutes) if minutes else ""
        days = max(days, 1)
        return ngettext("%(days)d working day", "%(days)d working days", days) % {"days": days}


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
