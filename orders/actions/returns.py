"""Goods that come back: asked for, authorised, received, inspected, resolved, and closed with their cause."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Sum
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_noop

from orders.actions.diary import write_diary
from orders.actions.enter import create_order
from orders.actions.errors import record_error
from orders.actions.locks import lock_lines, lock_order
from orders.errors import OrderError
from orders.models import ErrorEvent, Order, OrderLine, OrderReturn, ReturnLine
from orders.rows import LineEntry
from orders.shipping.axes import refresh_axes
from orders.shipping.moves import EXPECTED_RETURNS, check_quantities, check_return_move
from orders.snapshots import LINE_FIELDS
from orders.status import Status
from orders.words import REASON_MISSING, clean_invoice_number, clean_text
from salesops.numbering.numbers import house_day, next_number
from staff.actions.notices import notify
from staff.models import User as Person
from staff.roles import PERMISSIONS, Permission, Role

if TYPE_CHECKING:
    from staff.models import User

R = OrderReturn.State
Cause = OrderReturn.Cause
_DECIDING = {Permission.SUPERVISE_ORDERS, Permission.APPROVE_ORDERS}
_DECIDERS = [role for role in Role if PERMISSIONS[role] & _DECIDING and role != Role.ADMINISTRATOR]
OWN_CAUSES = frozenset({Cause.OUR_ENTRY, Cause.OUR_SHIPMENT})
"""Causes that stand in the error ledger once the return is closed."""


@dataclass(frozen=True, slots=True)
class ReturnedRow:
    """How much of a row comes back; for a cause of our own, which field was wrong and what would have been right."""

    quantity: Decimal
    field: str = ""
    right_value: str = ""


@dataclass(frozen=True, slots=True)
class Inspection:
    """What was found of one returned row: accepted + refused = what came back."""

    accepted: Decimal
    refused: Decimal


@transaction.atomic
def request_return(
    *,
    by: User,
    order: Order,
    lines: Mapping[OrderLine, ReturnedRow],
    cause: str = Cause.UNKNOWN,
    note: str = "",
    freight_by_us: bool = False,
) -> OrderReturn:
    """Note that the customer wants to send these quantities back; OrderError for more than was shipped."""
    note = clean_text(note, "note", most=200)
    _check_choice(cause, Cause.values, "cause")
    order = lock_order(order)
    check_return_request(order)
    rows = lock_lines(order)
    wanted = check_quantities(
        {line.pk: row.quantity for line, row in lines.items()}, {pk: line.position for pk, line in rows.items()}
    )
    if not wanted:
        raise OrderError(gettext_noop("Choose at least one row."))
    announced = announced_quantities(order)
    for line_id, quantity in wanted.items():
        _check_returnable(rows[line_id], announced.get(line_id, Decimal(0)), quantity)
    made = OrderReturn.objects.create(
        order=order, number=next_number("RT", house_day()), state=R.REQUESTED, cause=cause, note=note,
        freight_by_us=freight_by_us, noted_by=by,
    )  # fmt: skip
    for line, row in lines.items():
        if line.pk in wanted:
            _write_row(made, line, row)
    _note(order, R.REQUESTED, by, made, note=note, rows=sorted(rows[pk].position for pk in wanted), cause=cause)
    refresh_axes(order)
    transaction.on_commit(partial(_tell_deciders, order.number, made.pk, by.pk), robust=True)
    return made


@transaction.atomic
def authorise_return(*, by: User, order_return: OrderReturn) -> OrderReturn:
    """The customer may send it back."""
    order, held = _lock(order_return)
    authorised = _step(order, held, R.AUTHORISED, by)
    _tell(authorised.noted_by, by, authorised, gettext_noop("Return %(number)s was authorised."))
    return authorised


@transaction.atomic
def refuse_return(*, by: User, order_return: OrderReturn, reason: str) -> OrderReturn:
    """The customer may not, and why."""
    reason = clean_text(reason, "reason", most=300, missing=REASON_MISSING)
    order, held = _lock(order_return)
    refused = _step(order, held, R.REFUSED, by, note=reason, closed_at=timezone.now())
    _tell(refused.noted_by, by, refused, gettext_noop("Return %(number)s was refused: %(reason)s"), reason=reason)
    return refused


@transaction.atomic
def send_return(*, by: User, order_return: OrderReturn, note: str = "") -> OrderReturn:
    """The customer has handed it to a carrier; ``note`` holds carrier and number."""
    note = clean_text(note, "note", most=300)
    order, held = _lock(order_return)
    return _step(order, held, R.IN_TRANSIT, by, note=note)


@transaction.atomic
def receive_return(*, by: User, order_return: OrderReturn) -> OrderReturn:
    """It is back in the warehouse, not yet looked at."""
    order, held = _lock(order_return)
    return _step(order, held, R.RECEIVED, by, received_at=timezone.now())


@transaction.atomic
def inspect_return(
    *, by: User, order_return: OrderReturn, findings: Mapping[int, Inspection], note: str = ""
) -> OrderReturn:
    """What was found, by the id of the return's row; what is accepted counts as returned from now on."""
    note = clean_text(note, "note", most=300)
    order, held = _lock(order_return)
    check_return_move(held.state, R.INSPECTED)
    rows = lock_lines(order)
    parts = list(held.lines.all())
    for part in parts:
        _write_finding(part, rows[part.line_id], findings.get(part.pk))
    ReturnLine.objects.bulk_update(parts, ["accepted", "refused"])
    OrderLine.objects.bulk_update([rows[part.line_id] for part in parts], ["returned_quantity"])
    refused = {str(rows[part.line_id].position): f"{part.refused:f}" for part in parts if part.refused}
    inspected = _step(order, held, R.INSPECTED, by, note=note, after={"refused": refused})
    _tell(order.owner, by, inspected, gettext_noop("Return %(number)s is inspected: say how it is settled."))
    return inspected


