"""The one clock: working time between two moments, and the moment a working span ends. Pure: no database.

A day works as its weekday's stretches say, unless the calendar says otherwise: a public holiday or a day of rest
has none; a make-up day (调休, a Saturday or Sunday worked for a bridge day) has its own stretches or those of the
first weekday that works. Durations are real time: a stretch across a change of summer time counts what passed.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

Stretch = tuple[time, time]
"""From and to on one day, local time, from < to."""

SEARCH_DAYS = 3660
"""How far `add` looks for working time before it says that there is none: ten years."""


class NoWorkingTimeError(ValueError):
    """The calendar holds no working time in which the span could end."""


@dataclass(frozen=True)
class Day:
    """A date the calendar speaks of."""

    kind: str  # workday, rest, holiday, makeup
    name: str = ""
    stretches: tuple[Stretch, ...] | None = None


@dataclass(frozen=True)
class Segment:
    """A counted piece of working time inside one stretch of one day."""

    day: date
    start: datetime
    end: datetime
    kind: str  # workday or makeup
    name: str = ""
    provisional: bool = False  # the calendar of that year has not been loaded

    @property
    def length(self) -> timedelta:
        """Real time counted."""
        return self.end.astimezone(UTC) - self.start.astimezone(UTC)


@dataclass(frozen=True)
class Clock:
    """A week, a calendar and a zone; answers questions about working time."""

    week: tuple[tuple[Stretch, ...], ...]  # Monday first, seven entries
    days: Mapping[date, Day]
    zone: ZoneInfo
    known_years: frozenset[int]

    def stretches_on(self, day: date) -> tuple[Stretch, ...]:
        """The working stretches of a date, local time."""
        entry = self.days.get(day)
        ordinary = self.week[day.weekday()]
        if entry is None:
            return ordinary
        if entry.kind in ("rest", "holiday"):
            return ()
        if entry.stretches is not None:
            return entry.stretches
        return ordinary or next((stretches for stretches in self.week if stretches), ())

    def is_provisional(self, day: date) -> bool:
        """Whether the holidays of that year are not known yet."""
        return day.year not in self.known_years

    def unknown_years(self, start: datetime, end: datetime) -> list[int]:
        """Years touched by the span whose holidays are not known."""
        first, last = start.astimezone(self.zone).year, end.astimezone(self.zone).year
        return [year for year in range(first, last + 1) if year not in self.known_years]

    def _segments_on(self, day: date) -> Iterator[Segment]:
        entry = self.days.get(day)
        kind = "makeup" if entry is not None and entry.kind == "makeup" else "workday"
        for start, end in self.stretches_on(day):
            yield Segment(
                day=day,
                start=datetime.combine(day, start, self.zone),
                end=datetime.combine(day, end, self.zone),
                kind=kind,
                name=entry.name if entry else "",
                provisional=self.is_provisional(day),
            )

    def explain(self, start: datetime, end: datetime) -> list[Segment]:
        """The counted segments between two moments (aware), in order; none when the end is not after the start."""
        counted: list[Segment] = []
        day, last = start.astimezone(self.zone).date(), end.astimezone(self.zone).date()
        while day <= last:
            for segment in self._segments_on(day):
                begin, finish = max(segment.start, start), min(segment.end, end)
                if begin < finish:
                    counted.append(
                        Segment(
                            segment.day, begin.astimezone(self.zone), finish.astimezone(self.zone), segment.kind,
                            segment.name, segment.provisional,
                        )
                    )  # fmt: skip
            day += timedelta(days=1)
        return counted

    def elapsed(self, start: datetime, end: datetime) -> timedelta:
        """Working time between two moments; negative when the end lies before the start."""
        if end < start:
            return -self.elapsed(end, start)
        return sum((segment.length for segment in self.explain(start, end)), timedelta())

    def add(self, start: datetime, minutes: float) -> datetime:
        """The moment at which so many working minutes (>= 0) have passed since the start, in the clock's zone.

        Raises NoWorkingTimeError when ten years hold too little working time, ValueError on negative minutes.
        """
        if minutes < 0:
            message = "minutes must not be negative"
            raise ValueError(message)
        left = timedelta(minutes=minutes)
        day = start.astimezone(self.zone).date()
        for _count in range(SEARCH_DAYS):
            for segment in self._segments_on(day):
                begin = max(segment.start, start)
                if begin >= segment.end:
                    continue
                length = segment.end.astimezone(UTC) - begin.astimezone(UTC)
                if length >= left:
                    return (begin.astimezone(UTC) + left).astimezone(self.zone)
                left -= length
            day += timedelta(days=1)
        message = "no working time in ten years"
        raise NoWorkingTimeError(message)

    def left_today(self, now: datetime) -> timedelta:
        """Working time that remains until midnight."""
        local = now.astimezone(self.zone)
        return self.elapsed(now, datetime.combine(local.date() + timedelta(days=1), time(), self.zone))


def week_of(stretches: Sequence[Sequence[Stretch]]) -> tuple[tuple[Stretch, ...], ...]:
    """Seven days of sorted stretches; raises ValueError when two of one day overlap."""
    week = tuple(tuple(sorted(day)) for day in stretches)
    if len(week) != 7:
        message = "a week has seven days"
        raise ValueError(message)
    for day in week:
        for (_start, end), (following, _end) in itertools.pairwise(day):
            if following < end:
                message = "two stretches of one day overlap"
                raise ValueError(message)
    return week
