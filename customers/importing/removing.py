"""Taking back the customers and products a batch made, as far as nothing else needs them."""

from __future__ import annotations

from django.db import models, transaction
from django.db.models import ProtectedError, RestrictedError

from customers.models import Customer, CustomerEvent, Product, ProductEvent
from salesops.spreadsheets.models import ImportBatch

SYSTEM_EVENTS = ("imported",)


def remove_made(batch: ImportBatch) -> tuple[int, int]:
    """(customers, products) deleted; those used elsewhere or changed by a person stay and leave the batch."""
    return _remove(Customer, CustomerEvent, "customer", batch), _remove(Product, ProductEvent, "product", batch)


def _remove(model: type[models.Model], diary: type[models.Model], owner: str, batch: ImportBatch) -> int:
    rows = model._default_manager.filter(batch=batch, version=1)
    touched = diary._default_manager.exclude(kind__in=SYSTEM_EVENTS).filter(**{f"{owner}__batch": batch})
    ids = list(rows.exclude(pk__in=touched.values(owner)).values_list("pk", flat=True))
    removed = 0
    for at in range(0, len(ids), 500):
        removed += _remove_part(model, ids[at : at + 500])
    return removed


def _remove_part(model: type[models.Model], ids: list[int]) -> int:
    """Together where nothing holds any of them, else in halves down to the ones that are held."""
    try:
        with transaction.atomic():
            model._default_manager.filter(pk__in=ids).delete()
            return len(ids)
    except (ProtectedError, RestrictedError) as held:
        if len(ids) == 1:
            return 0
        holders = {getattr(one, f"{model.__name__.lower()}_id", None) for one in _held_by(held)}
        free = [pk for pk in ids if pk not in holders]
        if free and len(free) < len(ids):
            return _remove_part(model, free)
        middle = len(ids) // 2
        return _remove_part(model, ids[:middle]) + _remove_part(model, ids[middle:])


def _held_by(held: ProtectedError | RestrictedError) -> list[models.Model]:
    return list(held.protected_objects if isinstance(held, ProtectedError) else held.restricted_objects)
