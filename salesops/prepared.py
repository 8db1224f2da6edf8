"""Reads that are asked again and again: their SQL is made once for each process instead of at each call.

Django writes the SQL of a query anew each time it runs; for the narrow reads of a deed that takes longer than the
database takes to answer (docs/adr/0013). A prepared read is written as any other query, with named values left open.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, connections, models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.expressions import Expression
from django.db.models.query import get_related_populators
from django.db.transaction import TransactionManagementError

Row = TypeVar("Row")
MOST_FORMS = 64
"""Texts kept of one read whose lists have different lengths; a longer variety is compiled at each call."""

_UUID = models.UUIDField[Any, Any]()


class Open(Expression):
    """A value that is named when the read runs."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name

    def as_sql(self, _compiler: Any, _connection: Any) -> tuple[str, Any]:
        return "%s", [self]


@dataclass(frozen=True, slots=True)
class _Text:
    """One compiled form of a read: what is sent, and how a row becomes an object."""

    sql: str
    params: tuple[Any, ...]
    is_locking: bool
    convert: list[tuple[int, list[Callable[..., Any]], Any]]
    build: Callable[[list[Any]], Any]


class Prepared(Generic[Row]):
    """A query compiled at its first call: ``Prepared(lambda customer: Order.objects.filter(customer=customer))``.

    The values are given by name. A list becomes one open value for each member, so that each length has a text of its
    own. What decides which conditions there are belongs outside: the function runs once and never sees a value.
    """

    def __init__(self, make: Callable[..., models.QuerySet[Any, Row]]) -> None:
        self._make = make
        self._texts: dict[tuple[str, tuple[tuple[str, int], ...]], _Text] = {}

    def rows(self, **values: Any) -> list[Row]:
        """Every row, as the query without preparation gives it."""
        lists = {
            name: list(value) for name, value in values.items() if isinstance(value, (list, tuple, set, frozenset))
        }
        if not all(lists.values()):
            return []
        connection = connections[DEFAULT_DB_ALIAS]
        text = self._text_for(connection, values, lists)
        if text.is_locking and connection.get_autocommit():
            message = "A read that locks its rows needs a transaction."
            raise TransactionManagementError(message)
        params = [_value_of(each, values, lists, connection) for each in text.params]
        with connection.cursor() as cursor:
            cursor.execute(text.sql, params)
            found = cursor.fetchall()
        return [text.build(_converted(row, text.convert, connection)) for row in found]

    def first(self, **values: Any) -> Row | None:
        """The first row, or nothing; the query itself says that it wants one (``[:1]``)."""
        return next(iter(self.rows(**values)), None)

    def _text_for(self, connection: BaseDatabaseWrapper, values: dict[str, Any], lists: dict[str, list[Any]]) -> _Text:
        key = (connection.vendor, tuple((name, len(value)) for name, value in lists.items()))
        text = self._texts.get(key)
        if text is None:
            text = _compile(self._make(**{name: _opened(name, lists.get(name)) for name in values}), connection)
            if len(self._texts) < MOST_FORMS:
                self._texts[key] = text
        return text


def _opened(name: str, members: Sequence[Any] | None) -> Any:
    return Open(name) if members is None else [Open(f"{name} {place}") for place in range(len(members))]


def _value_of(param: Any, values: dict[str, Any], lists: dict[str, list[Any]], connection: BaseDatabaseWrapper) -> Any:
    if not isinstance(param, Open):
        return param
    name, _blank, place = param.name.partition(" ")
    value = lists[name][int(place)] if place else values[name]
    if isinstance(value, UUID):
        return _UUID.get_db_prep_value(value, connection)
    if not isinstance(value, (int, str)):
        # Nothing (None) asks another question, and days and amounts are sent by each database in a way of its own.
        message = f"A prepared read takes numbers, texts and UUIDs, not {value!r} for {name}."
        raise TypeError(message)
    return value


def _converted(row: Sequence[Any], converters: Sequence[Any], connection: BaseDatabaseWrapper) -> list[Any]:
    values = list(row)
    for place, convert, expression in converters:
        for each in convert:
            values[place] = each(values[place], expression, connection)
    return values


def _compile(query: models.QuerySet[Any, Any], connection: BaseDatabaseWrapper) -> _Text:
    compiler = query.query.get_compiler(connection=connection)
    sql, params = compiler.as_sql()
    expressions = [each[0] for each in compiler.select]
    converters = [(place, convert, each) for place, (convert, each) in compiler.get_converters(expressions).items()]
    is_locking = query.query.select_for_update and connection.features.has_select_for_update
    return _Text(sql, tuple(params), is_locking, converters, _builder(query, compiler))


def _builder(query: models.QuerySet[Any, Any], compiler: Any) -> Callable[[list[Any]], Any]:
    """How a row becomes what the query promises; no public word of a query tells its kind."""
    kind = query._iterable_class
    if kind is models.query.ModelIterable:
        return _model_builder(compiler, query.db)
    if kind is models.query.FlatValuesListIterable:
        return lambda row: row[0]
    if kind is models.query.ValuesListIterable:
        return tuple
    message = f"A prepared read gives objects or a list of values, not {kind.__name__}."
    raise TypeError(message)


def _model_builder(compiler: Any, alias: str) -> Callable[[list[Any]], Any]:
    """What Django does with a row of a model, its related objects and annotations, with all that is fixed at hand."""
    info, select = compiler.klass_info, compiler.select
    model, places = info["model"], info["select_fields"]
    start, end = places[0], places[-1] + 1
    names = [each[0].target.attname for each in select[start:end]]
    related = get_related_populators(info, select, alias)  # type: ignore[call-arg]  # the stubs are a release ahead
    annotations = list((compiler.annotation_col_map or {}).items())

    def build(row: list[Any]) -> Any:
        made = model.from_db(alias, names, row[start:end])
        for each in related:
            each.populate(row, made)
        for name, place in annotations:
            setattr(made, name, row[place])
        return made

    return build
