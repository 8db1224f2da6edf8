"""Not taking an order, calling it off, opening it again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from django.db import models, transaction
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from orders.actions.approve import void_approvals
from orders.actions.complete import REOPENED
from orders.actions.ending import end_what_waits
from orders.actions.hold import write_hold
from orders.actions.locks import lock_order
from orders.actions.move import move_held
from orders.desk.credit import credit_of, still_to_pay
from orders.desk.guards import check_cancel, check_reject, check_reopen
from orders.desk.rule_words import tell_finding
from orders.desk.rules import Finding, evaluate_rules
from orders.errors import OrderError
from orders.models import ApprovalRule, Hold, Order
from orders.status import Status
from orders.words import REASON_MISSING, clean_text

if TYPE_CHECKING:
    from staff.models import User


class Side(models.TextChoices):
    CUSTOMER = "customer", _("The customer")
    US = "us", _("We")


class CancelReason(models.TextChoices):
    CHANGED_MIND = "changed_mind", _("No longer wanted")
    NO_STOCK = "no_stock", _("Cannot be delivered")
    PRICE = "price", _("Price not agreed")
    CREDIT = "credit", _("Not paid or no credit")
    DUPLICATE = "duplicate", _("Entered twice")
    OUR_ERROR = "our_error", _("Our error")
    OTHER = "other", _("Another reason")


class RejectReason(models.TextChoices):
    NOT_OURS = "not_ours", _("We do not sell this")
    NO_STOCK = "no_stock", _("Cannot be delivered")
    PRICE = "price", _("Price not agreed")
    CREDIT = "credit", _("Not paid or no credit")
    UNCLEAR = "unclear", _("Stayed unclear")
    OTHER = "other", _("Another reason")


@transaction.atomic
def cancel_order(*, by: User, order: Order, side: str, reason: str, note: str = "") -> Order:
    """Call an order off: who called it off, why; whatever waits on it ends with it, its credit is free."""
    note = clean_text(note, "note", most=500, missing=REASON_MISSING if reason == CancelReason.OTHER else "")
    if side not in Side.values:
        raise OrderError(gettext_noop("Say who calls it off."), field="side")
    if reason not in CancelReason.values:
        raise OrderError(gettext_noop("Choose a reason."), field="reason")
    order = lock_order(order)
    check_cancel(order, by)
    told = {"side": side, "reason": reason, "ended": end_what_waits(by=by, order=order, to=Status.CANCELLED)}
    return move_held(by=by, order=order, to=Status.CANCELLED, note=note, told=told)


@transaction.atomic
def reject_order(*, by: User, order: Order, reason: str, note: str = "") -> Order:
    """Do not take an order that was received or reviewed; whatever waits on it ends with it."""
    note = clean_text(note, "note", most=500, missing=REASON_MISSING if reason == RejectReason.OTHER else "")
    if reason not in RejectReason.values:
        raise OrderError(gettext_noop("Choose a reason."), field="reason")
    order = lock_order(order)
    check_reject(order, by)
    told = {"reason": reason, "ended": end_what_waits(by=by, order=order, to=Status.REJECTED)}
    return move_held(by=by, order=order, to=Status.REJECTED, note=note, told=told)


_HELD_AS: dict[str, Hold.Kind] = {
    ApprovalRule.Kind.CREDIT: Hold.Kind.CREDIT,
    ApprovalRule.Kind.OVERDUE: Hold.Kind.CREDIT,
    ApprovalRule.Kind.NEW_CUSTOMER: Hold.Kind.CUSTOMER,
    ApprovalRule.Kind.DUPLICATE_PO: Hold.Kind.DOCUMENT,
    ApprovalRule.Kind.QUANTITY: Hold.Kind.DOCUMENT,
}
"""What an order is held for where a rule fires on it once more; for its price where nothing else is said."""


@transaction.atomic
def reopen_order(*, by: User, order: Order, reason: str) -> Order:
    """A completed order turned out to be short: it is released again, its approvals are void.

    Credit and the approval rules are asked anew. The warehouse has the order, so there is no way back to the
    approvers: what they find stands as holds before the next shipment.
    """
    reason = clean_text(reason, "reason", most=500, missing=REASON_MISSING)
    order = lock_order(order)
    check_reopen(order, by)
    void_approvals(order, all_of_them=True)
    findings = evaluate_rules(order)
    credit = credit_of(order.customer, besides=order)
    moved = move_held(by=by, order=order, to=Status.RELEASED, note=reason, told={REOPENED: True})
    if not credit.covers(still_to_pay(order)):
        text = gettext("Reopened over the credit limit: %(used)s used of %(limit)s.")
        figures = {"used": f"{credit.used:,.2f}", "limit": f"{credit.limit:,.2f}"}
        write_hold(by=None, order=moved, kind=Hold.Kind.CREDIT, reason=text % figures)
        findings = [each for each in findings if each.rule.kind != ApprovalRule.Kind.CREDIT]
    for kind, words in _holds_for(findings).items():
        write_hold(by=None, order=moved, kind=kind, reason=words)
    return moved


def _holds_for(findings: Sequence[Finding]) -> dict[str, str]:
    """One hold of each kind, with what the rules found."""
    found: dict[str, list[str]] = {}
    for finding in findings:
        kind = _HELD_AS.get(finding.rule.kind, Hold.Kind.PRICE)
        found.setdefault(kind, []).append(f"{finding.rule}: {tell_finding(finding.content())}")
    return {kind: " ".join([gettext("Reopened."), *words])[:300] for kind, words in found.items()}