@transaction.atomic
def resolve_return(
    *, by: User, order_return: OrderReturn, resolution: str, red_invoice: str = "", note: str = ""
) -> OrderReturn:
    """Money back, new goods, repair or an allowance. New goods are an order of their own, at no price, linked here."""
    note = clean_text(note, "note", most=300)
    red_invoice = clean_invoice_number(red_invoice, "red_invoice")
    _check_choice(resolution, OrderReturn.Resolution.values, "resolution")
    order, held = _lock(order_return)
    check_return_move(held.state, R.RESOLVED)
    if resolution == OrderReturn.Resolution.REPLACE:
        held.replacement = _replace(by, order, held)
    after = {"resolution": resolution, "replacement": held.replacement.number if held.replacement else ""}
    return _step(
        order, held, R.RESOLVED, by, note=note, after=after, resolution=resolution, red_invoice=red_invoice,
        resolved_at=timezone.now(), replacement=held.replacement,
    )  # fmt: skip


@transaction.atomic
def close_return(
    *, by: User, order_return: OrderReturn, cause: str, rows: Mapping[int, tuple[str, str]] | None = None
) -> OrderReturn:
    """Close it with its cause; a cause of our own goes into the error ledger, row by row.

    ``rows`` gives (field, right value) by the id of the return's row where that was not said before. OrderError while
    the cause is unknown, or while a row of «we entered it wrong» does not say which field was wrong.
    """
    _check_choice(cause, [value for value in Cause.values if value != Cause.UNKNOWN], "cause")
    order, held = _lock(order_return)
    check_return_move(held.state, R.CLOSED)
    held.cause = cause
    numbers = []
    for part in held.lines.select_related("line").order_by("line__position"):
        if rows and part.pk in rows:
            part.field, part.right_value = _own_words(*rows[part.pk])
            part.save(update_fields=["field", "right_value"])
        if cause in OWN_CAUSES:
            numbers.append(_record(by, order, held, part).number)
    return _step(
        order, held, R.CLOSED, by, after={"cause": cause, "errors": numbers}, cause=cause, closed_at=timezone.now()
    )


def check_return_request(order: Order) -> None:
    """OrderError for a closed order: its days for returns are over, and it is locked."""
    if order.state == Status.CLOSED:
        raise OrderError(gettext_noop("This order is closed: nothing comes back to it any more."))


def announced_quantities(order: Order) -> dict[int, Decimal]:
    """How much of each row (by id) is announced to come back and not yet inspected."""
    parts = ReturnLine.objects.filter(order_return__order=order, order_return__state__in=EXPECTED_RETURNS).order_by()
    return {row["line_id"]: row["sum"] for row in parts.values("line_id").annotate(sum=Sum("quantity"))}


def returnable_quantity(line: OrderLine, announced: Mapping[int, Decimal]) -> Decimal:
    """shipped - returned - announced; never below 0."""
    return max(line.shipped_quantity - line.returned_quantity - announced.get(line.pk, Decimal(0)), Decimal(0))


def _lock(order_return: OrderReturn) -> tuple[Order, OrderReturn]:
    order = lock_order(order_return.order)
    return order, OrderReturn.objects.select_for_update(of=("self",)).get(pk=order_return.pk)


def _step(
    order: Order,
    order_return: OrderReturn,
    to: OrderReturn.State,
    by: User,
    *,
    note: str = "",
    after: dict[str, Any] | None = None,
    **fields: Any,
) -> OrderReturn:
    check_return_move(order_return.state, to)
    for field, value in fields.items():
        setattr(order_return, field, value)
    order_return.state = to
    order_return.version += 1
    order_return.save(update_fields=["state", "version", *fields])
    _note(order, to, by, order_return, note=note, **(after or {}))
    refresh_axes(order)
    return order_return


def _note(order: Order, to: OrderReturn.State, by: User, held: OrderReturn, *, note: str, **after: Any) -> None:
    about = {"return": held.pk, "number": held.number}
    write_diary(order=order, kind=f"return_{to.value}", by=by, after=about | after, note=note)


