"""Which column holds which field: by what was chosen last time, by name, by likeness, by content."""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from typing import Any

from salesops.spreadsheets.faults import CellProblem, SheetRefused, gettext_noop
from salesops.spreadsheets.tables import FieldSpec, Table
from salesops.spreadsheets.values import detect_date_order, to_date, to_decimal

UNITS = re.compile(r"[（(【\[][^）)】\]]*[）)】\]]")
NOISE = re.compile(r"[\s*＊_/\\\-－.．:：#\"'“”]+")
WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[0-9]+|[#$%]")
SHORTENED = {
    "no": "number",
    "nr": "number",
    "num": "number",
    "#": "number",
    "dt": "date",
    "qty": "quantity",
    "amt": "amount",
    "val": "value",
    "desc": "description",
    "descr": "description",
    "cust": "customer",
    "prod": "product",
    "ord": "order",
    "inv": "invoice",
    "doc": "document",
    "cur": "currency",
    "curr": "currency",
    "ccy": "currency",
    "ext": "extended",
    "so": "salesorder",
    "$": "price",
    "rep": "representative",
    "addr": "address",
    "mat": "material",
    "pct": "percent",
}
LIKENESS = 0.86
SHORTEST_PART = 2  # a heading of two Chinese characters inside a longer one says something; one does not
MAPPING_NOT_AN_OBJECT = gettext_noop('The mapping must be one JSON object of the form {"field": "heading"}.')
UNKNOWN_FIELD = gettext_noop("The mapping names the field “%(field)s”, which does not exist. Known: %(known)s.")
UNKNOWN_HEADING = gettext_noop(
    "The mapping names the heading “%(heading)s”, which the sheet “%(sheet)s” does not have."
)


class Confidence(StrEnum):
    """How sure a guess is; shown beside each column."""

    REMEMBERED = "remembered"
    NAME = "name"
    SIMILAR = "similar"
    CONTENT = "content"
    CHOSEN = "chosen"


@dataclass(frozen=True)
class Guess:
    """A field and the column it is taken from."""

    field: str
    column: int
    confidence: Confidence


def normalise_heading(heading: str) -> str:
    """`* 税率（%） ` and `税率` compare equal; so do `Order_ID`, `order id` and `OrderID`."""
    text = unicodedata.normalize("NFKC", heading).casefold()
    bare = NOISE.sub("", UNITS.sub("", text))
    return bare or NOISE.sub("", text)


def fingerprint(headings: Sequence[str]) -> str:
    """The same layout gives the same print, whatever the sheet is called."""
    return hashlib.sha256("\x1f".join(normalise_heading(h) for h in headings).encode()).hexdigest()


def guess_columns(
    table: Table, fields: Sequence[FieldSpec], remembered: Mapping[str, str] | None = None
) -> list[Guess]:
    """One column per field and one field per column, surest first; `remembered` is {field: heading}."""
    guesses: list[Guess] = []
    free = dict(enumerate(normalise_heading(heading) for heading in table.headings))
    wanted = {spec.name: spec for spec in fields}

    def settle(name: str, column: int, confidence: Confidence) -> None:
        guesses.append(Guess(name, column, confidence))
        del free[column], wanted[name]

    for name, heading in (remembered or {}).items():
        column = next((c for c in free if table.headings[c] == heading), None)
        if name in wanted and column is not None:
            settle(name, column, Confidence.REMEMBERED)
    _settle_names(free, wanted, settle)
    _settle_shortened(table.headings, free, wanted, settle)
    _settle_likenesses(free, wanted, settle)
    return sorted(guesses, key=lambda guess: guess.column)


def guess_mapping(
    table: Table, fields: Sequence[FieldSpec], remembered: Mapping[str, str] | None = None
) -> dict[str, int]:
    """Field name -> column index; fields for which no column was found are absent."""
    return {guess.field: guess.column for guess in guess_columns(table, fields, remembered)}


def _names_of(spec: FieldSpec) -> list[str]:
    names = [spec.name, str(spec.label), *spec.synonyms]
    return list(dict.fromkeys(normalise_heading(name) for name in names if name))


def _settle_names(free: dict[int, str], wanted: dict[str, FieldSpec], settle: Any) -> None:
    """Exact names; where two columns could be meant, the synonym that stands earlier in the list wins."""
    found: list[tuple[int, int, str]] = []
    for name, spec in wanted.items():
        ranks = {synonym: rank for rank, synonym in enumerate(_names_of(spec))}
        found += [(ranks[heading], column, name) for column, heading in free.items() if heading in ranks]
    for _, column, name in sorted(found):
        if column in free and name in wanted:
            settle(name, column, Confidence.NAME)


def _settle_shortened(headings: Sequence[str], free: dict[int, str], wanted: dict[str, FieldSpec], settle: Any) -> None:
    """English headings that shorten their words: `Ord Qty` is `order quantity`; to be looked at."""
    found: list[tuple[int, int, str]] = []
    columns = {column: written_out(headings[column]) for column in free if headings[column].isascii()}
    for name, spec in wanted.items():
        ranks: dict[str, int] = {}
        for rank, synonym in enumerate((spec.name, str(spec.label), *spec.synonyms)):
            if synonym.isascii():
                ranks.setdefault(written_out(synonym), rank)
        found += [(ranks[text], column, name) for column, text in columns.items() if text in ranks]
    for _, column, name in sorted(found):
        if column in free and name in wanted:
            settle(name, column, Confidence.SIMILAR)


def written_out(heading: str) -> str:
    """The words of an English heading with the usual shortenings written out, in one piece."""
    words = [word.casefold() for word in WORDS.findall(heading)]
    return "".join(SHORTENED.get(word, word) for word in words)


def _settle_likenesses(free: dict[int, str], wanted: dict[str, FieldSpec], settle: Any) -> None:
    scores: list[tuple[float, int, str]] = []
    for name, spec in wanted.items():
        for column, heading in free.items():
            score = max(likeness(heading, synonym) for synonym in _names_of(spec))
            if score >= LIKENESS:
                scores.append((-score, column, name))
    for _, column, name in sorted(scores):
        if column in free and name in wanted:
            settle(name, column, Confidence.SIMILAR)


def likeness(heading: str, synonym: str) -> float:
    """1 for the same, near 1 for a typing mistake; a part of a heading counts only at its end (`客户订单号`)."""
    if heading == synonym:
        return 1.0
    if not heading or not synonym:
        return 0.0
    if not synonym.isascii() and len(synonym) > SHORTEST_PART and heading.endswith(synonym):
        return 0.9 - 0.01 * (len(heading) - len(synonym))
    if min(len(heading), len(synonym)) < 5:
        return 0.0
    return SequenceMatcher(None, heading, synonym).ratio()


def column_fits(table: Table, column: int, spec: FieldSpec) -> bool:
    """Whether the first values of a column can be what the field wants."""
    cells = [row[column] for row in table.samples if column < len(row) and row[column]]
    if spec.kind in ("date", "moment"):
        order = detect_date_order(cells).order
        return _all_pass(cells, lambda cell: to_date(cell, order))
    if spec.kind in ("number", "money", "percent"):
        return _all_pass(cells, to_decimal)
    return True


def _all_pass(cells: Sequence[str], check: Any) -> bool:
    misses = 0
    for cell in cells:
        try:
            check(cell)
        except CellProblem:
            misses += 1
    return misses * 2 <= len(cells)


def mapping_from_json(text: str, table: Table, fields: Sequence[FieldSpec]) -> dict[str, int]:
    """The command line's mapping file {"field": "heading"}; "" or null leaves a field out. Raises SheetRefused."""
    try:
        given = json.loads(text)
    except ValueError as error:
        raise SheetRefused(MAPPING_NOT_AN_OBJECT) from error
    if not isinstance(given, dict):
        raise SheetRefused(MAPPING_NOT_AN_OBJECT)
    known = {spec.name for spec in fields}
    columns: dict[str, int] = {}
    for name, heading in given.items():
        if name not in known:
            raise SheetRefused(UNKNOWN_FIELD, {"field": name, "known": ", ".join(sorted(known))})
        if heading in (None, ""):
            continue
        places = [i for i, own in enumerate(table.headings) if own == heading] or [
            i for i, own in enumerate(table.headings) if normalise_heading(own) == normalise_heading(str(heading))
        ]
        if not places:
            raise SheetRefused(UNKNOWN_HEADING, {"heading": str(heading), "sheet": table.name})
        columns[name] = places[0]
    return columns
