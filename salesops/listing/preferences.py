"""What a person keeps about a list: saved views, columns, density; read from the cache, written to the database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.core.cache import cache
from django.db import transaction

from salesops.listing.models import ColumnChoice, SavedView

SECONDS = 300
COUNT_SECONDS = 30
MOST_VIEWS = 20


@dataclass(frozen=True)
class Kept:
    """One person's preferences for one list; ``views`` are (id, name, query)."""

    views: tuple[tuple[int, str, str], ...] = ()
    columns: tuple[str, ...] = ()
    is_dense: bool = True


def _key(person: Any, listing: str) -> str:
    return f"listing-kept:{listing}:{person.pk}"


def counts_key(person: Any, listing: str) -> str:
    """Where the counts of a person's tabs are kept for half a minute."""
    return f"listing-counts:{listing}:{person.pk}"


def kept_and_counts(person: Any, listing: str) -> tuple[Kept, dict[str, int] | None]:
    """The preferences and, where they are fresh, the counts of the tabs: one visit to the cache."""
    keys = _key(person, listing), counts_key(person, listing)
    found = cache.get_many(keys)
    kept = found.get(keys[0])
    if kept is None:
        kept = _read(person, listing)
        cache.set(keys[0], kept, SECONDS)
    return kept, found.get(keys[1])


def _read(person: Any, listing: str) -> Kept:
    views = SavedView.objects.filter(owner_id=person.pk, listing=listing).values_list("id", "name", "query")
    choice = ColumnChoice.objects.filter(owner_id=person.pk, listing=listing).first()
    return Kept(
        views=tuple(views[:MOST_VIEWS]),
        columns=tuple(choice.columns) if choice else (),
        is_dense=choice.dense if choice else True,
    )


def _forget(person: Any, listing: str) -> None:
    keys = [_key(person, listing), counts_key(person, listing)]
    cache.delete_many(keys)
    transaction.on_commit(lambda: cache.delete_many(keys))  # who read in between kept what was


def keep_view(*, person: Any, listing: str, name: str, query: str) -> int:
    """Save the query under a name; the same name again is overwritten. Returns the view's id."""
    with transaction.atomic():
        view, _ = SavedView.objects.update_or_create(
            owner_id=person.pk, listing=listing, name=name, defaults={"query": query}
        )
        _forget(person, listing)
    return int(view.pk)


def drop_view(*, person: Any, listing: str, view_id: int) -> bool:
    """Delete one of the person's own views; False where there was none."""
    with transaction.atomic():
        deleted, _ = SavedView.objects.filter(owner_id=person.pk, listing=listing, pk=view_id).delete()
        _forget(person, listing)
    return bool(deleted)


def keep_columns(*, person: Any, listing: str, columns: Sequence[str], is_dense: bool) -> None:
    """Keep which columns the person wants and how dense; no columns means the list's own choice."""
    with transaction.atomic():
        ColumnChoice.objects.update_or_create(
            owner_id=person.pk, listing=listing, defaults={"columns": list(columns), "dense": is_dense}
        )
        _forget(person, listing)
