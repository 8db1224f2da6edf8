"""The person a list is drawn for: who they are, their language, their zone and the moment of asking."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any, Protocol
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.utils import timezone
from django.utils.translation import get_language

DEFAULT_ZONE = ZoneInfo("Asia/Shanghai")


class Person(Protocol):
    """What a list asks of a signed-in person; ``staff.User`` answers it."""

    pk: Any
    time_zone: str

    def may(self, permission: Any) -> bool: ...


@dataclass
class Reader:
    """Everything a cell or a filter needs to know about who reads; ``notes`` collects sentences for the page."""

    person: Any
    zone: ZoneInfo = DEFAULT_ZONE
    language: str = "en"
    now: datetime = field(default_factory=timezone.now)
    notes: list[str] = field(default_factory=list)

    @property
    def today(self) -> date:
        """The day it is where the reader is."""
        return self.now.astimezone(self.zone).date()

    def start_of(self, day: date) -> datetime:
        """Midnight of the day in the reader's zone."""
        return datetime.combine(day, time.min, tzinfo=self.zone)

    def end_of(self, day: date) -> datetime:
        """The first moment after the day, in the reader's zone."""
        return self.start_of(day + timedelta(days=1))


def reader_for(person: Person) -> Reader:
    """A reader with the person's own zone and the language that is active now."""
    try:
        zone = ZoneInfo(person.time_zone or "Asia/Shanghai")
    except (ZoneInfoNotFoundError, ValueError, OSError):
        zone = DEFAULT_ZONE
    return Reader(person=person, zone=zone, language=get_language() or "en")
