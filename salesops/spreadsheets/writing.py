"""Sheets out: in constant memory, typed, and with no cell that a spreadsheet program would run as a formula."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import xlsxwriter

# Programs run what begins so; the full-width forms too in some. Our own prefix before such a start is prefixed again,
# so that taking one off always gives back what was written.
DANGEROUS = re.compile(r"'*[=+\-@\t\r\n;＝＋－＠]")
PREFIXED = re.compile(r"''*[=+\-@\t\r\n;＝＋－＠]")
LONGEST_CELL = 32_767
LARGEST_EXACT = 999_999_999_999_999  # beyond fifteen digits a sheet's number loses its end: written as text
ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
ROWS_A_SHEET = 1_048_575
SHEET_NAME = re.compile(r"[\[\]:*?/\\']")


@dataclass(frozen=True)
class Sheet:
    """One sheet to write: its rows are taken one by one."""

    title: str
    headings: Sequence[str]
    rows: Iterable[Sequence[Any]]
    widths: Sequence[int] | None = None


def write_xlsx(
    path: Path,
    headings: Sequence[str],
    rows: Iterable[Sequence[Any]],
    *,
    title: str,
    widths: Sequence[int] | None = None,
) -> int:
    """Write a workbook row by row and return the number of rows; further sheets hold what one sheet cannot.

    Text is always written as text; Decimal, int and float as numbers; dates typed; moments as their own wall clock.
    """
    return write_sheets(path, [Sheet(title, headings, rows, widths)])


def write_sheets(path: Path, sheets: Iterable[Sheet]) -> int:
    """Write several sheets into one workbook and return the number of rows."""
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    book = xlsxwriter.Workbook(str(path), options)
    try:
        writer = _BookWriter(book)
        count = sum([writer.write(sheet) for sheet in sheets])
        if not writer.names:
            writer.open_sheet("Sheet", Sheet("Sheet", [], []))
        return count
    finally:
        book.close()


class _BookWriter:
    """Formats made once, sheet names kept apart."""

    def __init__(self, book: Any) -> None:
        self.book = book
        self.names: set[str] = set()
        self.head = book.add_format({"bold": True, "bg_color": "#E8EEF9", "bottom": 1, "valign": "vcenter"})
        self.day = book.add_format({"num_format": "yyyy-mm-dd"})
        self.moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})

    def write(self, sheet: Sheet) -> int:
        """Write one sheet, and further ones where its rows are more than one holds."""
        target = self.open_sheet(sheet.title, sheet)
        count = line = 0
        for row in sheet.rows:
            if line == ROWS_A_SHEET:
                target, line = self.open_sheet(sheet.title, sheet), 0
            line += 1
            count += 1
            for column, value in enumerate(row):
                kind = type(value)
                if kind is str:
                    if value:
                        target.write_string(line, column, clean(value))
                elif kind is datetime:
                    target.write_datetime(line, column, value.replace(tzinfo=None), self.moment)
                elif value is not None:
                    self.write_cell(target, line, column, value)
        return count

    def open_sheet(self, title: str, sheet: Sheet) -> Any:
        """A sheet with its headings, frozen, under a name no other has."""
        base = SHEET_NAME.sub(" ", clean(title)).strip()[:25] or "Sheet"
        name, number = base, 2
        while name.casefold() in self.names:
            name, number = f"{base} {number}", number + 1
        self.names.add(name.casefold())
        target = self.book.add_worksheet(name)
        target.freeze_panes(1, 0)
        for column, heading in enumerate(sheet.headings):
            wide = sum(2 if ord(c) > 255 else 1 for c in str(heading)) + 4
            target.set_column(column, column, sheet.widths[column] if sheet.widths else min(max(wide, 12), 40))
            target.write_string(0, column, clean(str(heading)), self.head)
        return target

    def write_cell(self, target: Any, line: int, column: int, value: Any) -> None:
        """One cell by its type."""
        if isinstance(value, bool):
            target.write_boolean(line, column, value)
        elif isinstance(value, (Decimal, int, float)):
            if value != value or not -LARGEST_EXACT <= value <= LARGEST_EXACT:
                target.write_string(line, column, str(value))
            else:
                target.write_number(line, column, value)
        elif isinstance(value, datetime):
            target.write_datetime(line, column, value.replace(tzinfo=None), self.moment)
        elif isinstance(value, date):
            target.write_datetime(line, column, value, self.day)
        else:
            target.write_string(line, column, clean(str(value)))


def clean(text: str) -> str:
    """Text without what a workbook cannot hold, cut at the longest a cell may be."""
    if not text.isprintable():
        text = ILLEGAL.sub("", text)
    return text[:LONGEST_CELL]


def write_csv(path: Path, headings: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """Write UTF-8 with a byte order mark, as Excel expects; text that looks like a formula gets a leading `'`."""
    count = 0
    with path.open("w", encoding="utf-8-sig", newline="") as opened:
        writer = csv.writer(opened)
        writer.writerow([escape(str(heading)) for heading in headings])
        for row in rows:
            writer.writerow([_csv_cell(value) for value in row])
            count += 1
    return count


def _csv_cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return escape(value)
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, (int, float)):
        return repr(value)
    if isinstance(value, datetime):
        return value.replace(tzinfo=None).isoformat(sep=" ", timespec="seconds")
    if isinstance(value, date):
        return value.isoformat()
    return escape(str(value))


def escape(text: str) -> str:
    """A leading `'` keeps spreadsheet programs from running the text."""
    return "'" + text if DANGEROUS.match(text) else text


def unescape(text: str) -> str:
    """Take exactly our own prefix off again."""
    return text[1:] if PREFIXED.match(text) else text
