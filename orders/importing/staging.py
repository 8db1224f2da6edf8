"""The rows of a sheet between reading and writing: a small SQLite file, so that memory stays flat.

Amounts lie there as whole numbers: cents, and millionths for exact amounts and prices; quantities as ten-thousandths.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any

STAGE_FILE = "stage.sqlite3"
_FLUSH = 5000

_SCHEMA = """
CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT);
CREATE TABLE customers(id INTEGER PRIMARY KEY, code TEXT, name TEXT, matched INTEGER, fields TEXT, listed INTEGER);
CREATE TABLE products(id INTEGER PRIMARY KEY, code TEXT, barcode TEXT, name TEXT, matched INTEGER, fields TEXT,
                      listed INTEGER);
CREATE TABLE orders(id INTEGER PRIMARY KEY, number TEXT, customer INTEGER, day TEXT, existing INTEGER, header TEXT,
                    state TEXT, moment TEXT);
CREATE TABLE lines(id INTEGER PRIMARY KEY, order_id INTEGER, product INTEGER, sheet TEXT, row INTEGER,
                   quantity INTEGER, price INTEGER, discount INTEGER, tax_rate TEXT,
                   net INTEGER, tax INTEGER, amount INTEGER, source INTEGER,
                   moment TEXT, shipped TEXT, status TEXT, name TEXT, spec TEXT, unit TEXT, due TEXT, remarks TEXT);
CREATE TABLE unassigned(id INTEGER PRIMARY KEY, sheet TEXT, row INTEGER, reason TEXT, number TEXT, moment TEXT,
                        code TEXT, name TEXT, quantity TEXT, amount TEXT, cells TEXT);
CREATE TABLE returned(id INTEGER PRIMARY KEY, number TEXT, sheet TEXT, row INTEGER, note TEXT);
CREATE TABLE people(id INTEGER PRIMARY KEY, region TEXT, number TEXT, name TEXT, phone TEXT);
"""
Row = Sequence[Any]


class Stage:
    """One batch on its way into the books."""

    def __init__(self, folder: Path, *, fresh: bool = False) -> None:
        path = folder / STAGE_FILE
        if fresh:
            path.unlink(missing_ok=True)
        self._db = sqlite3.connect(path, isolation_level=None)
        self._db.execute("PRAGMA journal_mode=OFF")
        self._db.execute("PRAGMA synchronous=OFF")
        self._db.execute("PRAGMA cache_size=-16000")
        self._db.execute("PRAGMA temp_store=FILE")
        self._waiting: dict[str, list[Row]] = {}
        if fresh:
            self._db.executescript(_SCHEMA)
            self._db.execute("CREATE INDEX order_identity ON orders(number, customer, day)")
            self._db.execute("BEGIN")

    def close(self) -> None:
        """Write what waits and close the file."""
        self.flush()
        if self._db.in_transaction:
            self._db.execute("COMMIT")
        self._db.close()

    def __enter__(self) -> Stage:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def add(self, table: str, row: Row) -> None:
        """Put one row (its id first) into a table, a few thousand at a time."""
        waiting = self._waiting.setdefault(table, [])
        waiting.append(row)
        if len(waiting) >= _FLUSH:
            self._write(table, waiting)

    def flush(self) -> None:
        """Write everything that waits."""
        for table, waiting in self._waiting.items():
            self._write(table, waiting)

    def _write(self, table: str, waiting: list[Row]) -> None:
        if waiting:
            places = ",".join("?" * len(waiting[0]))
            self._db.executemany(f"INSERT INTO {table} VALUES ({places})", waiting)  # noqa: S608  # our own names
            waiting.clear()

    def index_lines(self) -> None:
        """Make the way from an order to its lines quick; once, when all lines are in."""
        self.flush()
        self._db.execute("CREATE INDEX IF NOT EXISTS line_of_order ON lines(order_id, id)")

    def put(self, key: str, value: Any) -> None:
        """Remember one value beside the rows."""
        self._db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, json.dumps(value)))

    def get(self, key: str, default: Any = None) -> Any:
        """A remembered value."""
        found = self.one("SELECT value FROM meta WHERE key = ?", (key,))
        return json.loads(found[0]) if found else default

    def one(self, sql: str, values: Row = ()) -> tuple[Any, ...] | None:
        """The first row of an answer."""
        found: tuple[Any, ...] | None = self._db.execute(sql, values).fetchone()
        return found

    def number(self, sql: str, values: Row = ()) -> int:
        """The single number an answer holds; nothing counts as 0."""
        found = self.one(sql, values)
        return int(found[0] or 0) if found else 0

    def rows(self, sql: str, values: Row = ()) -> Iterator[tuple[Any, ...]]:
        """Each row of an answer, without holding them all."""
        with closing(self._db.cursor()) as cursor:
            cursor.execute(sql, values)
            yield from cursor

    def change(self, sql: str, values: Row = ()) -> None:
        """Run one statement that changes rows."""
        self._db.execute(sql, values)

    def change_many(self, sql: str, rows: Sequence[Row]) -> None:
        """Run one statement for many rows."""
        self._db.executemany(sql, rows)


class OrderIndex:
    """Which staged order a (number, customer, day) is; remembers the recent ones, looks the others up."""

    _REMEMBERED = 200_000

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._recent: dict[tuple[str, int, str], int] = {}
        self._forgot = False
        self.count = 0

    def find(self, key: tuple[str, int, str]) -> int | None:
        """The id of a staged order, or None."""
        found = self._recent.get(key)
        if found is None and self._forgot:
            self._stage.flush()
            row = self._stage.one("SELECT id FROM orders WHERE number = ? AND customer = ? AND day = ?", key)
            found = int(row[0]) if row else None
            if found is not None:
                self._recent[key] = found
        return found

    def add(self, key: tuple[str, int, str], header: str, *, existing: int | None, moment: str, state: str) -> int:
        """Stage a new order."""
        self.count += 1
        if len(self._recent) >= self._REMEMBERED:
            self._stage.flush()
            self._recent.clear()
            self._forgot = True
        self._recent[key] = self.count
        self._stage.add("orders", (self.count, *key, existing, header, state, moment))
        return self.count


def cents(amount: Decimal) -> int:
    """An amount of money as whole cents."""
    return int(amount.scaleb(2))


def millionths(value: Decimal) -> int:
    """A price or an exact amount as whole millionths."""
    return int(value.scaleb(6))


def from_cents(number: int) -> Decimal:
    """Whole cents as an amount of money."""
    return Decimal(number).scaleb(-2)


def from_millionths(number: int) -> Decimal:
    """Whole millionths as a value."""
    return Decimal(number).scaleb(-6)


def from_ten_thousandths(number: int) -> Decimal:
    """Whole ten-thousandths as a quantity."""
    return Decimal(number).scaleb(-4)
