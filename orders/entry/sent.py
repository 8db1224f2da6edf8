"""What the browser sent, read into values nobody need fear: whatever no page of ours sends is refused."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from customers.validation import strip_invisible
from orders.forms.entry import LONGEST_KEY, ROW_FIELDS, text_of
from orders.rows import MAX_LINES

_KEY = re.compile(rf"[A-Za-z0-9_-]{{1,{LONGEST_KEY}}}")
_SOURCES = frozenset({"typed", "parsed", "default", "last"})
_PLACES = (
    "product",
    "quantity",
    "unit_price",
    "customer_part_number",
    "due_on",
    "product_name",
    "unit",
    "percent",
    "remarks",
)
_HEADER = ("customer_po", "channel", "requested_on", "promised_on", "remarks", "printed_remarks", "address")
_HEADER_PLACES = (*_HEADER, "is_urgent")
_ORIGIN_WORDS = ("how", "from", "file", "sheet", "column", "heading", "text", "order")
_ORIGIN_NUMBERS = ("evidence", "row", "line")
_LONGEST_ORIGIN = 300
_LONGEST_REASON = 300


class BadBodyError(Exception):
    """The page sent something no page of ours sends."""


def body_of(raw: bytes) -> dict[str, Any]:
    """The body as an object."""
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise BadBodyError from error
    if not isinstance(body, dict):
        raise BadBodyError
    return body


def token_of(body: Mapping[str, Any]) -> UUID:
    """The token of the page."""
    try:
        return UUID(str(body.get("token")))
    except ValueError as error:
        raise BadBodyError from error


def whole(value: Any) -> int:
    """A whole number that is not negative."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**31:
        raise BadBodyError
    return value


def keys_of(value: Any) -> list[str] | None:
    """The keys of all rows in their order; None where the page did not send them."""
    if value is None:
        return None
    if not isinstance(value, list) or len(value) > MAX_LINES:
        raise BadBodyError
    return [_key(key) for key in value]


def rows_sent(value: Any, *, may_be_gone: bool) -> dict[str, dict[str, Any] | None]:
    """Rows by key; None for one that is gone."""
    if value is None:
        return {}
    if not isinstance(value, list) or len(value) > MAX_LINES * (2 if may_be_gone else 1):
        raise BadBodyError
    rows: dict[str, dict[str, Any] | None] = {}
    for row in value:
        if not isinstance(row, dict):
            raise BadBodyError
        key = _key(row.get("key"))
        rows[key] = None if may_be_gone and row.get("gone") is True else _clean_row(key, row)
    return rows


def header_sent(value: Any) -> dict[str, Any] | None:
    """The header with nothing in it that the page does not need."""
    if value is None:
        return None
    if not isinstance(value, dict):
        raise BadBodyError
    clean: dict[str, Any] = {name: text_of(value[name]) for name in _HEADER if name in value}
    if "is_urgent" in value:
        clean["is_urgent"] = value["is_urgent"] is True
    clean["from"] = _sources(value.get("from"), _HEADER_PLACES)
    reasons = value.get("why")
    if isinstance(reasons, dict):
        clean["why"] = {name: text_of(reasons[name])[:300] for name in _HEADER_PLACES if reasons.get(name)}
    return clean


def columns_sent(value: Any) -> dict[str, int] | None:
    """Field -> column of pasted cells."""
    if value is None:
        return None
    if not isinstance(value, dict) or len(value) > 20:
        raise BadBodyError
    return {str(name): whole(place) for name, place in value.items()}


def number_of(value: Any) -> int:
    """A number out of an address or a body; 0 where it is none."""
    text = str(value if value is not None else "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else 0


def _key(value: Any) -> str:
    if not isinstance(value, str) or not _KEY.fullmatch(value):
        raise BadBodyError
    return value


def _clean_row(key: str, row: Mapping[str, Any]) -> dict[str, Any]:
    """A row with nothing in it that the page does not need."""
    clean: dict[str, Any] = {"key": key} | {name: text_of(row[name]) for name in ROW_FIELDS if row.get(name)}
    if row.get("id") is not None:
        clean["id"] = row["id"] if isinstance(row["id"], int) and 0 < row["id"] < 2**63 else 0
    if row.get("touched") is True:
        clean["touched"] = True
    if row.get("why"):
        clean["why"] = strip_invisible(text_of(row["why"]))[:_LONGEST_REASON]
    clean["from"] = _sources(row.get("from"), _PLACES)
    if isinstance(row.get("origin"), dict):
        clean["origin"] = _origins(row["origin"])
    return clean


def _sources(sources: Any, places: tuple[str, ...]) -> dict[str, str]:
    """How each value came: typed, parsed, default or last."""
    if not isinstance(sources, dict):
        return {}
    return {name: sources[name] for name in places if sources.get(name) in _SOURCES}


def _origins(origins: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Where each value stood: a cell, a line, an order; rows copied in the page bring it along."""
    return {name: _origin(origins[name]) for name in _PLACES if isinstance(origins.get(name), dict)}


def _origin(place: Mapping[str, Any]) -> dict[str, Any]:
    words = {name: text_of(place[name])[:_LONGEST_ORIGIN] for name in _ORIGIN_WORDS if isinstance(place.get(name), str)}
    numbers = {name: place[name] for name in _ORIGIN_NUMBERS if isinstance(place.get(name), int)}
    return words | {name: number for name, number in numbers.items() if 0 <= number < 2**63}