def _tell(person: User | None, by: User, held: OrderReturn, text_key: str, **values: str) -> None:
    if person is not None and person != by:
        url = reverse("orders:return", args=[held.pk])
        notify(user=person, text_key=text_key, values={"number": held.number or "", **values}, url=url)


def _tell_deciders(order_number: str, return_id: int, by_id: int) -> None:
    deciders = Person.objects.filter(is_active=True, role_assignments__role__in=_DECIDERS).exclude(pk=by_id)
    for person in deciders.distinct():
        notify(
            user=person,
            text_key=gettext_noop("A return of order %(order)s waits for your decision."),
            values={"order": order_number},
            url=reverse("orders:return", args=[return_id]),
        )


def _check_choice(value: str, allowed: list[str], field: str) -> None:
    if value not in allowed:
        raise OrderError(gettext_noop("Choose one of the answers."), field=field)


def _check_returnable(line: OrderLine, announced: Decimal, quantity: Decimal) -> None:
    left = max(line.shipped_quantity - line.returned_quantity - announced, Decimal(0))
    if quantity > left:
        raise OrderError(
            gettext_noop("Row %(row)s: %(left)s can still come back at most."),
            {"row": line.position, "left": f"{left.normalize():f}"},
            line=line.position,
            field="quantity",
        )


def _own_words(field: str, right_value: str) -> tuple[str, str]:
    if field and field not in LINE_FIELDS:
        raise OrderError(gettext_noop("Choose the field that is wrong."), field="field")
    return field, clean_text(right_value, "right_value", most=200)


def _write_row(made: OrderReturn, line: OrderLine, row: ReturnedRow) -> None:
    field, right = _own_words(row.field, row.right_value)
    ReturnLine.objects.create(order_return=made, line=line, quantity=row.quantity, field=field, right_value=right)


def _write_finding(part: ReturnLine, line: OrderLine, finding: Inspection | None) -> None:
    if finding is None:
        raise OrderError(gettext_noop("Row %(row)s was not looked at yet."), {"row": line.position}, line=line.position)
    for quantity in (finding.accepted, finding.refused):
        check_quantities({line.pk: quantity}, {line.pk: line.position})
    if finding.accepted + finding.refused != part.quantity:
        raise OrderError(
            gettext_noop("Row %(row)s: accepted and not accepted together must be %(quantity)s."),
            {"row": line.position, "quantity": f"{part.quantity.normalize():f}"},
            line=line.position,
        )
    part.accepted, part.refused = finding.accepted, finding.refused
    line.returned_quantity += finding.accepted


def _replace(by: User, order: Order, held: OrderReturn) -> Order:
    """The accepted quantities once more, at no price; it takes the way of every order."""
    parts = held.lines.select_related("line__product").order_by("line__position")
    entries = [_free_row(part.line, part.accepted) for part in parts if part.accepted]
    if not entries:
        raise OrderError(gettext_noop("Nothing was accepted, so there is nothing to replace."))
    return create_order(
        by=by, customer=order.customer, lines=entries, channel=order.channel, customer_po=order.customer_po,
        currency=order.currency, ship_to=order.ship_to, ship_to_receiver=order.ship_to_receiver,
        ship_to_phone=order.ship_to_phone, ship_method=order.ship_method, remarks=f"{order.number} · {held.number}",
    )  # fmt: skip


def _free_row(line: OrderLine, quantity: Decimal) -> LineEntry:
    # A product that is sold no longer is still replaced: then the row keeps only its name.
    product = line.product if line.product is not None and not line.product.is_discontinued else None
    return LineEntry(
        quantity=quantity, product=product, unit_price=Decimal(0), tax_rate=line.tax_rate,
        product_name=line.product_name, spec=line.spec, unit=line.unit,
        customer_part_number=line.customer_part_number,
    )  # fmt: skip


def _record(by: User, order: Order, held: OrderReturn, part: ReturnLine) -> ErrorEvent:
    """The ledger's entry of one returned row: a field somebody wrote, or what the warehouse shipped."""
    by_warehouse = held.cause == Cause.OUR_SHIPMENT
    if not by_warehouse and not part.field:
        raise OrderError(
            gettext_noop("Row %(row)s: say which field was entered wrong and what would have been right."),
            {"row": part.line.position},
            line=part.line.position,
            field="field",
        )
    field = part.field or "product_code"
    return record_error(
        order=order,
        line=part.line,
        field=field,
        wrong=held.note if by_warehouse else getattr(part.line, field),
        right=part.right_value or (getattr(part.line, field) if by_warehouse else ""),
        made_stage=ErrorEvent.Stage.WAREHOUSE if by_warehouse else None,
        caught_stage=ErrorEvent.Stage.CUSTOMER,
        caught_by=by,
        origin=ErrorEvent.Origin.RETURN,
        is_customer_visible=True,
        order_return=held,
    )
