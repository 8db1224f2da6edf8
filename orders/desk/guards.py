"""Who may do which deed to an order, and what else must hold: the same answer for the deed and for its button.

A guard answers nothing, or raises PermissionDenied (this person never may) or OrderError (not now, with the reason).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.db.models import Exists, Max, OuterRef, Q
from django.utils.translation import gettext_noop

from orders.actions.stock import check_stock
from orders.desk.credit import in_house_currency
from orders.desk.numbers import desk_rule, is_drawn
from orders.errors import OrderError
from orders.models import DeskRule, Hold, Order, OrderEvent, OrderSnapshot, Shipment, Verification
from orders.shipping.moves import GONE, PENDING
from orders.status import MOVES, OPEN_STATES, Invoicing, Payment, Returning, Status, check_move
from salesops.prepared import Prepared
from staff.roles import Permission

if TYPE_CHECKING:
    from staff.models import User

P = Permission
S = Status

BEFORE_CONFIRMED = frozenset({S.RECEIVED, S.CLARIFYING, S.REVIEWED, S.ENTERED, S.VERIFIED, S.PENDING_APPROVAL})
INVOICED_STATES = frozenset({S.CONFIRMED, S.RELEASED, S.COMPLETED, S.CLOSED})
"""States of an order for which an invoice can have been written."""
_WRITING = ("created", "imported", "changed")
_LAST_LOOK = Prepared(lambda order: Verification.objects.filter(order=order)[:1])
_HOLD = Prepared(lambda order: Hold.objects.filter(order=order, released_at__isnull=True)[:1])
PICKED = frozenset({Shipment.State.PICKED, Shipment.State.PACKED}) | GONE


def is_own(order: Order, by: User) -> bool:
    """Whether the order is this person's work: its clerk, or who wrote it."""
    return by.pk in (order.owner_id, order.created_by_id)


def has_written(order: Order, by: User) -> bool:
    """Whether any value of the order may be this person's: they entered it, wrote it first, or changed it."""
    if by.pk in (order.entered_by_id, order.created_by_id):
        return True
    return order.events.filter(kind__in=_WRITING, by=by).exists()


def not_written_by(person: User) -> Q:
    """Orders of which ``has_written`` says no; three conditions, for PostgreSQL plans the opposite of one worse."""
    wrote = OrderEvent.objects.filter(order=OuterRef("pk"), kind__in=_WRITING, by=person)
    return ~Q(entered_by=person) & ~Q(created_by=person) & Q(~Exists(wrote))


def check_review(order: Order, by: User) -> None:
    """Received; a reviewer, or its own clerk while the total is small: a reviewer is no second pair of eyes either."""
    _demand_state(order, S.REVIEWED, S.RECEIVED)
    if not is_own(order, by):
        if by.may(P.REVIEW_ORDERS):
            return
        _demand(by, P.ENTER_ORDERS)
        raise OrderError(gettext_noop("Its clerk or a reviewer reviews this order."))
    if not by.may(P.REVIEW_ORDERS):
        _demand(by, P.ENTER_ORDERS)
    limit = desk_rule().self_review_total
    if in_house_currency(order) >= limit:
        raise OrderError(gettext_noop("From %(limit)s on somebody else reviews the order."), {"limit": f"{limit:,.2f}"})


def check_submit(order: Order, by: User) -> None:
    """Reviewed, or received and this person may review it in the same breath; the customer may be sold to."""
    _demand(by, P.ENTER_ORDERS)
    if order.state == S.RECEIVED:
        check_review(order, by)
    else:
        _demand_state(order, S.ENTERED, S.REVIEWED)
    if order.customer.is_blocked:
        raise OrderError(
            gettext_noop("%(name)s is blocked: %(reason)s"),
            {"name": order.customer.name, "reason": order.customer.blocked_reason or "—"},
            field="customer",
        )
    if not order.line_count:
        raise OrderError(gettext_noop("An order needs at least one row."))


def why_verify(order: Order, *, is_new: bool = False) -> str:
    """Why a second person must look: threshold, bounced, sample; nothing when nobody must, or somebody has.

    A pass counts for the revision that was looked at; an order sent back is always looked at again. Of an order
    that is being written for the first time (``is_new``) there is nothing to read yet.
    """
    last = None if is_new else _LAST_LOOK.first(order=order.pk)
    return _why_verify(order, desk_rule(), last, is_changed=last is not None and _changed_since(order, last))


