"""Amending a confirmed order: written as typed rows, submitted, approved or rejected, applied as a new revision."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Max
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_noop

from orders.actions.address import ask_to_acknowledge
from orders.actions.approve import void_approvals
from orders.actions.complete import complete_order
from orders.actions.diary import write_diary
from orders.actions.errors import record_error
from orders.actions.locks import lock_order
from orders.amending.rows import (
    ADDED,
    ADDRESS_FIELDS,
    AMENDABLE_STATES,
    REMOVED,
    Change,
    changes_in,
    changes_of,
    check_rows,
    check_unchanged,
    proposed,
)
from orders.desk.numbers import desk_rule
from orders.desk.rules import Finding, evaluate_rules
from orders.errors import ConflictError, Difference, OrderError
from orders.ledger.types import row_words
from orders.models import Amendment, AmendmentRow, Approval, ErrorEvent, Order, OrderLine, OrderSnapshot
from orders.rows import LineEntry
from orders.shipping.axes import refresh_axes
from orders.snapshots import Content, compare, content_of
from orders.words import REASON_MISSING, clean_text
from staff.actions.notices import notify
from staff.roles import Permission

if TYPE_CHECKING:
    from staff.models import User

State = Amendment.State
OPEN = Amendment.IN_HAND


@transaction.atomic
def write_amendment(
    *,
    by: User,
    order: Order,
    version: int,
    cause: str,
    reason: str,
    lines: Sequence[LineEntry],
    header: dict[str, Any],
    amendment: Amendment | None = None,
    caught_stage: str = "",
) -> Amendment:
    """Write a draft, or its rows anew; ``lines`` are all rows of the order as they shall be.

    ``caught_stage`` says where our own error was noticed: one of ErrorEvent.CAUGHT_STAGES, else a colleague.

    OrderError for what may not change; ConflictError with every difference when the order was saved since ``version``.
    """
    _demand(by, Permission.AMEND_ORDERS)
    if cause not in Amendment.Cause.values:
        raise OrderError(gettext_noop("Choose why it changes."), field="cause")
    if caught_stage and caught_stage not in ErrorEvent.CAUGHT_STAGES:
        raise OrderError(gettext_noop("Choose where it was noticed."), field="caught_stage")
    reason = clean_text(reason, "reason", most=500, missing=REASON_MISSING)
    order = lock_order(order)
    stored = _lines(order)
    changes = changes_of(order, stored, lines, header)
    if order.version != version:
        raise _conflict(order, changes)
    check_rows(order, stored, changes)
    future, _written = proposed(order, stored, changes)
    amendment = _draft(by, order, amendment)
    amendment.cause, amendment.reason = cause, reason
    amendment.caught_stage = caught_stage if cause == Amendment.Cause.OUR_ERROR else ""
    amendment.total_before, amendment.total_after = order.total, future.total
    amendment.version += 1
    amendment.save()
    amendment.written_by.add(by)
    amendment.rows.all().delete()
    AmendmentRow.objects.bulk_create(
        AmendmentRow(
            amendment=amendment, line_id=change.line_id, position=change.position, field=change.field, old=change.old,
            new=change.new, reason=change.why,
        )
        for change in changes
    )  # fmt: skip
    return amendment


@transaction.atomic
def submit_amendment(*, by: User, amendment: Amendment) -> Amendment:
    """Hand a draft in for approval."""
    _demand(by, Permission.AMEND_ORDERS)
    order, amendment = _locked(amendment, State.DRAFT)
    check_rows(order, _lines(order), changes_in(amendment.rows.all()))
    _move(amendment, State.SUBMITTED, asked_by=by, asked_at=timezone.now())
    write_diary(order=order, kind="amend_asked", by=by, after={"amendment": amendment.revision}, note=amendment.reason)
    return amendment


@transaction.atomic
def drop_amendment(*, by: User, amendment: Amendment) -> None:
    """Take back what is not decided yet; a draft leaves nothing, what was submitted stays in the diary. The order is
    completed if it waited only for this."""
    _demand(by, Permission.AMEND_ORDERS)
    order, amendment = _locked(amendment, State.DRAFT, State.SUBMITTED)
    if amendment.state == State.SUBMITTED:
        if amendment.asked_by_id != by.pk:
            raise OrderError(gettext_noop("Only who submitted it takes it back; otherwise it is rejected."))
        write_diary(order=order, kind="amend_dropped", by=by, after={"amendment": amendment.revision})
    amendment.delete()
    complete_order(order=order)


@transaction.atomic
def approve_amendment(*, by: User, amendment: Amendment, seen: str, note: str = "") -> Amendment:
    """Approve and apply: rows, totals, the next revision, approvals and rules anew, errors where it was our fault; an
    order of which nothing more is to be shipped then is completed.

    ``seen`` is ``sight_of`` what the approver looked at; OrderError when the rules find something else by now.
    """
    note = clean_text(note, "note", most=500)
    order, amendment = _locked(amendment, State.SUBMITTED)
    stored = _lines(order)
    changes = changes_in(amendment.rows.all())
    check_rows(order, stored, changes)
    check_unchanged(order, stored, changes, by=str(order.updated_by or ""))
    found = findings_of(order, stored, changes)
    check_approve(amendment, by, found)
    if seen != sight_of(found):
        raise OrderError(gettext_noop("What the rules find has changed meanwhile. Look at it again, then decide."))
    moment = timezone.now()
    _move(amendment, State.APPROVED, decided_by=by, decided_at=moment, decision_note=note)
    _apply(by, order, amendment, stored, changes)
    complete_order(order=order)
    return amendment


@transaction.atomic
def reject_amendment(*, by: User, amendment: Amendment, note: str) -> Amendment:
    """Say no, with a reason; the order stays as it is, or is completed if it waited only for this."""
    _demand(by, Permission.APPROVE_AMENDMENTS)
    note = clean_text(note, "note", most=500, missing=REASON_MISSING)
    order, amendment = _locked(amendment, State.SUBMITTED)
    _move(amendment, State.REJECTED, decided_by=by, decided_at=timezone.now(), decision_note=note)
    write_diary(order=order, kind="amend_rejected", by=by, after={"amendment": amendment.revision}, note=note)
    complete_order(order=order)
    _tell(amendment, by, gettext_noop("The amendment of order %(order)s was rejected: %(reason)s"), note)
    return amendment


def check_amend(order: Order, by: User) -> None:
    """Whether this person may begin an amendment of the order now; OrderError or PermissionDenied with the reason."""
    _demand(by, Permission.AMEND_ORDERS)
    if order.state not in AMENDABLE_STATES:
        raise OrderError(
            gettext_noop("Only a confirmed or released order is amended; this one is %(state)s."),
            {"state": order.get_state_display()},
        )


def check_approve(amendment: Amendment, by: User, found: Sequence[Finding]) -> None:
    """Who may: an approver of amendments; who wrote or submitted it only below the limit of the desk and where no rule
    fires."""
    limit = desk_rule().self_review_total
    rate = amendment.order.exchange_rate
    size = max(abs(amendment.total_before), abs(amendment.total_after)) * rate
    if amendment.asked_by_id == by.pk or amendment.written_by.filter(pk=by.pk).exists():
        _demand(by, Permission.AMEND_ORDERS)
        if size >= limit:
            raise OrderError(
                gettext_noop("From %(limit)s on somebody else approves your amendment."), {"limit": f"{limit:,.2f}"}
            )
        if found:
            raise OrderError(gettext_noop("A rule fires on your amendment: somebody else approves it."))
        return
    _demand(by, Permission.APPROVE_AMENDMENTS)
    if found and not by.may(Permission.APPROVE_ORDERS):
        raise OrderError(gettext_noop("A rule fires on it: somebody with more authority approves it."))


def findings_of(order: Order, stored: Sequence[OrderLine], changes: Sequence[Change]) -> list[Finding]:
    """What the approval rules, credit among them, find in the order as it would be."""
    future, written = proposed(order, stored, changes)
    return evaluate_rules(future, written)


def sight_of(found: Sequence[Finding]) -> str:
    """A sum over what somebody was shown: other findings make another sum."""
    told = sorted(f"{finding.rule.pk}:{finding.inputs_hash}" for finding in found)
    return hashlib.sha256("\n".join(told).encode()).hexdigest()[:32]


def _apply(by: User, order: Order, amendment: Amendment, stored: list[OrderLine], changes: Sequence[Change]) -> None:
    """Write the order as the amendment says; blame is read before the old values are gone."""
    if amendment.cause == Amendment.Cause.OUR_ERROR:
        _record_errors(order, amendment, changes)
    before = content_of(order, stored)
    future, written = proposed(order, stored, changes)
    future.version += 1
    future.updated_at, future.updated_by = timezone.now(), amendment.asked_by
    future.save()
    _write_lines(future, stored, written)
    after = content_of(future, written)
    amendment.revision = _keep_snapshot(future, amendment, before, after)
    was, now = compare(before, after)
    _move(amendment, State.APPLIED, applied_at=timezone.now(), total_before=order.total, total_after=future.total)
    refresh_axes(future)
    if any(change.line_id is None and change.field in ADDRESS_FIELDS for change in changes):
        ask_to_acknowledge(by=by, order=future)
    void_approvals(future)
    _grant_what_fires(by, future, amendment)
    write_diary(order=future, kind="amended", by=by, before=was, after=now, note=amendment.reason)
    _tell(amendment, by, gettext_noop("The amendment of order %(order)s was approved and applied."), "")


def _write_lines(order: Order, stored: Sequence[OrderLine], written: Sequence[OrderLine]) -> None:
    kept = [line for line in written if line.pk]
    gone = {line.pk for line in stored} - {line.pk for line in kept}
    if gone:
        OrderLine.objects.filter(pk__in=gone).delete()
    names = [field.name for field in OrderLine._meta.concrete_fields if field.name not in ("id", "order")]
    OrderLine.objects.bulk_update(kept, names, batch_size=50)
    new = [line for line in written if not line.pk]
    for line in new:
        line.order = order
    OrderLine.objects.bulk_create(new)


def _keep_snapshot(order: Order, amendment: Amendment, before: Content, after: Content) -> int:
    """Keep the amended order as the next revision, written by who asked for it; answers its number."""
    last = OrderSnapshot.objects.filter(order=order).aggregate(last=Max("revision"))["last"]
    if last is None:
        OrderSnapshot.objects.create(order=order, revision=0, content=before, by=order.created_by, at=order.created_at)
        last = 0
    other = order.amendments.exclude(pk=amendment.pk).aggregate(last=Max("revision"))["last"] or 0
    revision = max(last, other) + 1
    content = after | {"amendment": amendment.pk}
    OrderSnapshot.objects.create(order=order, revision=revision, content=content, by=amendment.asked_by)
    return int(revision)


def _grant_what_fires(by: User, order: Order, amendment: Amendment) -> None:
    """What the rules find in the order as it is now was approved with the amendment: kept as granted approvals."""
    granted = set(
        Approval.objects.filter(order=order, state=Approval.State.GRANTED).values_list("rule_id", "inputs_hash")
    )
    Approval.objects.bulk_create(
        Approval(
            order=order, rule=finding.rule, rule_version=finding.rule.version, finding=finding.content(),
            inputs_hash=finding.inputs_hash, state=Approval.State.GRANTED, decided_at=timezone.now(), decided_by=by,
            reason=amendment.decision_note,
        )
        for finding in evaluate_rules(order)
        if (finding.rule.pk, finding.inputs_hash) not in granted
    )  # fmt: skip


def _record_errors(order: Order, amendment: Amendment, changes: Sequence[Change]) -> None:
    """Each row of an amendment for our own error is an error of whoever wrote the old value."""
    lines = {line.pk: line for line in order.lines.all()}
    for change in changes:
        whole = change.field in (ADDED, REMOVED)
        old, new = (row_words(value) if whole else value for value in (change.old, change.new))
        error = record_error(
            order=order,
            line=lines.get(change.line_id or 0) or (change.position or None),
            field="line" if whole else change.field,
            wrong=old,
            right=new,
            caught_stage=amendment.caught_stage or ErrorEvent.Stage.COLLEAGUE,
            caught_by=amendment.asked_by,
            origin=ErrorEvent.Origin.AMENDMENT,
            is_customer_visible=True,
            amendment=amendment,
        )
        is_own = error.made_by_id == amendment.asked_by_id and error.amendment_id == amendment.pk
        if is_own and error.caught_stage == ErrorEvent.Stage.COLLEAGUE:
            error.caught_stage = ErrorEvent.Stage.SELF
            error.save(update_fields=["caught_stage"])


def _draft(by: User, order: Order, amendment: Amendment | None) -> Amendment:
    if amendment is not None:
        amendment = Amendment.objects.select_for_update(of=("self",)).get(pk=amendment.pk, order=order)
        if amendment.state != State.DRAFT:
            raise _not_now(amendment)
        return amendment
    if order.amendments.filter(state__in=OPEN).exists():
        raise OrderError(gettext_noop("An amendment of this order is open already: finish that one first."))
    kept = order.snapshots.aggregate(last=Max("revision"))["last"] or 0
    last = order.amendments.aggregate(last=Max("revision"))["last"] or 0
    return Amendment(order=order, revision=max(kept, last) + 1, asked_by=by, version=0)


def _locked(amendment: Amendment, *states: str) -> tuple[Order, Amendment]:
    """Order first, then the amendment, as it is now; OrderError when it is not in one of the states."""
    order = lock_order(amendment.order)
    amendment = Amendment.objects.select_for_update(of=("self",)).select_related("asked_by").get(pk=amendment.pk)
    amendment.order = order
    if amendment.state not in states:
        raise _not_now(amendment)
    return order, amendment


def _not_now(amendment: Amendment) -> OrderError:
    return OrderError(gettext_noop("This amendment is %(state)s by now."), {"state": amendment.get_state_display()})


def _move(amendment: Amendment, state: str, **values: Any) -> None:
    amendment.state = state
    for name, value in values.items():
        setattr(amendment, name, value)
    amendment.version += 1
    amendment.save()


def _lines(order: Order) -> list[OrderLine]:
    return list(order.lines.select_for_update(of=("self",)).select_related("product").order_by("position", "pk"))


def _conflict(order: Order, changes: Sequence[Change]) -> ConflictError:
    keys = [(c.field if c.line_id is None else f"lines.{c.position}.{c.field}", c) for c in changes if c.field != ADDED]
    told = [Difference(key, change.old, change.new) for key, change in keys if change.field != REMOVED]
    return ConflictError(told, version=order.version, changed_by=str(order.updated_by or ""))


def _demand(by: User, permission: Permission) -> None:
    if not by.may(permission):
        raise PermissionDenied


def _tell(amendment: Amendment, by: User, text_key: str, reason: str) -> None:
    """Tell who asked, unless they decided themselves."""
    if amendment.asked_by_id == by.pk:
        return
    tell = partial(
        notify,
        user=amendment.asked_by,
        text_key=text_key,
        values={"order": amendment.order.number, "reason": reason},
        url=reverse("orders:amendment", args=[amendment.pk]),
    )
    transaction.on_commit(tell, robust=True)
