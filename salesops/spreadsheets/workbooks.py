"""Excel workbooks, old and new: values by calamine, the rest from the sheets' own description. Free of Django."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import python_calamine as calamine

from salesops.spreadsheets.faults import SheetRefused, gettext_noop
from salesops.spreadsheets.layout import Shape, TableWriter
from salesops.spreadsheets.limits import Limits
from salesops.spreadsheets.packed import ENCRYPTED, check_archive
from salesops.spreadsheets.sheet_xml import PartScan, SheetScan, sheet_parts

Tell = Callable[[dict[str, Any]], None]
READING = gettext_noop("Reading rows")
DAMAGED = gettext_noop(
    "The file is damaged or was not fully transferred. Open it in Excel, save it again and upload it once more."
)
TOO_MANY_SHEETS = gettext_noop(
    "The workbook has %(count)s sheets; %(limit)s are allowed. Save only those that are needed."
)
NO_ROWS = gettext_noop("The file holds no rows.")
HIDDEN_SHEET_TAKEN = gettext_noop("The sheet “%(sheet)s” is hidden; its rows are read like the others.")
HIDDEN_SHEET_LEFT = gettext_noop("The hidden sheet “%(sheet)s” was left out as chosen.")


def _text(value: str) -> str | None:
    return value if value and not value.isspace() else None


def _number(value: float) -> Any:
    """At most fifteen significant digits, as Excel shows them: 129.69600000000003 is 129.696."""
    if value != value or value in (float("inf"), float("-inf")):
        return ["e", str(value)]
    if value.is_integer() and abs(value) < 1e15:
        return int(value)
    return float(f"{value:.15g}")


def _moment(value: datetime) -> list[str]:
    return ["t", value.isoformat()]


CONVERT: dict[type, Callable[[Any], Any]] = {
    str: _text,
    float: _number,
    int: lambda value: value,
    bool: lambda value: value,
    datetime: _moment,
    date: lambda value: ["d", value.isoformat()],
    time: lambda value: value.isoformat(),
    timedelta: str,
}


def look_through(archive: zipfile.ZipFile, limits: Limits) -> list[Shape]:
    """Count and look at every part of the archive; the worksheets' shapes in the workbook's order."""
    parts = sheet_parts(archive)
    scans: dict[str, SheetScan] = {}

    def look(part: str) -> PartScan | None:
        if part in parts or part.startswith("xl/worksheets/sheet"):
            return scans.setdefault(part, SheetScan(limits))
        return PartScan() if part.endswith((".xml", ".rels")) else None

    check_archive(archive, limits, look)
    for part, scan in scans.items():
        scan.close()
        scan.check(parts.get(part, part))
    return [scans[part].shape for part in parts if part in scans and "chartsheets" not in part]


def read_workbook(
    path: Path, shapes: list[Shape], folder: Path, limits: Limits, options: dict[str, Any], tell: Tell
) -> dict[str, Any]:
    """Every sheet that holds rows, as tables; the rows of a hidden sheet count as hidden rows."""
    notes: list[dict[str, Any]] = []
    try:
        with calamine.CalamineWorkbook.from_path(path) as book:
            sheets = [sheet for sheet in book.sheets_metadata if sheet.typ == calamine.SheetTypeEnum.WorkSheet]
            names = [sheet.name for sheet in sheets]
            if len(names) > limits.sheets:
                raise SheetRefused(TOO_MANY_SHEETS, {"count": len(names), "limit": limits.sheets})
            tables = [
                _read_sheet(
                    book,
                    name,
                    shapes[place] if place < len(shapes) else Shape(),
                    folder / f"rows-{place}.jsonl",
                    limits,
                    options,
                    tell,
                )
                for place, name in enumerate(names)
            ]
    except calamine.PasswordError as error:
        raise SheetRefused(ENCRYPTED) from error
    except calamine.CalamineError as error:
        raise SheetRefused(DAMAGED) from error
    hidden = {sheet.name for sheet in sheets if sheet.visible != calamine.SheetVisibleEnum.Visible}
    tables = [table for table in tables if table["row_count"] or table["header_row"]]
    if options.get("hidden") == "leave":
        left = [table["name"] for table in tables if table["name"] in hidden]
        notes = [{"text": HIDDEN_SHEET_LEFT, "values": {"sheet": name}} for name in left]
        tables = [table for table in tables if table["name"] not in hidden]
    for table in tables:
        if table["name"] in hidden:
            table["hidden_rows"] = table["row_count"]
            table["notes"].append({"text": HIDDEN_SHEET_TAKEN, "values": {"sheet": table["name"]}})
    if not tables:
        raise SheetRefused(NO_ROWS)
    return {"tables": tables, "notes": notes, "encoding": ""}


def _read_sheet(
    book: calamine.CalamineWorkbook,
    name: str,
    shape: Shape,
    rows_path: Path,
    limits: Limits,
    options: dict[str, Any],
    tell: Tell,
) -> dict[str, Any]:
    sheet = book.get_sheet_by_name(name)
    if not shape.merges:
        ranges = sheet.merged_cell_ranges or []
        shape.merges = [((top + 1, left), (bottom + 1, right)) for (top, left), (bottom, right) in ranges]
    total = sheet.total_height

    def tick(number: int) -> None:
        tell({"done": number, "total": total, "step": READING})

    writer = TableWriter(name, rows_path, limits, options, shape, tick)
    writer.feed_all(_rows(sheet, shape))
    return writer.finish()


def _rows(sheet: calamine.CalamineSheet, shape: Shape) -> Iterator[tuple[int, list[Any]]]:
    if sheet.start is None:
        return
    margin: list[Any] = [None] * sheet.start[1]
    convert = CONVERT
    faults: dict[int, list[tuple[int, list[str]]]] = {}
    for (row, column), fault in shape.faults.items():
        faults.setdefault(row, []).append((column, fault))
    for number, values in enumerate(sheet.iter_rows(), 1):
        cells = margin + [convert[type(value)](value) for value in values]
        for column, fault in faults.get(number, ()):
            cells.extend([None] * (column + 1 - len(cells)))
            cells[column] = fault
        yield number, cells
