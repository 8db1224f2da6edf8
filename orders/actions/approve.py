"""Approvals: asked for when a rule fires, decided by somebody with more authority, void when their inputs change."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_noop

from orders.actions.diary import write_diary
from orders.actions.locks import lock_order
from orders.actions.move import Walk, move_held
from orders.actions.revisions import keep_revision
from orders.desk.guards import check_decide
from orders.desk.rules import Finding, evaluate_rules
from orders.errors import OrderError
from orders.models import Approval, Hold, Order, OrderLine
from orders.status import Status
from orders.words import REASON_MISSING, clean_text
from salesops.prepared import Prepared
from staff.actions.notices import notify
from staff.models import User
from staff.roles import PERMISSIONS, Permission, Role

State = Approval.State
LIVE = (State.OPEN, State.GRANTED)
_LIVE = Prepared(lambda order: Approval.objects.select_for_update(of=("self",)).filter(order=order, state__in=LIVE))
_APPROVERS = [role for role in Role if Permission.APPROVE_ORDERS in PERMISSIONS[role] and role != Role.ADMINISTRATOR]


def settle_order(*, by: User | None, order: Order) -> Order:
    """Bring a verified order on: to its approvers where a rule fires, else, unless a hold stands, to confirmed.

    The caller holds the locks of ``lock_order``. Called again it changes nothing that still holds.
    """
    way = Walk(order)
    settle_way(by=by, way=way, rows=order.lines_with_products())
    way.write()
    return order


def settle_way(
    *,
    by: User | None,
    way: Walk,
    rows: Sequence[OrderLine],
    revision: int | None = None,
    is_new: bool = False,
    is_free: bool = False,
) -> None:
    """``settle_order`` at the end of a ``way``; its last steps are the caller's to write.

    The order's ``rows`` come with their products; the caller may know which ``revision`` keeps the order as it is.
    Of an order that is being written for the first time (``is_new``) nothing was asked; that it ``is_free`` of holds
    the caller may know already.
    """
    order = way.order
    findings = evaluate_rules(order, rows)
    if findings:
        way.write()
    may_ask = findings or not is_new
    if may_ask and ask_approvals(by=by, order=order, findings=findings):
        if order.state == Status.VERIFIED:
            way.step(by=None, to=Status.PENDING_APPROVAL)
    elif is_free or not Hold.objects.filter(order=order, released_at__isnull=True).exists():
        revision = keep_revision(by=by, order=order, rows=rows) if revision is None else revision
        told = {"revision": revision, "due_at": order.due_at.isoformat() if order.due_at else None}
        way.step(by=by, to=Status.CONFIRMED, told=told)


def ask_approvals(*, by: User | None, order: Order, findings: Sequence[Finding]) -> list[Approval]:
    """Open an approval for each rule that fired and is not granted for exactly these inputs; answers the open ones.

    What was asked or granted for other inputs, or for a rule that no longer fires, becomes void.
    """
    fired = {(finding.rule.pk, finding.inputs_hash): finding for finding in findings}
    live = _LIVE.rows(order=order.pk)
    asked = {(each.rule_id, each.inputs_hash): each for each in live if (each.rule_id, each.inputs_hash) in fired}
    _void([each for each in live if each not in asked.values()])
    opened = [each for each in asked.values() if each.state == State.OPEN]
    new = [_open(order, finding) for key, finding in fired.items() if key not in asked]
    if new:
        write_diary(order=order, kind="approval_asked", by=by, after={"rules": [each.finding["kind"] for each in new]})
        transaction.on_commit(partial(_tell_approvers, order.pk), robust=True)
    return opened + new


@transaction.atomic
def decide_approval(*, by: User, approval: Approval, grant: bool, reason: str = "") -> Approval:
    """Approve, or send the order back to entry with a reason; the last approval confirms the order.

    Comes back VOID, with nothing decided, when a value the rule reads has changed since it was asked: a new one is
    open then where the rule still fires.
    """
    reason = clean_text(reason, "reason", most=500, missing="" if grant else REASON_MISSING)
    order = lock_order(approval.order)
    approval = Approval.objects.select_for_update(of=("self",)).select_related("rule").get(pk=approval.pk)
    check_decide(order, by)
    if approval.state != State.OPEN:
        raise OrderError(
            gettext_noop("This approval is no longer open: %(state)s."), {"state": approval.get_state_display()}
        )
    if approval not in ask_approvals(by=None, order=order, findings=evaluate_rules(order)):
        approval.refresh_from_db()
        settle_order(by=None, order=order)
        return approval
    approval.state = State.GRANTED if grant else State.REFUSED
    approval.decided_at, approval.decided_by, approval.reason = timezone.now(), by, reason
    approval.save()
    kind = "approval_granted" if grant else "approval_refused"
    write_diary(order=order, kind=kind, by=by, after={"rules": [approval.rule.kind]}, note=reason)
    if grant:
        settle_order(by=by, order=order)
    else:
        _void(Approval.objects.filter(order=order, state=State.OPEN))
        move_held(by=by, order=order, to=Status.ENTERED, note=reason)
        _tell_clerk(order, reason)
    return approval


def void_approvals(order: Order, *, all_of_them: bool = False, reason: str = "") -> int:
    """Void the order's approvals whose inputs changed (all of them on reopening or at its end); answers how many.

    Called inside the transaction of every deed that changes what a rule reads; the caller holds the order.
    """
    live = _LIVE.rows(order=order.pk)
    if not live:
        return 0
    holding = set() if all_of_them else {(each.rule.pk, each.inputs_hash) for each in evaluate_rules(order)}
    return _void([each for each in live if (each.rule_id, each.inputs_hash) not in holding], reason)


def _void(approvals: Iterable[Approval], reason: str = "") -> int:
    """Whoever decided before keeps their own words."""
    void = list(approvals)
    for each in void:
        each.state, each.reason = State.VOID, each.reason or reason
    return Approval.objects.bulk_update(void, ["state", "reason"]) if void else 0


def _open(order: Order, finding: Finding) -> Approval:
    return Approval.objects.create(
        order=order,
        rule=finding.rule,
        rule_version=finding.rule.version,
        finding=finding.content(),
        inputs_hash=finding.inputs_hash,
    )


def _tell_approvers(order_id: int) -> None:
    """A notice to everybody who may decide; after commit, so that nobody is told of what did not happen."""
    order = Order.objects.filter(pk=order_id, state=Status.PENDING_APPROVAL).first()
    if order is None:
        return
    for person in User.objects.filter(is_active=True, role_assignments__role__in=_APPROVERS).distinct():
        notify(
            user=person,
            text_key=gettext_noop("Order %(order)s waits for your approval."),
            values={"order": order.number},
            url=reverse("orders:approvals"),
        )


def _tell_clerk(order: Order, reason: str) -> None:
    if order.owner is not None:
        notify(
            user=order.owner,
            text_key=gettext_noop("Order %(order)s was not approved: %(reason)s"),
            values={"order": order.number, "reason": reason},
            url=reverse("orders:detail", args=[order.pk]),
        )
