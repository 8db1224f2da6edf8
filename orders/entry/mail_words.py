"""What words say for certain, in a mail, a note, a chat or above the rows of a sheet: the PO and the day they want.

Only a labelled value counts, and only where the whole request names one: two different PO numbers are nobody's.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date, timedelta
from typing import Any

from orders.models import Evidence, Request
from orders.requests.mail_text import lines_written
from orders.requests.senders import ORDER_NUMBER
from orders.requests.sheets import column_letter, read_sheets
from orders.words import without_links
from salesops.chinese import to_half_width
from salesops.numbering.numbers import house_day
from salesops.spreadsheets.faults import SheetRefused

_PO = re.compile(
    r"(?:P\.?O\.?|采购单|采购订单|客户订单|订单|purchase order)\s*(?:号码|编号|单号|号|no\.?|number|#)?\s*[::#是为 ]\s*"
    r"(?P<value>[A-Za-z0-9][A-Za-z0-9/_.-]{2,60})|(?<![A-Za-z0-9])(?P<whole>PO-?\d[A-Za-z0-9/_-]{2,60})",
    re.IGNORECASE,
)
_DATE = r"(?:(?P<{0}y>20\d\d)\s*[-/.年]\s*)?(?P<{0}m>\d{{1,2}})\s*[-/.月]\s*(?P<{0}d>\d{{1,2}})(?!\d)\s*[日号]?"
_WANTED = re.compile(
    r"(?:交期|交货期?|到货|送货|要货|delivery(?: date)?|deliver(?:ed)? by|needed by|required by)[^0-9\n]{0,12}"
    + _DATE.format("a")
    + "|"
    + r"(?<![\d.])"
    + _DATE.format("b")
    + r"\s*(?:之?前)?\s*(?:到|送|交)(?!期|货期)",
    re.IGNORECASE,
)
_SOURCES = (Evidence.Kind.MAIL, Evidence.Kind.NOTE, Evidence.Kind.PASTE)
Words = tuple[dict[str, str], dict[str, dict[str, Any]]]
_MOST_DAYS = 370
_MOST_LINES = 400
_LONGEST_LINE = 1000


def read_words(request: Request) -> Words:
    """Header values by field, and where each stood: {"how": "parsed", "evidence": 5, "line": 3, "text": "..."}."""
    values: dict[str, str] = {}
    origins: dict[str, dict[str, Any]] = {}
    lines = [*_lines(request), *_above_the_rows(request)]
    readers: tuple[tuple[str, Callable[[str], list[str]]], ...] = (
        ("customer_po", _po_in),
        ("requested_on", lambda line: _days_in(line, house_day(request.received_at))),
    )
    for name, read in readers:
        found = [(value, place, text) for place, text in lines for value in read(text)]
        if len({value for value, _place, _text in found}) != 1:
            continue
        value, place, text = found[0]
        values[name] = value
        if "cells" in place:
            place, text = _cell_of(place, read, value)
        origins[name] = {"how": "parsed", **place, "text": text.strip()[:300]}
    return values, origins


def _lines(request: Request) -> Iterable[tuple[dict[str, Any], str]]:
    """Every line the customer wrote, with its place; quoted lines are older mails."""
    told = [one for one in request.evidence.filter(kind__in=_SOURCES).select_related("request") if one.text]
    texts = [(one.pk, lines_written(one)) for one in told] or [(0, request.body.splitlines())]
    for evidence, lines in texts:
        for number, line in enumerate(lines[:_MOST_LINES], 1):
            if not line.lstrip().startswith(">"):
                yield {"evidence": evidence, "line": number}, without_links(line[:_LONGEST_LINE])


def _above_the_rows(request: Request) -> Iterable[tuple[dict[str, Any], str]]:
    """Each row above the headings of a sheet as one line; a label and its value may stand in two cells."""
    for one in request.evidence.filter(kind=Evidence.Kind.SHEET):
        try:
            sheets = read_sheets(one)
        except SheetRefused:
            continue
        for sheet in sheets:
            for row in sheet.above:
                place = {"evidence": one.pk, "file": one.file_name, "sheet": sheet.name, "row": row.number}
                yield place | {"cells": row.cells}, " ".join(row.cells)[:_LONGEST_LINE]


def _cell_of(place: Mapping[str, Any], read: Callable[[str], list[str]], value: str) -> tuple[dict[str, Any], str]:
    """The cell of a row with which the value is complete."""
    cells = place["cells"]
    at = next((at for at in range(len(cells)) if value in read(" ".join(cells[: at + 1]))), 0)
    return {name: told for name, told in place.items() if name != "cells"} | {"column": column_letter(at)}, cells[at]


def _po_in(line: str) -> list[str]:
    found = [match["value"] or match["whole"] for match in _PO.finditer(to_half_width(line))]
    return [po.rstrip(".-/_") for po in found if re.search(r"\d{2}", po) and not ORDER_NUMBER.fullmatch(po)]


def _days_in(line: str, today: date) -> list[str]:
    days = [_day(match, today) for match in _WANTED.finditer(to_half_width(line))]
    return [day.isoformat() for day in days if day is not None]


def _day(match: re.Match[str], today: date) -> date | None:
    """The day a match names; without a year the next such day. None where it is no day, past or far away."""
    at = "a" if match["am"] else "b"
    year, month, day = match[at + "y"], int(match[at + "m"]), int(match[at + "d"])
    try:
        found = date(int(year) if year else today.year, month, day)
        if not year and found < today:
            found = date(today.year + 1, month, day)
    except ValueError:
        return None
    return found if timedelta(0) <= found - today <= timedelta(days=_MOST_DAYS) else None
