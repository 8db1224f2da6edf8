"""Figures of the error ledger, counted by the database; each number knows the list of exactly its events."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, Sum
from django.db.models.functions import TruncMonth
from django.urls import reverse
from django.utils.translation import gettext as _

from orders.ledger.words import FIELD_WORDS
from orders.models import ErrorEvent
from orders.models.ledger import HAS_COST, ErrorQuerySet
from salesops.listing.reader import Reader
from staff.models import User

Params = Mapping[str, str]


@dataclass(frozen=True)
class Figure:
    """A number and the address of the rows it counts; 0 has none."""

    count: int
    url: str = ""


@dataclass(frozen=True)
class Cost:
    """What the errors cost in house currency and in minutes, how many of them say so, and the address of all."""

    money: Decimal
    minutes: int
    known: Figure


@dataclass(frozen=True)
class FigureRow:
    """One line of a table: its words, its cells, its sum and its share of the greatest sum in percent."""

    label: str
    cells: Sequence[Figure]
    total: Figure
    share: int = 0


@dataclass(frozen=True)
class Crossing:
    """Field x stage: the stages that occur, a row for each field, the sums."""

    stages: Sequence[str]
    rows: Sequence[FigureRow]
    sums: Sequence[Figure]
    total: Figure


def errors_url(base: Params, **more: str) -> str:
    """The list of the ledger, counted errors only, narrowed as the figure is."""
    return f"{reverse('orders:errors')}?{urlencode({'view': 'counted', **base, **more})}"


def by_field_and_stage(rows: ErrorQuerySet, base: Params, *, stage: str = "made_stage") -> Crossing:
    """How many errors of each field were made (or caught: ``stage="caught_stage"``) at each stage."""
    parameter = "made" if stage == "made_stage" else "caught_at"
    counted = rows.order_by().values_list("field", stage).annotate(count=Count("pk"))
    counts = {(field, where): count for field, where, count in counted}
    stages = [value for value in ErrorEvent.Stage.values if any(where == value for _field, where in counts)]
    fields = sorted({field for field, _where in counts}, key=lambda one: -_sum(counts, field=one))

    def cell(count: int, **more: str) -> Figure:
        return Figure(count, errors_url(base, **more) if count else "")

    table = [
        FigureRow(
            str(FIELD_WORDS.get(field, field)),
            [cell(counts.get((field, where), 0), field=field, **{parameter: where}) for where in stages],
            cell(_sum(counts, field=field), field=field),
        )
        for field in fields
    ]
    sums = [cell(_sum(counts, stage=where), **{parameter: where}) for where in stages]
    words = dict(ErrorEvent.Stage.choices)
    return Crossing([str(words[value]) for value in stages], table, sums, cell(sum(counts.values())))


def _sum(counts: Mapping[tuple[str, str], int], *, field: str = "", stage: str = "") -> int:
    return sum(n for (one, where), n in counts.items() if field in ("", one) and stage in ("", where))


def by_person(rows: ErrorQuerySet, base: Params) -> list[FigureRow]:
    """How many errors each person made; what nobody made (a sheet) stands under nobody."""
    counted = list(rows.order_by().values_list("made_by").annotate(count=Count("pk")).order_by("-count", "made_by"))
    names = {person.pk: str(person) for person in User.objects.filter(pk__in=[pk for pk, _count in counted if pk])}
    return _bars((names.get(pk, _("nobody")), count, {"maker": str(pk or "nobody")}) for pk, count in counted).rows(
        base
    )


def by_choice(rows: ErrorQuerySet, base: Params, field: str, parameter: str, choices: Any) -> list[FigureRow]:
    """How many errors have each value of a choice: root cause, kind, severity, origin."""
    counted = rows.order_by().values_list(field).annotate(count=Count("pk")).order_by("-count", field)
    words = dict(choices.choices)
    return _bars((str(words.get(value, value)), count, {parameter: value}) for value, count in counted).rows(base)


def cost_of(rows: ErrorQuerySet, base: Params) -> Cost:
    """The sums of what people wrote down; an error nobody judged yet adds nothing."""
    sums = rows.order_by().aggregate(
        money=Sum("cost"), minutes=Sum("cost_minutes"), known=Count("pk", filter=HAS_COST)
    )  # fmt: skip
    known = Figure(sums["known"], errors_url(base, cost="yes") if sums["known"] else "")
    return Cost(Decimal(sums["money"] or 0), sums["minutes"] or 0, known)


def by_month(
    rows: ErrorQuerySet, base: Params, reader: Reader, first: date | None, last: date | None
) -> list[FigureRow]:
    """How many errors were caught in each month of the reader's calendar, within the page's span of days."""
    month = TruncMonth("caught_at", tzinfo=reader.zone)
    counted = rows.order_by().annotate(month=month).values_list("month").annotate(count=Count("pk")).order_by("month")
    parts = []
    for moment, count in counted:
        begin = moment.astimezone(reader.zone).date().replace(day=1)
        end = (begin + timedelta(days=32)).replace(day=1) - timedelta(days=1)
        span = {"when_from": max(begin, first or begin).isoformat(), "when_to": min(end, last or end).isoformat()}
        parts.append((f"{begin:%Y-%m}", count, span))
    without_span = {name: value for name, value in base.items() if not name.startswith("when")}
    return _bars(parts).rows(without_span)


@dataclass(frozen=True)
class _Bars:
    parts: Sequence[tuple[str, int, Params]]

    def rows(self, base: Params) -> list[FigureRow]:
        most = max((count for _label, count, _more in self.parts), default=1)
        return [
            FigureRow(label, [], Figure(count, errors_url(base, **more)), round(100 * count / most))
            for label, count, more in self.parts
        ]


def _bars(parts: Iterable[tuple[str, int, Params]]) -> _Bars:
    return _Bars(list(parts))
