"""The second pair of eyes: an order is passed on, or sent back with the faults that were found."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext_noop

from orders.actions.approve import settle_way
from orders.actions.errors import record_error
from orders.actions.locks import lock_order
from orders.actions.move import Walk, move_held
from orders.actions.revisions import keep_revision
from orders.desk.comparing import GROUPS, files_to_open, sight_of_source, sources_of
from orders.desk.guards import check_verify, why_verify
from orders.errors import OrderError
from orders.models import ErrorEvent, Evidence, Order, OrderLine, Verification
from orders.snapshots import HEADER_FIELDS, LINE_FIELDS, plain_value
from orders.status import Status
from orders.words import clean_text
from staff.actions.notices import notify

if TYPE_CHECKING:
    from staff.models import User

_NEVER_WRONG = frozenset({"source_number", "sent_at", "received_at", "due_at", "is_urgent", "exchange_rate"})
_FOLLOWS = frozenset({"product_id", "list_price", "price_reason", "net", "tax", "amount", "source_amount"})
HEADER_FAULTS = tuple(field for field in HEADER_FIELDS if field not in _NEVER_WRONG)
LINE_FAULTS = tuple(field for field in LINE_FIELDS if field not in _FOLLOWS)


@dataclass(frozen=True, slots=True)
class FaultFound:
    """One wrong field: of a row, or of the header (no line); what would be right, and the kind of error."""

    line: OrderLine | None
    field: str
    right_value: str
    type: str = ""


@transaction.atomic
def verify_order(
    *, by: User, order: Order, compared: Collection[str], sight: str, opened: Collection[int] = (), note: str = ""
) -> Order:
    """The order says what its source says: it goes on to its approvers or is confirmed.

    ``compared`` are the groups that were held against the source, all of GROUPS; ``opened`` the ids of files no page
    can show; ``sight`` is ``sight_of_source`` what the verifier looked at. OrderError where something was not looked
    at, where it has changed since, or where nothing the customer sent is kept and no note says what was compared.
    """
    note = clean_text(note, "note", most=500)
    order = lock_order(order)
    check_verify(order, by)
    sources = sources_of(order)
    if sight != sight_of_source(order, sources):
        raise OrderError(gettext_noop("The order, or what came with it, has changed since you looked: compare again."))
    _check_compared(sources, compared, opened, note)
    rows = order.lines_with_products()
    revision = keep_revision(by=order.entered_by, order=order, rows=rows)
    Verification.objects.create(
        order=order,
        outcome=Verification.Outcome.PASSED,
        revision=revision,
        reason=why_verify(order) or "asked",
        note=note,
        compared={"groups": [group.value for group in GROUPS], "evidence": [row.pk for row in sources]},
        by=by,
    )
    way = Walk(order)
    way.step(by=by, to=Status.VERIFIED, note=note)
    settle_way(by=None, way=way, rows=rows, revision=revision)
    way.write()
    return order


@transaction.atomic
def bounce_order(*, by: User, order: Order, faults: Sequence[FaultFound], note: str = "") -> list[ErrorEvent]:
    """Send an entered order back to its clerk; each fault goes into the ledger against whoever wrote the value."""
    note = clean_text(note, "note", most=500)
    order = lock_order(order)
    check_verify(order, by)
    if not faults:
        raise OrderError(gettext_noop("Name at least one field that is wrong, and what would be right."))
    reason = why_verify(order) or "asked"
    events = [_record(by, order, fault) for fault in faults]
    Verification.objects.create(
        order=order,
        outcome=Verification.Outcome.BOUNCED,
        revision=keep_revision(by=order.entered_by, order=order),
        reason=reason,
        note=note,
        by=by,
    )
    told = {"errors": [event.number for event in events]}
    move_held(by=by, order=order, to=Status.ENTERED, note=note, told=told)
    if order.entered_by is not None:
        notify(
            user=order.entered_by,
            text_key=gettext_noop("Order %(order)s was sent back to you by its verifier."),
            values={"order": order.number},
            url=reverse("orders:detail", args=[order.pk]),
        )
    return events


def _check_compared(sources: list[Evidence], compared: Collection[str], opened: Collection[int], note: str) -> None:
    for group in GROUPS:
        if group not in compared:
            raise OrderError(
                gettext_noop("Compare “%(question)s” with what the customer sent."),
                {"question": group.label},
                field=group.value,
            )
    for row in files_to_open(sources):
        if row.pk not in opened:
            raise OrderError(
                gettext_noop("Open “%(file)s” first: no page can show it."), {"file": str(row)}, field=f"file_{row.pk}"
            )
    if not sources and not note:
        raise OrderError(
            gettext_noop("Nothing the customer sent is kept: say what you compared the order with."), field="note"
        )


def _record(by: User, order: Order, fault: FaultFound) -> ErrorEvent:
    """The fault as an error of the ledger; the wrong value is what is stored, never what somebody says it was."""
    known = HEADER_FAULTS if fault.line is None else LINE_FAULTS
    if fault.field not in known:
        raise OrderError(gettext_noop("Choose the field that is wrong."), field="field")
    right = clean_text(fault.right_value, "right_value", most=300, missing=gettext_noop("Say what would be right."))
    owner: Order | OrderLine = fault.line or order
    wrong = plain_value(getattr(owner, fault.field))
    if str(wrong) == right:
        raise OrderError(gettext_noop("“%(value)s” is what stands there: say what would be right."), {"value": right})
    return record_error(
        order=order,
        line=fault.line,
        field=fault.field,
        wrong=wrong,
        right=right,
        type=fault.type or None,
        caught_stage=ErrorEvent.Stage.VERIFICATION,
        caught_by=by,
        origin=ErrorEvent.Origin.VERIFICATION,
    )
