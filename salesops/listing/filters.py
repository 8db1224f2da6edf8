"""What a list can be narrowed by. Each filter owns its parameter names; nothing else of the URL is looked at.

``read`` turns parameters into a value, None when the filter is not set, or raises FilterFault with a sentence
when what stands there cannot be understood: the list is then shown without that filter and says so.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from salesops.listing.reader import Reader

Params = Mapping[str, Sequence[str]]
Rows = QuerySet[Any]
Label = str | Promise
MAX_TEXT = 200
MAX_CHOSEN = 50
LARGEST_ID = 2**63 - 1


class FilterFault(ValueError):  # noqa: N818  # a fault of the address, not of the program
    """A parameter that cannot be understood; the text is a translated sentence."""


@dataclass(frozen=True)
class Field:
    """One control of a filter in the filter form."""

    kind: str  # text, checks, select, date, number
    name: str
    label: str
    value: str = ""
    options: tuple[tuple[str, str, bool], ...] = ()  # value, word, chosen


def first(params: Params, name: str) -> str:
    """The first value of a parameter without outer spaces, '' when it is absent."""
    values = params.get(name) or ()
    return values[0].strip() if values else ""


def checked_text(raw: str, label: Label) -> str:
    """Text a database can compare with, or a fault: no NUL, no half characters, not endless."""
    if len(raw) > MAX_TEXT:
        raise FilterFault(_("%(filter)s: the text is too long.") % {"filter": label})
    if "\x00" in raw or any("\ud800" <= letter <= "\udfff" for letter in raw):
        raise FilterFault(_("%(filter)s: the text holds a character that cannot be searched for.") % {"filter": label})
    return raw


class Filter(ABC):
    """One way to narrow a list; ``quick`` filters stand in the bar, the others in the filter form."""

    quick = False

    def __init__(self, name: str, label: Label) -> None:
        self.name = name
        self.label = label

    @property
    def parameters(self) -> tuple[str, ...]:
        """The URL parameters this filter owns."""
        return (self.name,)

    @abstractmethod
    def read(self, params: Params, reader: Reader) -> Any | None:
        """The value the parameters state, None when they state none; raises FilterFault."""

    @abstractmethod
    def narrow(self, rows: Rows, value: Any, reader: Reader) -> Rows:
        """The rows that fit the value."""

    @abstractmethod
    def words(self, value: Any, reader: Reader) -> str:
        """The value as a chip reads it aloud."""

    def controls(self, params: Params, reader: Reader) -> list[Field]:
        """The controls in the filter form, filled with what stands in the URL."""
        return [Field("text", self.name, str(self.label), first(params, self.name))]


class TextFilter(Filter):
    """Free text, narrowed by a function of the app's: (rows, text, reader) -> rows."""

    quick = True

    def __init__(self, name: str, label: Label, narrow_by: Callable[[Rows, str, Reader], Rows]) -> None:
        super().__init__(name, label)
        self.narrow_by = narrow_by

    def read(self, params: Params, reader: Reader) -> str | None:
        return checked_text(first(params, self.name), self.label) or None

    def narrow(self, rows: Rows, value: str, reader: Reader) -> Rows:
        return self.narrow_by(rows, value, reader)

    def words(self, value: str, reader: Reader) -> str:
        return value


class ChoiceFilter(Filter):
    """One or several of fixed values of a field."""

    def __init__(self, name: str, label: Label, field: str, choices: Mapping[str, Label]) -> None:
        super().__init__(name, label)
        self.field, self.choices = field, choices

    def read(self, params: Params, reader: Reader) -> list[str] | None:
        given = list(dict.fromkeys(value for value in params.get(self.name, ()) if value))[:MAX_CHOSEN]
        known = [value for value in given if value in self.choices]
        if len(known) != len(given):
            raise FilterFault(_("%(filter)s: this choice does not exist.") % {"filter": self.label})
        return known or None

    def narrow(self, rows: Rows, value: list[str], reader: Reader) -> Rows:
        return rows.filter(**{self.field: value[0]} if len(value) == 1 else {f"{self.field}__in": value})

    def words(self, value: list[str], reader: Reader) -> str:
        return pgettext("between items of a list", ", ").join(str(self.choices[one]) for one in value)

    def controls(self, params: Params, reader: Reader) -> list[Field]:
        chosen = set(params.get(self.name, ()))
        options = tuple((value, str(label), value in chosen) for value, label in self.choices.items())
        return [Field("checks", self.name, str(self.label), options=options)]


