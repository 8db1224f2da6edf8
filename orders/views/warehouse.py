"""What the warehouse holds in one hand: its lists, the answer to a question, what it sends back."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from orders.actions.stock import LineAnswer, answer_stock
from orders.actions.trouble import Fault, bounce_from_warehouse
from orders.desk.queue import time_left
from orders.errors import OrderError
from orders.forms.quantities import read_day, read_quantity
from orders.models import Order, OrderLine, StockQuestion, StockQuestionLine
from orders.shipping.looks import ROW_LOOKS
from orders.shipping.warehouse import BY_NAME, MOST_ROWS, QUEUES, open_questions, queue_counts, waiting_shipments
from orders.sight import SEES_ORDERS, questions_seen_by
from orders.status import Status
from salesops.listing.cells import Look
from salesops.web.access import PersonRequest, require
from salesops.web.templatetags.workbench import moment
from salesops.web.templatetags.workbench import quantity as quantity_words
from salesops.web.toasts import toast
from salesops.worktime.left import span_text
from salesops.worktime.queries import house_clock
from staff.roles import Permission

LINE_FAULTS = ("product_code", "quantity", "unit", "spec", "due_on")
ORDER_FAULTS = ("ship_to", "ship_to_receiver", "ship_to_phone", "ship_method", "requested_on", "printed_remarks")
"""Fields the warehouse can tell to be wrong; prices it never sees."""


@require_safe
@require(Permission.SHIP_ORDERS)
def home(request: PersonRequest) -> HttpResponse:
    """One of the four lists; the first that holds something where none is named."""
    counts = queue_counts(request.user)
    name = request.GET.get("list") or next((key for key in BY_NAME if counts[key]), "answer")
    queue = BY_NAME.get(name)
    if queue is None:
        raise Http404
    rows = open_questions(request.user) if name == "answer" else waiting_shipments(request.user, queue)
    context = {
        "queue": queue,
        "tabs": [(each, counts[each.name]) for each in QUEUES],
        "questions": rows[:MOST_ROWS] if name == "answer" else (),
        "shipments": rows[:MOST_ROWS] if name != "answer" else (),
        "left_out": max(counts[name] - MOST_ROWS, 0),
    }
    return render(request, "orders/warehouse/home.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@require(*SEES_ORDERS)
def question(request: PersonRequest, pk: int) -> HttpResponse:
    """A question and its answer; the warehouse answers, row by row, and a refused answer comes back as it was."""
    asked = get_object_or_404(questions_seen_by(request.user).select_related("order", "asked_by"), pk=pk)
    rows = list(asked.lines.select_related("line").order_by("line__position"))
    error = None
    if request.method == "POST":
        if not request.user.may(Permission.SHIP_ORDERS):
            raise PermissionDenied
        try:
            answers = {row.pk: _answer(request, row) for row in rows if request.POST.get(f"a-{row.pk}")}
            answer_stock(by=request.user, question=asked, answers=answers, note=request.POST.get("note", ""))
        except OrderError as refusal:
            error = refusal
        else:
            toast(request, _("The answer is on the order."))
            return redirect(reverse("orders:warehouse", query={"list": "answer"}))
    context = _question_context(request, asked, rows, error)
    return render(request, "orders/warehouse/question.html", context, status=422 if error else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@require(Permission.SHIP_ORDERS)
def bounce(request: PersonRequest, pk: int) -> HttpResponse:
    """Send an order back because something in it is wrong."""
    order = get_object_or_404(Order.objects.visible_to(request.user), pk=pk)
    lines = list(order.lines.all())
    error = None
    if request.method == "POST":
        try:
            faults = _faults(request, lines)
            bounce_from_warehouse(by=request.user, order=order, faults=faults, note=request.POST.get("note", ""))
        except OrderError as refusal:
            error = refusal
        else:
            toast(request, _("%(number)s is back at the office.") % {"number": order.number})
            return redirect("orders:warehouse")
    context: dict[str, Any] = {
        "order": order,
        "lines": lines,
        "line_fields": [(name, OrderLine._meta.get_field(name).verbose_name) for name in LINE_FAULTS],  # type: ignore[union-attr]
        "order_fields": [(name, Order._meta.get_field(name).verbose_name) for name in ORDER_FAULTS],  # type: ignore[union-attr]
        "may_bounce": order.state == Status.RELEASED,
        "error": str(error or ""),
        "posted": request.POST,
    }
    return render(request, "orders/warehouse/bounce.html", context, status=422 if error else 200)


def _answer(request: PersonRequest, row: StockQuestionLine) -> LineAnswer:
    """All, a part with the day of the rest, or none with its day."""
    said = request.POST.get(f"a-{row.pk}")
    if said == "all":
        return LineAnswer(row.quantity)
    rest_on = read_day(request.POST.get(f"d-{row.pk}", ""))
    if said == "none":
        return LineAnswer(Decimal(0), rest_on)
    return LineAnswer(read_quantity(request.POST.get(f"q-{row.pk}", ""), row.line.position), rest_on)


def _question_context(
    request: PersonRequest, asked: StockQuestion, rows: list[StockQuestionLine], error: OrderError | None
) -> dict[str, Any]:
    shown = []
    for row in rows:
        said = request.POST.get(f"a-{row.pk}", "") or _stored(row)
        quantity = request.POST.get(f"q-{row.pk}", "")
        if not quantity and row.available:
            quantity = f"{row.available.normalize():f}"
        day = request.POST.get(f"d-{row.pk}", "") or (row.available_on.isoformat() if row.available_on else "")
        is_wrong = error is not None and error.line == row.line.position
        shown.append(
            {
                "row": row,
                "said": said,
                "quantity": quantity,
                "day": day,
                "is_wrong": is_wrong,
                "answer": _answer_of(row),
            }
        )
    return {
        "question": asked,
        "order": asked.order,
        "rows": shown,
        "is_open": asked.is_open and request.user.may(Permission.SHIP_ORDERS),
        "left": time_left(asked.order, timezone.now()),
        "waited": span_text(
            int(house_clock().elapsed(asked.asked_at, asked.answered_at or timezone.now()).total_seconds() // 60)
        ),
        "is_answered": not asked.is_open,
        "is_keeper": request.user.may(Permission.SHIP_ORDERS),
        "sees_order": Order.objects.visible_to(request.user).filter(pk=asked.order_id).exists(),
        "error": str(error or ""),
        "note": request.POST.get("note", asked.answer_note),
    }


def _answer_of(row: StockQuestionLine) -> tuple[Look, str]:
    """How a row's stored answer looks, and its words: how much of it, or from which day on."""
    answer = StockQuestion.Answer
    if row.available is None:
        look = ROW_LOOKS[""]
    elif row.available >= row.quantity:
        look = ROW_LOOKS[answer.ALL]
    elif row.available:
        look = ROW_LOOKS[answer.PART]
    else:
        look = ROW_LOOKS[answer.LATER if row.available_on else answer.NONE]
    words = {
        "quantity": quantity_words(row.available or 0),
        "day": moment(row.available_on) if row.available_on else "",
    }
    return look, str(look.label) % words


def _stored(row: StockQuestionLine) -> str:
    if row.available is None:
        return ""
    return "all" if row.available == row.quantity else "part" if row.available else "none"


def _faults(request: PersonRequest, lines: list[OrderLine]) -> list[Fault]:
    """What was ticked: a field of the order or of a row, and what would be right."""
    post = request.POST
    faults = [
        Fault(field, post.get("order-right", "")) for field in [post.get("order-field", "")] if field in ORDER_FAULTS
    ]
    for line in lines:
        field = post.get(f"field-{line.pk}", "")
        if field in LINE_FAULTS:
            faults.append(Fault(field, post.get(f"right-{line.pk}", ""), line))
    return faults
