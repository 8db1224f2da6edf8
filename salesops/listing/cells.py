"""What can stand in a cell of a list: each kind knows its fields, its HTML and its value in an export.

``bind(reader)`` is called once a page and returns a function that is called once a row. The function
returns text, which is escaped, or a SafeString, which is not: whatever a person typed must leave as text.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from operator import itemgetter
from typing import Any

from django.conf import settings
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from salesops.listing.reader import Reader
from salesops.money import currency_symbol, minor_unit
from salesops.web.templatetags.workbench import icon, state_badge
from salesops.worktime.left import Countdown, TimeLeft
from salesops.worktime.queries import house_clock

Row = Mapping[str, Any]
"""One record as the query read it: field path -> value. There is no model, so no cell can ask the database."""

Draw = Callable[[Row], str]
Label = str | Promise

DASH = SafeString('<span class="t3">—</span>')


class Cell(ABC):
    """One kind of cell; ``fields`` are what the query must read for it."""

    fields: tuple[str, ...]

    @abstractmethod
    def bind(self, reader: Reader) -> Draw:
        """A function that draws the cell of one row for this reader."""

    def export(self, row: Row, reader: Reader) -> Any:
        """The value in a sheet: Decimal, int, date, naive local datetime, text or None."""
        return row[self.fields[0]]

    def bind_export(self, reader: Reader) -> Callable[[Row], Any]:
        """A function that gives the value of one row; a hundred thousand rows ask it, so it looks up no words."""
        if type(self).export is Cell.export:
            return itemgetter(self.fields[0])
        return lambda row: self.export(row, reader)


class Text(Cell):
    """Plain text of one field, a dash where it is empty."""

    def __init__(self, field_path: str) -> None:
        self.fields = (field_path,)

    def bind(self, reader: Reader) -> Draw:
        path = self.fields[0]
        return lambda row: row[path] or DASH


class Number(Text):
    """A whole number."""

    def bind(self, reader: Reader) -> Draw:
        path = self.fields[0]
        return lambda row: DASH if row[path] is None else f"{row[path]:,}"


class Quantity(Text):
    """A Decimal without trailing zeros."""

    def bind(self, reader: Reader) -> Draw:
        path = self.fields[0]

        def draw(row: Row) -> str:
            amount = row[path]
            if amount is None:
                return DASH
            text = f"{amount:,f}"
            return text.rstrip("0").rstrip(".") if "." in text else text

        return draw


class Price(Quantity):
    """What one costs: two decimals at least, and as many more as it has."""

    def bind(self, reader: Reader) -> Draw:
        words, path = super().bind(reader), self.fields[0]

        def draw(row: Row) -> str:
            if row[path] is None:
                return DASH
            whole, _point, places = str(words(row)).partition(".")
            return f"{whole}.{places:0<2}"

        return draw


def amount_text(amount: Decimal, currency: str, *, always_symbol: bool = False) -> str:
    """A Decimal as people read it: 1,234.50; with the sign of the currency where it is not the house's."""
    # Stored amounts are rounded already; writing them is all there is to do here.
    text = f"{amount:,.2f}" if minor_unit(currency) != 1 else f"{amount:,.0f}"
    if text[0] == "-":
        text = f"\N{MINUS SIGN}{text[1:]}"
    if currency == settings.HOUSE_CURRENCY and not always_symbol:
        return text
    return f"{currency_symbol(currency)} {text}"


class Money(Cell):
    """An amount; its currency is another field, or the house's."""

    def __init__(self, field_path: str, currency_path: str = "") -> None:
        self.fields = (field_path, currency_path) if currency_path else (field_path,)

    def bind(self, reader: Reader) -> Draw:
        path = self.fields[0]
        house = settings.HOUSE_CURRENCY
        if len(self.fields) == 1:
            return lambda row: DASH if row[path] is None else amount_text(row[path], house)
        currency = self.fields[1]
        return lambda row: DASH if row[path] is None else amount_text(row[path], row[currency])


class Day(Text):
    """A date, ISO as clerks write it."""

    def bind(self, reader: Reader) -> Draw:
        path = self.fields[0]
        return lambda row: DASH if row[path] is None else row[path].isoformat()


class Moment(Text):
    """A point in time in the reader's zone: "today 07:41", "11-20 15:10", with the year where it is another one."""

    def bind(self, reader: Reader) -> Draw:
        path, zone, today = self.fields[0], reader.zone, reader.today
        this_day = pgettext("before a time of day", "today")

        def draw(row: Row) -> str:
            if row[path] is None:
                return DASH
            local = row[path].astimezone(zone)
            clock = f"{local.hour:02}:{local.minute:02}"
            if local.date() == today:
                return f"{this_day} {clock}"
            day = f"{local.month:02}-{local.day:02}"
            return f"{day} {clock}" if local.year == today.year else f"{local.year}-{day} {clock}"

        return draw

    def export(self, row: Row, reader: Reader) -> Any:
        moment = row[self.fields[0]]
        return None if moment is None else moment.astimezone(reader.zone).replace(tzinfo=None, microsecond=0)