def whys_verify(orders: Sequence[Order]) -> dict[int, str]:
    """``why_verify`` of several orders by id, in three statements; "put_right" where a fault is still as it was."""
    rule = desk_rule()
    last = {each.order_id: each for each in Verification.objects.filter(order__in=orders).order_by("pk")}
    rows = OrderSnapshot.objects.filter(order__in=last).order_by().values("order_id")
    kept = {row["order_id"]: row["last"] for row in rows.annotate(last=Max("revision"))}
    found = {}
    for order in orders:
        seen = last.get(order.pk)
        is_changed = seen is not None and kept.get(order.pk, seen.revision + 1) > seen.revision
        why = _why_verify(order, rule, seen, is_changed=is_changed)
        found[order.pk] = "put_right" if why == "bounced" and not is_changed else why
    return found


def _why_verify(order: Order, rule: DeskRule, last: Verification | None, *, is_changed: bool) -> str:
    if last is not None and last.outcome == Verification.Outcome.PASSED and not is_changed:
        return ""
    if last is not None and last.outcome == Verification.Outcome.BOUNCED:
        return "bounced"
    if in_house_currency(order) >= rule.four_eyes_total:
        return "threshold"
    return "sample" if is_drawn(order, rule.sample_percent) else ""


def check_verify(order: Order, by: User) -> None:
    """Entered, by somebody else: whoever wrote in it cannot be the second pair of eyes."""
    _demand_state(order, S.VERIFIED, S.ENTERED)
    _demand(by, P.VERIFY_ORDERS)
    if has_written(order, by):
        raise OrderError(gettext_noop("You wrote this order: somebody else verifies it."))


def check_confirm(order: Order, by: User, *, is_new: bool = False) -> None:
    """Entered without need of a second person, or verified; nothing holds it."""
    _demand(by, P.ENTER_ORDERS)
    if order.state == S.PENDING_APPROVAL:
        raise OrderError(gettext_noop("Somebody must approve it first."))
    _demand_state(order, S.CONFIRMED, S.ENTERED, S.VERIFIED)
    if order.state == S.ENTERED and (why := why_verify(order, is_new=is_new)):
        raise OrderError(WHY_VERIFY[why])
    if not is_new:
        check_no_hold(order)


WHY_VERIFY = {
    "threshold": gettext_noop("An order of this size is verified by a second person first."),
    "sample": gettext_noop("This order was drawn for verification by a second person."),
    "bounced": gettext_noop("It was sent back: a second person looks at it once more."),
}


def check_no_hold(order: Order) -> None:
    """OrderError naming the first open hold."""
    hold = _HOLD.first(order=order.pk)
    if hold is not None:
        raise OrderError(
            gettext_noop("A hold stands in the way (%(kind)s): %(reason)s"),
            {"kind": hold.get_kind_display(), "reason": hold.reason},
        )


def check_hold(order: Order, by: User) -> None:
    """An open order; anybody who works on orders."""
    if not any(by.may(each) for each in (P.ENTER_ORDERS, P.REVIEW_ORDERS, P.VERIFY_ORDERS, P.APPROVE_ORDERS)):
        raise PermissionDenied
    if order.state not in OPEN_STATES:
        raise OrderError(
            gettext_noop("An order that is %(state)s stays as it is."), {"state": order.get_state_display()}
        )


def check_release_hold(hold: Hold, by: User) -> None:
    """Whoever may release holds; its placer too, but never a credit hold. What a rule or the credit holds is not
    released by who wrote or amended the order: nobody lifts their own limit.
    """
    if hold.released_at is not None:
        raise OrderError(gettext_noop("This hold was released already."))
    if not by.may(P.RELEASE_HOLDS) and (hold.placed_by_id != by.pk or hold.kind == Hold.Kind.CREDIT):
        raise PermissionDenied
    if hold.kind != Hold.Kind.CREDIT and hold.placed_by_id is not None:
        return
    if has_written(hold.order, by) or hold.order.amendments.filter(applied_at__isnull=False, written_by=by).exists():
        raise OrderError(gettext_noop("You wrote in this order: somebody else releases this hold."))


def check_release(order: Order, by: User, *, waived: bool = False) -> None:
    """Confirmed, nothing holds it, and the warehouse has answered or somebody goes on without it."""
    _demand_state(order, S.RELEASED, S.CONFIRMED)
    _demand(by, P.ENTER_ORDERS)
    check_no_hold(order)
    if not waived:
        check_stock(order)


