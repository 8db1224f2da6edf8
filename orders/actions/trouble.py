"""When it goes wrong: exceptions on the way, what the warehouse sends back, what is never shipped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_noop

from orders.actions.cancel import reopen_order
from orders.actions.complete import complete_order
from orders.actions.diary import write_diary
from orders.actions.errors import record_error
from orders.actions.hold import write_hold
from orders.actions.locks import lock_lines, lock_order
from orders.actions.move import move_order
from orders.actions.returns import announced_quantities
from orders.actions.ship import call_off_pending, open_quantity, pending_quantities
from orders.errors import OrderError
from orders.models import CaseStub, ErrorEvent, Hold, Order, OrderLine, Shipment, ShipmentLine, ShortClose
from orders.shipping.axes import refresh_axes
from orders.shipping.moves import GONE, check_quantities, troubles_of
from orders.snapshots import HEADER_FIELDS, LINE_FIELDS
from orders.status import Status
from orders.words import REASON_MISSING, clean_text
from staff.actions.notices import notify
from staff.roles import Permission

if TYPE_CHECKING:
    from staff.models import User

S = Shipment.State
_UNTOUCHED = frozenset({S.REQUESTED, S.ACCEPTED, S.SHORT, S.CANCELLED})


@dataclass(frozen=True, slots=True)
class Fault:
    """One wrong field the warehouse has found: of a row, or of the order (no row)."""

    field: str
    right_value: str
    line: OrderLine | None = None
    type: str = ""


@transaction.atomic
def report_trouble(*, by: User, shipment: Shipment, trouble: str, note: str) -> CaseStub:
    """Something is lost, damaged, refused, late or less than is written: opens a case and tells the order's clerk."""
    note = clean_text(note, "note", most=500, missing=gettext_noop("Say what happened."))
    if trouble not in Shipment.Trouble.values or not trouble:
        raise OrderError(gettext_noop("Choose what went wrong."), field="trouble")
    order = lock_order(shipment.order)
    if order.state == Status.CLOSED:
        raise _stays(order)
    shipment = Shipment.objects.select_for_update(of=("self",)).get(pk=shipment.pk)
    if shipment.state in GONE and trouble not in troubles_of(shipment):
        raise OrderError(gettext_noop("It has arrived: it is not late any more."))
    if shipment.state not in GONE and trouble != Shipment.Trouble.LATE:
        raise OrderError(gettext_noop("Only what has left the house can be lost, damaged or refused."))
    if shipment.trouble or shipment.state == S.CANCELLED:
        raise OrderError(gettext_noop("An exception is open for this shipment, or it was cancelled."))
    return open_trouble(by=by, order=order, shipment=shipment, trouble=trouble, note=note)


def open_trouble(*, by: User | None, order: Order, shipment: Shipment, trouble: str, note: str) -> CaseStub:
    """Mark a shipment, open its case, tell the clerk; nobody's name where the house found it. Both are locked."""
    shipment.trouble, shipment.trouble_note = trouble, note
    shipment.version += 1
    shipment.save(update_fields=["trouble", "trouble_note", "version"])
    case = CaseStub.objects.create(order=order, shipment=shipment, kind=trouble, note=note, opened_by=by)
    after = {"shipment": shipment.pk, "number": shipment.number, "trouble": trouble, "case": case.pk}
    write_diary(order=order, kind="shipment_trouble", by=by, after=after, note=note)
    refresh_axes(order)
    _tell_owner(order, by, gettext_noop("Something is wrong with shipment %(number)s."), {"number": shipment.number})
    return case


