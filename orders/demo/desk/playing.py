"""Playing the desk's last months: scenes that do real deeds, each at its moment of working time, all in one order."""

from __future__ import annotations

import heapq
from collections.abc import Generator, Iterable
from datetime import UTC, datetime, timedelta

import time_machine

from salesops.worktime.clock import NoWorkingTimeError
from salesops.worktime.queries import house_clock

Scene = Generator[float, None, None]
"""Does deeds, and yields the working minutes until it goes on."""

_SEARCHED = timedelta(days=365)


class OfficeTime:
    """Moments counted back in working time from now; in the evening now is when the office closed."""

    def __init__(self, now: datetime) -> None:
        self.clock = house_clock()
        self._latest = now.astimezone(self.clock.zone)
        self.now = self.ago(0)

    def ago(self, minutes: float) -> datetime:
        """The moment since which so many working minutes have passed."""
        left = timedelta(minutes=minutes)
        day = self._latest.date()
        first = day - _SEARCHED
        while day > first:
            for opens, closes in reversed(self.clock.stretches_on(day)):
                begin = datetime.combine(day, opens, self.clock.zone)
                end = min(datetime.combine(day, closes, self.clock.zone), self._latest)
                if end < begin:
                    continue
                if end - begin >= left:
                    return end - left
                left -= end - begin
            day -= timedelta(days=1)
        raise NoWorkingTimeError("no working time in the last year")


def play(office: OfficeTime, scenes: Iterable[tuple[datetime, Scene]]) -> None:
    """Play all scenes, the earliest moment first; what a scene would do later than now has not happened yet.

    The clock of the whole process is moved meanwhile: every deed and every default writes the moment it is played at.
    """
    waiting = [(begin.astimezone(UTC), place, scene) for place, (begin, scene) in enumerate(scenes)]
    heapq.heapify(waiting)
    if not waiting:
        return
    with time_machine.travel(waiting[0][0], tick=False) as travelling:
        while waiting:
            moment, place, scene = heapq.heappop(waiting)
            travelling.move_to(moment)
            pause = next(scene, None)
            if pause is None:
                continue
            resumed = office.clock.add(moment, pause).astimezone(UTC)
            if resumed <= office.now:
                heapq.heappush(waiting, (resumed, place, scene))
