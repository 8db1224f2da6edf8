"""One page of a list, ready for its template."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from salesops.listing.cells import Label
from salesops.listing.counting import EXACT_UP_TO, MANY, count_of
from salesops.listing.drawing import cell_css, draw_rows
from salesops.listing.keyset import Cursor, Slice, encode_cursor, fetch
from salesops.listing.listing import BulkDeed, Column, Listing, PageDeed
from salesops.listing.preferences import Kept, kept_and_counts
from salesops.listing.query import ListQuery, read_query
from salesops.listing.reader import Reader


@dataclass(frozen=True)
class Tab:
    key: str
    label: Label
    url: str
    is_current: bool
    count: str = ""
    urgent: bool = False
    is_own: bool = False


@dataclass(frozen=True)
class Chip:
    label: Label
    value: str
    remove_url: str


@dataclass(frozen=True)
class Head:
    """A column's heading; ``url`` sorts by it, ``order`` is what aria-sort says."""

    name: str
    label: Label
    css: str
    url: str = ""
    order: str = ""


@dataclass(frozen=True)
class Button:
    label: Label
    url: str
    icon: str
    key: str
    is_main: bool
    on_phone: bool


@dataclass(frozen=True)
class DeedButton:
    """A bulk deed with the choice it asks for."""

    name: str
    label: Label
    url: str
    icon: str
    options: Sequence[tuple[str, str]]
    options_label: Label


@dataclass
class ListPage:
    """Everything the templates of a list read."""

    listing: Listing
    query: ListQuery
    url: str
    string: str
    here: str
    tabs: list[Tab]
    tabs_are_counted: bool
    chips: list[Chip]
    clear_url: str
    heads: list[Head]
    columns: list[Column]
    rows: list[dict[str, Any]]
    body: SafeString
    count: int
    count_words: str
    place_words: str
    pages: dict[str, str]
    problems: list[str]
    buttons: list[Button]
    bulk: list[DeedButton]
    is_dense: bool
    may_export: bool
    text: str
    text_name: str
    hidden: list[tuple[str, str]]
    chosen: list[tuple[Column, bool]] = field(default_factory=list)

    @property
    def column_count(self) -> int:
        return len(self.heads) + bool(self.bulk)

    @property
    def is_filtered(self) -> bool:
        return bool(self.query.values) or (self.query.view.name not in {"", self.listing.default_view})

    @property
    def sum_wanted(self) -> bool:
        return self.listing.total is not None and 0 < self.count <= EXACT_UP_TO


def count_text(count: int) -> str:
    """A count in a tab: 63, or "10,000+"."""
    return _("10,000+") if count >= MANY else f"{count:,}"


def count_words(count: int) -> str:
    """A count as the line above the table says it."""
    if count >= MANY:
        return _("more than 10,000 rows")
    return ngettext("%(count)s row", "%(count)s rows", count) % {"count": f"{count:,}"}


def shown_columns(listing: Listing, kept: Kept) -> list[Column]:
    """The columns this person sees, in the list's order; the key column always."""
    chosen = set(kept.columns) & set(listing.by_name)
    if not chosen:
        return [column for column in listing.columns if column.is_default or column.is_key]
    return [column for column in listing.columns if column.name in chosen or column.is_key]


def list_url(listing: Listing, string: str = "") -> str:
    """The address of a list with a query string."""
    url = reverse(listing.url_name)
    return f"{url}?{string}" if string else url


def build_page(listing: Listing, query_string: str, reader: Reader) -> ListPage:
    """Read the query, fetch one page and draw it; four statements at most beside sign-in."""
    kept, counts = kept_and_counts(reader.person, listing.name)
    query = read_query(listing, query_string, reader)
    columns = shown_columns(listing, kept)
    fields = [*listing.key.cell.fields, *(path for column in columns for path in column.cell.fields)]
    part = fetch(query.rows(reader), query.sort, fields, size=query.size, cursor=query.cursor)
    # A first page without a next one has counted itself.
    whole = query.cursor is None and not part.has_next
    count = len(part.rows) if whole else count_of(query, reader)
    string = query.string()
    text_filter = next((one for one in listing.filters if one.quick), None)
    text = str(query.values.get(text_filter.name, "")) if text_filter else ""
    skipped = _skipped(query, part, count)
    bulk = [_deed_button(listing, deed, reader) for deed in listing.bulk_deeds if reader.person.may(deed.permission)]
    return ListPage(
        listing=listing,
        query=query,
        url=reverse(listing.url_name),
        string=string,
        here=list_url(listing, string),
        tabs=tabs_of(query, kept, counts),
        tabs_are_counted=counts is not None,
        chips=[
            Chip(one.label, one.words(query.values[one.name], reader), list_url(listing, query.string(drop=one)))
            for one in query.active
        ],
        clear_url=list_url(listing, query.string(bare=True)),
        heads=[_head(column, query) for column in columns],
        columns=columns,
        rows=part.rows,
        body=draw_rows(part.rows, listing, columns, reader, string or "all", selectable=bool(bulk)),
        count=count,
        count_words=count_words(count),
        place_words=_place_words(part, skipped),
        pages=_pages(query, part, skipped),
        problems=[*query.problems, *dict.fromkeys(reader.notes)],
        buttons=[button for deed in listing.page_deeds if (button := _button(deed, reader))],
        bulk=bulk,
        is_dense=kept.is_dense,
        may_export=reader.person.may(listing.export_permission),
        text=text,
        text_name=text_filter.name if text_filter else "",
        hidden=_hidden(query, text_filter.parameters if text_filter else ()),
        chosen=[(column, column in columns) for column in listing.columns if not column.is_key],
    )