class FlagFilter(Filter):
    """Yes or no."""

    def __init__(self, name: str, label: Label, field: str) -> None:
        super().__init__(name, label)
        self.field = field

    def read(self, params: Params, reader: Reader) -> bool | None:
        raw = first(params, self.name)
        if raw not in {"", "yes", "no"}:
            raise FilterFault(_("%(filter)s: this choice does not exist.") % {"filter": self.label})
        return None if not raw else raw == "yes"

    def narrow(self, rows: Rows, value: bool, reader: Reader) -> Rows:
        return rows.filter(**{self.field: value})

    def words(self, value: bool, reader: Reader) -> str:
        return _("yes") if value else _("no")

    def controls(self, params: Params, reader: Reader) -> list[Field]:
        raw = first(params, self.name)
        options = (("", _("any"), not raw), ("yes", _("yes"), raw == "yes"), ("no", _("no"), raw == "no"))
        return [Field("select", self.name, str(self.label), raw, options)]


PRESETS: dict[str, Label] = {
    "today": gettext_lazy("Today"),
    "yesterday": gettext_lazy("Yesterday"),
    "7days": gettext_lazy("Last 7 days"),
    "30days": gettext_lazy("Last 30 days"),
    "this_week": gettext_lazy("This week"),
    "this_month": gettext_lazy("This month"),
    "last_month": gettext_lazy("Last month"),
    "this_year": gettext_lazy("This year"),
}


def preset_days(preset: str, today: date) -> tuple[date, date]:
    """First and last day of a preset, both included; weeks begin on Monday."""
    month = today.replace(day=1)
    last_month_end = month - timedelta(days=1)
    return {
        "today": (today, today),
        "yesterday": (today - timedelta(days=1), today - timedelta(days=1)),
        "7days": (today - timedelta(days=6), today),
        "30days": (today - timedelta(days=29), today),
        "this_week": (today - timedelta(days=today.weekday()), today + timedelta(days=6 - today.weekday())),
        "this_month": (month, (month + timedelta(days=32)).replace(day=1) - timedelta(days=1)),
        "last_month": (last_month_end.replace(day=1), last_month_end),
        "this_year": (today.replace(month=1, day=1), today.replace(month=12, day=31)),
    }[preset]


@dataclass(frozen=True)
class Days:
    """A span of days, both included; either end may be open."""

    first: date | None
    last: date | None
    preset: str = ""


class DateFilter(Filter):
    """A span of days of a date, or of a moment in the reader's zone: a preset, or ``name_from`` and ``name_to``."""

    def __init__(self, name: str, label: Label, field: str, *, is_moment: bool = True) -> None:
        super().__init__(name, label)
        self.field, self.is_moment = field, is_moment

    @property
    def parameters(self) -> tuple[str, ...]:
        return (self.name, f"{self.name}_from", f"{self.name}_to")

    def _day(self, raw: str) -> date | None:
        if not raw:
            return None
        try:
            day = date.fromisoformat(raw)
        except ValueError:
            day = date.min
        if not 1900 <= day.year <= 2200:
            raise FilterFault(_("%(filter)s: write a day as 2026-11-23.") % {"filter": self.label})
        return day

    def read(self, params: Params, reader: Reader) -> Days | None:
        begin, end = (self._day(first(params, name)) for name in self.parameters[1:])
        if begin and end and end < begin:
            raise FilterFault(_("%(filter)s: the last day lies before the first.") % {"filter": self.label})
        if begin or end:
            return Days(begin, end)
        preset = first(params, self.name)
        if not preset:
            return None
        if preset not in PRESETS:
            raise FilterFault(_("%(filter)s: this span of days does not exist.") % {"filter": self.label})
        return Days(*preset_days(preset, reader.today), preset)

    def narrow(self, rows: Rows, value: Days, reader: Reader) -> Rows:
        limits: dict[str, Any] = {}
        if value.first:
            limits[f"{self.field}__gte"] = reader.start_of(value.first) if self.is_moment else value.first
        if value.last and self.is_moment:
            limits[f"{self.field}__lt"] = reader.end_of(value.last)
        elif value.last:
            limits[f"{self.field}__lte"] = value.last
        return rows.filter(**limits)

    def words(self, value: Days, reader: Reader) -> str:
        if value.preset:
            return str(PRESETS[value.preset])
        if value.first and value.last:
            return f"{value.first} – {value.last}"
        if value.first:
            return _("from %(day)s") % {"day": value.first}
        return _("until %(day)s") % {"day": value.last}

    def controls(self, params: Params, reader: Reader) -> list[Field]:
        preset = first(params, self.name)
        options = (("", _("any time"), not preset), *((key, str(word), key == preset) for key, word in PRESETS.items()))
        begin, end = self.parameters[1:]
        return [
            Field("select", self.name, str(self.label), preset, options),
            Field("date", begin, _("from"), first(params, begin)),
            Field("date", end, _("until"), first(params, end)),
        ]


