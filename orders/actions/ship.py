"""Shipments: what is asked of the warehouse, what leaves it, and how it arrives."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext_noop

from orders.actions.complete import complete_order
from orders.actions.diary import write_diary
from orders.actions.locks import lock_lines, lock_order
from orders.errors import OrderError
from orders.models import Hold, Order, OrderLine, Shipment, ShipmentLine
from orders.shipping.axes import refresh_axes
from orders.shipping.moves import (
    CORRECTABLE,
    GONE,
    PENDING,
    check_quantities,
    check_shipment_move,
    most_shippable,
    waits_for_address,
)
from orders.shipping.photos import Photo, keep_photo
from orders.status import Status
from orders.words import REASON_MISSING, clean_text
from salesops.numbering.numbers import house_day, next_number
from staff.roles import Permission

if TYPE_CHECKING:
    from staff.models import User

S = Shipment.State
_BETWEEN_NUMBERS = re.compile(r"[\s,;，；、]+")
_MOST_OF_NUMBERS = 300  # Shipment.tracking_numbers
Quantities = Mapping[OrderLine, Decimal]


@transaction.atomic
def request_shipment(*, by: User, order: Order, lines: Quantities, note: str = "") -> Shipment:
    """Ask the warehouse to ship these quantities of a released order, all or a part of what is left.

    OrderError where an open hold stands in the way, a row would go beyond what was ordered and the customer's
    tolerance, or a customer who takes complete deliveries only would get a part.
    """
    note = clean_text(note, "note", most=500)
    order = lock_order(order)
    _check_may_leave(order)
    rows = lock_lines(order)
    wanted = check_quantities(
        {line.pk: quantity for line, quantity in lines.items()}, {pk: row.position for pk, row in rows.items()}
    )
    if not wanted:
        raise OrderError(gettext_noop("Choose at least one row."))
    taken = pending_quantities(order)
    for line_id, quantity in wanted.items():
        _check_limit(order, rows[line_id], rows[line_id].shipped_quantity + taken.get(line_id, Decimal(0)) + quantity)
    _check_complete(order, rows.values(), taken, wanted)
    shipment = Shipment.objects.create(
        number=next_number("SH", house_day()), order=order, note=note, carrier=order.ship_method, requested_by=by
    )
    _write_lines(shipment, wanted)
    _note(order, "shipment_requested", by, shipment, rows=_positions(rows, wanted), note=note)
    refresh_axes(order)
    return shipment


def check_ask_shipment(order: Order, by: User) -> None:
    """Whether this person may ask for a shipment of the order now; OrderError or PermissionDenied with the reason."""
    if not by.may(Permission.ENTER_ORDERS):
        raise PermissionDenied
    if order.state == Status.CONFIRMED:
        raise OrderError(gettext_noop("Release the order first."))
    _check_may_leave(order)
    taken = pending_quantities(order)
    if not any(open_quantity(line, taken) for line in order.lines.all()):
        raise OrderError(
            gettext_noop("Everything is shipped or on its way. Report at its shipment what did not arrive.")
        )


@transaction.atomic
def accept_shipment(*, by: User, shipment: Shipment) -> Shipment:
    """The warehouse will ship all of it."""
    order, shipment = _lock(shipment)
    return _step(order, shipment, S.ACCEPTED, by, accepted_at=timezone.now())


@transaction.atomic
def short_shipment(*, by: User, shipment: Shipment, available: Quantities, note: str = "") -> Shipment:
    """The warehouse can ship only a part: the shipment shrinks to it, the rest is free to be asked for later."""
    note = clean_text(note, "note", most=500)
    order, shipment = _lock(shipment)
    asked = dict(shipment.lines.values_list("line_id", "quantity"))
    positions = dict(order.lines.values_list("pk", "position"))
    have = check_quantities({line.pk: quantity for line, quantity in available.items()}, positions)
    if any(quantity > asked.get(line_id, Decimal(0)) for line_id, quantity in have.items()):
        raise OrderError(gettext_noop("This is more than was asked for."))
    if have == asked:
        raise OrderError(gettext_noop("Nothing is short here: accept the shipment."))
    if not have:
        raise OrderError(gettext_noop("Nothing would be left of the shipment: cancel it and say why."))
    if order.customer.ships_complete:
        raise OrderError(
            gettext_noop("%(name)s takes complete deliveries only. Cancel the shipment and say when all is there."),
            {"name": order.customer_name},
        )
    shipment.lines.all().delete()
    _write_lines(shipment, have)
    missing = {positions[pk]: f"{(quantity - have.get(pk, 0)).normalize():f}" for pk, quantity in asked.items()}
    short = {str(row): text for row, text in missing.items() if text != "0"}
    return _step(order, shipment, S.SHORT, by, note=note, after={"short": short}, accepted_at=timezone.now())


@transaction.atomic
def pick_shipment(*, by: User, shipment: Shipment, picked: Quantities | None = None) -> Shipment:
    """The goods are off the shelves; ``picked`` says how much of each row where it is not what was asked for."""
    order, shipment = _lock(shipment)
    if picked is not None:
        _write_picked(order, shipment, picked)
    return _step(order, shipment, S.PICKED, by, picked_at=timezone.now())


@transaction.atomic
def pack_shipment(
    *, by: User, shipment: Shipment, packages: int | None = None, weight: Decimal | None = None
) -> Shipment:
    """Packed: how many packages and how many kilograms."""
    order, shipment = _lock(shipment)
    return _step(order, shipment, S.PACKED, by, packed_at=timezone.now(), packages=packages, weight=weight)


@transaction.atomic
def ship_shipment(
    *, by: User, shipment: Shipment, carrier: str, tracking_numbers: str = "", freight: Decimal | None = None
) -> Shipment:
    """It leaves the house: the rows count as shipped from now on. Everything is checked once more under the lock."""
    carrier, numbers = _read_way(carrier, tracking_numbers)
    order, shipment = _lock(shipment)
    check_shipment_move(shipment.state, S.SHIPPED)
    _check_may_leave(order)
    rows = lock_lines(order)
    going = dict(shipment.lines.values_list("line_id", "quantity"))
    for line_id, quantity in going.items():
        line = rows[line_id]
        _check_limit(order, line, line.shipped_quantity + quantity)
        line.shipped_quantity += quantity
    OrderLine.objects.bulk_update([rows[line_id] for line_id in going], ["shipped_quantity"])
    shipped = _step(
        order, shipment, S.SHIPPED, by, note=" · ".join(part for part in (carrier, numbers) if part),
        after={"rows": _positions(rows, going)}, shipped_at=timezone.now(), shipped_by=by, carrier=carrier,
        tracking_numbers=numbers, freight=freight,
    )  # fmt: skip
    refresh_axes(order)
    return shipped


@transaction.atomic
def correct_tracking(*, by: User, shipment: Shipment, carrier: str, tracking_numbers: str = "") -> Shipment:
    """Put right who carries what has left the house, and under which numbers, until somebody has signed for it."""
    carrier, numbers = _read_way(carrier, tracking_numbers)
    order, shipment = _lock(shipment)
    if shipment.state not in CORRECTABLE:
        raise OrderError(
            gettext_noop("Carrier and tracking numbers are corrected while a shipment is on its way; it is %(state)s."),
            {"state": shipment.get_state_display()},
        )
    before = {"carrier": shipment.carrier, "tracking_numbers": shipment.tracking_numbers}
    if (carrier, numbers) == (shipment.carrier, shipment.tracking_numbers):
        raise OrderError(gettext_noop("Nothing is changed yet."))
    shipment.carrier, shipment.tracking_numbers = carrier, numbers
    shipment.version += 1
    shipment.save(update_fields=["carrier", "tracking_numbers", "version"])
    about = {"shipment": shipment.pk, "number": shipment.number}
    after = about | {"carrier": carrier, "tracking_numbers": numbers}
    write_diary(order=order, kind="shipment_corrected", by=by, before=before, after=after)
    return shipment


@transaction.atomic
def deliver_shipment(*, by: User, shipment: Shipment, at: datetime | None = None) -> Shipment:
    """The carrier says it has arrived."""
    order, shipment = _lock(shipment)
    _check_no_trouble(shipment)
    _step(order, shipment, S.DELIVERED, by, delivered_at=at or timezone.now())
    refresh_axes(order)
    return shipment


@transaction.atomic
def sign_shipment(
    *, by: User, shipment: Shipment, signed_by_name: str, photo: Photo | None = None, at: datetime | None = None
) -> Shipment:
    """The customer signed for it; the picture of the receipt is kept as evidence. The order is completed if it was
    the last thing missing."""
    name = clean_text(signed_by_name, "signed_by_name", most=80, missing=gettext_noop("Say who signed for it."))
    order, shipment = _lock(shipment)
    _check_no_trouble(shipment)
    check_shipment_move(shipment.state, S.SIGNED)
    proof = keep_photo(by=by, order=order, photo=photo) if photo is not None else None
    moment = at or timezone.now()
    _step(
        order, shipment, S.SIGNED, by, note=name, signed_at=moment, signed_by_name=name, proof=proof,
        delivered_at=shipment.delivered_at or moment,
    )  # fmt: skip
    refresh_axes(order)
    complete_order(order=order)
    return shipment


@transaction.atomic
def cancel_shipment(*, by: User, shipment: Shipment, reason: str) -> Shipment:
    """Take back a shipment that has not left the house; its quantities are free again. The order is completed if
    nothing else was missing."""
    reason = clean_text(reason, "reason", most=300, missing=REASON_MISSING)
    order, shipment = _lock(shipment)
    if shipment.state in GONE:
        raise OrderError(gettext_noop("This shipment has left the house. Report what went wrong with it instead."))
    _step(order, shipment, S.CANCELLED, by, note=reason)
    refresh_axes(order)
    complete_order(order=order)
    return shipment


def call_off_pending(*, by: User, order: Order, reason: str) -> None:
    """Take back every shipment of an order that itself goes back from the warehouse; the caller holds the order."""
    pending = Shipment.objects.select_for_update(of=("self",)).filter(order=order, state__in=PENDING).order_by("pk")
    for shipment in pending:
        _step(order, shipment, S.CANCELLED, by, note=reason)
    refresh_axes(order)


def pending_quantities(order: Order) -> dict[int, Decimal]:
    """How much of each row (by id) stands in shipments that have not left the house."""
    lines = ShipmentLine.objects.filter(shipment__order=order, shipment__state__in=PENDING).order_by()
    return {row["line_id"]: row["taken"] for row in lines.values("line_id").annotate(taken=Sum("quantity"))}


def open_quantity(line: OrderLine, taken: Mapping[int, Decimal]) -> Decimal:
    """What is still to be asked for of a row: ordered - cancelled - shipped - on its way out; never below 0."""
    left = line.quantity - line.cancelled_quantity - line.shipped_quantity - taken.get(line.pk, Decimal(0))
    return max(left, Decimal(0))


def _read_way(carrier: str, tracking_numbers: str) -> tuple[str, str]:
    """Who carries it and the numbers, however they were parted; OrderError for what cannot be kept."""
    carrier = clean_text(carrier, "carrier", most=80, missing=gettext_noop("Say who carries it."))
    typed = clean_text(tracking_numbers, "tracking_numbers", most=290)
    numbers = ", ".join(part for part in _BETWEEN_NUMBERS.split(typed) if part)
    if len(numbers) > _MOST_OF_NUMBERS:  # parted by single commas they grow by a space each
        raise OrderError(
            gettext_noop("These are too many numbers: %(most)s characters at most, with a comma and a space between."),
            {"most": _MOST_OF_NUMBERS},
            field="tracking_numbers",
        )
    return carrier, numbers


def _lock(shipment: Shipment) -> tuple[Order, Shipment]:
    """The order first, as everybody locks, then its shipment."""
    order = lock_order(shipment.order)
    return order, Shipment.objects.select_for_update(of=("self",)).get(pk=shipment.pk)


def _step(
    order: Order,
    shipment: Shipment,
    to: Shipment.State,
    by: User,
    *,
    note: str = "",
    after: dict[str, Any] | None = None,
    **fields: Any,
) -> Shipment:
    """Move a locked shipment along its table and write it down."""
    check_shipment_move(shipment.state, to)
    if to in (S.PACKED, S.SHIPPED) and waits_for_address(shipment):
        raise OrderError(gettext_noop("The address has changed since: the warehouse says first that it has read it."))
    if to in GONE and shipment.trouble == Shipment.Trouble.LATE:
        fields["trouble"] = Shipment.Trouble.NONE  # it goes on; its case stays open until somebody closes it
    for field, value in fields.items():
        setattr(shipment, field, value)
    shipment.state = to
    shipment.version += 1
    shipment.save(update_fields=["state", "version", *fields])
    _note(order, f"shipment_{to.value}", by, shipment, note=note, **(after or {}))
    return shipment


def _note(order: Order, kind: str, by: User | None, shipment: Shipment, *, note: str = "", **after: Any) -> None:
    about = {"shipment": shipment.pk, "number": shipment.number}
    write_diary(order=order, kind=kind, by=by, after=about | after, note=note)


def _check_may_leave(order: Order) -> None:
    if order.state != Status.RELEASED:
        raise OrderError(
            gettext_noop("Only released orders are shipped; this one is %(state)s."),
            {"state": order.get_state_display()},
        )
    hold = Hold.objects.filter(order=order, released_at__isnull=True).first()
    if hold is not None:
        raise OrderError(
            gettext_noop("A hold stands in the way (%(kind)s): %(reason)s"),
            {"kind": hold.get_kind_display(), "reason": hold.reason},
        )


def _check_limit(order: Order, line: OrderLine, total: Decimal) -> None:
    most = most_shippable(line.quantity, line.cancelled_quantity, order.customer.over_ship_percent)
    if total > most:
        raise OrderError(
            gettext_noop("Row %(row)s: %(total)s would be shipped in all, %(most)s is the most that may be."),
            {"row": line.position, "total": f"{total.normalize():f}", "most": f"{max(most, Decimal(0)).normalize():f}"},
            line=line.position,
            field="quantity",
        )


def _check_complete(
    order: Order, rows: Iterable[OrderLine], taken: Mapping[int, Decimal], wanted: Mapping[int, Decimal]
) -> None:
    """A customer who takes complete deliveries only gets all that is left at once."""
    if not order.customer.ships_complete:
        return
    for line in rows:
        if wanted.get(line.pk, Decimal(0)) < open_quantity(line, taken):
            raise OrderError(
                gettext_noop("%(name)s takes complete deliveries only; row %(row)s would stay behind."),
                {"name": order.customer_name, "row": line.position},
                line=line.position,
            )


def _check_no_trouble(shipment: Shipment) -> None:
    """What is only late may still arrive."""
    if shipment.trouble and shipment.trouble != Shipment.Trouble.LATE:
        raise OrderError(
            gettext_noop("Something is wrong with this shipment (%(trouble)s); settle that first."),
            {"trouble": shipment.get_trouble_display()},
        )


def _write_picked(order: Order, shipment: Shipment, picked: Quantities) -> None:
    """Replace what was asked for by what was picked, within the customer's tolerance."""
    rows = lock_lines(order)
    asked = dict(shipment.lines.values_list("line_id", "quantity"))
    have = check_quantities(
        {line.pk: quantity for line, quantity in picked.items()}, {pk: row.position for pk, row in rows.items()}
    )
    if not have or set(have) - set(asked):
        raise OrderError(gettext_noop("Only rows of the shipment can be picked, and at least one of them."))
    taken = pending_quantities(order)
    for line_id, quantity in have.items():
        others = taken.get(line_id, Decimal(0)) - asked[line_id]
        _check_limit(order, rows[line_id], rows[line_id].shipped_quantity + others + quantity)
    short = any(have.get(line_id, Decimal(0)) < quantity for line_id, quantity in asked.items())
    if short and order.customer.ships_complete:
        raise OrderError(
            gettext_noop("%(name)s takes complete deliveries only. Cancel the shipment and say when all is there."),
            {"name": order.customer_name},
        )
    if have != asked:
        shipment.lines.all().delete()
        _write_lines(shipment, have)


def _write_lines(shipment: Shipment, quantities: Mapping[int, Decimal]) -> None:
    ShipmentLine.objects.bulk_create(
        ShipmentLine(shipment=shipment, line_id=line_id, quantity=quantity) for line_id, quantity in quantities.items()
    )


def _positions(rows: Mapping[int, OrderLine], chosen: Iterable[int]) -> list[int]:
    return sorted(rows[line_id].position for line_id in chosen)
