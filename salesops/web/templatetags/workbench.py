"""Template tags and filters every page may use without loading them."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import Any

from django import template
from django.conf import settings
from django.template.context import RequestContext
from django.templatetags.static import static
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from salesops.money import currency_symbol, format_money
from salesops.web.panels import panels_of

register = template.Library()

_MINUS = "\N{MINUS SIGN}"
_EMPTY = "\N{EM DASH}"
_WEEKDAYS = (
    pgettext_lazy("deadline", "Mon"),
    pgettext_lazy("deadline", "Tue"),
    pgettext_lazy("deadline", "Wed"),
    pgettext_lazy("deadline", "Thu"),
    pgettext_lazy("deadline", "Fri"),
    pgettext_lazy("deadline", "Sat"),
    pgettext_lazy("deadline", "Sun"),
)
_STATE_TONES = {"go", "ok", "wait", "bad", "off"}


@cache
def _sprite() -> str:
    """Where the sprite lies: the same as long as the process runs, and asked for some forty times by every page."""
    return static("img/icons.svg")


@register.simple_tag
def icon(name: str, classes: str = "", label: str = "") -> SafeString:
    """A symbol of the sprite. Without ``label`` it is decoration; with it, it is read aloud."""
    role = format_html('role="img" aria-label="{}"', label) if label else mark_safe('aria-hidden="true"')
    href = f"{_sprite()}#i-{name}"
    return format_html('<svg class="{}" {}><use href="{}"/></svg>', f"i {classes}".strip(), role, href)


@register.simple_tag
def state_badge(value: str, label: str | Promise, tone: str = "", icon_name: str = "", size: str = "") -> SafeString:
    """A state as a word with a symbol; ``tone``: go, ok, wait, bad, off or nothing (a plain fact). ``size``: "lg"."""
    classes = ["wb-state"]
    if tone in _STATE_TONES:
        classes.append(f"wb-state--{tone}")
    if size == "lg":
        classes.append("wb-state--lg")
    symbol = icon(icon_name) if icon_name else ""
    return format_html('<span class="{}" data-state="{}">{}{}</span>', " ".join(classes), value, symbol, label)


@register.simple_tag(takes_context=True)
def panels(context: RequestContext, page: str, subject: Any = None, column: str | None = None) -> SafeString:
    """What the rooms above registered for this page; ``column`` ("main", "side") shows one column only."""
    return mark_safe("".join(panels_of(page, context["request"], subject, column)))  # noqa: S308  # already markup


@register.simple_tag
def when(value: date | datetime | None) -> SafeString:
    """A moment as a <time> element: short words, the whole date and zone on hover and for machines."""
    if value is None:
        return format_html("{}", _EMPTY)
    local = timezone.localtime(value) if isinstance(value, datetime) and timezone.is_aware(value) else value
    full = local.strftime("%Y-%m-%d %H:%M %Z").strip() if isinstance(local, datetime) else local.isoformat()
    return format_html('<time datetime="{}" title="{}">{}</time>', local.isoformat(), full, moment(value))


def _day(day: date, today: date) -> str:
    return day.strftime("%m-%d") if day.year == today.year else day.isoformat()


def _written(value: Any, *, weekday: bool) -> str:
    if not isinstance(value, date):
        return _EMPTY
    today = timezone.localdate()
    local = timezone.localtime(value) if isinstance(value, datetime) and timezone.is_aware(value) else value
    day = local.date() if isinstance(local, datetime) else local
    words = _day(day, today)
    if weekday:
        words = f"{words} {_WEEKDAYS[day.weekday()]}"
    if not isinstance(local, datetime):
        return words
    clock = local.strftime("%H:%M")
    if day == today and not weekday:
        return _("today %(time)s") % {"time": clock}
    return f"{words} {clock}"


@register.filter
def moment(value: Any) -> str:
    """A date or a moment in the reader's zone: "11-20 15:10", "today 07:41", "2025-11-03 15:10"; "—" when empty."""
    return _written(value, weekday=False)


@register.filter
def moment_weekday(value: Any) -> str:
    """The same with its weekday, where a deadline matters: "11-25 Wed 18:00"."""
    return _written(value, weekday=True)


@register.filter
def weekday(value: date) -> str:
    """The short name of the day in the week, in the reader's language: "Wed", "周三"."""
    return str(_WEEKDAYS[value.weekday()])


def _number(value: Any) -> Decimal | None:
    if value is None or value == "":
        return None
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


@register.filter
def money(value: Any, currency: str = "") -> str:
    """An amount as people read it; the currency's sign only where it is not the house's. "—" when empty."""
    number = _number(value)
    if number is None:
        return _EMPTY
    code = currency or settings.HOUSE_CURRENCY
    written = format_money(abs(number), code)
    sign = _MINUS if number < 0 and any(digit in "123456789" for digit in written) else ""
    symbol = "" if code == settings.HOUSE_CURRENCY else f"{currency_symbol(code)} "
    return f"{symbol}{sign}{written}"


@register.filter
def quantity(value: Any) -> str:
    """A quantity without trailing zeros: "1,200", "0.5"; "—" when empty."""
    number = _number(value)
    if number is None:
        return _EMPTY
    written = f"{abs(number):,f}"
    if "." in written:
        written = written.rstrip("0").rstrip(".")
    return f"{_MINUS}{written}" if number < 0 and written != "0" else written


@register.filter
def price(value: Any) -> str:
    """A price for one: two decimals at least, and as many more as it has: "18.00", "0.0035"; "—" when empty."""
    number = _number(value)
    if number is None:
        return _EMPTY
    whole, _point, places = quantity(number).partition(".")
    return f"{whole}.{places:0<2}"


@register.filter
def dash(value: Any) -> Any:
    """The value, or "—" where there is none; 0 is a value."""
    return _EMPTY if value is None or value == "" else value
