"""When an order needs somebody with more authority. Judging is pure: a rule and facts in, a finding or nothing out."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from orders.desk.facts import Facts, LineFacts, OrderFacts
from orders.models import ApprovalRule, Order, OrderLine
from orders.snapshots import plain_value
from salesops.money import round_money
from salesops.prepared import Prepared

Kind = ApprovalRule.Kind
HUNDRED = Decimal(100)
MOST_ROWS = 20
_ACTIVE = Prepared(lambda: ApprovalRule.objects.filter(is_active=True).order_by("kind", "pk"))


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one rule read, and what it found (nothing: it did not fire)."""

    inputs: Any
    values: dict[str, Any] | None = None
    rows: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule that fired on an order: values and rows are plain, so that they can be kept and told in any language."""

    rule: ApprovalRule
    values: dict[str, Any]
    rows: list[dict[str, Any]]
    inputs_hash: str

    def content(self) -> dict[str, Any]:
        """What an approval keeps of it."""
        return {"kind": self.rule.kind, "values": self.values, "rows": self.rows[:MOST_ROWS]}


def evaluate_rules(order: Order, rows: Iterable[OrderLine] | None = None) -> list[Finding]:
    """Every active rule that fires on the stored order as it is now; ``rows`` are its lines where they are at hand."""
    return judge_all(_ACTIVE.rows(), OrderFacts(order, rows))


def judge_all(rules: Iterable[ApprovalRule], facts: Facts) -> list[Finding]:
    """The findings of these rules on these facts."""
    return [finding for rule in rules if (finding := judge(rule, facts)) is not None]


def judge(rule: ApprovalRule, facts: Facts) -> Finding | None:
    """What one rule finds, with a sum over every value it read: another value makes another sum."""
    threshold = None if rule.threshold is None else Decimal(rule.threshold)
    verdict = _JUDGES[Kind(rule.kind)](threshold, facts)
    if verdict.values is None:
        return None
    read = [rule.pk, rule.version, verdict.inputs]
    digest = hashlib.sha256(json.dumps(read, sort_keys=True, default=_plain).encode()).hexdigest()
    values = {name: plain_value(value) for name, value in verdict.values.items()}
    rows = [{name: plain_value(value) for name, value in row.items()} for row in verdict.rows]
    return Finding(rule, values, rows, digest)


def _plain(value: Any) -> Any:
    plain = plain_value(value)
    return plain if isinstance(plain, str) else str(plain)


def _below_floor(threshold: Decimal | None, facts: Facts) -> Verdict:
    """Rows sold below the floor price by more than ``threshold`` percent of it."""
    lines = _priced(facts.sold_lines)
    tolerance = 1 - (threshold or Decimal(0)) / HUNDRED
    rows = []
    for line, floor in lines:
        least = round_money(floor * line.quantity * tolerance)
        if round_money(line.amount) < least:
            rows.append(_row(line) | {"price": line.amount / line.quantity, "floor": floor})
    inputs = [(line.position, line.product_id, line.quantity, line.amount, floor) for line, floor in lines]
    return Verdict(_strings(inputs), {"count": len(rows)} if rows else None, rows)


def _discount(threshold: Decimal | None, facts: Facts) -> Verdict:
    """Rows given more than ``threshold`` percent off the list price, by discount or by a lower price."""
    most = threshold or Decimal(0)
    rows, inputs = [], []
    for line in facts.sold_lines:
        if line.quantity <= 0:
            continue
        given = line.discount * HUNDRED
        if line.list_price:
            given = max(given, (1 - line.amount / (line.list_price * line.quantity)) * HUNDRED)
        inputs.append((line.position, line.quantity, line.amount, line.list_price, line.discount))
        if given > most + Decimal("0.005"):
            rows.append(_row(line) | {"discount": given.quantize(Decimal("0.1"))})
    largest = max((row["discount"] for row in rows), default=None)
    return Verdict(_strings(inputs), {"largest": largest, "limit": most} if rows else None, rows)


def _margin(threshold: Decimal | None, facts: Facts) -> Verdict:
    """The whole order earns less than ``threshold`` percent over its floor prices."""
    lines = _priced(facts.sold_lines)
    sold = sum((line.amount for line, _floor in lines), Decimal(0))
    margin = margin_of(facts.sold_lines)
    inputs = [(line.position, line.quantity, line.amount, floor) for line, floor in lines]
    least = threshold or Decimal(0)
    fires = margin is not None and margin < least
    return Verdict(_strings(inputs), {"margin": margin, "limit": least, "sold": sold} if fires else None)


def _credit(threshold: Decimal | None, facts: Facts) -> Verdict:
    """The order would take the customer over ``threshold`` percent of the credit limit."""
    state, total = facts.credit, facts.still_to_pay
    if state.limit is None:
        return Verdict([])
    allowed = round_money(state.limit * (HUNDRED if threshold is None else threshold) / HUNDRED)
    inputs = _strings([(state.limit, state.used, total)])
    over = state.used + total - allowed
    if over <= 0 or total <= 0:
        return Verdict(inputs)
    return Verdict(inputs, {"limit": allowed, "used": state.used, "total": total, "over": over})


def _overdue(threshold: Decimal | None, facts: Facts) -> Verdict:
    """At least ``threshold`` of the customer's orders are overdue."""
    numbers = facts.overdue
    fires = numbers and len(numbers) >= (threshold or 1)
    return Verdict(numbers, {"count": len(numbers), "orders": ", ".join(numbers)} if fires else None)


