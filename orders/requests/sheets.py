"""The sheets of a request as they were read: in a child process with limits, kept for an hour, never trusted."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import Any

from django.core.cache import cache

from orders.models import Evidence
from orders.requests.cells import is_counting, is_quantity
from orders.requests.evidence import content_of_evidence
from orders.requests.fields import REQUEST_FIELDS
from orders.requests.mail_text import lines_written, tables_in
from orders.words import without_links
from salesops.spreadsheets.faults import CellProblem, SheetRefused
from salesops.spreadsheets.mapping import Confidence, Guess, fingerprint, guess_columns
from salesops.spreadsheets.models import RememberedMapping
from salesops.spreadsheets.reading import read_file
from salesops.spreadsheets.tables import Table
from salesops.spreadsheets.values import to_text

MOST_ROWS = 1000  # as many as an order can have
MOST_SHEETS = 20
MOST_TABLES = 5  # looked at in the text of a mail
_WHAT = ("part_number", "name", "barcode")
_KEPT_SECONDS = 3600
_KIND = "request"  # of a remembered layout


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One row: its number in the sheet and its cells as text."""

    number: int
    cells: list[str]


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet of a file as it is shown and parsed; ``is_cut`` when it has more rows than an order can have."""

    name: str
    headings: list[str]
    header_row: int
    rows: list[SheetRow] = field(default_factory=list)
    is_cut: bool = False
    above: list[SheetRow] = field(default_factory=list)  # above the headings: who orders, under which number, by when


def read_sheets(evidence: Evidence) -> list[Sheet]:
    """The sheets of a file, of pasted rows or in the text of a mail; SheetRefused tells why not."""
    key = f"orders.sheets.4.{evidence.sha256}.{evidence.pk}"
    kept = cache.get(key)
    if kept is None:
        kept = _read(evidence)
        cache.set(key, kept, _KEPT_SECONDS)
    if "refused" in kept:
        raise SheetRefused(kept["refused"], kept["values"])
    return [
        Sheet(**{**sheet, **{part: [SheetRow(**row) for row in sheet[part]] for part in ("rows", "above")}})
        for sheet in kept["sheets"]
    ]


def _read(evidence: Evidence) -> dict[str, Any]:
    try:
        found = _in_text(evidence) if evidence.kind == Evidence.Kind.MAIL else _in_file(evidence)
    except SheetRefused as refusal:
        return {"refused": refusal.msgid, "values": refusal.values}
    return {"sheets": [asdict(sheet) for sheet in found]}


def _in_file(evidence: Evidence) -> list[Sheet]:
    # The ending is ours: the customer's name never becomes a path.
    ending = Path(evidence.file_name).suffix.lower()
    ending = ending if ending in (".xls", ".xlsx", ".xlsm", ".csv", ".tsv") else ".txt"
    name = f"{Path(evidence.file_name).stem}{ending}" if evidence.file_name else ""
    sheets = _sheets(content_of_evidence(evidence), ending, name)
    if evidence.kind == Evidence.Kind.PASTE:
        return [sheet for sheet in sheets if len(sheet.headings) > 1]  # one column is words out of a chat
    return sheets


def _in_text(evidence: Evidence) -> list[Sheet]:
    """Tables in the text of a mail that say in their headings how many of what; rows are numbered as the lines are."""
    found: list[Sheet] = []
    for above, text in islice(tables_in(lines_written(evidence)), MOST_TABLES):
        for sheet in _sheets(text.encode(), ".tsv", ""):
            if {"quantity"} < {guess.field for guess in _guessed(sheet, {})} & {"quantity", *_WHAT}:
                rows = [SheetRow(row.number + above, row.cells) for row in sheet.rows]
                found.append(
                    replace(sheet, name=str(len(found) + 1), header_row=sheet.header_row + above, rows=rows, above=[])
                )
    return found


def _sheets(content: bytes, ending: str, name: str) -> list[Sheet]:
    """Read with the headings that are there; once more without where the first row is one of the rows."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"sheet{ending}"
        path.write_bytes(content)
        sheets = _tables(path, Path(folder) / "rows", name or path.name, {})
        if any(_says_something(sheet) or not _looks_like_a_row(sheet.headings) for sheet in sheets):
            return sheets
        return _tables(path, Path(folder) / "bare", name or path.name, {"header_row": 0}) or sheets


def _tables(path: Path, folder: Path, name: str, options: dict[str, Any]) -> list[Sheet]:
    workbook = read_file(path, folder, name=name, options=options)
    return [_sheet(table) for table in workbook.tables[:MOST_SHEETS]]


def _sheet(table: Table) -> Sheet:
    rows = [SheetRow(number, [_shown(cell) for cell in cells]) for number, cells in islice(table.rows(), MOST_ROWS)]
    above = [SheetRow(number, [without_links(cell[:300]) for cell in cells]) for number, cells in table.above]
    return Sheet(table.name, list(table.headings), table.header_row, rows, table.row_count > MOST_ROWS, above)


def _shown(cell: Any) -> str:
    try:
        return without_links(to_text(cell)[:2000])
    except CellProblem as problem:
        return str(problem.values.get("value") or "#?")[:80]