class NumberFilter(Filter):
    """From and to a number: ``name_min`` and ``name_max``."""

    def __init__(self, name: str, label: Label, field: str) -> None:
        super().__init__(name, label)
        self.field = field

    @property
    def parameters(self) -> tuple[str, ...]:
        return (f"{self.name}_min", f"{self.name}_max")

    def _number(self, raw: str) -> Decimal | None:
        cleaned = raw.replace(",", "").replace("，", "").replace(" ", "")
        if not cleaned:
            return None
        try:
            number = Decimal(cleaned[:40])
        except InvalidOperation:
            number = Decimal("NaN")
        if not number.is_finite() or abs(number) >= Decimal(10) ** 16 or number.as_tuple().exponent < -6:  # type: ignore[operator]
            raise FilterFault(_("%(filter)s: write a number such as 1000 or 99.50.") % {"filter": self.label})
        return number

    def read(self, params: Params, reader: Reader) -> tuple[Decimal | None, Decimal | None] | None:
        low, high = (self._number(first(params, name)) for name in self.parameters)
        return None if low is None and high is None else (low, high)

    def narrow(self, rows: Rows, value: tuple[Decimal | None, Decimal | None], reader: Reader) -> Rows:
        low, high = value
        limits = {f"{self.field}__gte": low, f"{self.field}__lte": high}
        return rows.filter(**{name: limit for name, limit in limits.items() if limit is not None})

    def words(self, value: tuple[Decimal | None, Decimal | None], reader: Reader) -> str:
        low, high = (None if number is None else f"{number:,f}" for number in value)
        if low is not None and high is not None:
            return f"{low} – {high}"
        return f"≥ {low}" if low is not None else f"≤ {high}"

    def controls(self, params: Params, reader: Reader) -> list[Field]:
        low, high = self.parameters
        return [
            Field("number", low, _("%(filter)s from") % {"filter": self.label}, first(params, low)),
            Field("number", high, _("%(filter)s to") % {"filter": self.label}, first(params, high)),
        ]


def row_id(raw: str) -> int | None:
    """A positive id that fits a database's integer, else None."""
    if not (raw.isascii() and raw.isdigit() and len(raw) < 20):
        return None
    number = int(raw)
    return number if 0 < number <= LARGEST_ID else None


class PersonFilter(Filter):
    """One person: an id, ``me`` or ``nobody``."""

    MAX_OPTIONS = 300

    def __init__(self, name: str, label: Label, field: str) -> None:
        super().__init__(name, label)
        self.field = field

    def read(self, params: Params, reader: Reader) -> str | int | None:
        raw = first(params, self.name)
        if raw in {"", "me", "nobody"}:
            return raw or None
        number = row_id(raw)
        if number is None:
            raise FilterFault(_("%(filter)s: this person does not exist.") % {"filter": self.label})
        return number

    def narrow(self, rows: Rows, value: str | int, reader: Reader) -> Rows:
        if value == "nobody":
            return rows.filter(**{f"{self.field}__isnull": True})
        return rows.filter(**{f"{self.field}_id": reader.person.pk if value == "me" else value})

    def words(self, value: str | int, reader: Reader) -> str:
        if isinstance(value, str):
            return _("me") if value == "me" else _("nobody")
        person = get_user_model()._default_manager.filter(pk=value).first()
        return str(person) if person else _("unknown")

    def controls(self, params: Params, reader: Reader) -> list[Field]:
        raw = first(params, self.name)
        people = get_user_model()._default_manager.filter(is_active=True)[: self.MAX_OPTIONS]
        known = [("", _("anybody")), ("me", _("me")), ("nobody", _("nobody")), *((str(p.pk), str(p)) for p in people)]
        options = tuple((value, word, value == raw) for value, word in known)
        return [Field("select", self.name, str(self.label), raw, options)]


class LinkFilter(Filter):
    """Rows that belong to one record of another kind, reached from its page; ``name_of(id)`` names it on the chip."""

    def __init__(self, name: str, label: Label, field: str, name_of: Callable[[int, Reader], str]) -> None:
        super().__init__(name, label)
        self.field, self.name_of = field, name_of

    def read(self, params: Params, reader: Reader) -> int | None:
        raw = first(params, self.name)
        number = row_id(raw)
        if raw and number is None:
            raise FilterFault(_("%(filter)s: there is no such record.") % {"filter": self.label})
        return number

    def narrow(self, rows: Rows, value: int, reader: Reader) -> Rows:
        return rows.filter(**{self.field: value})

    def words(self, value: int, reader: Reader) -> str:
        return self.name_of(value, reader) or _("unknown")

    def controls(self, params: Params, reader: Reader) -> list[Field]:
        raw = first(params, self.name)
        return [Field("hidden", self.name, str(self.label), raw)] if raw else []
