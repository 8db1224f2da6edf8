"""The page of one order, its note box and its rows as a file."""

from __future__ import annotations

import tempfile
from pathlib import Path

from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from orders.actions.enter import add_note
from orders.desk.deeds import deeds_for
from orders.desk.queue import time_left
from orders.documents.choice import printables_of
from orders.errors import OrderError
from orders.listings import orders as order_listing
from orders.looks import LOOKS
from orders.models import Order
from orders.queries import order_page
from orders.sheets import write_rows
from orders.shipping.warehouse import warehouse_page
from orders.sight import SEES_ORDERS, SEES_PRICES, sees_prices
from orders.status import EDITABLE_STATES, OPEN_STATES
from salesops.chinese import mask_phone
from salesops.listing.neighbours import neighbours
from salesops.web.access import PersonRequest, require
from salesops.web.toasts import toast
from staff.roles import Permission

_BELONGINGS = ("customer", "owner", "salesperson", "team", "invoice_profile", "created_by", "entered_by", "batch")


def visible_order(request: PersonRequest, pk: int) -> Order:
    """The order, or 404 where this person may not see it."""
    return get_object_or_404(Order.objects.visible_to(request.user).select_related(*_BELONGINGS), pk=pk)


@require_safe
@require(*SEES_ORDERS)
def detail(request: PersonRequest, pk: int) -> HttpResponse:
    """Everything about one order."""
    return _show(request, visible_order(request, pk))


@require_POST
@require(*SEES_ORDERS)
def note(request: PersonRequest, pk: int) -> HttpResponse:
    """Write a note; one that is refused comes back with what was typed."""
    order = visible_order(request, pk)
    text = request.POST.get("text", "")
    try:
        add_note(by=request.user, order=order, text=text)
    except OrderError as refusal:
        return _show(request, order, note_text=text, note_error=str(refusal), status=422)
    toast(request, _("The note is saved."))
    return redirect(_here(request, order))


@require_safe
@require(*SEES_PRICES)
def download(request: PersonRequest, pk: int, kind: str) -> HttpResponse | FileResponse:
    """The rows of an order as an .xlsx or .csv file, safe to open in a spreadsheet program."""
    order = visible_order(request, pk)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{order.pk}.{kind}"
        write_rows(order, path)
        # Open before the folder goes: the file lives on until the answer is sent.
        return FileResponse(path.open("rb"), as_attachment=True, filename=f"{order.number}.{kind}")


def _show(
    request: PersonRequest, order: Order, *, note_text: str = "", note_error: str = "", status: int = 200
) -> HttpResponse:
    look = LOOKS[order.state]
    if not sees_prices(request.user):
        context = warehouse_page(request.user, order) | {"printables": printables_of(order, with_prices=False)}
        return render(request, "orders/warehouse/order.html", context, status=status)
    context = {
        "order": order,
        "page": order_page(order),
        "look": look,
        "walk": neighbours(order_listing, request.user, request.GET.get("from", ""), order.pk),
        "here": request.GET.get("from", ""),
        "phone": mask_phone(order.ship_to_phone),
        "left": time_left(order, timezone.now()) if order.state in OPEN_STATES else None,
        "may_enter": request.user.may(Permission.ENTER_ORDERS),
        "may_edit": order.state in EDITABLE_STATES,
        "deeds": deeds_for(order, request.user),
        "sees_customer": sees_prices(request.user),
        "note_text": note_text,
        "note_error": note_error,
    }
    return render(request, "orders/detail.html", context, status=status)


def _here(request: HttpRequest, order: Order) -> str:
    place = request.GET.get("from", "")
    return reverse("orders:detail", args=[order.pk], query={"from": place} if place else None)
