"""Writing many rows fast: COPY on PostgreSQL, prepared statements on SQLite, always inside the caller's transaction."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import islice
from typing import Any
from uuid import UUID

from django.db import connection, models
from django.db.transaction import TransactionManagementError

_BATCH = 2000
_READ_BYTES = 1 << 16
_COPY_NULL = "\\N"
_as_json = json.JSONEncoder(ensure_ascii=False, default=str).encode
_COPY_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r", "\x00": ""})


def insert_rows(
    model: type[models.Model],
    field_names: Sequence[str],
    rows: Iterable[Sequence[Any]],
) -> int:
    """Insert the rows and say how many; columns not named get the model's default, computed once.

    Foreign keys are named by their column (``order_id``). Database constraints hold as always, but nothing of the
    model's own ``save`` or ``clean`` runs. Raises TransactionManagementError outside a transaction.
    """
    _demand_transaction()
    named = [_field_of_column(model, name) for name in field_names]
    rest = [field for field in _columns_of(model) if field not in named and not _is_made_by_database(field)]
    columns = [*named, *rest]
    defaults = [field.get_default() for field in rest]
    if connection.vendor == "postgresql":
        return _copy(model, columns, len(named), rows, defaults)
    return _execute_many(model, columns, len(named), rows, defaults)


def reserve_ids(model: type[models.Model], count: int) -> Sequence[int]:
    """Take the next ``count`` ids of a model for rows that will name them; others cannot be given them any more.

    The ids rise; they are a ``range`` unless another connection took some in between (PostgreSQL only).
    """
    _demand_transaction()
    if count <= 0:
        return range(0)
    table, column = model._meta.db_table, model._meta.pk.column
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT nextval(pg_get_serial_sequence(%s, %s)) FROM generate_series(1, %s)",
                [f'"{table}"', column, count],
            )
            taken = [int(row[0]) for row in cursor.fetchall()]
            contiguous = taken[-1] - taken[0] + 1 == count
            return range(taken[0], taken[-1] + 1) if contiguous else taken
        cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table])
        found = cursor.fetchone()
        last = int(found[0]) if found else 0
        if found:
            cursor.execute("UPDATE sqlite_sequence SET seq = %s WHERE name = %s", [last + count, table])
        else:
            cursor.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (%s, %s)", [table, last + count])
    return range(last + 1, last + count + 1)


def _demand_transaction() -> None:
    if not connection.in_atomic_block:
        raise TransactionManagementError("Bulk writing belongs into a transaction: all rows or none.")


def _columns_of(model: type[models.Model]) -> list[models.Field[Any, Any]]:
    return [field for field in model._meta.concrete_fields if field.column]


def _field_of_column(model: type[models.Model], name: str) -> models.Field[Any, Any]:
    for field in _columns_of(model):
        if name in (field.attname, field.name):
            return field
    raise ValueError(f"{model.__name__} has no column {name}")


def _is_made_by_database(field: models.Field[Any, Any]) -> bool:
    return isinstance(field, models.AutoField | models.GeneratedField)


def _copy(
    model: type[models.Model],
    columns: list[models.Field[Any, Any]],
    named: int,
    rows: Iterable[Sequence[Any]],
    defaults: list[Any],
) -> int:
    writers = [_copy_writer(field) for field in columns]
    constant = "".join("\t" + write(value) for write, value in zip(writers[named:], defaults, strict=True))
    stream = _CopyStream(rows, writers[:named], constant + "\n")
    quote = connection.ops.quote_name
    names = ", ".join(quote(field.column or "") for field in columns)
    with connection.cursor() as cursor:
        cursor.copy_expert(f"COPY {quote(model._meta.db_table)} ({names}) FROM STDIN", stream, _READ_BYTES)
    return stream.count


class _CopyStream:
    """The rows as the text COPY reads, made while it reads."""

    def __init__(self, rows: Iterable[Sequence[Any]], writers: list[Callable[[Any], str]], tail: str) -> None:
        self.count = 0
        self._rows = iter(rows)
        self._writers = writers
        self._tail = tail
        self._rest = b""

    def read(self, size: int = _READ_BYTES) -> bytes:
        """At most ``size`` bytes, nothing at the end."""
        if len(self._rest) < size:
            text = io.StringIO()
            while text.tell() < size:
                chunk = list(islice(self._rows, 64))
                if not chunk:
                    break
                self.count += len(chunk)
                for row in chunk:
                    text.write("\t".join([w(v) for w, v in zip(self._writers, row, strict=True)]))
                    text.write(self._tail)
            self._rest += text.getvalue().encode()
        out, self._rest = self._rest[:size], self._rest[size:]
        return out


def _copy_writer(field: models.Field[Any, Any]) -> Callable[[Any], str]:
    if isinstance(field, models.JSONField):
        return lambda value: _as_json(value).replace("\\", "\\\\")  # JSON has escaped the other signs itself
    return _copy_text


def _copy_text(value: Any) -> str:
    kind = type(value)
    if kind is str:
        if "\\" in value or "\t" in value or "\n" in value or "\r" in value or "\x00" in value:
            return str(value.translate(_COPY_ESCAPES))
        return str(value)
    if value is None:
        return _COPY_NULL
    if kind is int:
        return str(value)
    if kind is Decimal:
        return format(value, "f")
    if kind is bool:
        return "t" if value else "f"
    if isinstance(value, date | datetime):
        return value.isoformat()
    return str(value).translate(_COPY_ESCAPES)


def _execute_many(
    model: type[models.Model],
    columns: list[models.Field[Any, Any]],
    named: int,
    rows: Iterable[Sequence[Any]],
    defaults: list[Any],
) -> int:
    writers = [_sqlite_writer(field) for field in columns]
    constant = tuple(write(value) for write, value in zip(writers[named:], defaults, strict=True))
    quote = connection.ops.quote_name
    names = ", ".join(quote(field.column or "") for field in columns)
    places = ", ".join(["%s"] * len(columns))
    sql = f"INSERT INTO {quote(model._meta.db_table)} ({names}) VALUES ({places})"  # noqa: S608  # names are the model's
    count = 0
    with connection.cursor() as cursor:
        for chunk in _chunks(rows):
            count += len(chunk)
            cursor.executemany(
                sql, [(*(w(v) for w, v in zip(writers[:named], row, strict=True)), *constant) for row in chunk]
            )
    return count


def _chunks(rows: Iterable[Sequence[Any]]) -> Iterator[list[Sequence[Any]]]:
    iterator = iter(rows)
    while chunk := list(islice(iterator, _BATCH)):
        yield chunk


def _sqlite_writer(field: models.Field[Any, Any]) -> Callable[[Any], Any]:
    if isinstance(field, models.JSONField):
        return _as_json
    return _sqlite_value


def _sqlite_value(value: Any) -> Any:
    """As Django keeps values in SQLite: numbers by affinity, moments as naive UTC text."""
    kind = type(value)
    if kind is str or kind is int or value is None:
        return value
    if kind is Decimal:
        return format(value, "f")
    if kind is datetime:
        moment = value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo else value
        return str(moment)
    if kind is date:
        return value.isoformat()
    if isinstance(value, UUID):
        return value.hex
    return value
