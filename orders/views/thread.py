"""Writing to the customer from the order's page: a question, an answer to it, a reply."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from orders.actions.clarify import answer_clarification, ask_customer, write_to_customer
from orders.errors import OrderError
from orders.models import Order
from orders.requests.panels import THREAD_TYPED
from orders.views.detail import visible_order
from salesops.web.access import PersonRequest, require
from salesops.web.toasts import toast
from staff.roles import Permission


@require_POST
@require(Permission.ENTER_ORDERS)
def ask(request: PersonRequest, pk: int) -> HttpResponse:
    """Ask the customer; the clock stands still until the answer."""
    order = visible_order(request, pk)
    try:
        to = "" if "no_mail" in request.POST else request.POST.get("to")
        ask_customer(by=request.user, order=order, question=request.POST.get("question", ""), to=to)
    except OrderError as refusal:
        _refused(request, order, refusal)
    else:
        toast(request, _("The question is written down; the clock stands still until the customer answers."))
    return _back(order)


@require_POST
@require(Permission.ENTER_ORDERS)
def answer(request: PersonRequest, pk: int) -> HttpResponse:
    """Write down what the customer answered, by phone or otherwise."""
    order = visible_order(request, pk)
    try:
        answer_clarification(by=request.user, order=order, answer=request.POST.get("answer", ""))
    except OrderError as refusal:
        _refused(request, order, refusal)
    else:
        toast(request, _("The answer is written down; the clock goes on."))
    return _back(order)


@require_POST
@require(Permission.ENTER_ORDERS)
def write(request: PersonRequest, pk: int) -> HttpResponse:
    """Send a mail in the order's thread."""
    order = visible_order(request, pk)
    try:
        write_to_customer(
            by=request.user, order=order, text=request.POST.get("text", ""), to=request.POST.get("to") or None
        )
    except OrderError as refusal:
        _refused(request, order, refusal)
    else:
        toast(request, _("The mail is on its way."))
    return _back(order)


def _refused(request: PersonRequest, order: Order, refusal: OrderError) -> None:
    """Say why, and keep what was typed for the page that comes next."""
    typed = {name: request.POST.get(name, "")[:20_000] for name in ("question", "answer", "text", "to")}
    request.session[THREAD_TYPED] = typed | {"order": order.pk}
    toast(request, str(refusal), tone="bad")


def _back(order: Order) -> HttpResponse:
    return redirect(reverse("orders:detail", args=[order.pk]) + "#thread")
