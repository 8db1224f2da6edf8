"""Filling and changing the calendar."""

from __future__ import annotations

import csv
import itertools
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, time
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_noop

from salesops.worktime.models import CalendarDay
from salesops.worktime.queries import forget_clock, parse_stretches

KIND_WORDS: dict[str, str] = {
    "workday": CalendarDay.Kind.WORKDAY,
    "工作日": CalendarDay.Kind.WORKDAY,
    "rest": CalendarDay.Kind.REST,
    "休息日": CalendarDay.Kind.REST,
    "休息": CalendarDay.Kind.REST,
    "holiday": CalendarDay.Kind.HOLIDAY,
    "节假日": CalendarDay.Kind.HOLIDAY,
    "法定节假日": CalendarDay.Kind.HOLIDAY,
    "makeup": CalendarDay.Kind.MAKEUP,
    "make-up": CalendarDay.Kind.MAKEUP,
    "调休上班": CalendarDay.Kind.MAKEUP,
    "调休": CalendarDay.Kind.MAKEUP,
    "补班": CalendarDay.Kind.MAKEUP,
}


@dataclass
class CalendarReport:
    """What a calendar file brought in: days written, and rows refused with the reason (an English msgid)."""

    written: int = 0
    refused: list[tuple[int, str, dict[str, Any]]] = field(default_factory=list)


def import_calendar(*, lines: Iterable[str], source: str) -> CalendarReport:
    """Write the days of a CSV (date, kind, name, hours such as ``09:00-12:00 13:30-18:00``); all or nothing.

    A heading row is recognised by a first cell that is no date. Refused rows keep the whole file out.
    """
    report = CalendarReport()
    days: dict[date, CalendarDay] = {}
    for number, row in enumerate(csv.reader(lines), start=1):
        cells = [cell.strip() for cell in row] + ["", "", "", ""]
        if not any(cells):
            continue
        try:
            day = date.fromisoformat(cells[0].lstrip("\ufeff").replace("/", "-"))
        except ValueError:
            if number > 1:
                report.refused.append(
                    (number, gettext_noop("“%(value)s” is not a date like 2027-01-01."), {"value": cells[0]})
                )
            continue
        kind = KIND_WORDS.get(cells[1].lower())
        if kind is None:
            report.refused.append(
                (
                    number,
                    gettext_noop("“%(value)s” is not a kind of day: workday, rest, holiday or makeup."),
                    {"value": cells[1]},
                )
            )
            continue
        hours = _hours(cells[3])
        if hours is None and cells[3]:
            report.refused.append(
                (number, gettext_noop("“%(value)s” are not hours like 09:00-12:00."), {"value": cells[3]})
            )
            continue
        days[day] = CalendarDay(date=day, kind=kind, name=cells[2][:80], intervals=hours, source=source[:120])
    if not report.refused:
        write_days(days.values())
        report.written = len(days)
    return report


def write_days(days: Iterable[CalendarDay]) -> None:
    """Put days into the calendar; a day already there takes the new kind, name and hours."""
    with transaction.atomic():
        CalendarDay.objects.bulk_create(
            list(days),
            update_conflicts=True,
            unique_fields=["date"],
            update_fields=["kind", "name", "intervals", "source"],
        )
        transaction.on_commit(forget_clock)


def _hours(text: str) -> list[list[str]] | None:
    if not text:
        return None
    stretches: list[list[str]] = []
    for part in text.replace("；", " ").replace(";", " ").replace("－", "-").split():
        start, _dash, end = part.partition("-")
        try:
            if time.fromisoformat(start) >= time.fromisoformat(end):
                return None
        except ValueError:
            return None
        stretches.append([start, end])
    parsed = parse_stretches(stretches) or ()
    overlaps = any(following[0] < before[1] for before, following in itertools.pairwise(parsed))
    return None if overlaps or not stretches else stretches