def _says_something(sheet: Sheet) -> bool:
    """Whether the headings name how many of what."""
    found = {guess.field for guess in _guessed(sheet, {})}
    return "quantity" in found or bool(found & set(_WHAT))


def _looks_like_a_row(headings: Sequence[str]) -> bool:
    """Whether the first row holds a number where a heading should be: rows were copied without their headings."""
    return any(is_quantity(heading) for heading in headings)


def _guessed(sheet: Sheet, remembered: Mapping[str, str]) -> list[Guess]:
    table = Table(sheet.name, sheet.headings, sheet.header_row, len(sheet.rows), "")
    return guess_columns(table, REQUEST_FIELDS, remembered)


def columns_of(sheet: Sheet, customer_id: int | None) -> dict[str, int]:
    """Field -> column: as this customer's layout was understood last time, else by heading, else by content."""
    remembered = remembered_layout(customer_id, sheet.headings) if customer_id else {}
    if remembered:
        places = {heading: place for place, heading in enumerate(sheet.headings)}
        return {name: places[heading] for name, heading in remembered.items() if heading in places}
    columns = _by_heading(sheet)
    return columns if "quantity" in columns else _by_content(sheet, columns)


def first_of_each(said: Mapping[int, str]) -> dict[str, int]:
    """Field -> column, of column -> field: the first column that claims a field has it."""
    return {name: place for place, name in sorted(said.items(), reverse=True)}


def columns_there(sheet: Sheet, said: Mapping[str, int]) -> dict[str, int]:
    """What somebody said of the columns, of those the sheet has."""
    return {name: place for name, place in said.items() if place < len(sheet.headings)}


def says_how_many(sheet: Sheet, customer_id: int | None) -> bool:
    """Whether a heading, or a clerk before, says in which column the quantity stands: else it is guessed."""
    if customer_id and remembered_layout(customer_id, sheet.headings):
        return True
    return "quantity" in _by_heading(sheet)


def counting_columns(sheet: Sheet) -> list[int]:
    """Columns in which some cell can say how many."""
    places = range(len(sheet.headings))
    return [place for place in places if any(row.cells[place] and is_quantity(row.cells[place]) for row in sheet.rows)]


def _by_heading(sheet: Sheet) -> dict[str, int]:
    return {guess.field: guess.column for guess in _guessed(sheet, {}) if guess.confidence != Confidence.CONTENT}


def _by_content(sheet: Sheet, columns: dict[str, int]) -> dict[str, int]:
    """Rows pasted without headings: the last column of plain numbers is how many, the first other one is what."""
    free = [place for place in range(len(sheet.headings)) if place not in columns.values()]
    filled = {place: [row.cells[place] for row in sheet.rows if row.cells[place]] for place in free}
    numeric = [place for place in free if filled[place] and all(is_quantity(cell) for cell in filled[place])]
    if len(numeric) > 1 and numeric[0] == free[0] and is_counting(filled[numeric[0]]):
        free, numeric = free[1:], numeric[1:]
    found = dict(columns)
    if numeric:
        # A code can be a number too: with several, the first is the code and the second how many.
        found["quantity"] = numeric[1] if len(numeric) > 1 and numeric[0] == free[0] else numeric[0]
    words = [place for place in free if place != found.get("quantity")]
    for name in ("part_number", "name"):
        if name not in found and words:
            found[name] = words.pop(0)
    return found


def _layout_key(customer_id: int, headings: Sequence[str]) -> str:
    return fingerprint([f"customer {customer_id}", *headings])


def remembered_layout(customer_id: int, headings: Sequence[str]) -> dict[str, str]:
    """What a clerk took the columns of this customer's layout for: field -> heading."""
    row = RememberedMapping.objects.filter(kind=_KIND, fingerprint=_layout_key(customer_id, headings)).first()
    return dict(row.mapping) if row else {}


def remember_layout(customer_id: int, headings: Sequence[str], mapping: Mapping[str, str], by_id: int) -> None:
    """Keep it for the customer's next sheet of the same layout."""
    RememberedMapping.objects.update_or_create(
        kind=_KIND,
        fingerprint=_layout_key(customer_id, headings),
        defaults={"mapping": dict(mapping), "used_by_id": by_id},
    )


def best_sheet(sheets: Sequence[Sheet], customer_id: int | None) -> Sheet | None:
    """The sheet in which most columns mean something; the first of equals."""
    return max(sheets, key=lambda sheet: (len(columns_of(sheet, customer_id)), len(sheet.rows) > 0), default=None)


def readable(evidence: Iterable[Evidence]) -> list[Evidence]:
    """What a sheet can stand in, in the order it is looked at: files and pasted rows before the text of a mail."""
    ranks = {Evidence.Kind.SHEET: 0, Evidence.Kind.PASTE: 0, Evidence.Kind.MAIL: 1}
    return sorted((one for one in evidence if one.kind in ranks), key=lambda one: ranks[Evidence.Kind(one.kind)])


def column_letter(place: int) -> str:
    """A column as the sheet names it: A, B … Z, AA."""
    letters = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
