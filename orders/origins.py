"""Where the values of a saved order came from, and why a row is right: kept in the save itself, read beside it.

A place is what the entry page says of a value: {"how": "parsed", "evidence": 5, "row": 4, "column": "C", "text": "12"}.
A save of the entry page keeps one for each value under ``content["origin"]``; later saves that know of none leave it
there, and a value that is another one by now was written since.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from orders.models import Order, OrderLine, OrderSnapshot
from orders.snapshots import Content, plain_value

Place = dict[str, Any]
Places = Mapping[str, Place]

LINE_VALUES: Mapping[str, str] = {
    "product": "product_code",
    "product_name": "product_name",
    "customer_part_number": "customer_part_number",
    "quantity": "quantity",
    "unit": "unit",
    "unit_price": "unit_price",
    "percent": "discount",
    "due_on": "due_on",
    "remarks": "remarks",
}
"""What a row of the entry page calls each value, and what a line of the order calls it."""

HEADER_VALUES = (
    "customer_po", "channel", "requested_on", "promised_on", "is_urgent", "remarks", "ship_to", "ship_method",
    "payment_terms", "invoice_profile_id",
)  # fmt: skip
_NOTHING = (None, "", False, "0")


@dataclass(frozen=True, slots=True)
class Origins:
    """What a page says of the values it saves: of the header, of its rows in their order, and why a row is right."""

    header: Places = field(default_factory=dict)
    rows: Sequence[Places] = ()
    reasons: Sequence[str] = ()

    def content(self, lines: Sequence[OrderLine]) -> Content:
        """As a snapshot keeps it, by the lines the rows became."""
        return {
            "header": dict(self.header),
            "lines": {str(line.pk): dict(places) for line, places in zip(lines, self.rows, strict=True)},
            "reasons": {str(line.pk): text for line, text in zip(lines, self.reasons, strict=True) if text},
        }


@dataclass(frozen=True, slots=True)
class KeptOrigins:
    """The places of an order as its last save on the entry page left them."""

    content: Content = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.content)

    def of_header(self, order: Order) -> dict[str, Place]:
        """By field of the header; fields in which nothing stands have none."""
        if not self.content:
            return {}
        told = self.content["origin"]["header"]
        return _as_it_is_now({name: name for name in HEADER_VALUES}, told, self.content, order)

    def of_line(self, line: OrderLine) -> dict[str, Place]:
        """By value of a row, named as the entry page names them."""
        if not self.content:
            return {}
        told = self.content["origin"]["lines"].get(str(line.pk), {})
        saved: Content = next((row for row in self.content["lines"] if row["id"] == line.pk), {})
        return _as_it_is_now(LINE_VALUES, told, saved, line)

    def reason_of(self, line: OrderLine) -> str:
        """Why somebody said that a row is right which was asked about."""
        return str(self.content["origin"]["reasons"].get(str(line.pk), "")) if self.content else ""


@dataclass(frozen=True, slots=True)
class Reasons(Origins):
    """Of a page that knows no places: why its rows are right; what was kept of their places stays."""

    kept: KeptOrigins = field(default_factory=KeptOrigins)

    def content(self, lines: Sequence[OrderLine]) -> Content:
        """As a snapshot keeps it; a value that is another one by now was written since."""
        header = self.kept.of_header(lines[0].order)
        places = [self.kept.of_line(line) for line in lines]
        return Origins(header, places, self.reasons).content(lines)


def _as_it_is_now(
    names: Mapping[str, str], told: Places, saved: Content, record: Order | OrderLine
) -> dict[str, Place]:
    places: dict[str, Place] = {}
    for name, own in names.items():
        value = plain_value(getattr(record, own))
        if value in _NOTHING:
            continue
        if saved.get(own) != value:
            places[name] = {"how": "typed", "from": "later"}
        elif name in told:
            places[name] = told[name]
    return places


def kept_origins(order: Order) -> KeptOrigins:
    """Of the last save that knows them; none for orders out of a sheet. One statement."""
    saves = OrderSnapshot.objects.filter(order=order, content__has_key="origin").order_by("-revision")
    content = saves.values_list("content", flat=True).first()
    return KeptOrigins(content or {})
