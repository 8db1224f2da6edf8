"""Amendments as typed rows: from what was written to rows, from rows to the order as it would be. Saves nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_noop

from customers.models import Product
from orders.errors import ConflictError, Difference, OrderError
from orders.models import AmendmentRow, Order, OrderLine, Shipment, ShipmentLine
from orders.rows import LineEntry, apply_entries
from orders.shipping.moves import GONE, PENDING
from orders.snapshots import plain_value
from orders.status import Status

ADDED, REMOVED = "line_added", "line_removed"
AMENDABLE_STATES = frozenset({Status.CONFIRMED, Status.RELEASED})
HEADER_AMENDABLE = (
    "customer_po", "requested_on", "promised_on", "is_urgent", "ship_method", "payment_terms", "ship_to",
    "ship_to_receiver", "ship_to_phone", "invoice_profile_id", "printed_remarks",
)  # fmt: skip
LINE_AMENDABLE = (
    "product_name", "unit", "customer_part_number", "quantity", "unit_price", "discount", "tax_rate", "due_on",
    "remarks",
)  # fmt: skip
ADDRESS_FIELDS = frozenset({"ship_to", "ship_to_receiver", "ship_to_phone", "ship_method"})
PRICE_FIELDS = frozenset({"unit_price", "discount", "tax_rate"})
ASKED_FIELDS = frozenset({"unit_price", "discount"})
_LINE_SUMMARY = ("product_id", "product_code", *LINE_AMENDABLE)
_NUMBERS = frozenset({"quantity", "unit_price", "discount"})
_DAYS = frozenset({"requested_on", "promised_on", "due_on"})
PACKED_OR_GONE = frozenset({Shipment.State.PACKED}) | GONE


@dataclass(frozen=True, slots=True)
class Change:
    """One field that changes; ``line_id`` is None for the header and for a row that comes."""

    line_id: int | None
    position: int
    field: str
    old: Any
    new: Any
    why: str = ""
    """Why it is right, where somebody was asked about it; for us alone."""


def changes_of(
    order: Order, stored: Sequence[OrderLine], entries: Sequence[LineEntry], header: Mapping[str, Any]
) -> list[Change]:
    """What the written rows and header change of the order, field by field; header first, then the rows in order."""
    unknown = set(header) - set(HEADER_AMENDABLE)
    if unknown:
        raise TypeError(f"not to be amended: {sorted(unknown)}")
    written = apply_entries(copy(order), list(stored), entries, {})
    found = [
        Change(None, 0, field, plain_value(getattr(order, field)), plain_value(header[field]))
        for field in HEADER_AMENDABLE
        if field in header and plain_value(getattr(order, field)) != plain_value(header[field])
    ]
    by_id = {line.pk: line for line in stored}
    asked = {id(line): entry.why for line, entry in zip(written, entries, strict=True)}
    kept = {line.pk: line for line in written if line.pk and line.product_id == by_id[line.pk].product_id}
    for old in stored:
        new = kept.get(old.pk)
        if new is None:
            found.append(Change(old.pk, old.position, REMOVED, _summary(old), None))
            continue
        found += [
            Change(
                old.pk,
                old.position,
                field,
                plain_value(getattr(old, field)),
                plain_value(getattr(new, field)),
                asked[id(new)] if field in ASKED_FIELDS else "",
            )
            for field in LINE_AMENDABLE
            if plain_value(getattr(old, field)) != plain_value(getattr(new, field))
        ]
    last = max((line.position for line in stored), default=0)
    added = [line for line in written if line.pk not in kept]
    return found + [
        Change(None, last + place, ADDED, None, _summary(line), asked[id(line)]) for place, line in enumerate(added, 1)
    ]


def _summary(line: OrderLine) -> dict[str, Any]:
    return {field: plain_value(getattr(line, field)) for field in _LINE_SUMMARY}


def changes_in(rows: Iterable[AmendmentRow]) -> list[Change]:
    """Stored rows as changes."""
    return [Change(row.line_id, row.position, row.field, row.old, row.new, row.reason) for row in rows]


def check_rows(order: Order, stored: Sequence[OrderLine], changes: Sequence[Change]) -> None:
    """OrderError for what may not change any more: what was shipped, invoiced or packed, or an order that is done."""
    if order.state not in AMENDABLE_STATES:
        raise OrderError(
            gettext_noop("Only a confirmed or released order is amended; this one is %(state)s."),
            {"state": order.get_state_display()},
        )
    if not changes:
        raise OrderError(gettext_noop("Nothing is changed yet."))
    lines = {line.pk: line for line in stored}
    pending = _pending(order)
    for change in changes:
        line = lines.get(change.line_id or 0)
        if change.line_id is not None and line is None:
            raise OrderError(gettext_noop("This row is not part of the order any more."), line=change.position)
        if line is not None:
            _check_line(line, change, pending.get(line.pk, Decimal(0)))
    if any(change.line_id is None and change.field in ADDRESS_FIELDS for change in changes):
        _check_address(order)


def _check_line(line: OrderLine, change: Change, pending: Decimal) -> None:
    if change.field == REMOVED and (line.shipped_quantity or pending or line.shipment_lines.exists()):
        raise OrderError(
            gettext_noop("Row %(row)s was shipped or is on its way: it cannot be removed. Short-close what is left."),
            {"row": line.position},
            line=line.position,
        )
    if change.field in PRICE_FIELDS and line.invoiced_quantity:
        raise OrderError(
            gettext_noop("Row %(row)s is invoiced: its price stays."),
            {"row": line.position},
            line=line.position,
            field=change.field,
        )
    if change.field == "quantity":
        least = abs(line.shipped_quantity) - abs(line.returned_quantity) + abs(line.cancelled_quantity) + pending
        if abs(Decimal(change.new)) < least:
            raise OrderError(
                gettext_noop("Row %(row)s: at least %(least)s, because that was shipped, is on its way or closed."),
                {"row": line.position, "least": plain_value(least)},
                line=line.position,
                field="quantity",
            )


def _check_address(order: Order) -> None:
    if order.shipments.filter(state__in=PACKED_OR_GONE).exists():
        raise OrderError(
            gettext_noop("The goods are packed: the address stays. Ask the warehouse to unpack first."), field="ship_to"
        )


def _pending(order: Order) -> dict[int, Decimal]:
    """By row, what the warehouse was asked for and has not shipped."""
    found: dict[int, Decimal] = {}
    rows = ShipmentLine.objects.filter(shipment__order=order, shipment__state__in=PENDING)
    for line_id, quantity in rows.values_list("line_id", "quantity"):
        found[line_id] = found.get(line_id, Decimal(0)) + quantity
    return found


def check_unchanged(order: Order, stored: Sequence[OrderLine], changes: Sequence[Change], *, by: str) -> None:
    """ConflictError where a field is no longer what the amendment says it was."""
    lines = {line.pk: line for line in stored}
    stale: list[Difference] = []
    for change in changes:
        if change.field in (ADDED, REMOVED):
            continue
        owner: Order | OrderLine | None = order if change.line_id is None else lines.get(change.line_id)
        now = plain_value(getattr(owner, change.field)) if owner is not None else None
        if now != change.old:
            key = change.field if change.line_id is None else f"lines.{change.position}.{change.field}"
            stale.append(Difference(key, now, change.new))
    if stale:
        raise ConflictError(stale, version=order.version, changed_by=by)


def proposed(order: Order, stored: Sequence[OrderLine], changes: Sequence[Change]) -> tuple[Order, list[OrderLine]]:
    """The order and its rows as the amendment would leave them, with all amounts; rows keep their numbers."""
    future = copy(order)
    header = {change.field: _read(change.field, change.new) for change in changes if _is_header(change)}
    removed = {change.line_id for change in changes if change.field == REMOVED}
    entries = [_kept(line, changes) for line in stored if line.pk not in removed]
    added = [change for change in changes if change.field == ADDED]
    products = Product.objects.in_bulk([change.new["product_id"] for change in added if change.new.get("product_id")])
    entries += [_added(change.new, products) for change in added]
    written = apply_entries(future, list(stored), entries, header)
    positions = {line.pk: line.position for line in stored}
    places = iter(change.position for change in added)
    for line in written:
        line.position = positions[line.pk] if line.pk else next(places)
    return future, written


def _is_header(change: Change) -> bool:
    return change.line_id is None and change.field != ADDED


def _kept(line: OrderLine, changes: Sequence[Change]) -> LineEntry:
    values = {field: getattr(line, field) for field in LINE_AMENDABLE}
    values |= {
        change.field: _read(change.field, change.new)
        for change in changes
        if change.line_id == line.pk and change.field in LINE_AMENDABLE
    }
    return LineEntry(id=line.pk, product=line.product, spec=line.spec, **values)


def _added(new: Mapping[str, Any], products: Mapping[int, Product]) -> LineEntry:
    values = {field: _read(field, new.get(field)) for field in LINE_AMENDABLE}
    values["remarks"] = values["remarks"] or ""
    return LineEntry(product=products.get(new.get("product_id") or 0), **values)


def _read(field: str, value: Any) -> Any:
    """A plain value as the field holds it."""
    if value is None:
        return None
    if field in _NUMBERS:
        return Decimal(value)
    return date.fromisoformat(value) if field in _DAYS else value
