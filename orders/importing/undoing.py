"""Taking a whole batch of orders back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from customers.importing.removing import remove_made
from orders.models import Order, OrderEvent, OrderLine, OrderReturn, OrderSnapshot, UnassignedLine
from orders.totals import write_totals
from salesops.locking import lock_rule
from salesops.numbering.numbers import void_numbers
from salesops.spreadsheets.faults import SheetRefused, gettext_noop
from salesops.spreadsheets.models import ImportBatch
from staff.roles import Permission

if TYPE_CHECKING:
    from staff.models import User

NOT_DONE = gettext_noop("Only an import that was written can be undone.")
CHANGED = gettext_noop("This import cannot be undone: people worked on its orders since (%(numbers)s).")
ASSIGNED = gettext_noop("This import cannot be undone: lines of it were given to customers since (%(numbers)s).")
SYSTEM_EVENTS = ("imported", "return_linked")
NAMED = 10
PART = 2000


def undo_orders(*, batch: ImportBatch, by: User | None) -> None:
    """Delete everything the batch wrote, in one transaction; numbers become void with the reason.

    Raises SheetRefused naming the orders people changed since. Customers and products made by the batch go unless
    something else uses them.
    """
    if by is not None and not by.may(Permission.UNDO_IMPORT):
        raise PermissionDenied
    with transaction.atomic():
        lock_rule("imports.write")
        locked = ImportBatch.objects.select_for_update(of=("self",)).get(pk=batch.pk)
        if locked.state != ImportBatch.State.DONE:
            raise SheetRefused(NOT_DONE)
        own = Order.objects.filter(batch=locked)
        filled = _filled_orders(locked)
        _refuse_changed(locked, own, filled)
        _empty_filled(filled)
        numbers = list(own.order_by("pk").values_list("number", flat=True))
        _delete_orders(locked)
        void_numbers(numbers, f"import {locked.pk} undone")
        UnassignedLine.objects.filter(batch=locked).delete()
        remove_made(locked)
        locked.state = ImportBatch.State.UNDONE
        locked.undone_at = timezone.now()
        locked.save(update_fields=["state", "undone_at"])
    batch.refresh_from_db(fields=["state", "undone_at"])


def _filled_orders(batch: ImportBatch) -> list[Order]:
    """Orders of other batches that got their lines from this one."""
    ids = OrderEvent.objects.filter(kind="imported", after__batch=batch.pk).exclude(order__batch=batch)
    return list(Order.objects.select_for_update(of=("self",)).filter(pk__in=ids.values("order_id")).order_by("pk"))


def _refuse_changed(batch: ImportBatch, own: object, filled: list[Order]) -> None:
    touched = OrderEvent.objects.filter(order=OuterRef("pk")).exclude(kind__in=SYSTEM_EVENTS)
    orders = Order.objects.filter(batch=batch).select_for_update(of=("self",))
    changed = list(
        orders.filter(Q(version__gt=1) | Exists(touched)).order_by("pk").values_list("number", flat=True)[: NAMED + 1]
    )
    changed += [order.number for order in filled if order.version > 2]
    if changed:
        shown = ", ".join(changed[:NAMED]) + (" …" if len(changed) > NAMED else "")
        raise SheetRefused(CHANGED, {"numbers": shown})
    given = UnassignedLine.objects.filter(batch=batch, assigned_to__isnull=False)
    numbers = list(dict.fromkeys(given.values_list("assigned_to__order__number", flat=True)[:NAMED]))
    if numbers:
        raise SheetRefused(ASSIGNED, {"numbers": ", ".join(str(number) for number in numbers)})


def _empty_filled(filled: list[Order]) -> None:
    """Orders that only got their lines from the batch wait for lines again."""
    for order in filled:
        OrderLine.objects.filter(order=order).delete()
        OrderSnapshot.objects.filter(order=order, revision=1).delete()
        last = OrderEvent.objects.filter(order=order, kind="imported").order_by("-pk").first()
        if last is not None:
            last.delete()
        write_totals(order, [])
        order.version = 1
        order.save(update_fields=["net", "tax", "total", "line_count", "version"])


def _delete_orders(batch: ImportBatch) -> None:
    """Without the cascade's look at each row: what hangs on an order is known here."""
    ids = list(Order.objects.filter(batch=batch).order_by("pk").values_list("pk", flat=True))
    for at in range(0, len(ids), PART):
        part = ids[at : at + PART]
        for model in (OrderLine, OrderSnapshot, OrderEvent, OrderReturn):
            rows = model._default_manager.filter(order__in=part)
            rows._raw_delete(rows.db)
        Order.objects.filter(pk__in=part).delete()
