"""Pages by position, not by count: a page begins after (sort value, id) of the row before it.

Empty sort values come last in both directions, as rows of their own segment, so that the same index serves
every page on both databases and a new row never shifts the others.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

from django.core.exceptions import ValidationError
from django.db.models import BooleanField, F, Field, Func, Model, Q, QuerySet, Value
from django.utils import timezone

Row = dict[str, Any]
LARGEST_ID = 2**63 - 1
LONGEST_TOKEN = 600


class Beyond(Func):
    """(a, b) < (c, d) or (a, b) > (c, d) as both databases compare rows: one range of the index."""

    output_field = BooleanField()
    arity = 4

    def __init__(self, *expressions: Any, sign: str, **extra: Any) -> None:
        super().__init__(*expressions, **extra)
        self.sign = sign

    def as_sql(  # type: ignore[override]  # a comparison of rows has no function, template or joiner
        self, compiler: Any, connection: Any, **extra: Any
    ) -> tuple[str, tuple[Any, ...]]:
        parts = [compiler.compile(expression) for expression in self.source_expressions]
        (a, b, c, d), params = [sql for sql, _ in parts], [param for _, given in parts for param in given]
        return f"({a}, {b}) {self.sign} ({c}, {d})", tuple(params)


@dataclass(frozen=True)
class Cursor:
    """Where a page begins: after or before a row (its sort value and id), or at the end. ``skipped``: rows before."""

    direction: Literal["after", "before", "last"]
    value: Any = None
    id: int = 0
    skipped: int | None = None


@dataclass(frozen=True)
class Sort:
    """A field path to sort by, with the id as second key in the same direction."""

    path: str
    descending: bool
    field: Field[Any, Any]
    nullable: bool


def sort_of(model: type[Model], path: str, *, descending: bool) -> Sort:
    """The sort by a field path of the model; it may be empty where the field or a relation on the way may."""
    nullable, options, found = False, model._meta, None
    for part in path.split("__"):
        found = options.get_field(part)
        nullable = nullable or bool(getattr(found, "null", False))
        if found.is_relation and found.related_model:
            options = found.related_model._meta
    assert isinstance(found, Field)
    return Sort(path, descending, found, nullable)


def encode_cursor(cursor: Cursor) -> str:
    """The cursor as it stands in a URL."""
    if cursor.direction == "last":
        return "last"
    value = cursor.value
    if isinstance(value, datetime):
        value = value.isoformat()
    elif value is not None and not isinstance(value, (str, int)):
        value = str(value)
    packed = json.dumps([value, cursor.id, cursor.skipped], separators=(",", ":"), ensure_ascii=False)
    token = base64.urlsafe_b64encode(packed.encode()).decode().rstrip("=")
    return f"{'a' if cursor.direction == 'after' else 'b'}.{token}"


def decode_cursor(token: str, sort: Sort) -> Cursor | None:
    """The cursor of a URL, None where it is not one of ours."""
    if token == "last":  # noqa: S105  # a place in a list
        return Cursor("last")
    kind, dot, packed = token.partition(".")
    if not dot or kind not in {"a", "b"} or len(token) > LONGEST_TOKEN:
        return None
    try:
        raw = base64.b64decode(packed + "=" * (-len(packed) % 4), altchars=b"-_", validate=True)
        value, row_id, skipped = json.loads(raw.decode())
        value = _typed(value, sort)
    except (binascii.Error, ValueError, TypeError, ArithmeticError, ValidationError, RecursionError):
        return None
    if type(row_id) is not int or not 0 < row_id <= LARGEST_ID:
        return None
    counted = skipped if type(skipped) is int and 0 <= skipped < 10**9 else None
    return Cursor("after" if kind == "a" else "before", value, row_id, counted)


def _typed(value: Any, sort: Sort) -> Any:
    """A sort value as the field holds it; raises where the field could not."""
    if value is None:
        if not sort.nullable:
            raise ValueError("this sort has no empty values")
        return None
    if not isinstance(value, (str, int)) or isinstance(value, bool):
        raise TypeError("not a sort value")
    typed = sort.field.to_python(value)
    if typed is None:
        raise ValueError("not a sort value")
    if isinstance(typed, str):
        typed.encode()
        if "\x00" in typed:
            raise ValueError("not a text of a database")
    if isinstance(typed, int) and abs(typed) > LARGEST_ID:
        raise ValueError("too large")
    if isinstance(typed, Decimal) and (not typed.is_finite() or abs(typed) >= Decimal(10) ** 20):
        raise ValueError("too large")
    if isinstance(typed, datetime):
        typed = typed if timezone.is_aware(typed) else timezone.make_aware(typed)
        if not 1900 <= typed.year <= 2200:
            raise ValueError("no moment of ours")
    return typed


@dataclass(frozen=True)
class Slice:
    """One page of rows and whether there is one on either side."""

    rows: list[Row]
    has_previous: bool
    has_next: bool


def fetch(rows: QuerySet[Any], sort: Sort, fields: Sequence[str], *, size: int, cursor: Cursor | None) -> Slice:
    """One page, in one statement (two where it reaches over to the rows without a sort value)."""
    names = list(dict.fromkeys([*fields, sort.path, "id"]))
    backwards = cursor is not None and cursor.direction in {"before", "last"}
    start = cursor if cursor is not None and cursor.direction != "last" else None
    found = _walk(rows, sort, names, size + 1, start=start, backwards=backwards)
    more, page = len(found) > size, found[:size]
    if backwards:
        page.reverse()
        return Slice(page, has_previous=more, has_next=start is not None)
    return Slice(page, has_previous=start is not None, has_next=more)


def _walk(
    rows: QuerySet[Any], sort: Sort, names: list[str], limit: int, *, start: Cursor | None, backwards: bool
) -> list[Row]:
    """Up to ``limit`` rows from the start on, in the list's order or against it."""
    segments = ["valued", "empty"] if sort.nullable else ["valued"]
    if backwards:
        segments.reverse()
    if start is not None and sort.nullable:
        segments = segments[segments.index("empty" if start.value is None else "valued") :]
    descending = sort.descending is not backwards
    found: list[Row] = []
    for position, segment in enumerate(segments):
        part = rows
        if sort.nullable:
            part = part.filter(**{f"{sort.path}__isnull": segment == "empty"})
        if start is not None and position == 0:
            part = part.filter(_beyond(sort, start, descending=descending, with_value=segment == "valued"))
        part = part.order_by(*_order(sort, descending=descending, with_value=segment == "valued"))
        found += list(part.values(*names)[: limit - len(found)])
        if len(found) >= limit:
            break
    return found


def _beyond(sort: Sort, start: Cursor, *, descending: bool, with_value: bool) -> Q | Beyond:
    if not with_value:
        return Q(id__lt=start.id) if descending else Q(id__gt=start.id)
    if sort.path == "id":
        return Q(id__lt=start.id) if descending else Q(id__gt=start.id)
    value = Value(start.value, output_field=sort.field)
    return Beyond(F(sort.path), F("id"), value, Value(start.id), sign="<" if descending else ">")


def _order(sort: Sort, *, descending: bool, with_value: bool) -> list[str]:
    sign = "-" if descending else ""
    return [f"{sign}{sort.path}", f"{sign}id"] if with_value and sort.path != "id" else [f"{sign}id"]


def in_order(rows: QuerySet[Any], sort: Sort) -> QuerySet[Any]:
    """All rows in the list's order, for an export that reads them in one statement."""
    if not sort.nullable:
        return rows.order_by(*_order(sort, descending=sort.descending, with_value=True))
    by_value = F(sort.path).desc(nulls_last=True) if sort.descending else F(sort.path).asc(nulls_last=True)
    return rows.order_by(by_value, "-id" if sort.descending else "id")