@dataclass(frozen=True)
class Look:
    """How one value of a state looks: its word, its tone (go, ok, wait, bad, off or none) and its icon."""

    label: Label
    tone: str = ""
    icon: str = ""


class Choice(Cell):
    """The word for a stored value; ``quiet`` values are a dash, ``bad`` values stand out."""

    def __init__(
        self, field_path: str, labels: Mapping[str, Label], *, quiet: tuple[str, ...] = (), bad: tuple[str, ...] = ()
    ) -> None:
        self.fields = (field_path,)
        self.labels = labels
        self.quiet, self.bad = quiet, bad
        self._drawn: dict[str, dict[str, str]] = {}

    def _words(self, language: str) -> dict[str, str]:
        words = self._drawn.get(language)
        if words is None:
            words = {value: str(label) for value, label in self.labels.items()}
            words.update({value: format_html('<span class="bad b">{}</span>', words[value]) for value in self.bad})
            words.update(dict.fromkeys(self.quiet, DASH))
            self._drawn[language] = words
        return words

    def bind(self, reader: Reader) -> Draw:
        path, words = self.fields[0], self._words(reader.language)
        return lambda row: words.get(row[path]) or row[path] or DASH

    def bind_export(self, reader: Reader) -> Callable[[Row], Any]:
        path, words = self.fields[0], {raw: str(label) for raw, label in self.labels.items()}
        return lambda row: words.get(row[path], row[path])


class Badge(Cell):
    """A state: word, tone and icon, drawn once for each value and language."""

    def __init__(self, field_path: str, looks: Mapping[str, Look]) -> None:
        self.fields = (field_path,)
        self.looks = looks
        self._drawn: dict[str, dict[str, SafeString]] = {}

    def bind(self, reader: Reader) -> Draw:
        path = self.fields[0]
        drawn = self._drawn.get(reader.language)
        if drawn is None:
            drawn = {value: state_badge(value, look.label, look.tone, look.icon) for value, look in self.looks.items()}
            self._drawn[reader.language] = drawn
        badges = drawn
        return lambda row: badges.get(row[path]) or row[path]

    def bind_export(self, reader: Reader) -> Callable[[Row], Any]:
        path, words = self.fields[0], {raw: str(look.label) for raw, look in self.looks.items()}
        return lambda row: words.get(row[path], row[path])


class Flag(Cell):
    """A yes shows its word as a tag, a no shows nothing."""

    def __init__(self, field_path: str, label: Label) -> None:
        self.fields = (field_path,)
        self.label = label

    def bind(self, reader: Reader) -> Draw:
        path, tag = self.fields[0], format_html('<span class="wb-tag">{}</span>', str(self.label))
        return lambda row: tag if row[path] else ""

    def bind_export(self, reader: Reader) -> Callable[[Row], Any]:
        path, yes, no = self.fields[0], _("yes"), _("no")
        return lambda row: yes if row[path] else no


@dataclass
class Drawn(Cell):
    """A cell drawn by a function of (row, reader); text it returns is escaped, use format_html for markup."""

    fields: tuple[str, ...]
    draw: Callable[[Row, Reader], str]
    value: Callable[[Row, Reader], Any] | None = field(default=None)

    def bind(self, reader: Reader) -> Draw:
        draw = self.draw
        return lambda row: draw(row, reader)

    def export(self, row: Row, reader: Reader) -> Any:
        return self.value(row, reader) if self.value else super().export(row, reader)


class Deadline(Cell):
    """When something is due: late in red with what it is over, soon in amber, in working time; done as a dash.

    ``open_values`` are the states in which the deadline still counts; ``paused_values`` those in which it stands.
    """

    def __init__(
        self, field_path: str, state_path: str, *, open_values: frozenset[str], paused_values: frozenset[str]
    ) -> None:
        self.fields = (field_path, state_path)
        self.open_values, self.paused_values = open_values, paused_values

    def bind(self, reader: Reader) -> Draw:
        due_path, state_path = self.fields
        form = '<span class="wb-due{}">{}{}</span>'
        icons = {
            "late": icon("clock-exclamation", "i--s"), "soon": icon("hourglass", "i--s"),
            "paused": icon("clock-pause", "i--s"), "": icon("clock", "i--s"),
        }  # fmt: skip
        countdown = Countdown(reader.now.astimezone(reader.zone), house_clock())

        def draw(row: Row) -> str:
            due = row[due_path]
            if due is None or row[state_path] not in self.open_values:
                return DASH
            left = TimeLeft(_("paused"), "paused") if row[state_path] in self.paused_values else countdown.until(due)
            return format_html(form, f" wb-due--{left.tone}" if left.tone else "", icons[left.tone], left.text)

        return draw

    def export(self, row: Row, reader: Reader) -> Any:
        due = row[self.fields[0]]
        return None if due is None else due.astimezone(reader.zone).replace(tzinfo=None, microsecond=0)
