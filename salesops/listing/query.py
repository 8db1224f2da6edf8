"""What a list's URL states, read once and checked: view, filters, sort, page. The URL holds it all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlencode

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from salesops.listing.filters import Filter, FilterFault, Params, first, row_id
from salesops.listing.keyset import Cursor, Sort, decode_cursor, sort_of
from salesops.listing.listing import BuiltInView, Column, Listing
from salesops.listing.reader import Reader

SIZES = (25, 50, 100, 200)
DEFAULT_SIZE = 50
LONGEST_QUERY = 4000
ALL = BuiltInView("", "")


@dataclass
class ListQuery:
    """A checked query of one list. ``problems`` are sentences about parameters that could not be understood."""

    listing: Listing
    view: BuiltInView
    saved: int | None
    params: dict[str, tuple[str, ...]]  # only of filters that hold
    values: dict[str, Any]
    column: Column
    sort: Sort
    size: int
    cursor: Cursor | None = None
    problems: list[str] = field(default_factory=list)
    is_default_sort: bool = True
    _narrowed: QuerySet[Any] | None = field(default=None, repr=False)

    @property
    def active(self) -> list[Filter]:
        """The filters that are set, in the order of the declaration."""
        return [one for one in self.listing.filters if one.name in self.values]

    def string(self, *, drop: Filter | None = None, sort: str | None = None, page: str = "", bare: bool = False) -> str:
        """The query string of this list, without its page unless one is given; ``bare`` = without any filter."""
        pairs: list[tuple[str, str]] = []
        if self.view.name and self.view.name != self.listing.default_view:
            pairs.append(("view", self.view.name))
        if self.saved and not bare:
            pairs.append(("saved", str(self.saved)))
        if not bare:
            dropped = set(drop.parameters) if drop else set()
            pairs += [(name, value) for name, given in self.params.items() if name not in dropped for value in given]
        stated = ("" if self.is_default_sort else self.sort_name) if sort is None else sort
        if stated:
            pairs.append(("sort", stated))
        if self.size != DEFAULT_SIZE:
            pairs.append(("per", str(self.size)))
        if page:
            pairs.append(("page", page))
        return urlencode(pairs)

    @property
    def sort_name(self) -> str:
        return f"-{self.column.name}" if self.sort.descending else self.column.name

    def rows(self, reader: Reader, *, without: Filter | None = None) -> QuerySet[Any]:
        """The rows the person may see that fit the view and the filters, in no order.

        Page, count and sum ask alike: what a filter had to look up for them is looked up once.
        """
        if without is None and self._narrowed is not None:
            return self._narrowed
        rows = self.view.narrow(self.listing.rows(reader.person), reader)
        for one in self.active:
            if one is not without:
                rows = one.narrow(rows, self.values[one.name], reader)
        if without is None:
            self._narrowed = rows
        return rows


def parse_params(query_string: str) -> Params:
    """The parameters of a query string; one that is not decent has none."""
    if len(query_string) > LONGEST_QUERY:
        return {}
    try:
        return parse_qs(query_string, errors="replace", max_num_fields=200)
    except ValueError:
        return {}


def read_query(listing: Listing, query_string: str, reader: Reader) -> ListQuery:
    """Read a query string: unknown parameters are ignored, broken ones answered with a sentence, nothing raises."""
    params = parse_params(query_string)
    problems: list[str] = []
    if len(query_string) > LONGEST_QUERY:
        problems.append(_("The address of this page is too long; it is shown without filters."))
    view = _view(listing, first(params, "view") or listing.default_view)
    values: dict[str, Any] = {}
    kept: dict[str, tuple[str, ...]] = {}
    for one in listing.filters:
        try:
            value = one.read(params, reader)
        except FilterFault as fault:
            problems.append(str(fault))
            continue
        if value is not None:
            values[one.name] = value
            kept.update({name: _stated(params[name]) for name in one.parameters if any(params.get(name, ()))})
    usual = view.sort or listing.default_sort
    stated = first(params, "sort")
    column, descending = _sort(listing, stated) or _sort(listing, usual) or _sort(listing, listing.default_sort)  # type: ignore[misc]
    sort = sort_of(listing.rows(reader.person).model, column.sort, descending=descending)
    per = first(params, "per")
    token = first(params, "page")
    cursor = decode_cursor(token, sort) if token else None
    if token and cursor is None:
        problems.append(_("This page of the list could not be found; the list begins at its top."))
    return ListQuery(
        listing=listing,
        view=view,
        saved=row_id(first(params, "saved")),
        params=kept,
        values=values,
        column=column,
        sort=sort,
        size=int(per) if per in {str(size) for size in SIZES} else DEFAULT_SIZE,
        cursor=cursor,
        problems=problems,
        is_default_sort=f"{'-' if descending else ''}{column.name}" == usual,
    )


def _stated(values: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value.strip() for value in values if value.strip()))


def _view(listing: Listing, name: str) -> BuiltInView:
    by_name = {view.name: view for view in listing.views}
    return by_name.get(name) or by_name.get(listing.default_view) or ALL


def _sort(listing: Listing, stated: str) -> tuple[Column, bool] | None:
    column = listing.by_name.get(stated.removeprefix("-"))
    return (column, stated.startswith("-")) if column is not None and column.sort else None
