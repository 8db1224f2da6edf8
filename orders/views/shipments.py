"""Shipments: their lists and page, what is asked of the warehouse, and each step on the way."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from orders.actions.address import acknowledge_address
from orders.actions.ship import (
    accept_shipment,
    cancel_shipment,
    correct_tracking,
    deliver_shipment,
    open_quantity,
    pack_shipment,
    pending_quantities,
    pick_shipment,
    request_shipment,
    ship_shipment,
    short_shipment,
    sign_shipment,
)
from orders.actions.stock import ask_stock
from orders.actions.trouble import report_trouble, settle_trouble, short_close_rows
from orders.errors import OrderError
from orders.forms.quantities import read_day, read_figure, read_quantities, read_upload
from orders.history import entries_about
from orders.models import CaseStub, Order, OrderLine, Shipment, ShipmentLine
from orders.requests.evidence import content_of_evidence
from orders.shipping.carriers import carriers_for_page
from orders.shipping.listings import questions, shipments
from orders.shipping.looks import SHIPMENT_LOOKS
from orders.shipping.moves import CORRECTABLE, GONE, PENDING, SHIPMENT_MOVES, troubles_of, waits_for_address
from orders.shipping.photos import without_metadata
from orders.sight import SEES_ORDERS, cases_seen_by, sees_prices, shipments_seen_by
from orders.status import Status
from salesops.chinese import mask_phone
from salesops.listing.views import list_page
from salesops.web.access import PersonRequest, may_any, require
from salesops.web.templatetags.workbench import quantity
from salesops.web.toasts import toast
from staff.roles import Permission

S = Shipment.State
IN_HOUSE = (Permission.SHIP_ORDERS,)
ON_THE_WAY = (Permission.SHIP_ORDERS, Permission.ENTER_ORDERS)
ASKS = (Permission.ENTER_ORDERS,)


@require_safe
def shipment_list(request: HttpRequest) -> HttpResponse:
    """Shipments of the orders one may see."""
    return list_page(request, shipments)


@require_safe
def question_list(request: HttpRequest) -> HttpResponse:
    """Questions to the warehouse and their answers."""
    return list_page(request, questions)


@require_safe
@require(*SEES_ORDERS)
def shipment(request: PersonRequest, pk: int) -> HttpResponse:
    """One shipment: what is in it, where it is, and the next step."""
    return _show(request, _visible(request, pk))


@require_safe
@require(*SEES_ORDERS)
def proof(request: PersonRequest, pk: int) -> HttpResponse:
    """The picture of the signed receipt, without what the phone wrote into it."""
    found = _visible(request, pk)
    shown = without_metadata(content_of_evidence(found.proof)) if found.proof else b""
    if not shown or found.proof is None:
        raise Http404
    return HttpResponse(
        shown,
        content_type=found.proof.content_type,
        headers={"X-Content-Type-Options": "nosniff", "Cache-Control": "private, no-store"},
    )


@dataclass(frozen=True, slots=True)
class Step:
    """One deed on a shipment: who may do it, and how it is done from a form."""

    permissions: tuple[str, ...]
    run: Callable[[PersonRequest, Shipment], Any]


def _pick(request: PersonRequest, found: Shipment) -> Any:
    lines = [part.line for part in found.lines.select_related("line")]
    picked = read_quantities(request.POST, lines) if any(f"q-{line.pk}" in request.POST for line in lines) else None
    return pick_shipment(by=request.user, shipment=found, picked=picked)


def _short(request: PersonRequest, found: Shipment) -> Any:
    lines = [part.line for part in found.lines.select_related("line")]
    available = read_quantities(request.POST, lines)
    return short_shipment(by=request.user, shipment=found, available=available, note=request.POST.get("note", ""))


def _pack(request: PersonRequest, found: Shipment) -> Any:
    packages = read_figure(request.POST.get("packages", ""), "packages", places=0, most=100_000)
    weight = read_figure(request.POST.get("weight", ""), "weight", places=3, most=9_999_999)
    return pack_shipment(
        by=request.user, shipment=found, packages=None if packages is None else int(packages), weight=weight
    )


STEPS: dict[str, Step] = {
    "accept": Step(IN_HOUSE, lambda request, found: accept_shipment(by=request.user, shipment=found)),
    "short": Step(IN_HOUSE, _short),
    "address": Step(IN_HOUSE, lambda request, found: acknowledge_address(by=request.user, shipment=found)),
    "pick": Step(IN_HOUSE, _pick),
    "pack": Step(IN_HOUSE, _pack),
    "ship": Step(
        IN_HOUSE,
        lambda request, found: ship_shipment(
            by=request.user,
            shipment=found,
            carrier=request.POST.get("carrier", ""),
            tracking_numbers=request.POST.get("tracking_numbers", ""),
            freight=read_figure(request.POST.get("freight", ""), "freight", places=2, most=9_999_999),
        ),
    ),
    "correct": Step(
        IN_HOUSE,
        lambda request, found: correct_tracking(
            by=request.user,
            shipment=found,
            carrier=request.POST.get("carrier", ""),
            tracking_numbers=request.POST.get("tracking_numbers", ""),
        ),
    ),
    "deliver": Step(ON_THE_WAY, lambda request, found: deliver_shipment(by=request.user, shipment=found)),
    "sign": Step(
        ON_THE_WAY,
        lambda request, found: sign_shipment(
            by=request.user,
            shipment=found,
            signed_by_name=request.POST.get("signed_by_name", ""),
            photo=read_upload(request.FILES.get("photo")),
        ),
    ),
    "cancel": Step(
        ON_THE_WAY,
        lambda request, found: cancel_shipment(by=request.user, shipment=found, reason=request.POST.get("reason", "")),
    ),
    "trouble": Step(
        ON_THE_WAY,
        lambda request, found: report_trouble(
            by=request.user,
            shipment=found,
            trouble=request.POST.get("trouble", ""),
            note=request.POST.get("note", ""),
        ),
    ),
}


@require_POST
@require(*SEES_ORDERS)
def step(request: PersonRequest, pk: int, deed: str) -> HttpResponse:
    """Do one step; what is refused comes back on the shipment's page with its reason."""
    found, wanted = _visible(request, pk), STEPS.get(deed)
    if wanted is None:
        raise Http404
    if not may_any(request.user, *wanted.permissions):
        raise PermissionDenied
    try:
        wanted.run(request, found)
    except OrderError as refusal:
        return _show(request, _visible(request, pk), error=str(refusal), failed=deed)
    toast(request, _("%(number)s: done.") % {"number": found.number})
    return redirect("orders:shipment", found.pk)


