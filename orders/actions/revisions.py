"""Keeping the whole order as it is at a moment that matters: entry, confirmation."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from orders.models import Order, OrderLine, OrderSnapshot
from orders.snapshots import content_of
from salesops.prepared import Prepared

if TYPE_CHECKING:
    from staff.models import User

_LAST = Prepared(lambda order: OrderSnapshot.objects.filter(order=order).order_by("-revision")[:1])
_NOT_CONTENT = frozenset({"request", "due_at", "amendment", "origin"})


def keep_revision(*, by: User | None, order: Order, rows: Iterable[OrderLine] | None = None) -> int:
    """The revision that holds the order as it is stored now; made when the last one holds something else.

    ``rows`` are its lines where they are at hand.
    """
    content = content_of(order, order.lines.all() if rows is None else rows)
    last = _LAST.first(order=order.pk)
    if last is not None and _told(last.content) == _told(content):
        return last.revision
    revision = 0 if last is None else last.revision + 1
    OrderSnapshot.objects.create(order=order, revision=revision, content=content, by=by)
    return revision


def _told(content: dict[str, object]) -> dict[str, object]:
    return {key: value for key, value in content.items() if key not in _NOT_CONTENT}
