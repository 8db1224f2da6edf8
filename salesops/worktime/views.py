"""The working week and the calendar of a year, to look at and to load."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods

from salesops.audit.deeds import Deed
from salesops.audit.trail import record
from salesops.web.access import PersonRequest, may_any
from salesops.web.toasts import toast
from salesops.worktime.actions import CalendarReport, import_calendar
from salesops.worktime.clock import Clock
from salesops.worktime.models import CalendarDay
from salesops.worktime.queries import house_clock, year_without_holidays

LARGEST_FILE = 200_000
FIRST_YEAR, LAST_YEAR = 2014, 2100


@dataclass(frozen=True)
class CalendarCell:
    """One day as a month shows it; ``kind`` is workday, rest, holiday or makeup."""

    number: int
    kind: str
    name: str


@dataclass(frozen=True)
class Month:
    """A month as weeks of seven cells, None outside the month."""

    first: date
    weeks: list[list[CalendarCell | None]]


@require_http_methods(["GET", "POST"])
def calendar(request: PersonRequest) -> HttpResponse:
    """The year's holidays and make-up days; administrators load a file here."""
    year = _year(request)
    report: CalendarReport | None = None
    fault = ""
    may_load = may_any(request.user, "administer")
    if request.method == "POST":
        if not may_load:
            return render(request, "403.html", status=403)
        report, fault = _load(request)
        if report is not None and not report.refused:
            text = ngettext("%(count)s calendar day loaded.", "%(count)s calendar days loaded.", report.written)
            toast(request, text % {"count": report.written})
            return redirect(f"{reverse('worktime:calendar')}?year={year}")
    clock = house_clock()
    context = {
        "year": year, "months": [_month(year, month, clock) for month in range(1, 13)], "clock": clock, "fault": fault,
        "refused": [(row, _(reason) % values) for row, reason, values in report.refused] if report else [],
        "is_provisional": year not in clock.known_years, "missing": year_without_holidays(timezone.localdate()),
        "may_load": may_load, "weekdays": [_("Mon"), _("Tue"), _("Wed"), _("Thu"), _("Fri"), _("Sat"), _("Sun")],
    }  # fmt: skip
    return render(request, "worktime/calendar.html", context, status=422 if fault or context["refused"] else 200)


@require_GET
def calendar_template(request: HttpRequest) -> HttpResponse:
    """An example of the file one loads, to fill in."""
    rows = ["date,kind,name,hours", "2027-01-01,holiday,元旦,", "2027-02-06,makeup,春节,09:00-12:00 13:30-18:00"]
    answer = HttpResponse("\ufeff" + "\r\n".join(rows) + "\r\n", content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="calendar.csv"'
    return answer


def _year(request: HttpRequest) -> int:
    text = request.GET.get("year", "")
    year = int(text) if text.isascii() and text.isdigit() and len(text) == 4 else timezone.localdate().year
    return min(max(year, FIRST_YEAR), LAST_YEAR)


def _load(request: PersonRequest) -> tuple[CalendarReport | None, str]:
    given = request.FILES.get("file")
    if given is None or given.size is None:
        return None, _("Choose a CSV file first.")
    if given.size > LARGEST_FILE:
        return None, _("This file is too large for a calendar: 200 kB at most.")
    try:
        text = given.read().decode("utf-8-sig")
    except UnicodeDecodeError:
        return None, _("This file is not UTF-8 text. Save it as “CSV UTF-8” and load it again.")
    report = import_calendar(lines=text.splitlines(), source=given.name or "")
    if not report.refused and not report.written:
        return None, _("This file holds no days.")
    if not report.refused:
        record(by=request.user, deed=Deed.CALENDAR_LOADED, about=given.name or "", values={"days": report.written})
    return report, ""


def _month(year: int, month: int, clock: Clock) -> Month:
    first = date(year, month, 1)
    cells: list[CalendarCell | None] = [None] * first.weekday()
    for number in range(1, monthrange(year, month)[1] + 1):
        cells.append(_cell(first + timedelta(days=number - 1), clock))
    cells += [None] * (-len(cells) % 7)
    return Month(first, [cells[place : place + 7] for place in range(0, len(cells), 7)])


def _cell(day: date, clock: Clock) -> CalendarCell:
    entry = clock.days.get(day)
    if entry is not None and entry.kind in (CalendarDay.Kind.HOLIDAY, CalendarDay.Kind.MAKEUP):
        return CalendarCell(day.day, entry.kind, entry.name)
    works = bool(clock.stretches_on(day))
    return CalendarCell(day.day, "workday" if works else "rest", entry.name if entry else "")
