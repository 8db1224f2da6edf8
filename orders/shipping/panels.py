"""What the warehouse and returns add to the shell and to the page of an order."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from django.db.models import Count
from django.http.request import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from orders.actions.come_back import check_take_back
from orders.actions.ship import check_ask_shipment, open_quantity, pending_quantities
from orders.actions.stock import ships_nothing, stock_is_settled
from orders.desk.deeds import DeedOffer, refusal_of, register_deeds
from orders.models import Hold, Order, OrderReturn
from orders.shipping.looks import ANSWER_LOOKS, RETURN_LOOKS, SHIPMENT_LOOKS
from orders.shipping.warehouse import (
    QUEUES,
    Queue,
    open_questions,
    queue_counts,
    waiting_count,
    waiting_shipments,
)
from orders.sight import SEES_ORDERS
from orders.status import OPEN_STATES, Status
from salesops.web.navigation import Command, NavItem, register_command, register_item
from salesops.web.panels import register_panel
from staff.roles import Permission

if TYPE_CHECKING:
    from staff.models import User

_MOST = 20


def shipments_panel(request: HttpRequest, order: Any) -> str | None:
    """Questions with their answers, shipments, and what is still to be asked for."""
    questions = list(
        order.stock_questions.select_related("asked_by", "answered_by").prefetch_related("lines__line")[:5]
    )
    shipments = list(order.shipments.annotate(row_count=Count("lines")).order_by("pk")[:_MOST])
    person: Any = request.user
    may_ask = person.may(Permission.ENTER_ORDERS) and order.state in OPEN_STATES
    is_near = order.state == Status.RELEASED or (may_ask and order.state == Status.CONFIRMED)
    if not (questions or shipments or is_near):
        return None
    taken = pending_quantities(order) if may_ask else {}
    left = sum(1 for line in order.lines.all() if open_quantity(line, taken)) if may_ask else 0
    if may_ask and not (questions or shipments or left):
        return None
    context = {
        "order": order,
        "questions": [{"question": each, "look": _answer_look(each)} for each in questions],
        "shipments": [{"shipment": each, "look": SHIPMENT_LOOKS[each.state]} for each in shipments],
        "left": left,
        "may_ask": may_ask
        and bool(left)
        and not any(not each.answered_at and not each.waived_reason for each in questions),
        "may_request": may_ask and bool(left) and order.state == Status.RELEASED,
        "may_close": may_ask and bool(left) and order.state in (Status.RELEASED, Status.CONFIRMED),
        "hold": Hold.objects.filter(order=order, released_at__isnull=True).first()
        if order.state == Status.RELEASED
        else None,
    }
    return render_to_string("orders/shipping/_panel.html", context, request)


def returns_panel(request: HttpRequest, order: Any) -> str | None:
    """What comes back, and the way to ask for it where something was shipped."""
    returns = list(order.returns.exclude(state=OrderReturn.State.NOTED).annotate(row_count=Count("lines"))[:_MOST])
    person: Any = request.user
    may_ask = (
        person.may(Permission.ENTER_ORDERS)
        and order.state != Status.CLOSED
        and any(line.shipped_quantity > line.returned_quantity for line in order.lines.all())
    )
    if not returns and not may_ask:
        return None
    context = {
        "order": order,
        "returns": [{"return": each, "look": RETURN_LOOKS[each.state]} for each in returns],
        "may_ask": may_ask,
    }
    return render_to_string("orders/returns/_panel.html", context, request)


def warehouse_panel(request: HttpRequest, person: Any) -> str | None:
    """The warehouse's own lists on its first page: how much waits in each, and what comes next."""
    if not person.may(Permission.SHIP_ORDERS):
        return None
    counts = queue_counts(person)
    lists = [
        {
            "queue": queue,
            "count": counts[queue.name],
            "next": _next_of(person, queue) if counts[queue.name] else None,
        }
        for queue in QUEUES
    ]
    return render_to_string("orders/warehouse/_today.html", {"lists": lists}, request)


