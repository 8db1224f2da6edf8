"""What calamine does not tell about a workbook, read from its XML as a stream of bytes. Free of Django.

Before calamine allocates rows x columns of a sheet, its corners are known; errors and formulas without a
value, hidden rows and columns are found; document types (the door to entity bombs) are refused.
"""

from __future__ import annotations

import re
import zipfile
from xml.etree.ElementTree import Element, ParseError  # types only: parsing is defusedxml's

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from salesops.spreadsheets.faults import SheetRefused, gettext_noop
from salesops.spreadsheets.layout import TOO_MANY_COLUMNS, Shape
from salesops.spreadsheets.limits import Limits

DOCUMENT_TYPE = gettext_noop(
    "The file carries XML declarations that no workbook has. It was refused because they can be harmful."
)
SPARSE = gettext_noop(
    "The sheet “%(sheet)s” has cells far away from each other (up to row %(row)s). "
    "Delete the empty rows and columns around the table and save it again."
)
DAMAGED = gettext_noop(
    "The file is damaged or was not fully transferred. Open it in Excel, save it again and upload it once more."
)

LARGE_AREA = 25_000_000  # cells: above this calamine's dense table would not fit into the child
MOST_FAULTS = 500_000
LARGEST_INDEX = 8 * 1024 * 1024
FORMULA = ["f", ""]

ROW = re.compile(rb"<row\b([^>]*)>")
ROW_NUMBER = re.compile(rb'\br="(\d{1,8})"')
HIDDEN = re.compile(rb'\bhidden="(?:1|true)"')
WIDE = re.compile(rb'<c [^>]*?\br="([A-Z]{2,3})\d+"(?:[^>]*[^/>])?>')
FAULT = re.compile(rb'<c [^>]*?\br="([A-Z]{1,3})(\d{1,8})"[^>]*?>(?:<f\b[^>]*?(?:/>|>[^<]*</f>))?<v>(#[^<]*)</v>')
UNCALCULATED = re.compile(rb"<c ([^>]*[^/>])>\s*<f\b[^>]*?(?:/>|>[^<]*</f>)\s*(?:<v\s*/>|<v[^>]*></v>)?\s*</c>")
REFERENCE = re.compile(rb'\br="([A-Z]{1,3})(\d{1,8})"')
HIDDEN_COLUMN = re.compile(rb"<col\b([^>]*)>")
SPAN = re.compile(rb'\bmin="(\d{1,6})"|\bmax="(\d{1,6})"')
PREFIX = re.compile(rb"<(\w+):worksheet\b")


def column_index(letters: bytes) -> int:
    """b"A" -> 0, b"AA" -> 26."""
    index = 0
    for letter in letters:
        index = index * 26 + letter - 64
    return index - 1


class PartScan:
    """Any XML part: no document type, no encoding that would hide one."""

    def __init__(self) -> None:
        self.tail = b""
        self.begun = False

    def feed(self, piece: bytes) -> None:
        """Take the next bytes of the part."""
        if not self.begun:
            self.begun = True
            if b"\0" in piece[:200] or piece.startswith((b"\xff\xfe", b"\xfe\xff")):
                raise SheetRefused(DAMAGED)
        joined = self.tail + piece
        if b"<!DOCTYPE" in joined or b"<!ENTITY" in joined:
            raise SheetRefused(DOCUMENT_TYPE)
        self.tail = piece[-16:]


