"""Returns: their list, their page, and each step from the request to the cause."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from orders.actions.come_back import take_back_rows
from orders.actions.returns import (
    OWN_CAUSES,
    Inspection,
    ReturnedRow,
    announced_quantities,
    authorise_return,
    check_return_request,
    close_return,
    inspect_return,
    receive_return,
    refuse_return,
    request_return,
    resolve_return,
    returnable_quantity,
    send_return,
)
from orders.errors import OrderError
from orders.forms.quantities import read_quantities, read_quantity
from orders.history import entries_about
from orders.ledger.words import field_words
from orders.models import ErrorEvent, Order, OrderLine, OrderReturn, ReturnLine
from orders.shipping.listings import returns
from orders.shipping.looks import RETURN_LOOKS
from orders.shipping.moves import RETURN_MOVES
from orders.sight import SEES_ORDERS, returns_seen_by, sees_prices
from salesops.listing.views import list_page
from salesops.web.access import PersonRequest, may_any, require
from salesops.web.toasts import toast
from staff.roles import Permission

R = OrderReturn.State
CLERKS = (Permission.ENTER_ORDERS,)
DECIDES = (Permission.SUPERVISE_ORDERS, Permission.APPROVE_ORDERS)
HANDLES = (Permission.ENTER_ORDERS, Permission.SHIP_ORDERS)
MONEY_FIELDS = frozenset({"unit_price", "discount", "tax_rate"})
OWN_FIELDS = ("product_code", "quantity", "unit", "spec", "unit_price", "discount", "tax_rate", "due_on")


@dataclass(frozen=True, slots=True)
class Step:
    """One deed on a return: who may, where it leads, how it is done from a form."""

    permissions: tuple[str, ...]
    to: OrderReturn.State
    run: Callable[[PersonRequest, OrderReturn], Any]


def _inspect(request: PersonRequest, held: OrderReturn) -> Any:
    findings = {}
    for part in held.lines.select_related("line"):
        accepted = read_quantity(request.POST.get(f"q-{part.pk}", ""), part.line.position)
        findings[part.pk] = Inspection(accepted, part.quantity - accepted)
    return inspect_return(by=request.user, order_return=held, findings=findings, note=request.POST.get("note", ""))


def _close(request: PersonRequest, held: OrderReturn) -> Any:
    cause = request.POST.get("cause", "")
    rows = {
        pk: (request.POST.get(f"field-{pk}", ""), request.POST.get(f"right-{pk}", ""))
        for pk in held.lines.values_list("pk", flat=True)
    }
    return close_return(by=request.user, order_return=held, cause=cause, rows=rows if cause in OWN_CAUSES else None)


STEPS: dict[str, Step] = {
    "authorise": Step(
        DECIDES, R.AUTHORISED, lambda request, held: authorise_return(by=request.user, order_return=held)
    ),
    "refuse": Step(
        DECIDES,
        R.REFUSED,
        lambda request, held: refuse_return(by=request.user, order_return=held, reason=request.POST.get("reason", "")),
    ),
    "send": Step(
        CLERKS,
        R.IN_TRANSIT,
        lambda request, held: send_return(by=request.user, order_return=held, note=request.POST.get("note", "")),
    ),
    "receive": Step(HANDLES, R.RECEIVED, lambda request, held: receive_return(by=request.user, order_return=held)),
    "inspect": Step(HANDLES, R.INSPECTED, _inspect),
    "resolve": Step(
        CLERKS,
        R.RESOLVED,
        lambda request, held: resolve_return(
            by=request.user,
            order_return=held,
            resolution=request.POST.get("resolution", ""),
            red_invoice=request.POST.get("red_invoice", ""),
            note=request.POST.get("note", ""),
        ),
    ),
    "close": Step(CLERKS, R.CLOSED, _close),
}


@require_safe
def return_list(request: HttpRequest) -> HttpResponse:
    """Returns of the orders one may see."""
    return list_page(request, returns)


@require_safe
@require(*SEES_ORDERS)
def one_return(request: PersonRequest, pk: int) -> HttpResponse:
    """One return: what comes back, where it stands, and the next step."""
    return _show(request, _visible(request, pk))


@require_POST
@require(*SEES_ORDERS)
def step(request: PersonRequest, pk: int, deed: str) -> HttpResponse:
    """Do one step; what is refused comes back on the return's page with its reason."""
    held, wanted = _visible(request, pk), STEPS.get(deed)
    if wanted is None:
        raise Http404
    if not may_any(request.user, *wanted.permissions):
        raise PermissionDenied
    try:
        wanted.run(request, held)
    except OrderError as refusal:
        return _show(request, _visible(request, pk), error=str(refusal), failed=deed)
    toast(request, _("%(number)s: done.") % {"number": held.number or "—"})
    return redirect("orders:return", held.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@require(*CLERKS)
def ask(request: PersonRequest, pk: int) -> HttpResponse:
    """Note what a customer wants to send back."""
    order = get_object_or_404(Order.objects.visible_to(request.user).select_related("customer"), pk=pk)
    lines = list(order.lines.all())
    announced = announced_quantities(order)
    why_not = _why_not(order)
    left = {line.pk: Decimal(0) if why_not else returnable_quantity(line, announced) for line in lines}
    error = None
    if request.method == "POST":
        try:
            quantities = read_quantities(request.POST, lines)
            made = request_return(
                by=request.user,
                order=order,
                lines={line: ReturnedRow(quantity) for line, quantity in quantities.items()},
                cause=request.POST.get("cause", "") or OrderReturn.Cause.UNKNOWN,
                note=request.POST.get("note", ""),
                freight_by_us=request.POST.get("freight_by_us") == "yes",
            )
        except OrderError as refusal:
            error = refusal
        else:
            toast(request, _("%(number)s is noted.") % {"number": made.number or ""})
            return redirect("orders:return", made.pk)
    context = {
        "order": order,
        "rows": [
            {
                "line": line,
                "left": left[line.pk],
                "typed": request.POST.get(f"q-{line.pk}", ""),
                "is_wrong": error is not None and error.line == line.position,
            }
            for line in lines
            if left[line.pk]
        ],
        "why_not": why_not,
        "causes": OrderReturn.Cause.choices,
        "posted": request.POST,
        "cause": request.POST.get("cause", OrderReturn.Cause.UNKNOWN),
        "error": str(error or ""),
    }
    return render(request, "orders/returns/ask.html", context, status=422 if error else 200)


@require_POST
@require(*HANDLES)
def rows_back(request: PersonRequest, pk: int) -> HttpResponse:
    """What comes back with an order of rows below zero is here."""
    order = get_object_or_404(Order.objects.visible_to(request.user), pk=pk)
    try:
        done = take_back_rows(by=request.user, order=order)
    except OrderError as refusal:
        toast(request, str(refusal), tone="bad")
    else:
        toast(request, _("%(number)s: done.") % {"number": done.number})
    return redirect("orders:detail", order.pk)


def _why_not(order: Order) -> str:
    """Why nothing of the order may be sent back; "" where something may."""
    try:
        check_return_request(order)
    except OrderError as refusal:
        return str(refusal)
    return ""


def _visible(request: PersonRequest, pk: int) -> OrderReturn:
    rows = returns_seen_by(request.user).select_related("order", "replacement", "noted_by")
    return get_object_or_404(rows, pk=pk)


def _parts(held: OrderReturn, *, with_prices: bool, typed: Mapping[str, str]) -> list[ReturnLine]:
    """The rows of a return, each with the field that was wrong in words; the warehouse is told of no price.

    What was typed of a row and refused comes back with it.
    """
    parts = list(held.lines.select_related("line").order_by("line__position"))
    for part in parts:
        is_told = part.field and (with_prices or part.field not in MONEY_FIELDS)
        part.field_words = field_words(part.field) if is_told else ""  # type: ignore[attr-defined]
        part.typed = typed.get(f"q-{part.pk}", f"{part.quantity.normalize():f}")  # type: ignore[attr-defined]
        part.wrong = typed.get(f"field-{part.pk}", part.field)  # type: ignore[attr-defined]
        part.right = typed.get(f"right-{part.pk}", part.right_value)  # type: ignore[attr-defined]
    return parts


def _show(request: PersonRequest, held: OrderReturn, *, error: str = "", failed: str = "") -> HttpResponse:
    following = RETURN_MOVES[R(held.state)]
    offered = [
        name for name, each in STEPS.items() if each.to in following and may_any(request.user, *each.permissions)
    ]
    context = {
        "return": held,
        "order": held.order,
        "look": RETURN_LOOKS[held.state],
        "parts": _parts(held, with_prices=sees_prices(request.user), typed=request.POST if failed else {}),
        "errors": held.errors.all(),
        "seen_errors": ErrorEvent.objects.visible_to(request.user).filter(order_return=held),
        "offered": offered,
        "waits_for_others": bool(following) and not offered,
        "causes": [choice for choice in OrderReturn.Cause.choices if choice[0] != OrderReturn.Cause.UNKNOWN],
        "cause": request.POST.get("cause", held.cause) if failed == "close" else held.cause,
        "resolutions": OrderReturn.Resolution.choices,
        "fields": [(name, OrderLine._meta.get_field(name).verbose_name) for name in OWN_FIELDS],  # type: ignore[union-attr]
        "sees_order": sees_prices(request.user),
        "mail_key": f"return-{held.pk}"
        if held.state not in (R.NOTED, R.REQUESTED, R.REFUSED) and request.user.may(Permission.ENTER_ORDERS)
        else "",
        "entries": entries_about(held.order, "return", held.pk),
        "error": error,
        "failed": failed,
        "posted": request.POST,
    }
    return render(request, "orders/returns/detail.html", context, status=422 if error else 200)
