"""The journal of the entry page on the server: never overwritten by something older."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_noop

from customers.models import Customer
from orders.errors import OrderError
from orders.models import EntryDraft, Order
from orders.rows import MAX_LINES

if TYPE_CHECKING:
    from staff.models import User

KEPT_DAYS = 30
MOST_DRAFTS = 50
"""So many unfinished drafts one person may have; the oldest goes when another begins."""


@dataclass(frozen=True, slots=True)
class Change:
    """What changed in the page since the last answer: rows by key (None: removed), their order, the header."""

    rows: Mapping[str, dict[str, Any] | None] = field(default_factory=dict)
    keys: list[str] | None = None
    header: dict[str, Any] | None = None
    is_whole: bool = False  # everything stands in it: begin anew


@dataclass(frozen=True, slots=True)
class Kept:
    """What became of a change: the draft as it is now, and whether the change was taken."""

    draft: EntryDraft
    is_taken: bool


def keep_draft(
    *,
    by: User,
    token: UUID,
    sequence: int,
    change: Change,
    customer: Customer | None = None,
    order: Order | None = None,
    based_on: int = 0,
) -> Kept:
    """Write a change into the draft of this page; one that is not newer than what is kept changes nothing.

    OrderError when the draft is somebody else's, or when its order was made already.
    """
    if Order.objects.filter(form_token=token).exists():
        raise OrderError(gettext_noop("This form was already sent. Open a new one."), field="sent")
    try:
        with transaction.atomic():
            kept = EntryDraft.objects.select_for_update().filter(form_token=token).first()
            draft = kept or EntryDraft(form_token=token, owner=by, order=order, based_on=based_on)
            if draft.owner_id != by.pk:
                raise OrderError(gettext_noop("This draft belongs to somebody else."), field="draft")
            if kept is not None and sequence <= draft.sequence:
                return Kept(draft, is_taken=False)
            draft.content = merged(draft.content, change)
            draft.sequence, draft.updated_at, draft.customer = sequence, timezone.now(), customer
            draft.save(update_fields=None if kept is None else ["content", "sequence", "updated_at", "customer"])
    except IntegrityError:  # two first writes at once: the other one made the row
        return keep_draft(
            by=by, token=token, sequence=sequence, change=change, customer=customer, order=order,
            based_on=based_on,
        )  # fmt: skip
    if kept is None:
        _forget_oldest(by)
    return Kept(draft, is_taken=True)


def merged(content: Mapping[str, Any], change: Change) -> dict[str, Any]:
    """The content with a change in it: {"header": {}, "keys": [], "rows": {key: {}}}."""
    rows: dict[str, Any] = {} if change.is_whole else dict(content.get("rows", {}))
    keys: list[str] = [] if change.is_whole else list(content.get("keys", []))
    for key, row in change.rows.items():
        if row is None:
            rows.pop(key, None)
        else:
            rows[key] = _with_origin(row, rows.get(key))
    keys = change.keys if change.keys is not None else keys
    ordered = [key for key in dict.fromkeys([*keys, *rows]) if key in rows][:MAX_LINES]
    header = change.header if change.header is not None else content.get("header", {})
    return {**content, "header": header, "keys": ordered, "rows": {key: rows[key] for key in ordered}}


def _with_origin(row: dict[str, Any], before: Mapping[str, Any] | None) -> dict[str, Any]:
    """The row as it is now; where its values stood and what could not be read there stay known."""
    return {name: before[name] for name in ("origin", "problems") if before and before.get(name)} | row


def discard_draft(*, by: User, token: UUID) -> bool:
    """Throw the draft of a page away; False when there was none of this person's."""
    return bool(EntryDraft.objects.filter(owner=by, form_token=token).delete()[0])


def drafts_of(person: User, *, order: Order | None = None) -> list[EntryDraft]:
    """A person's unfinished drafts, newest first: of an order, or of orders still to be made."""
    since = timezone.now() - timedelta(days=KEPT_DAYS)
    found = EntryDraft.objects.filter(owner=person, order=order, updated_at__gte=since)
    return [draft for draft in found.select_related("customer")[:10] if draft.content.get("keys") or draft.customer]


def _forget_oldest(person: User) -> None:
    oldest = list(EntryDraft.objects.filter(owner=person).values_list("pk", flat=True)[MOST_DRAFTS:])
    if oldest:
        EntryDraft.objects.filter(pk__in=oldest).delete()
