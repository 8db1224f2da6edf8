"""What the desk should hold, kept beside the database: states, sums, goods, approvals. Knows nothing of the product."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal

from orders.models import Approval, ApprovalRule, Shipment
from orders.status import Status

S = Status
OPEN, GRANTED = Approval.State.OPEN, Approval.State.GRANTED
Kind = ApprovalRule.Kind
CREDIT_LIMIT = Decimal(6000)
LARGE_ORDER = Decimal(3000)
FOUR_EYES = Decimal(2000)
SELF_REVIEW = Decimal(1500)
OVER_SHIP = Decimal(10)
"""Percent that may be shipped beyond what was ordered."""
USES_CREDIT = frozenset({S.CONFIRMED, S.RELEASED, S.COMPLETED})
PENDING = frozenset({"requested", "accepted", "short", "picked", "packed"})
GONE = frozenset({"shipped", "delivered", "signed"})
EXPECTED = frozenset({"requested", "authorised", "in_transit", "received"})
NOTHING = Decimal(0)


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)


@dataclass
class ModelRow:
    """One row of an order, prices with tax."""

    quantity: Decimal
    price: Decimal
    shipped: Decimal = NOTHING
    returned: Decimal = NOTHING
    closed: Decimal = NOTHING

    @property
    def amount(self) -> Decimal:
        """Quantity x price to the cent."""
        return _cents(self.quantity * self.price)

    @property
    def owed(self) -> Decimal:
        """The money of what the customer keeps or will get."""
        return self.amount * (max(self.shipped, self.quantity - self.closed) - self.returned) / self.quantity

    @property
    def most(self) -> Decimal:
        """The most that may leave the house."""
        return self.quantity * (100 + OVER_SHIP) / 100 - self.closed


@dataclass
class ModelParcel:
    """A shipment or a return: its state, and how much of which row."""

    state: str
    parts: dict[int, Decimal]
    trouble: str = ""
    missing: dict[int, Decimal] = field(default_factory=dict)


@dataclass
class ModelOrder:
    """One order as it should stand."""

    pk: int
    number: str
    po: str
    rows: dict[int, ModelRow]
    writers: set[int]
    state: Status = S.RECEIVED
    holds: set[int] = field(default_factory=set)
    live: dict[str, tuple[tuple[str, ...], str]] = field(default_factory=dict)
    shipments: dict[int, ModelParcel] = field(default_factory=dict)
    returns: dict[int, ModelParcel] = field(default_factory=dict)
    looked_at: str = ""  # what a second person passed
    bounced: bool = False
    reopened: bool = False
    amending: set[int] = field(default_factory=set)  # who wrote the amendment that waits to be decided

    @property
    def total(self) -> Decimal:
        """The sum of the rows."""
        return sum((row.amount for row in self.rows.values()), NOTHING)

    @property
    def owed(self) -> Decimal:
        """What of it uses credit, to the cent."""
        return _cents(sum((row.owed for row in self.rows.values()), NOTHING))

    @property
    def content(self) -> str:
        """What a second person looks at, in one word."""
        return f"{self.po} {sorted((pk, str(row.quantity), str(row.price)) for pk, row in self.rows.items())}"

    def taken(self, pk: int) -> Decimal:
        """How much of a row stands in shipments that have not left."""
        return sum((each.parts.get(pk, NOTHING) for each in self.shipments.values() if each.state in PENDING), NOTHING)

    def announced(self, pk: int) -> Decimal:
        """How much of a row is announced to come back."""
        return sum((each.parts.get(pk, NOTHING) for each in self.returns.values() if each.state in EXPECTED), NOTHING)

    def left(self, pk: int) -> Decimal:
        """How much of a row can still be asked for."""
        row = self.rows[pk]
        return max(row.quantity - row.closed - row.shipped - self.taken(pk), NOTHING)

    @property
    def is_done(self) -> bool:
        """Everything has left or never will, what left has been signed for, and nobody decides on a change."""
        if self.amending:
            return False
        parcels = [each for each in self.shipments.values() if each.state != Shipment.State.CANCELLED]
        nothing_left = all(row.shipped >= row.quantity - row.closed for row in self.rows.values())
        moved = bool(parcels) or any(row.closed for row in self.rows.values())
        return nothing_left and moved and all(each.state == "signed" and not each.trouble for each in parcels)


class ModelDesk:
    """All orders of the one customer, and what the approval rules say of them."""

    def __init__(self) -> None:
        self.orders: dict[int, ModelOrder] = {}

    def credit_used(self, besides: ModelOrder) -> Decimal:
        """What the customer's other orders use of the limit."""
        others = (each for each in self.orders.values() if each.state in USES_CREDIT and each.pk != besides.pk)
        return _cents(sum((row.owed for each in others for row in each.rows.values()), NOTHING))

    def is_covered(self, order: ModelOrder) -> bool:
        """Whether the order fits under the limit."""
        return order.owed == 0 or self.credit_used(order) + order.owed <= CREDIT_LIMIT

    def fires(self, order: ModelOrder) -> dict[str, tuple[str, ...]]:
        """By kind of rule that fires, the values it read."""
        found: dict[str, tuple[str, ...]] = {}
        if not self.is_covered(order):
            found[Kind.CREDIT] = (str(self.credit_used(order).normalize()), str(order.owed.normalize()))
        if order.total >= LARGE_ORDER:
            found[Kind.TOTAL] = (str(order.total.normalize()),)
        dead = (S.CANCELLED, S.REJECTED)
        same = [each for each in self.orders.values() if each.po == order.po and each.state not in dead]
        numbers = tuple(each.number for each in sorted(same, key=lambda each: -each.pk) if each.pk != order.pk)
        if order.po and numbers:
            found[Kind.DUPLICATE_PO] = (order.po, *numbers[:5])
        return found

    def keep_valid(self, order: ModelOrder) -> None:
        """Approvals asked or granted for other values are void."""
        now = self.fires(order)
        order.live = {kind: held for kind, held in order.live.items() if now.get(kind) == held[0]}

    def ask(self, order: ModelOrder) -> bool:
        """Ask for what fires and is not granted; whether something waits."""
        self.keep_valid(order)
        for kind, values in self.fires(order).items():
            order.live.setdefault(kind, (values, OPEN))
        return any(state == OPEN for _values, state in order.live.values())

    def settle(self, order: ModelOrder) -> None:
        """A verified order goes to its approvers, stays behind its holds, or is confirmed."""
        if self.ask(order):
            order.state = S.PENDING_APPROVAL
        elif not order.holds:
            order.state = S.CONFIRMED

    def grant_all(self, order: ModelOrder) -> None:
        """Whoever approves an amendment approves what the rules find in it."""
        order.live = {kind: (values, GRANTED) for kind, values in self.fires(order).items()}
