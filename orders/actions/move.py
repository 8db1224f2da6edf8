"""Moving an order from state to state along the one table."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone

from orders.desk.deadlines import BEFORE_CONFIRMATION, due_now
from orders.models import Order, OrderEvent
from orders.signals import order_changed
from orders.status import Status, check_move

if TYPE_CHECKING:
    from staff.models import User

MOMENTS: dict[Status, str] = {
    Status.REVIEWED: "reviewed_at",
    Status.ENTERED: "entered_at",
    Status.VERIFIED: "verified_at",
    Status.CONFIRMED: "confirmed_at",
    Status.RELEASED: "released_at",
    Status.COMPLETED: "completed_at",
    Status.CLOSED: "closed_at",
    Status.CANCELLED: "cancelled_at",
}
"""The field that keeps when a state was reached."""

_WAY = tuple(MOMENTS)
_LATER: dict[Status, frozenset[Status]] = {
    Status.REVIEWED: frozenset(),
    Status.ENTERED: frozenset({Status.ENTERED, Status.VERIFIED, Status.PENDING_APPROVAL}),
    Status.VERIFIED: frozenset(),
    Status.CONFIRMED: frozenset({Status.RELEASED}),
    Status.RELEASED: frozenset({Status.COMPLETED}),
    Status.COMPLETED: frozenset(),
    Status.CLOSED: frozenset(),
    Status.CANCELLED: frozenset(),
}
"""From which states a move into this one goes back."""


@transaction.atomic
def move_order(
    *,
    by: User | None,
    order: Order,
    to: Status,
    note: str = "",
    at: datetime | None = None,
    told: dict[str, Any] | None = None,
) -> Order:
    """Bring an order into a state the table allows from where it is; OrderError with a sentence otherwise.

    ``at`` is when it happened, now if not given; who may move what is asked by the deeds that call this. Going back
    keeps when a state was first reached and who entered the order, and forgets what came after it. ``told`` is what
    the diary says beside the new state (plain values).
    """
    held = Order.objects.select_for_update(of=("self",)).get(pk=order.pk)
    return move_held(by=by, order=held, to=to, note=note, at=at, told=told)


def move_held(
    *,
    by: User | None,
    order: Order,
    to: Status,
    note: str = "",
    at: datetime | None = None,
    told: dict[str, Any] | None = None,
) -> Order:
    """``move_order`` for deeds that hold the order already: the object itself is moved, and nothing is read again."""
    walk = Walk(order)
    walk.step(by=by, to=to, note=note, at=at, told=told)
    walk.write()
    return order


class Walk:
    """Moves of one order that is held, made one after the other and written at once.

    One statement writes the order, one its diary; until ``write`` only the object has moved. ``begun`` is the first
    entry of the diary of an order that is new: ``store`` it where its way has led before anything refers to it.
    """

    def __init__(self, order: Order, *, begun: OrderEvent | None = None) -> None:
        self.order = order
        self._events: list[OrderEvent] = [] if begun is None else [begun]
        self._changed: set[str] = set()
        self._has_moved = False

    def store(self) -> None:
        """Insert the new order; what its diary says of the way comes with ``write``."""
        self.order.save(force_insert=True)
        self._changed.clear()

    def step(
        self,
        *,
        by: User | None,
        to: Status,
        note: str = "",
        at: datetime | None = None,
        told: dict[str, Any] | None = None,
    ) -> None:
        """One move, as ``move_order`` takes it; OrderError where the table does not allow it."""
        order, source = self.order, Status(self.order.state)
        check_move(source, to)
        moment = at or timezone.now()
        order.state = to
        self._has_moved = True
        order.version += 1
        order.updated_at, order.updated_by = timezone.now(), by
        self._changed |= {"state", "version", "updated_at", "updated_by", *_write_moments(order, source, to, moment)}
        if to == Status.ENTERED and (source == Status.REVIEWED or order.entered_by_id is None):
            order.entered_by = by
            self._changed.add("entered_by")
        if _asks_for_another_deadline(order, source, to) and (due := due_now(order)) != order.due_at:
            order.due_at = due
            self._changed.add("due_at")
        before, after = {"state": source.value}, {"state": to.value} | (told or {})
        self._events.append(
            OrderEvent(order=order, kind="moved", by=by, at=moment, before=before, after=after, note=note[:2000])
        )

    def write(self, *, also: str = "") -> None:
        """Write the order (``also`` names a field beside those of the way) and what its diary says of the way."""
        fields = self._changed | ({also} if also else set())
        if fields:
            self.order.save(update_fields=sorted(fields))
        OrderEvent.objects.bulk_create(self._events)
        if self._has_moved:
            moved = partial(order_changed.send_robust, sender=Order, order_id=self.order.pk, kind="moved")
            transaction.on_commit(moved)
        self._events, self._changed, self._has_moved = [], set(), False


def _asks_for_another_deadline(order: Order, source: Status, to: Status) -> bool:
    """On the way to confirmation the target stays what it was, but for the time a question to the customer takes."""
    on_the_way = BEFORE_CONFIRMATION - {Status.CLARIFYING}
    return order.due_at is None or not {source, to} <= on_the_way


def _write_moments(order: Order, source: Status, to: Status, moment: datetime) -> list[str]:
    """Note when the state was reached; answers the fields that changed."""
    if to not in MOMENTS:
        return []
    place = _WAY.index(to)
    goes_back = source in _LATER[to]
    changed = []
    if not goes_back or getattr(order, MOMENTS[to]) is None:
        setattr(order, MOMENTS[to], moment)
        changed.append(MOMENTS[to])
    if goes_back:
        for later in _WAY[place + 1 :]:
            setattr(order, MOMENTS[later], None)
            changed.append(MOMENTS[later])
    return changed