class SheetScan(PartScan):
    """One sheet's part: its corners and what stands beside the values."""

    def __init__(self, limits: Limits) -> None:
        super().__init__()
        self.limits = limits
        self.shape = Shape()
        self.rest = b""
        self.prefix = b""
        self.row = 0
        self.cells = 0
        self.column = 25

    def feed(self, piece: bytes) -> None:
        super().feed(piece)
        if not self.prefix and (found := PREFIX.search(piece[:2000])):
            self.prefix = found.group(1) + b":"
        joined = self.rest + piece
        if self.prefix:
            joined = joined.replace(b"<" + self.prefix, b"<").replace(b"</" + self.prefix, b"</")
        cut = max(joined.rfind(b"<c "), joined.rfind(b"<row"), joined.rfind(b"<col"))
        if cut < 0:
            cut = max(0, len(joined) - 4096)
        self.rest = joined[cut:]
        self._look(joined[:cut])

    def close(self) -> None:
        """Look at the last bytes."""
        self._look(self.rest)
        self.rest = b""

    def _look(self, part: bytes) -> None:
        self.cells += part.count(b"<c ")
        self._look_at_rows(part)
        for found in WIDE.finditer(part):
            self.column = max(self.column, column_index(found.group(1)))
        if b"<f" in part:
            for found in UNCALCULATED.finditer(part):
                if b't="str"' not in found.group(1) and (place := REFERENCE.search(found.group(1))):
                    self._fault(place.group(1), place.group(2), FORMULA)
        if b'"e"' in part:
            for found in FAULT.finditer(part):
                self._fault(found.group(1), found.group(2), ["e", found.group(3).decode("utf-8", "replace")[:20]])
        if b"<col" in part:
            self._look_at_columns(part)

    def _look_at_rows(self, part: bytes) -> None:
        if b"hidden" not in part:
            # The last row says how far the sheet goes: a million empty ones need not be looked at one by one.
            last = ROW.match(part, max(part.rfind(b"<row "), 0))
            if last is not None and (number := ROW_NUMBER.search(last.group(1))):
                self.row = int(number.group(1))
                return
        for found in ROW.finditer(part):
            attributes = found.group(1)
            number = ROW_NUMBER.search(attributes)
            self.row = int(number.group(1)) if number else self.row + 1
            if b"hidden" in attributes and HIDDEN.search(attributes):
                self.shape.hidden_rows.add(self.row)

    def _fault(self, letters: bytes, row: bytes, fault: list[str]) -> None:
        if len(self.shape.faults) < MOST_FAULTS:
            self.shape.faults[int(row), column_index(letters)] = fault

    def _look_at_columns(self, part: bytes) -> None:
        for found in HIDDEN_COLUMN.finditer(part):
            if HIDDEN.search(found.group(1)):
                ends = [int(low or high) for low, high in SPAN.findall(found.group(1))]
                if ends:
                    self.shape.hidden_columns.update(range(min(ends) - 1, min(max(ends), self.limits.columns)))

    def check(self, name: str) -> None:
        """Refuse what would make a dense table too large."""
        if self.column >= self.limits.columns:
            raise SheetRefused(
                TOO_MANY_COLUMNS, {"sheet": name, "count": self.column + 1, "limit": self.limits.columns}
            )
        area = self.row * (self.column + 1)
        if area > LARGE_AREA and area > 20 * self.cells:
            raise SheetRefused(SPARSE, {"sheet": name, "row": f"{self.row:,}"})


def sheet_parts(archive: zipfile.ZipFile) -> dict[str, str]:
    """Part name (without leading slash) -> sheet name, from the workbook's index."""
    names = {name.lstrip("/").lower(): name for name in archive.namelist()}
    index = next((names[name] for name in names if re.fullmatch(r"xl/workbook\d*\.xml", name)), None)
    if index is None:
        return {}
    relations = names.get(index.lstrip("/").lower().replace("xl/", "xl/_rels/") + ".rels")
    if relations is None:
        raise SheetRefused(DAMAGED)
    targets = {item.get("Id", ""): item.get("Target", "") for item in _parse(archive, relations)}
    found: dict[str, str] = {}
    for item in _parse(archive, index).iter():
        if item.tag.endswith("}sheet"):
            key = next((value for name, value in item.attrib.items() if name.endswith("}id")), "")
            target = targets.get(key, "")
            part = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
            found[part.lower()] = item.get("name", "")
    return found


def _parse(archive: zipfile.ZipFile, name: str) -> Element:
    with archive.open(name) as opened:
        content = opened.read(LARGEST_INDEX + 1)
    if len(content) > LARGEST_INDEX:
        raise SheetRefused(DAMAGED)
    try:
        root: Element = fromstring(content, forbid_dtd=True)
    except DefusedXmlException as error:
        raise SheetRefused(DOCUMENT_TYPE) from error
    except ParseError as error:
        raise SheetRefused(DAMAGED) from error
    return root