def check_withdraw(order: Order, by: User) -> None:
    """Released and nothing is picked yet."""
    _demand_state(order, S.CONFIRMED, S.RELEASED)
    _demand(by, P.SUPERVISE_ORDERS)
    if order.shipments.filter(state__in=PICKED).exists() or order.lines.exclude(shipped_quantity=0).exists():
        raise OrderError(gettext_noop("The warehouse has begun to pick: it can no longer be withdrawn."))


def check_cancel(order: Order, by: User) -> None:
    """Nothing shipped or on its way; before confirmation its clerk, afterwards a supervisor."""
    if S.CANCELLED not in MOVES[Status(order.state)]:
        check_move(Status(order.state), S.CANCELLED)
    if not by.may(P.SUPERVISE_ORDERS):
        _demand(by, P.ENTER_ORDERS)
        if order.state not in BEFORE_CONFIRMED:
            raise OrderError(gettext_noop("After confirmation a manager cancels."))
        if not is_own(order, by):
            raise OrderError(gettext_noop("Its clerk or a manager cancels this order."))
    if order.shipments.filter(state__in=PENDING | GONE).exists() or order.lines.exclude(shipped_quantity=0).exists():
        raise OrderError(gettext_noop("A shipment stands in the way: only what is left can be short-closed."))


def check_reject(order: Order, by: User) -> None:
    """Received or reviewed; a supervisor."""
    _demand_state(order, S.REJECTED, S.RECEIVED, S.REVIEWED)
    _demand(by, P.SUPERVISE_ORDERS)


def check_reopen(order: Order, by: User) -> None:
    """Completed; a supervisor."""
    _demand_state(order, S.RELEASED, S.COMPLETED)
    _demand(by, P.SUPERVISE_ORDERS)


def check_close(order: Order, by: User, *, written_off: bool = False) -> None:
    """Completed, invoiced and paid, nothing open about it; or written off by a supervisor."""
    _demand_state(order, S.CLOSED, S.COMPLETED)
    if order.returning == Returning.OPEN:
        raise OrderError(gettext_noop("A return is open: it is settled first."))
    if order.case_stubs.filter(closed_at__isnull=True).exists():
        raise OrderError(gettext_noop("An exception is open: it is settled first."))
    check_no_hold(order)
    if written_off or not by.may(P.ENTER_ORDERS):
        _demand(by, P.SUPERVISE_ORDERS)
    is_paid = order.payment in (Payment.PAID, Payment.PREPAID) and order.invoicing == Invoicing.FULL
    if not written_off and not is_paid:
        raise OrderError(gettext_noop("It is not invoiced and paid: a manager can write it off with a reason."))


def check_decide(order: Order, by: User) -> None:
    """Waiting for approval; an approver who wrote nothing in it: nobody lifts their own limit."""
    _demand(by, P.APPROVE_ORDERS)
    if order.state != S.PENDING_APPROVAL:
        raise OrderError(
            gettext_noop("This order no longer waits for approval: it is %(state)s."),
            {"state": order.get_state_display()},
        )
    if has_written(order, by):
        raise OrderError(gettext_noop("You wrote this order: somebody else approves it."))


def check_invoice_back(order: Order, by: User) -> None:
    """Confirmed or later, whatever has become of it since: an invoice comes back when it comes back."""
    _demand(by, P.ENTER_ORDERS)
    if order.state not in INVOICED_STATES:
        raise OrderError(gettext_noop("No invoice is written for an order before it is confirmed."))


def check_audit(order: Order, by: User) -> None:
    """Whoever may compare orders, and neither wrote in this one nor passed it: they would look at their own work."""
    _demand(by, P.VERIFY_ORDERS)
    if has_written(order, by):
        raise OrderError(gettext_noop("You wrote this order: somebody else compares it."))
    if order.verifications.filter(by=by).exists():
        raise OrderError(gettext_noop("You verified this order: somebody else compares it."))


def _demand(by: User, permission: Permission) -> None:
    if not by.may(permission):
        raise PermissionDenied


def _demand_state(order: Order, target: Status, *sources: Status) -> None:
    if order.state not in sources:
        check_move(Status(order.state), target)
        raise OrderError(
            gettext_noop("An order that is %(state)s stays as it is."), {"state": order.get_state_display()}
        )


def _changed_since(order: Order, verification: Verification) -> bool:
    last = order.snapshots.order_by("-revision").values_list("revision", flat=True).first()
    return last is None or last > verification.revision