@require_POST
@require(*ON_THE_WAY)
def settle(request: PersonRequest, pk: int) -> HttpResponse:
    """Close the case of an exception; the shipment goes on, or what is missing of it may be shipped again."""
    case = get_object_or_404(cases_seen_by(request.user).select_related("order", "shipment"), pk=pk)
    parts = case.shipment.lines.select_related("line") if case.shipment else ()
    try:
        settle_trouble(
            by=request.user,
            case=case,
            outcome=request.POST.get("outcome", ""),
            ship_again=request.POST.get("ship_again") == "yes",
            missing=read_quantities(request.POST, [part.line for part in parts]),
        )
    except OrderError as refusal:
        if case.shipment_id is None:
            raise Http404 from None
        return _show(request, _visible(request, case.shipment_id), error=str(refusal), failed="settle")
    if case.shipment and case.shipment.lines.filter(missing_quantity__gt=0).exists():
        toast(request, _("The case is closed. What is missing is shipped again from the order’s page."))
    else:
        toast(request, _("The case is closed."))
    return redirect("orders:shipment", case.shipment_id) if case.shipment_id else redirect("orders:shipments")


@dataclass(frozen=True, slots=True)
class Ask:
    """A page that asks for quantities of an order's rows, and the deed behind it."""

    title: Any
    text: Any
    deed: Any
    words: Any  # the label of the text field
    has_day: bool
    run: Callable[[PersonRequest, Order, dict[OrderLine, Decimal], str], str]
    starts_full: bool = True


def _ask(request: PersonRequest, order: Order, wanted: dict[OrderLine, Decimal], text: str) -> str:
    day = read_day(request.POST.get("day", ""))
    ask_stock(by=request.user, order=order, lines=wanted, text=text, wanted_on=day)
    return _("The warehouse is asked.")


def _request(request: PersonRequest, order: Order, wanted: dict[OrderLine, Decimal], text: str) -> str:
    made = request_shipment(by=request.user, order=order, lines=wanted, note=text)
    return _("%(number)s is at the warehouse.") % {"number": made.number}


def _close(request: PersonRequest, order: Order, wanted: dict[OrderLine, Decimal], text: str) -> str:
    short_close_rows(by=request.user, order=order, quantities=wanted, reason=text)
    return _("The rows are short-closed.")


ASKED = {
    "ask": Ask(
        gettext_lazy("Ask the warehouse"),
        gettext_lazy("Can this be shipped, and when? The answer comes back onto the order."),
        gettext_lazy("Ask"),
        gettext_lazy("Question"),
        True,
        _ask,
    ),
    "request": Ask(
        gettext_lazy("Request a shipment"),
        gettext_lazy("What is chosen here goes to the warehouse to be picked, packed and shipped."),
        gettext_lazy("Request a shipment"),
        gettext_lazy("Note for the warehouse"),
        False,
        _request,
    ),
    "short-close": Ask(
        gettext_lazy("Short-close"),
        gettext_lazy("What is chosen here will not be shipped any more. The order’s amount stays as it is."),
        gettext_lazy("Short-close"),
        gettext_lazy("Reason"),
        False,
        _close,
        starts_full=False,
    ),
}