def _next_of(person: User, queue: Queue) -> dict[str, Any] | None:
    """The first of a list: whose it is, until when, and where it opens; None where it is gone meanwhile."""
    if queue.name == "answer":
        question = open_questions(person).first()
        if question is None:
            return None
        return _told(question.order, question.wanted_on, "orders:stock_question", question.pk)
    shipment = waiting_shipments(person, queue).first()
    if shipment is None:
        return None
    return _told(shipment.order, shipment.order.promised_on, "orders:shipment", shipment.pk)


def _told(order: Order, day: date | None, url_name: str, pk: int) -> dict[str, Any]:
    return {"order": order, "day": day, "url": reverse(url_name, args=[pk])}


def _answer_look(question: Any) -> Any:
    return ANSWER_LOOKS[question.answer]


def asking_deeds(order: Order, person: User) -> list[DeedOffer]:
    """«Ask the warehouse» of a confirmed order until it has answered: what comes before the release."""
    if order.state != Status.CONFIRMED or not person.may(Permission.ENTER_ORDERS):
        return []
    last = order.stock_questions.order_by("-pk").first()
    waits = last is not None and last.is_open
    if not waits and stock_is_settled(order):
        return []
    reason = str(_("The warehouse was asked and has not answered yet.")) if waits else ""
    url = reverse("orders:ask_stock", args=[order.pk])
    return [
        DeedOffer(
            "ask_stock", _("Ask the warehouse"), url, allowed=not reason, reason=reason, icon="message-question",
            has_page=True, is_main=True,
        )
    ]  # fmt: skip


def shipping_deeds(order: Order, person: User) -> list[DeedOffer]:
    """«Ship» while the order is confirmed and not all of it is gone: what to ask the warehouse for."""
    if order.state not in (Status.CONFIRMED, Status.RELEASED):
        return []
    if ships_nothing(order):
        return []
    reason = refusal_of(check_ask_shipment, order, person)
    if reason is None:
        return []
    url = reverse("orders:request_shipment", args=[order.pk])
    is_next = order.state == Status.RELEASED
    return [
        DeedOffer(
            "ship", _("Ship"), url, allowed=not reason, reason=reason, icon="truck-delivery", has_page=True,
            is_main=is_next,
        )
    ]  # fmt: skip


def coming_back_deeds(order: Order, person: User) -> list[DeedOffer]:
    """«What comes back is here» of a released order with rows below zero."""
    if order.state != Status.RELEASED or refusal_of(check_take_back, order, person) != "":
        return []
    url = reverse("orders:rows_back", args=[order.pk])
    is_next = ships_nothing(order)
    return [DeedOffer("rows_back", _("What comes back is here"), url, icon="package", is_main=is_next)]


def register_ship_panels() -> None:
    """Called once when the apps are ready."""
    register_item(
        NavItem(
            "orders",
            _("Warehouse"),
            "orders:warehouse",
            "building-warehouse",
            Permission.SHIP_ORDERS,
            waiting_count,
            order=30,
        )
    )
    register_item(
        NavItem(
            "orders", pgettext_lazy("way", "Shipments"), "orders:shipments", "truck-delivery", SEES_ORDERS, order=40
        )
    )
    register_item(
        NavItem("orders", pgettext_lazy("way", "Returns"), "orders:returns", "arrow-back-up", SEES_ORDERS, order=50)
    )
    register_command(
        Command(
            _("Warehouse lists"),
            "orders:warehouse",
            "building-warehouse",
            Permission.SHIP_ORDERS,
            "ck cangku pick pack ship",
            order=30,
        )
    )
    register_deeds(asking_deeds)
    register_deeds(shipping_deeds)
    register_deeds(coming_back_deeds)
    register_panel("today", 5, warehouse_panel)
    register_panel("order", 10, shipments_panel)
    register_panel("order", 20, returns_panel)


register_ship_panels()
