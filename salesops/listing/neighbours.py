"""Walking a list from inside a record: the one before, the next one, and back."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse

from salesops.listing.keyset import Cursor, fetch
from salesops.listing.listing import LISTINGS, Listing
from salesops.listing.query import read_query
from salesops.listing.reader import reader_for


@dataclass(frozen=True)
class Neighbours:
    """Addresses of the record before and after in the list one came from (None at its ends), and of the list."""

    previous_url: str | None
    next_url: str | None
    list_url: str


def neighbours(listing: Listing | str, person: object, place: str, record_id: int) -> Neighbours:
    """The neighbours of a record in the list ``place`` states (the ``from`` parameter a row's link carries).

    Without a place, or when the record left the list, only the list's address is given. Three statements at most.
    """
    found = LISTINGS[listing] if isinstance(listing, str) else listing
    url = reverse(found.url_name)
    string = "" if place == "all" else place
    if not place or not found.may_be_opened_by(person):
        return Neighbours(None, None, url)
    reader = reader_for(person)  # type: ignore[arg-type]
    query = read_query(found, string, reader)
    string = query.string()
    back = f"{url}?{string}" if string else url
    rows = query.rows(reader)
    value = rows.filter(pk=record_id).values_list(query.sort.path, flat=True).first()
    if value is None and not rows.filter(pk=record_id).exists():
        return Neighbours(None, None, back)
    around = []
    for direction in ("before", "after"):
        cursor = Cursor("before" if direction == "before" else "after", value, record_id)
        part = fetch(rows, query.sort, (), size=1, cursor=cursor)
        around.append(_address(found, part.rows[0]["id"], string or "all") if part.rows else None)
    return Neighbours(around[0], around[1], back)


def _address(listing: Listing, record_id: int, place: str) -> str:
    return reverse(listing.record_url_name, args=[record_id], query={"from": place})
