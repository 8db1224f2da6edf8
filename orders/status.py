"""The states of an order, the allowed moves, and the axes derived beside them. Pure: no database."""

from collections.abc import Iterable
from decimal import Decimal

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from orders.errors import OrderError


class Status(models.TextChoices):
    RECEIVED = "received", _("Received")
    CLARIFYING = "clarifying", _("Clarifying")
    REVIEWED = "reviewed", _("Reviewed")
    REJECTED = "rejected", _("Rejected")
    ENTERED = "entered", _("Entered")
    VERIFIED = "verified", _("Verified")
    PENDING_APPROVAL = "pending_approval", _("Pending approval")
    CONFIRMED = "confirmed", _("Confirmed")
    RELEASED = "released", _("Released")
    COMPLETED = "completed", _("Completed")
    CLOSED = "closed", _("Closed")
    CANCELLED = "cancelled", _("Cancelled")


S = Status

MOVES: dict[Status, frozenset[Status]] = {
    S.RECEIVED: frozenset({S.CLARIFYING, S.REVIEWED, S.REJECTED, S.CANCELLED}),
    S.CLARIFYING: frozenset({S.RECEIVED, S.CANCELLED}),
    S.REVIEWED: frozenset({S.ENTERED, S.REJECTED, S.CANCELLED}),
    S.REJECTED: frozenset(),
    S.ENTERED: frozenset({S.ENTERED, S.VERIFIED, S.CANCELLED}),
    S.VERIFIED: frozenset({S.PENDING_APPROVAL, S.CONFIRMED, S.CANCELLED}),
    S.PENDING_APPROVAL: frozenset({S.ENTERED, S.CONFIRMED, S.CANCELLED}),
    S.CONFIRMED: frozenset({S.RELEASED, S.CANCELLED}),
    S.RELEASED: frozenset({S.CONFIRMED, S.COMPLETED, S.CANCELLED}),
    S.COMPLETED: frozenset({S.CLOSED, S.RELEASED}),
    S.CLOSED: frozenset(),
    S.CANCELLED: frozenset(),
}

OPEN_STATES: frozenset[Status] = frozenset(
    {S.RECEIVED, S.CLARIFYING, S.REVIEWED, S.ENTERED, S.VERIFIED, S.PENDING_APPROVAL, S.CONFIRMED, S.RELEASED}
)
"""States in which work is still to be done."""

EDITABLE_STATES: frozenset[Status] = frozenset({S.RECEIVED, S.CLARIFYING, S.REVIEWED, S.ENTERED})
"""States in which the lines may still be edited in place; afterwards an amendment is needed."""

WAREHOUSE_STATES: frozenset[Status] = frozenset({S.RELEASED, S.COMPLETED, S.CLOSED})
"""States the warehouse sees: what was released, and what became of it."""


class Fulfilment(models.TextChoices):
    NONE = "none", _("Not shipped")
    PARTIAL = "partial", _("Partly shipped")
    SHIPPED = "shipped", _("Shipped")
    DELIVERED = "delivered", _("Delivered")
    SIGNED = "signed", _("Signed for")
    EXCEPTION = "exception", _("Exception")


class Invoicing(models.TextChoices):
    NONE = "none", _("Not invoiced")
    REQUESTED = "requested", _("Requested")
    PARTIAL = "partial", _("Partly invoiced")
    FULL = "full", _("Invoiced")
    RED = "red", _("Reversed")


class Payment(models.TextChoices):
    NONE = "none", _("Not paid")
    PREPAID = "prepaid", _("Prepaid")
    PARTIAL = "partial", _("Partly paid")
    PAID = "paid", _("Paid")
    OVERDUE = "overdue", _("Overdue")


class Returning(models.TextChoices):
    NONE = "none", _("No return")
    OPEN = "open", _("Return open")
    PARTIAL = "partial", _("Partly returned")
    FULL = "full", _("Returned")


def may_move(source: Status, target: Status) -> bool:
    """Whether the table allows the move."""
    return target in MOVES[source]


def check_move(source: Status, target: Status) -> None:
    """Raise OrderError with a sentence where the table does not allow the move."""
    if may_move(source, target):
        return
    if not MOVES[source]:
        raise OrderError(gettext_noop("An order that is %(state)s stays as it is."), {"state": source.label})
    raise OrderError(
        gettext_noop("An order that is %(state)s cannot become %(target)s. Next can be: %(next)s."),
        {
            "state": source.label,
            "target": target.label,
            "next": ", ".join(str(state.label) for state in Status if state in MOVES[source]),
        },
    )


def fulfilment_of(lines: Iterable[tuple[Decimal, Decimal, Decimal]]) -> Fulfilment:
    """The fulfilment axis of (ordered, shipped, cancelled) quantities; signs follow the ordered quantity."""
    shipped_any = open_any = False
    for ordered, shipped, cancelled in lines:
        shipped_any = shipped_any or shipped != 0
        open_any = open_any or abs(shipped) < abs(ordered - cancelled)
    if not shipped_any:
        return Fulfilment.NONE
    return Fulfilment.PARTIAL if open_any else Fulfilment.SHIPPED
