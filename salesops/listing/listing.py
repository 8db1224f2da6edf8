"""The declaration of a list: its rows, columns, filters, views and bulk deeds. One declaration, every list alike.

A list is declared once in ``<app>/listings.py`` (found by itself at start) and shown by a view of two lines::

    orders = register_listing(Listing(name="orders", url_name="orders:list", rows=lambda person: ..., columns=(...)))

    @require_safe
    def order_list(request):            # name it orders:list
        return list_page(request, orders)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from django.db.models import QuerySet
from django.utils.functional import Promise

from salesops.listing.cells import (
    Badge,
    Cell,
    Choice,
    Day,
    Deadline,
    Drawn,
    Flag,
    Look,
    Moment,
    Money,
    Number,
    Price,
    Quantity,
    Row,
    Text,
)
from salesops.listing.filters import (
    ChoiceFilter,
    DateFilter,
    Filter,
    FlagFilter,
    LinkFilter,
    NumberFilter,
    PersonFilter,
    TextFilter,
)
from salesops.listing.reader import Reader

__all__ = [
    "LISTINGS",
    "Badge",
    "BuiltInView",
    "BulkDeed",
    "Cell",
    "Choice",
    "ChoiceFilter",
    "Column",
    "DateFilter",
    "Day",
    "Deadline",
    "DeedResult",
    "Drawn",
    "EmptyState",
    "Filter",
    "Flag",
    "FlagFilter",
    "LinkFilter",
    "Listing",
    "Look",
    "Moment",
    "Money",
    "Number",
    "NumberFilter",
    "PageDeed",
    "PersonFilter",
    "Price",
    "Quantity",
    "Reader",
    "Row",
    "Text",
    "TextFilter",
    "register_listing",
]

Label = str | Promise
Phone = Literal["first", "right", "line", "hide"]


@dataclass(frozen=True)
class Column:
    """One column: ``sort`` is the field path it sorts by (indexed together with the id), '' when it does not.

    ``phone``: first = bold first line, right = right of it, line = second line, hide = not on a phone.
    ``is_key`` marks the column that carries the link to the record; it cannot be switched off.
    """

    name: str
    label: Label
    cell: Cell
    sort: str = ""
    is_numeric: bool = False
    is_default: bool = True
    is_key: bool = False
    phone: Phone = "hide"
    css: str = ""


def everything(rows: QuerySet[Any], reader: Reader) -> QuerySet[Any]:
    """All rows one may see."""
    return rows


@dataclass(frozen=True)
class BuiltInView:
    """A tab every person has; ``sort`` as in the URL ("due", "-received"), '' = the list's own."""

    name: str
    label: Label
    narrow: Callable[[QuerySet[Any], Reader], QuerySet[Any]] = everything
    sort: str = ""
    is_warning: bool = False


@dataclass(frozen=True)
class DeedResult:
    """What a bulk deed did, as a toast with the address that takes it back."""

    text: str
    undo_url: str = ""
    tone: str = "ok"


@dataclass(frozen=True)
class BulkDeed:
    """A deed on the selected rows: ``run(person, ids, fields)`` gets the visible ones of the selected ids only.

    ``options(person)`` offers a choice, (value, word) each, that arrives as ``fields["choice"]`` ('' when none).
    """

    name: str
    label: Label
    permission: str
    run: Callable[[Any, Sequence[int], Mapping[str, str]], DeedResult]
    icon: str = ""
    options: Callable[[Any], Sequence[tuple[str, str]]] | None = None
    options_label: Label = ""


@dataclass(frozen=True)
class PageDeed:
    """A button at the top of the list; one of them is the main one."""

    label: Label
    url_name: str
    permission: str = ""
    icon: str = ""
    key: str = ""
    is_main: bool = False
    on_phone: bool = False  # shown on a phone too; the main one always is


@dataclass(frozen=True)
class EmptyState:
    """What a list says when there is nothing at all: what it is about and how it fills."""

    title: Label
    text: Label
    icon: str = "list-details"


@dataclass(frozen=True)
class Listing:
    """A list of one kind of record.

    ``rows(person)`` gives the visible queryset; what is not in it does not exist for the person.
    ``permissions``: any one of them opens the list. ``url_name`` is its page, ``record_url_name`` (one integer
    argument) the page of a record, ``edit_url_name`` its form, for those with ``edit_permission`` where one is
    named. ``total`` = (amount field, currency field or '').
    """

    name: str
    title: Label
    url_name: str
    rows: Callable[[Any], QuerySet[Any]]
    columns: tuple[Column, ...]
    permissions: tuple[str, ...]
    record_url_name: str
    filters: tuple[Filter, ...] = ()
    views: tuple[BuiltInView, ...] = ()
    default_view: str = ""
    default_sort: str = ""
    edit_url_name: str = ""
    edit_permission: str = ""
    bulk_deeds: tuple[BulkDeed, ...] = ()
    page_deeds: tuple[PageDeed, ...] = ()
    empty: EmptyState | None = None
    total: tuple[str, str] | None = None
    css: str = ""
    search_hint: Label = ""
    export_permission: str = "export_lists"
    by_name: dict[str, Column] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_name", {column.name: column for column in self.columns})
        keys = [column for column in self.columns if column.is_key]
        if len(keys) != 1 or len(self.by_name) != len(self.columns):
            raise ValueError("a list has one key column, and each column its own name")
        if self.default_sort.lstrip("-") not in self.by_name or not self.by_name[self.default_sort.lstrip("-")].sort:
            raise ValueError("default_sort names a column that sorts")

    @property
    def key(self) -> Column:
        """The column that carries the link to the record."""
        return next(column for column in self.columns if column.is_key)

    def may_be_edited_by(self, person: Any) -> bool:
        """Whether the rows lead on to their forms for this person."""
        return bool(self.edit_url_name) and (not self.edit_permission or person.may(self.edit_permission))

    def may_be_opened_by(self, person: Any) -> bool:
        """Whether one of the list's permissions is held."""
        return any(person.may(permission) for permission in self.permissions)


LISTINGS: dict[str, Listing] = {}


def register_listing(listing: Listing) -> Listing:
    """Make the list known by its name, for exports and saved views; returns it."""
    LISTINGS[listing.name] = listing
    return listing
