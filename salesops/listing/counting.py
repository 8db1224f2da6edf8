"""Counts and sums that never walk a million rows."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.core.cache import cache
from django.db.models import QuerySet, Sum

from salesops.listing.filters import Filter
from salesops.listing.preferences import COUNT_SECONDS, counts_key
from salesops.listing.query import ListQuery, read_query
from salesops.listing.reader import Reader

EXACT_UP_TO = 10_000
MANY = EXACT_UP_TO + 1
"""The count of what is more than is counted."""


def capped_count(rows: QuerySet[Any]) -> int:
    """How many rows, counted to 10,000 at most; MANY stands for more."""
    return rows.order_by()[:MANY].count()


def count_of(query: ListQuery, reader: Reader) -> int:
    """The count of a list. "More than 10,000" is remembered for a minute: it hardly ever stops being true."""
    scope = hashlib.sha256(query.string(sort="").encode()).hexdigest()[:24]
    key = f"listing-many:{query.listing.name}:{reader.person.pk}:{scope}"
    if cache.get(key):
        return MANY
    count = capped_count(query.rows(reader))
    if count == MANY:
        cache.set(key, True, 60)
    return count


def tab_counts(query: ListQuery, reader: Reader, saved: Sequence[tuple[int, str, str]]) -> dict[str, int]:
    """Counts of all tabs by their key: the name of a built-in view, or the id of a saved one."""
    listing = query.listing
    counts = {view.name: capped_count(view.narrow(listing.rows(reader.person), reader)) for view in listing.views}
    for view_id, _name, string in saved:
        counts[str(view_id)] = capped_count(read_query(listing, string, reader).rows(reader))
    cache.set(counts_key(reader.person, listing.name), counts, COUNT_SECONDS)
    return counts


def totals_of(query: ListQuery, reader: Reader) -> list[tuple[str, Decimal]]:
    """The sum of the list by currency, the largest first; nothing where the list is long or has no amount."""
    if query.listing.total is None:
        return []
    amount, currency = query.listing.total
    rows = query.rows(reader)
    if not 0 < count_of(query, reader) <= EXACT_UP_TO:
        return []
    if not currency:
        return [("", rows.aggregate(total=Sum(amount))["total"] or Decimal(0))]
    sums = rows.order_by().values(currency).annotate(total=Sum(amount)).values_list(currency, "total")
    return sorted(((str(code), total) for code, total in sums), key=lambda pair: -pair[1])


def loosened(query: ListQuery, reader: Reader) -> list[tuple[Filter, int]]:
    """For each filter in force, how many rows there would be without it; most first, without what helps nothing."""
    counts = [(one, capped_count(query.rows(reader, without=one))) for one in query.active]
    return sorted(((one, count) for one, count in counts if count), key=lambda pair: -pair[1])