@require_http_methods(["GET", "HEAD", "POST"])
@require(*ASKS)
def ask(request: PersonRequest, pk: int, kind: str) -> HttpResponse:
    """Ask the warehouse, request a shipment or short-close: rows with quantities, and one text."""
    order = get_object_or_404(Order.objects.visible_to(request.user).select_related("customer"), pk=pk)
    page = ASKED[kind]
    lines = list(order.lines.all())
    taken = pending_quantities(order)
    left = {line.pk: open_quantity(line, taken) for line in lines}
    shown = [line for line in lines if left[line.pk]]
    error = None
    if request.method == "POST":
        try:
            done = page.run(request, order, read_quantities(request.POST, lines), request.POST.get("text", ""))
        except OrderError as refusal:
            error = refusal
        else:
            toast(request, done)
            return redirect("orders:detail", order.pk)
    posted = request.method == "POST"
    context = {
        "order": order,
        "page": page,
        "rows": [
            {
                "line": line,
                "left": left[line.pk],
                "typed": request.POST.get(f"q-{line.pk}", "")
                if posted
                else (f"{left[line.pk].normalize():f}" if page.starts_full else ""),
                "is_wrong": error is not None and error.line == line.position,
            }
            for line in shown
        ],
        "text": request.POST.get("text", ""),
        "day": request.POST.get("day", "") or _iso(order.promised_on or order.requested_on),
        "error": str(error or ""),
        "ships_complete": order.customer.ships_complete and kind == "request",
        "tolerance": f"{quantity(order.customer.over_ship_percent)}%"
        if kind == "request" and order.customer.over_ship_percent
        else "",
    }
    return render(request, "orders/shipping/ask.html", context, status=422 if error else 200)


def _iso(day: Any) -> str:
    return day.isoformat() if day else ""


def _visible(request: PersonRequest, pk: int) -> Shipment:
    rows = shipments_seen_by(request.user)
    belongings = ("order", "order__customer", "requested_by", "shipped_by", "proof")
    return get_object_or_404(rows.select_related(*belongings), pk=pk)


def _show(request: PersonRequest, found: Shipment, *, error: str = "", failed: str = "") -> HttpResponse:
    may = {name for name, each in STEPS.items() if may_any(request.user, *each.permissions)}
    following = SHIPMENT_MOVES[S(found.state)]
    case = CaseStub.objects.filter(shipment=found, closed_at__isnull=True).first()
    parts = _parts(found, request.POST if failed in ("pick", "short") else {})
    context = {
        "shipment": found,
        "order": found.order,
        "look": SHIPMENT_LOOKS[found.state],
        "parts": parts,
        "phone": found.order.ship_to_phone if "ship" in may else mask_phone(found.order.ship_to_phone),
        "next": _next(found, may),
        "may": may,
        "can_short": "short" in may and S.SHORT in following and not found.order.customer.ships_complete,
        "can_cancel": "cancel" in may and S.CANCELLED in following and found.state not in GONE,
        "can_trouble": "trouble" in may
        and not found.trouble
        and found.state != S.CANCELLED
        and found.order.state != Status.CLOSED,
        "can_correct": "correct" in may and found.state in CORRECTABLE,
        "can_bounce": "accept" in may and found.state not in (S.CANCELLED, S.SIGNED),
        "troubles": [(each.value, each.label) for each in troubles_of(found)],
        "case": case,
        "new_address": waits_for_address(found) and found.state in PENDING,
        "sees_order": sees_prices(request.user),
        "mail_key": f"shipment-{found.pk}"
        if found.state != S.CANCELLED and request.user.may(Permission.ENTER_ORDERS)
        else "",
        "entries": entries_about(found.order, "shipment", found.pk),
        "error": error,
        "failed": failed,
        "posted": request.POST,
        "carriers": carriers_for_page(),
        "can_lack": found.state in GONE,
        "lacking": [(part, request.POST.get(f"q-{part.line_id}", "")) for part in parts] if case else [],
    }
    return render(request, "orders/shipping/shipment.html", context, status=422 if error else 200)


def _parts(found: Shipment, typed: Mapping[str, str]) -> list[ShipmentLine]:
    """The rows of a shipment, each with the quantity that was typed and refused."""
    parts = list(found.lines.select_related("line"))
    for part in parts:
        part.typed = typed.get(f"q-{part.line_id}")  # type: ignore[attr-defined]
    return parts


def _next(found: Shipment, may: set[str]) -> str:
    """The one step that comes next for this person; "" where it is not theirs."""
    if found.trouble and found.trouble != Shipment.Trouble.LATE:
        return ""
    wanted = {
        S.REQUESTED: "accept",
        S.ACCEPTED: "pick",
        S.SHORT: "pick",
        S.PICKED: "pack",
        S.PACKED: "ship",
        S.SHIPPED: "sign",
        S.DELIVERED: "sign",
    }.get(S(found.state), "")
    return wanted if wanted in may else ""
