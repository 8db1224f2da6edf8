"""The states of shipments and returns and the allowed moves, as data. Pure: no database."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_DOWN, Decimal

from django.utils.translation import gettext_noop

from orders.errors import OrderError
from orders.models import OrderReturn, Shipment

S = Shipment.State
R = OrderReturn.State

SHIPMENT_MOVES: dict[Shipment.State, frozenset[Shipment.State]] = {
    S.REQUESTED: frozenset({S.ACCEPTED, S.SHORT, S.CANCELLED}),
    S.ACCEPTED: frozenset({S.SHORT, S.PICKED, S.CANCELLED}),
    S.SHORT: frozenset({S.ACCEPTED, S.PICKED, S.CANCELLED}),
    S.PICKED: frozenset({S.PACKED, S.CANCELLED}),
    S.PACKED: frozenset({S.SHIPPED, S.CANCELLED}),
    S.SHIPPED: frozenset({S.DELIVERED, S.SIGNED, S.CANCELLED}),
    S.DELIVERED: frozenset({S.SIGNED, S.CANCELLED}),
    S.SIGNED: frozenset(),
    S.CANCELLED: frozenset(),
}
"""Cancelled after shipped means: lost or refused, and the rows are free to be shipped again."""

PENDING: frozenset[Shipment.State] = frozenset({S.REQUESTED, S.ACCEPTED, S.SHORT, S.PICKED, S.PACKED})
"""Asked for and still in the warehouse: their quantities are taken, and not yet shipped."""

GONE: frozenset[Shipment.State] = frozenset({S.SHIPPED, S.DELIVERED, S.SIGNED})
"""Left the warehouse: their quantities, less what is missing, are in OrderLine.shipped_quantity."""

CORRECTABLE: frozenset[Shipment.State] = frozenset({S.SHIPPED, S.DELIVERED})
"""On the way: carrier and tracking numbers may still be put right; a signature ends that."""

RETURN_MOVES: dict[OrderReturn.State, frozenset[OrderReturn.State]] = {
    R.REQUESTED: frozenset({R.AUTHORISED, R.REFUSED}),
    R.AUTHORISED: frozenset({R.IN_TRANSIT, R.RECEIVED, R.REFUSED}),
    R.REFUSED: frozenset(),
    R.IN_TRANSIT: frozenset({R.RECEIVED}),
    R.RECEIVED: frozenset({R.INSPECTED}),
    R.INSPECTED: frozenset({R.RESOLVED}),
    R.RESOLVED: frozenset({R.CLOSED}),
    R.CLOSED: frozenset(),
    R.NOTED: frozenset(),
}

OPEN_RETURNS: frozenset[OrderReturn.State] = frozenset(
    {R.REQUESTED, R.AUTHORISED, R.IN_TRANSIT, R.RECEIVED, R.INSPECTED}
)
"""Returns in which something is still to be found out; resolved and closed ones are settled."""

EXPECTED_RETURNS: frozenset[OrderReturn.State] = frozenset({R.REQUESTED, R.AUTHORISED, R.IN_TRANSIT, R.RECEIVED})
"""Returns whose quantities are announced and not yet in OrderLine.returned_quantity."""

_PLACES = Decimal("0.0001")
_MOST = Decimal(10) ** 12


def check_shipment_move(source: str, target: Shipment.State) -> None:
    """Raise OrderError with a sentence where a shipment may not become ``target``."""
    if target not in SHIPMENT_MOVES[S(source)]:
        raise OrderError(
            gettext_noop("A shipment that is %(state)s cannot become %(target)s."),
            {"state": S(source).label, "target": target.label},
        )


def troubles_of(shipment: Shipment) -> list[Shipment.Trouble]:
    """What can go wrong with it where it is: in the house it can only be late, and what has arrived is not late."""
    if shipment.state not in GONE:
        return [Shipment.Trouble.LATE]
    known = [each for each in Shipment.Trouble if each]
    has_arrived = shipment.state in (S.DELIVERED, S.SIGNED)
    return [each for each in known if not (has_arrived and each == Shipment.Trouble.LATE)]


def waits_for_address(shipment: Shipment) -> bool:
    """Whether the address changed and nobody in the warehouse has said that they read it."""
    return shipment.address_changed_at is not None and shipment.address_seen_at is None


def check_return_move(source: str, target: OrderReturn.State) -> None:
    """Raise OrderError with a sentence where a return may not become ``target``."""
    if target not in RETURN_MOVES[R(source)]:
        raise OrderError(
            gettext_noop("A return that is %(state)s cannot become %(target)s."),
            {"state": R(source).label, "target": target.label},
        )


def most_shippable(ordered: Decimal, cancelled: Decimal, over_percent: Decimal) -> Decimal:
    """ordered x (1 + tolerance) - cancelled, rounded down to the places a quantity has."""
    return (ordered * (100 + over_percent) / 100 - cancelled).quantize(_PLACES, rounding=ROUND_DOWN)


def check_quantities(quantities: Mapping[int, Decimal], positions: Mapping[int, int]) -> dict[int, Decimal]:
    """The quantities that are not zero, by line id; OrderError for a strange one or a row of another order."""
    kept: dict[int, Decimal] = {}
    for line_id, quantity in quantities.items():
        if line_id not in positions:
            raise OrderError(gettext_noop("This row is not part of the order any more."))
        if not quantity.is_finite() or quantity < 0 or quantity >= _MOST or quantity != quantity.quantize(_PLACES):
            raise OrderError(
                gettext_noop("Row %(row)s: a quantity is a number from 0 with at most four decimal places."),
                {"row": positions[line_id]},
                line=positions[line_id],
                field="quantity",
            )
        if quantity:
            kept[line_id] = quantity
    return kept
