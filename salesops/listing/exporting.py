"""A list as a sheet: exactly its rows, columns and order, in constant memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from salesops.listing.keyset import in_order
from salesops.listing.listing import Column
from salesops.listing.query import ListQuery
from salesops.listing.reader import Reader
from salesops.spreadsheets.writing import write_csv, write_xlsx

CHUNK = 2000


def write_list(
    path: Path, query: ListQuery, columns: Sequence[Column], reader: Reader, *, title: str, tell: Callable[[int], None]
) -> int:
    """Write the list to an .xlsx or .csv file and return the number of rows; ``tell(rows)`` is called now and then."""
    headings = [str(column.label) for column in columns]
    rows = export_rows(query, columns, reader, tell)
    if path.suffix == ".csv":
        return write_csv(path, headings, rows)
    return write_xlsx(path, headings, rows, title=title)


def export_rows(
    query: ListQuery, columns: Sequence[Column], reader: Reader, tell: Callable[[int], None]
) -> Iterator[list[Any]]:
    """The cells of each row, read by one statement so that a change in the meantime neither doubles nor drops one."""
    fields = list(dict.fromkeys(path for column in columns for path in column.cell.fields))
    exports = [column.cell.bind_export(reader) for column in columns]
    rows = in_order(query.rows(reader), query.sort).values(*fields)
    for done, row in enumerate(rows.iterator(chunk_size=CHUNK), start=1):
        yield [export(row) for export in exports]
        if done % CHUNK == 0:
            tell(done)