@transaction.atomic
def settle_trouble(
    *,
    by: User,
    case: CaseStub,
    outcome: str,
    ship_again: bool = False,
    missing: Mapping[OrderLine, Decimal] | None = None,
) -> CaseStub:
    """Close the case; so much of the shipment's rows as is ``missing`` can leave once more, all with ``ship_again``.

    What is missing of a completed order opens it again, which is a supervisor's to do; OrderError for anybody else, for
    more than was in the shipment, and for what came back or will.
    """
    outcome = clean_text(outcome, "outcome", most=300, missing=gettext_noop("Say how it ended."))
    order = lock_order(case.order)
    case = CaseStub.objects.select_for_update(of=("self",)).get(pk=case.pk)
    if case.closed_at is not None:
        raise OrderError(gettext_noop("This case is closed already."))
    case.closed_at, case.closed_by, case.outcome = timezone.now(), by, outcome
    case.save(update_fields=["closed_at", "closed_by", "outcome"])
    lacking: dict[str, str] = {}
    if case.shipment_id is not None:
        shipment = Shipment.objects.select_for_update(of=("self",)).get(pk=case.shipment_id)
        shipment.trouble = Shipment.Trouble.NONE
        shipment.version += 1
        lacking = _take_back(order, shipment, None if ship_again else missing or {})
        if lacking and order.state == Status.COMPLETED:
            order = _open_again(by, order, outcome)
        shipment.save(update_fields=["trouble", "state", "version"])
    after = {"case": case.pk, "shipment": case.shipment_id, "ship_again": ship_again, "missing": lacking}
    write_diary(order=order, kind="trouble_settled", by=by, after=after, note=outcome)
    refresh_axes(order)
    complete_order(order=order)
    return case


@transaction.atomic
def bounce_from_warehouse(*, by: User, order: Order, faults: Sequence[Fault], note: str = "") -> Order:
    """The warehouse cannot ship what is written: every fault goes into the ledger against who wrote it.

    Nothing picked yet: the order goes back to confirmed and its shipments are taken back. Otherwise it stays released
    with a hold, so that nothing more leaves until somebody has put it right.
    """
    note = clean_text(note, "note", most=300)
    if not faults:
        raise OrderError(gettext_noop("Say at least one thing that is wrong."))
    order = lock_order(order)
    if order.state != Status.RELEASED:
        raise OrderError(
            gettext_noop("Only released orders are sent back; this one is %(state)s."),
            {"state": order.get_state_display()},
        )
    events = [_record(by, order, fault) for fault in faults]
    after = {"errors": [event.number for event in events]}
    write_diary(order=order, kind="warehouse_bounced", by=by, after=after, note=note)
    reason = note or ", ".join(sorted({event.field for event in events}))
    if all(state in _UNTOUCHED for state in order.shipments.values_list("state", flat=True)):
        call_off_pending(by=by, order=order, reason=reason)
        order = move_order(by=by, order=order, to=Status.CONFIRMED, note=note)
    else:
        write_hold(by=by, order=order, kind=Hold.Kind.DOCUMENT, reason=reason[:300])
    _tell_owner(order, by, gettext_noop("The warehouse has sent back %(order)s."), {"order": order.number})
    return order


@transaction.atomic
def short_close(*, by: User, line: OrderLine, quantity: Decimal, reason: str) -> ShortClose:
    """A quantity of a row will not be shipped any more; the order is completed if nothing else was missing.

    OrderError for more than is neither shipped nor on its way out.
    """
    reason = clean_text(reason, "reason", most=200, missing=REASON_MISSING)
    order = lock_order(line.order)
    if order.state not in (Status.CONFIRMED, Status.RELEASED):
        raise OrderError(
            gettext_noop("An order that is %(state)s cannot be short-closed."), {"state": order.get_state_display()}
        )
    line = lock_lines(order)[line.pk]
    left = open_quantity(line, pending_quantities(order))
    if not check_quantities({line.pk: quantity}, {line.pk: line.position}) or quantity > left:
        raise OrderError(
            gettext_noop("Row %(row)s: from more than 0 up to %(left)s can be short-closed."),
            {"row": line.position, "left": f"{left.normalize():f}"},
            line=line.position,
            field="quantity",
        )
    line.cancelled_quantity += quantity
    line.save(update_fields=["cancelled_quantity"])
    closed = ShortClose.objects.create(line=line, quantity=quantity, reason=reason, by=by)
    after = {"row": line.position, "quantity": f"{quantity.normalize():f}"}
    write_diary(order=order, kind="short_closed", by=by, after=after, note=reason)
    refresh_axes(order)
    complete_order(order=order)
    return closed


