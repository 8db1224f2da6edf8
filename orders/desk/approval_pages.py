"""What an approver reads before deciding: why, what changed since, the margin, the customer's history."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, DecimalField, ExpressionWrapper, F, QuerySet, Sum
from django.utils import timezone

from orders.desk.credit import CreditState, credit_of
from orders.desk.facts import OrderFacts
from orders.desk.guards import not_written_by
from orders.desk.queue import time_left
from orders.desk.rule_words import tell_finding, tell_rows
from orders.desk.rules import margin_of
from orders.history import order_entries
from orders.looks import LOOKS
from orders.marks import Marks
from orders.models import Approval, Order
from orders.origins import kept_origins
from orders.queries import LineRow, line_row
from orders.status import Payment, Status
from salesops.money import round_money
from salesops.worktime.left import TimeLeft
from staff.models import User

MOST_CARDS = 30
MOST_ROWS = 8
_YEAR = timedelta(days=365)
_IN_HOUSE_CURRENCY = ExpressionWrapper(F("total") * F("exchange_rate"), DecimalField(max_digits=30, decimal_places=8))
_SOLD = (Status.CONFIRMED, Status.RELEASED, Status.COMPLETED, Status.CLOSED)


@dataclass(frozen=True, slots=True)
class Why:
    """One approval with its reason in words."""

    approval: Approval
    sentence: str
    rows: list[str]


@dataclass(frozen=True, slots=True)
class Card:
    """One order that waits, with everything that is open on it."""

    order: Order
    whys: list[Why]
    left: TimeLeft


@dataclass(frozen=True, slots=True)
class History:
    """The customer as an approver wants to know them; amounts of the last twelve months in house currency."""

    count: int
    total: Decimal
    overdue: int
    cancelled: int
    last: list[dict[str, Any]]
    credit: CreditState


@dataclass(frozen=True, slots=True)
class ApprovalPage:
    """Everything on the page of one approval."""

    why: Why
    others: list[Why]
    rows: list[LineRow]
    left: TimeLeft
    margin: Decimal | None
    history: History
    earlier: Approval | None
    changes: list[Any]


def open_approvals(person: User) -> QuerySet[Approval]:
    """Approvals this person could decide now, of the orders they see and did not write."""
    visible = Order.objects.visible_to(person).filter(state=Status.PENDING_APPROVAL)
    visible = visible.filter(not_written_by(person))
    rows = Approval.objects.filter(state=Approval.State.OPEN, order__in=visible)
    return rows.select_related("rule", "order", "order__owner", "order__customer")


def cards(person: User) -> list[Card]:
    """Orders that wait for approval, the most urgent first."""
    found: dict[int, Card] = {}
    in_order = ("order__due_at", "order_id", "pk")
    # The keys first: sorting ten thousand whole orders to show thirty of them would take most of the time.
    first = list(open_approvals(person).order_by(*in_order).values_list("pk", flat=True)[: MOST_CARDS * 3])
    now = timezone.now()
    for approval in open_approvals(person).filter(pk__in=first).order_by(*in_order):
        order = approval.order
        if order.pk not in found:
            found[order.pk] = Card(order, [], time_left(order, now))
        found[order.pk].whys.append(tell_why(approval))
    return list(found.values())[:MOST_CARDS]


def tell_why(approval: Approval) -> Why:
    """The approval's finding in words."""
    return Why(approval, tell_finding(approval.finding), tell_rows(approval.finding))


def approval_page(approval: Approval, person: User) -> ApprovalPage:
    """Read what belongs to the decision, some ten statements."""
    order = approval.order
    others = Approval.objects.filter(order=order).exclude(pk=approval.pk).select_related("rule", "decided_by")
    lines = list(order.lines.order_by("-amount", "position")[:MOST_ROWS])
    kept = kept_origins(order)
    marks = Marks(reasons={line.pk: kept.reason_of(line) for line in lines})
    earlier = others.filter(rule=approval.rule, pk__lt=approval.pk).order_by("-pk").first()
    return ApprovalPage(
        why=tell_why(approval),
        others=[tell_why(each) for each in others.filter(state__in=("open", "granted"))],
        rows=[line_row(order, line, marks) for line in lines],
        left=time_left(order, timezone.now()),
        margin=margin_of(OrderFacts(order).sold_lines),
        history=history_of(order, person),
        earlier=earlier,
        changes=_changes_since(order, earlier) if earlier else [],
    )


def history_of(order: Order, person: User) -> History:
    """What the customer bought in twelve months, what is overdue, what was called off, and the credit."""
    mine = Order.objects.filter(customer_id=order.customer_id).exclude(pk=order.pk)
    recent = mine.filter(received_at__gte=timezone.now() - _YEAR).order_by()
    sold = recent.filter(state__in=_SOLD).aggregate(count=Count("pk"), total=Sum(_IN_HOUSE_CURRENCY))
    last = mine.visible_to(person).order_by("-received_at", "-id")[:5]
    return History(
        count=sold["count"],
        total=round_money(Decimal(sold["total"] or 0)),
        overdue=mine.filter(payment=Payment.OVERDUE).count(),
        cancelled=recent.filter(state=Status.CANCELLED).count(),
        last=[{"order": each, "look": LOOKS[each.state]} for each in last],
        credit=credit_of(order.customer, besides=order),
    )


def _changes_since(order: Order, earlier: Approval) -> list[Any]:
    since = earlier.decided_at or earlier.asked_at
    events = order.events.filter(kind="changed", at__gte=since).select_related("by").order_by("-at", "-id")
    return order_entries(events[:10])
