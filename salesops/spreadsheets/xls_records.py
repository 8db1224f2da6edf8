"""Errors, hidden rows and hidden columns of old workbooks, from their records. Free of Django."""

from __future__ import annotations

import io
import mmap
import struct
from collections.abc import Iterator
from pathlib import Path

from xlrd.compdoc import CompDoc, CompDocError

from salesops.spreadsheets.layout import Shape

BOF, EOF, BOUND_SHEET, ROW, COLUMN, BOOL_ERROR, FORMULA = 0x0809, 0x0A, 0x85, 0x0208, 0x7D, 0x0205, 0x06
ERRORS = {0: "#NULL!", 7: "#DIV/0!", 15: "#VALUE!", 23: "#REF!", 29: "#NAME?", 36: "#NUM!", 42: "#N/A"}


def shapes_of(path: Path) -> list[Shape]:
    """One shape for each worksheet in order; none where the file is not sound (calamine says so then)."""
    try:
        stream = _stream(path)
        places = [
            struct.unpack_from("<I", body)[0]
            for kind, body in _records(stream, 0)
            if kind == BOUND_SHEET and len(body) > 5 and body[5] == 0
        ]
        return [_shape(stream, place) for place in places]
    except (CompDocError, AssertionError, struct.error, IndexError, ValueError, KeyError, TypeError):
        return []


def _stream(path: Path) -> bytes:
    with path.open("rb") as opened, mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ) as whole:
        document = CompDoc(whole, logfile=io.StringIO())
        for name in ("Workbook", "Book"):
            memory, start, length = document.locate_named_stream(name)
            if memory:
                return bytes(memory[start : start + length])
    return b""


def _records(stream: bytes, place: int) -> Iterator[tuple[int, bytes]]:
    """Records of one part, up to its end."""
    while place + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, place)
        if kind == EOF:
            return
        yield kind, stream[place + 4 : place + 4 + length]
        place += 4 + length


def _shape(stream: bytes, place: int) -> Shape:
    shape = Shape()
    for kind, body in _records(stream, place):
        if kind == ROW and len(body) >= 16 and struct.unpack_from("<H", body, 12)[0] & 0x20:
            shape.hidden_rows.add(struct.unpack_from("<H", body)[0] + 1)
        elif kind == COLUMN and len(body) >= 10 and struct.unpack_from("<H", body, 8)[0] & 1:
            first, last = struct.unpack_from("<HH", body)
            shape.hidden_columns.update(range(first, min(last, 255) + 1))
        elif kind == BOOL_ERROR and len(body) >= 8 and body[7] == 1:
            row, column = struct.unpack_from("<HH", body)
            shape.faults[row + 1, column] = ["e", ERRORS.get(body[6], "#?")]
        elif kind == FORMULA and len(body) >= 14 and body[12:14] == b"\xff\xff" and body[6] == 2:
            row, column = struct.unpack_from("<HH", body)
            shape.faults[row + 1, column] = ["e", ERRORS.get(body[8], "#?")]
    return shape