@transaction.atomic
def short_close_rows(
    *, by: User, order: Order, quantities: Mapping[OrderLine, Decimal], reason: str
) -> list[ShortClose]:
    """Short-close several rows for one reason: all of them or none."""
    chosen = [(line, quantity) for line, quantity in quantities.items() if quantity]
    if not chosen:
        raise OrderError(gettext_noop("Choose at least one row."))
    lock_order(order)
    return [short_close(by=by, line=line, quantity=quantity, reason=reason) for line, quantity in chosen]


def _take_back(order: Order, shipment: Shipment, wanted: Mapping[OrderLine, Decimal] | None) -> dict[str, str]:
    """What is missing of a shipment (None: all of it) is no longer shipped; answers how much by row, for the diary.

    Of which nothing arrived at all, the shipment is cancelled, unless somebody has signed for it.
    """
    parts = {part.line_id: part for part in shipment.lines.all()}
    rows = lock_lines(order)
    if wanted is None:
        lacking = {pk: part.quantity - part.missing_quantity for pk, part in parts.items()}
    else:
        positions = {pk: line.position for pk, line in rows.items()}
        lacking = check_quantities({line.pk: quantity for line, quantity in wanted.items()}, positions)
    if not lacking:
        return {}
    if shipment.state not in GONE:
        raise OrderError(gettext_noop("What has not left is not shipped again."))
    announced = announced_quantities(order)
    for pk, quantity in lacking.items():
        _take_back_of(rows[pk], parts.get(pk), quantity, announced.get(pk, Decimal(0)))
    ShipmentLine.objects.bulk_update(parts.values(), ["missing_quantity"])
    OrderLine.objects.bulk_update([rows[pk] for pk in lacking], ["shipped_quantity"])
    if shipment.state != S.SIGNED and all(part.missing_quantity == part.quantity for part in parts.values()):
        shipment.state = S.CANCELLED
    return {str(rows[pk].position): f"{quantity.normalize():f}" for pk, quantity in lacking.items()}


def _take_back_of(line: OrderLine, part: ShipmentLine | None, quantity: Decimal, announced: Decimal) -> None:
    left = part.quantity - part.missing_quantity if part is not None else Decimal(0)
    if part is None or quantity > left:
        raise OrderError(
            gettext_noop("Row %(row)s: %(left)s was in it, more cannot be missing."),
            {"row": line.position, "left": f"{left.normalize():f}"},
            line=line.position,
            field="quantity",
        )
    part.missing_quantity += quantity
    line.shipped_quantity -= quantity
    if line.shipped_quantity < line.returned_quantity + announced:
        raise OrderError(
            gettext_noop("Row %(row)s: some of it came back or will come back; ask for a replacement instead."),
            {"row": line.position},
        )


def _open_again(by: User, order: Order, reason: str) -> Order:
    if not by.may(Permission.SUPERVISE_ORDERS):
        raise OrderError(gettext_noop("The order is completed: a manager settles this, for it opens the order again."))
    return reopen_order(by=by, order=order, reason=reason)


def _stays(order: Order) -> OrderError:
    return OrderError(gettext_noop("An order that is %(state)s stays as it is."), {"state": order.get_state_display()})


def _record(by: User, order: Order, fault: Fault) -> ErrorEvent:
    fields = LINE_FIELDS if fault.line is not None else HEADER_FIELDS
    if fault.field not in fields:
        raise OrderError(gettext_noop("Choose the field that is wrong."), field="field")
    if fault.line is not None and fault.line.order_id != order.pk:
        raise OrderError(gettext_noop("This row is not part of the order any more."))
    right = clean_text(fault.right_value, "right_value", most=300)
    wrong: Any = getattr(fault.line if fault.line is not None else order, fault.field)
    return record_error(
        order=order,
        line=fault.line,
        field=fault.field,
        wrong=wrong,
        right=right,
        type=fault.type or None,
        caught_stage=ErrorEvent.Stage.WAREHOUSE,
        caught_by=by,
        origin=ErrorEvent.Origin.WAREHOUSE,
    )


def _tell_owner(order: Order, by: User | None, text_key: str, values: dict[str, str]) -> None:
    if order.owner is not None and order.owner != by:
        notify(user=order.owner, text_key=text_key, values=values, url=reverse("orders:detail", args=[order.pk]))