def _new_customer(threshold: Decimal | None, facts: Facts) -> Verdict:
    """The customer's first order, from ``threshold`` on."""
    total = facts.total
    fires = total >= (threshold or 0) and facts.is_first
    return Verdict(_strings([(total,)]), {"total": total} if fires else None)


def _duplicate_po(threshold: Decimal | None, facts: Facts) -> Verdict:
    """Another live order of the customer has the same PO number."""
    numbers = facts.same_po
    values = {"po": facts.customer_po, "orders": ", ".join(numbers)} if numbers else None
    return Verdict([facts.customer_po, *numbers], values)


def _quantity(threshold: Decimal | None, facts: Facts) -> Verdict:
    """Rows of more than ``threshold`` times what the customer ever bought at once."""
    times = threshold or Decimal(3)
    rows, inputs = [], []
    for line in facts.lines:
        most = facts.most_bought.get(line.product_id) if line.product_id else None
        inputs.append((line.position, line.product_id, line.quantity, most))
        if most and line.quantity > most * times:
            rows.append(_row(line) | {"quantity": line.quantity, "most": most})
    return Verdict(_strings(inputs), {"count": len(rows), "times": times} if rows else None, rows)


def _total(threshold: Decimal | None, facts: Facts) -> Verdict:
    """The order comes to ``threshold`` or more."""
    total = facts.total
    fires = threshold is not None and total >= threshold
    return Verdict(_strings([(total,)]), {"total": total, "limit": threshold} if fires else None)


_JUDGES: dict[Kind, Callable[[Decimal | None, Facts], Verdict]] = {
    Kind.BELOW_FLOOR: _below_floor,
    Kind.DISCOUNT: _discount,
    Kind.MARGIN: _margin,
    Kind.CREDIT: _credit,
    Kind.OVERDUE: _overdue,
    Kind.NEW_CUSTOMER: _new_customer,
    Kind.DUPLICATE_PO: _duplicate_po,
    Kind.QUANTITY: _quantity,
    Kind.TOTAL: _total,
}


def margin_of(lines: Sequence[LineFacts]) -> Decimal | None:
    """Percent of the sales over the floor prices, of the rows that have one; None where no row has."""
    priced = _priced(lines)
    sold = sum((line.amount for line, _floor in priced), Decimal(0))
    if sold <= 0:
        return None
    floors = sum((floor * line.quantity for line, floor in priced), Decimal(0))
    return ((sold - floors) / sold * HUNDRED).quantize(Decimal("0.1"))


def _priced(lines: Sequence[LineFacts]) -> list[tuple[LineFacts, Decimal]]:
    return [(line, line.floor_price) for line in lines if line.floor_price is not None and line.quantity > 0]


def _row(line: LineFacts) -> dict[str, Any]:
    return {"position": line.position, "name": line.name}


def _strings(rows: Iterable[Iterable[Any]]) -> list[list[str]]:
    """Values that read the same from both databases (1, 1.0 and 1.00 are "1")."""
    return [[str(plain_value(value)) for value in row] for row in rows]