def tabs_of(query: ListQuery, kept: Kept, counts: dict[str, int] | None) -> list[Tab]:
    """Built-in views first, then the person's own."""
    listing, counts = query.listing, counts or {}

    def words(key: str) -> str:
        return count_text(counts[key]) if key in counts else ""

    tabs = []
    for view in listing.views:
        string = "" if view.name == listing.default_view else f"view={view.name}"
        is_current = query.saved is None and view.name == query.view.name
        urgent = view.is_warning and bool(counts.get(view.name))
        tabs.append(Tab(view.name, view.label, list_url(listing, string), is_current, words(view.name), urgent))
    for view_id, name, string in kept.views:
        url = list_url(listing, f"{string}&saved={view_id}" if string else f"saved={view_id}")
        tabs.append(Tab(str(view_id), name, url, query.saved == view_id, words(str(view_id)), is_own=True))
    return tabs


def _head(column: Column, query: ListQuery) -> Head:
    if not column.sort:
        return Head(column.name, column.label, cell_css(column))
    is_sorted = query.column is column
    # Another column begins with what people look for first: large amounts and late dates.
    descending = not query.sort.descending if is_sorted else column.is_numeric
    order = ("descending" if query.sort.descending else "ascending") if is_sorted else ""
    url = list_url(query.listing, query.string(sort=f"-{column.name}" if descending else column.name))
    return Head(column.name, column.label, cell_css(column), url, order)


def _skipped(query: ListQuery, part: Slice, count: int) -> int | None:
    """How many rows stand before this page, as far as it can be known without counting them."""
    cursor = query.cursor
    if cursor is None or not part.has_previous:
        return 0
    if not part.has_next and count < MANY:
        return max(0, count - len(part.rows))
    if cursor.direction == "last" or cursor.skipped is None:
        return None
    return cursor.skipped if cursor.direction == "after" else max(0, cursor.skipped - len(part.rows))


def _place_words(part: Slice, skipped: int | None) -> str:
    if not part.rows:
        return ""
    if skipped is None:
        return (
            ngettext("The last row", "The last %(count)d rows", len(part.rows)) % {"count": len(part.rows)}
            if (not part.has_next)
            else ngettext("%(count)s row", "%(count)s rows", len(part.rows)) % {"count": len(part.rows)}
        )
    return _("Rows %(first)s–%(last)s") % {"first": f"{skipped + 1:,}", "last": f"{skipped + len(part.rows):,}"}


def _pages(query: ListQuery, part: Slice, skipped: int | None) -> dict[str, str]:
    """Addresses of the first, previous, next and last page, as far as there are such."""
    pages: dict[str, str] = {}
    listing = query.listing

    def address(cursor: Cursor) -> str:
        return list_url(listing, query.string(page=encode_cursor(cursor)))

    if part.rows and part.has_previous:
        top = part.rows[0]
        pages["first"] = list_url(listing, query.string())
        pages["previous"] = address(Cursor("before", top[query.sort.path], top["id"], skipped))
    if part.rows and part.has_next:
        end = part.rows[-1]
        after = None if skipped is None else skipped + len(part.rows)
        pages["next"] = address(Cursor("after", end[query.sort.path], end["id"], after))
        pages["last"] = address(Cursor("last"))
    if not part.rows and query.cursor is not None:
        pages["first"] = list_url(listing, query.string())
    return pages


def _button(deed: PageDeed, reader: Reader) -> Button | None:
    if deed.permission and not reader.person.may(deed.permission):
        return None
    try:
        url = reverse(deed.url_name)
    except NoReverseMatch:
        return None
    return Button(deed.label, url, deed.icon, deed.key, deed.is_main, deed.on_phone or deed.is_main)


def _deed_button(listing: Listing, deed: BulkDeed, reader: Reader) -> DeedButton:
    url = reverse("listing:deed", args=[listing.name, deed.name])
    options = deed.options(reader.person) if deed.options else ()
    return DeedButton(deed.name, deed.label, url, deed.icon, options, deed.options_label)


def _hidden(query: ListQuery, without: tuple[str, ...]) -> list[tuple[str, str]]:
    """What the search box must carry along so that it narrows the list as it stands."""
    pairs = [(name, value) for name, given in query.params.items() if name not in without for value in given]
    if query.view.name and query.view.name != query.listing.default_view:
        pairs.append(("view", query.view.name))
    if query.saved:
        pairs.append(("saved", str(query.saved)))
    if not query.is_default_sort:
        pairs.append(("sort", query.sort_name))
    return pairs
