"""The warehouse's own lists: what waits to be answered, picked, packed and shipped, oldest wish first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Count, F, Model, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from orders.actions.come_back import check_take_back
from orders.desk.deeds import refusal_of
from orders.looks import LOOKS
from orders.models import Order, Shipment, ShipmentLine, StockQuestion, StockQuestionLine
from orders.shipping.looks import SHIPMENT_LOOKS
from orders.sight import questions_seen_by, shipments_in_hand, unanswered
from orders.status import Status
from staff.roles import Permission

if TYPE_CHECKING:
    from staff.models import User

S = Shipment.State
MOST_ROWS = 100


@dataclass(frozen=True, slots=True)
class Queue:
    """One of the lists, as a tab with its count."""

    name: str
    label: str | Promise
    icon: str
    states: tuple[str, ...]
    empty: str | Promise


QUEUES: tuple[Queue, ...] = (
    Queue("answer", _("To answer"), "message-question", (), _("No question is open.")),
    Queue("pick", _("To pick"), "package", (S.REQUESTED, S.ACCEPTED, S.SHORT), _("Nothing waits to be picked.")),
    Queue("pack", _("To pack"), "box", (S.PICKED,), _("Nothing waits to be packed.")),
    Queue("ship", _("To ship"), "truck-delivery", (S.PACKED,), _("Nothing waits for a carrier.")),
)
BY_NAME = {queue.name: queue for queue in QUEUES}


def open_questions(person: User) -> QuerySet[StockQuestion]:
    """Questions that wait, the earliest wish first."""
    rows = questions_seen_by(person).filter(unanswered()).select_related("order", "asked_by")
    return rows.annotate(row_count=_counted(StockQuestionLine, "question")).order_by(
        F("wanted_on").asc(nulls_last=True), "asked_at", "pk"
    )


def waiting_shipments(person: User, queue: Queue) -> QuerySet[Shipment]:
    """Shipments of one list: urgent ones first, then by the promised day, then as they were asked for."""
    rows = shipments_in_hand(person).filter(state__in=queue.states).select_related("order")
    return rows.annotate(row_count=_counted(ShipmentLine, "shipment")).order_by(
        "-order__is_urgent", F("order__promised_on").asc(nulls_last=True), "requested_at", "pk"
    )


def _counted(lines: type[Model], owner: str) -> Coalesce:
    """How many rows something has: asked of those that are shown, where a join would count all that wait."""
    own = lines._default_manager.filter(**{owner: OuterRef("pk")}).order_by().values(owner)
    return Coalesce(Subquery(own.annotate(count=Count("pk")).values("count")), 0)


def queue_counts(person: User) -> dict[str, int]:
    """How many things wait in each list: two statements."""
    by_state = {queue.name: Count("pk", filter=Q(state__in=queue.states)) for queue in QUEUES if queue.states}
    states = [state for queue in QUEUES for state in queue.states]
    counted = shipments_in_hand(person).filter(state__in=states).order_by().aggregate(**by_state)
    return {"answer": questions_seen_by(person).filter(unanswered()).order_by().count(), **counted}


def waiting_count(person: Any) -> int:
    """Everything that waits for the warehouse."""
    return sum(queue_counts(person).values())


def warehouse_page(person: User, order: Order) -> dict[str, Any]:
    """An order as the warehouse sees it: goods, quantities, where they go, and no price."""
    shipments = order.shipments.order_by("pk")
    return {
        "order": order,
        "look": LOOKS[order.state],
        "lines": order.lines.all(),
        "shipments": [{"shipment": each, "look": SHIPMENT_LOOKS[each.state]} for each in shipments],
        "phone": order.ship_to_phone,
        "may_take_back": order.state == Status.RELEASED and refusal_of(check_take_back, order, person) == "",
        "may_bounce": person.may(Permission.SHIP_ORDERS) and order.state == Status.RELEASED,
    }
