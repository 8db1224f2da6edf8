"""Marks of where the values of a saved order came from: a letter beside each, which leads to the place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import quote

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from orders.entry.words import entry_words
from orders.models import Evidence, Order
from orders.origins import Place, kept_origins
from orders.prices import tell_reason

if TYPE_CHECKING:
    from orders.models import OrderLine

_LETTERS = ("typed", "parsed", "default", "last")


@dataclass(frozen=True, slots=True)
class Marks:
    """Ready to be drawn, by field of the header and by line and value; ``sheet`` is the one the rows came from."""

    header: Mapping[str, SafeString] = field(default_factory=dict)
    lines: Mapping[int, Mapping[str, SafeString]] = field(default_factory=dict)
    reasons: Mapping[int, str] = field(default_factory=dict)
    sheet: str = ""

    def __bool__(self) -> bool:
        return any(self.lines.values())


def marks_of(order: Order, lines: Sequence[OrderLine], *, is_beside: bool = False) -> Marks:
    """Of an order and its rows, in two statements at most; none of an order the entry page never saved.

    ``is_beside`` where what the customer sent stands on the same page: a mark leads down this page then.
    """
    kept = kept_origins(order)
    if not kept:
        return Marks()
    header = kept.of_header(order)
    rows = {line.pk: _priced(line, kept.of_line(line)) for line in lines}
    places = [place for told in (header, *rows.values()) for place in told.values()]
    draw = _Drawing(entry_words(), _requests(order, places), is_beside=is_beside)
    return Marks(
        {name: draw.mark(name, place) for name, place in header.items()},
        {pk: {name: draw.mark(name, place) for name, place in told.items()} for pk, told in rows.items()},
        {line.pk: reason for line in lines if (reason := kept.reason_of(line))},
        next((str(place["sheet"]) for place in places if place.get("sheet")), ""),
    )


def _priced(line: OrderLine, places: dict[str, Place]) -> dict[str, Place]:
    """A price nobody wrote tells the rule it came from."""
    if line.price_reason and places.get("unit_price", {}).get("how") == "default":
        places["unit_price"] = {**places["unit_price"], "reason": tell_reason(line.price_reason)}
    return places


def _requests(order: Order, places: Iterable[Place]) -> dict[int, int]:
    """The request each piece of evidence came with; of this order's own alone, whatever a page once said."""
    named = {place["evidence"] for place in places if isinstance(place.get("evidence"), int)}
    if not named:
        return {}
    found = dict(Evidence.objects.filter(order=order, request__isnull=False).values_list("pk", "request_id"))
    told = {pk: request for pk, request in found.items() if pk in named and request is not None}
    if 0 in named:  # the words of a request that came without a file
        told[0] = order.requests.order_by("pk").values_list("pk", flat=True).first() or 0
    return told


@dataclass(frozen=True, slots=True)
class _Drawing:
    words: Mapping[str, str]
    requests: Mapping[int, int]
    is_beside: bool

    def mark(self, name: str, place: Place) -> SafeString:
        how = place["how"] if place.get("how") in _LETTERS else "typed"
        label = self.words.get(name) or self.words.get(_OTHER_NAMES.get(name, ""), "")
        told = self.words["said"].format(label, self._told(how, place)) if label else self._told(how, place)
        letter, url = self.words[f"{how}_letter"], self._url(place)
        if url:
            return format_html(_LINK, how, url, told, told, letter)
        return format_html(_BUTTON, how, told, told, letter)

    def _told(self, how: str, place: Place) -> str:
        where = self._where(place)
        if how == "typed":
            if place.get("from") == "later":
                return self.words["at_later"]
            return self.words["typed_over"].format(where) if where else self.words["typed"]
        if how == "default":
            return str(place.get("reason", "")) or self.words.get(f"at_{place.get('from', '')}", self.words["default"])
        return where or self.words["at_request" if how == "parsed" else "last"]

    def _where(self, place: Place) -> str:
        text = str(place.get("text", ""))
        if place.get("order"):
            return self.words["at_order"].format(place["order"], place.get("line", ""), text)
        if place.get("row"):
            column = place.get("heading") or place.get("column", "")
            words = self.words["at_cell" if place.get("evidence") else "at_paste"]
            cell = words.format(place.get("sheet") or place.get("file", ""), place["row"], column, text)
            return cell.lstrip(" ,，")
        return self.words["at_line"].format(place["line"], text) if place.get("line") else ""

    def _url(self, place: Place) -> str:
        request = self.requests.get(place.get("evidence", -1))
        at = place.get("row") or place.get("line")
        if not request or not at:
            return ""
        column = f".{place['column']}" if place.get("row") and place.get("column") else ""
        spot = f"#e{place['evidence']}.{at}{column}"
        if self.is_beside:
            return spot
        sheet = f"?sheet={quote(str(place['sheet']))}" if place.get("sheet") else ""
        return reverse("orders:request", args=[request]) + sheet + spot


_OTHER_NAMES = {"ship_to": "address"}
_LINK = '<a class="wb-prov wb-prov--{}" href="{}" title="{}" aria-label="{}">{}</a>'
_BUTTON = '<button type="button" class="wb-prov wb-prov--{}" data-origin title="{}" aria-label="{}">{}</button>'
