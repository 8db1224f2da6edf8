"""The forms in which an order is written and changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from customers.models import Customer
from orders.actions.enter import edit_order
from orders.actions.review import enter_order
from orders.entry.asking import ask_about_prices, reasons_kept, reasons_of
from orders.errors import ConflictError, OrderError
from orders.forms.order import CustomerPick, OrderForm
from orders.forms.rows import MORE_ROWS, OrderRows, faults_of, initial_rows
from orders.history import told_differences
from orders.models import Order
from orders.requests.draft_rows import parsed_rows
from orders.status import EDITABLE_STATES, Status
from orders.views.detail import visible_order
from salesops.web.access import PersonRequest, require
from salesops.web.toasts import toast
from staff.roles import Permission


@dataclass(slots=True)
class Desk:
    """The forms of one page: who it is for (new orders only), the header, the rows."""

    header: OrderForm
    rows: OrderRows
    pick: CustomerPick | None = None

    def is_valid(self) -> bool:
        """Whether all of it can be sent on; asks every part so that all errors are shown at once."""
        parts = [self.header.is_valid(), self.rows.is_valid()]
        return all(parts if self.pick is None else [self.pick.is_valid(), *parts])

    def take_refusal(self, refusal: OrderError) -> None:
        """Put what a deed refused beside its row and field, or on top."""
        if refusal.line is not None:
            form = self.rows.written()[refusal.line - 1]
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
        elif refusal.field == "customer" and self.pick is not None:
            self.pick.add_error("customer", str(refusal))
        else:
            self.header.add_error(refusal.field if refusal.field in self.header.fields else None, str(refusal))


@require_http_methods(["GET", "HEAD", "POST"])
@require(Permission.ENTER_ORDERS)
def create(request: PersonRequest) -> HttpResponse:
    """Write a new order; ``?customer=`` and ``?copy=`` fill in what they can."""
    if request.method != "POST":
        return _draw(request, _blank_desk(request))
    pick = CustomerPick(request.POST, user=request.user)
    if "more" in request.POST:
        return _draw(request, _longer(request, CustomerPick(user=request.user, initial=request.POST.dict())))
    customer = pick.found if pick.is_valid() else None
    desk = Desk(OrderForm(request.POST), OrderRows(request.POST, customer=customer), pick)
    if not desk.is_valid() or customer is None or _asks(desk, customer):
        return _draw(request, desk, status=422)
    try:
        order = enter_order(
            by=request.user,
            customer=customer,
            lines=desk.rows.entries(),
            form_token=pick.cleaned_data["form_token"],
            origins=reasons_of(desk.rows),
            **desk.header.header(),
        )
    except OrderError as refusal:
        desk.take_refusal(refusal)
        return _draw(request, desk, status=422)
    _tell_entered(request, order)
    return redirect("orders:detail", order.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@require(Permission.ENTER_ORDERS)
def edit(request: PersonRequest, pk: int) -> HttpResponse:
    """Change an order; who saved second sees both versions and decides."""
    order = visible_order(request, pk)
    if order.state not in EDITABLE_STATES:
        toast(
            request,
            _("An order that is %(state)s can no longer be edited.") % {"state": order.get_state_display()},
            tone="warn",
        )
        return redirect("orders:detail", order.pk)
    if request.method != "POST":
        header = OrderForm(instance=order, customer=order.customer)
        lines = list(order.lines.all())
        stored = initial_rows(lines, reasons=reasons_kept(order, lines)) or parsed_rows(order)
        rows = OrderRows(initial=stored, order=order, customer=order.customer)
        return _draw(request, Desk(header, rows), order, version=order.version)
    version = _version(request)
    if "more" in request.POST:
        return _draw(request, _longer(request, None, order), order, version=version)
    written = Order.objects.get(pk=order.pk)  # the form writes into its instance; the page keeps showing what is stored
    header = OrderForm(request.POST, instance=written, customer=order.customer)
    desk = Desk(header, OrderRows(request.POST, order=order, customer=order.customer))
    if not desk.is_valid() or _asks(desk, order.customer, order):
        return _draw(request, desk, order, version=version, status=422)
    return _save(request, order, desk, version)


def _asks(desk: Desk, customer: Customer, order: Order | None = None) -> bool:
    """Whether a price is far from the customer's last one and nobody said why; the question stands beside the row."""
    header = desk.header.header()
    return ask_about_prices(
        desk.rows,
        customer=customer,
        order=order,
        gross=header.get("prices_include_tax"),
        currency=header.get("currency", ""),
    )


def _tell_entered(request: PersonRequest, order: Order) -> None:
    """Saved; and, where somebody else must review it first, that it waits for them."""
    toast(request, _("Order %(number)s is saved.") % {"number": order.number})
    if order.state == Status.RECEIVED:
        toast(request, _("Somebody else must review it before it is entered."), tone="note")


def _save(request: PersonRequest, order: Order, desk: Desk, version: int) -> HttpResponse:
    try:
        edit_order(
            by=request.user,
            order=order,
            version=version,
            lines=desk.rows.entries(),
            origins=reasons_of(desk.rows, order),
            **desk.header.header(),
        )
    except ConflictError as conflict:
        return _draw(request, desk, order, version=version, conflict=conflict, status=409)
    except OrderError as refusal:
        desk.take_refusal(refusal)
        return _draw(request, desk, order, version=version, status=422)
    toast(request, _("Order %(number)s is saved.") % {"number": order.number})
    place = request.GET.get("from", "")
    return redirect(reverse("orders:detail", args=[order.pk], query={"from": place} if place else None))


def _version(request: PersonRequest) -> int:
    """The version the form was opened with, or the one its writer has now seen and wants to save over."""
    typed = request.POST.get("over") or request.POST.get("version", "")
    return int(typed) if typed.isascii() and typed.isdecimal() and len(typed) < 10 else 0


def _row_id(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else 0


def _blank_desk(request: PersonRequest) -> Desk:
    rows: list[dict[str, Any]] = [{} for _row in range(MORE_ROWS)]
    header: dict[str, Any] = {}
    visible = Customer.objects.visible_to(request.user)
    customer = visible.filter(pk=_row_id(request.GET.get("customer", ""))).first()
    source = Order.objects.visible_to(request.user).filter(pk=_row_id(request.GET.get("copy", ""))).first()
    if source is not None:
        customer = visible.filter(pk=source.customer_id).first()
        rows = initial_rows(list(source.lines.all()), as_copy=True) + rows[:1]
        copied = ("channel", "payment_terms", "currency", "ship_to", "ship_to_receiver", "ship_to_phone", "ship_method")
        header = {name: getattr(source, name) for name in copied}
        header["price_basis"] = "yes" if source.prices_include_tax else "no"
    chosen = {"customer": customer.name, "customer_id": customer.pk} if customer else {}
    pick = CustomerPick(user=request.user, initial={"form_token": uuid4(), **chosen})
    return Desk(OrderForm(initial=header), OrderRows(initial=rows), pick)


def _longer(request: PersonRequest, pick: CustomerPick | None, order: Order | None = None) -> Desk:
    """The same page with more empty rows and every word as it was typed; nothing is checked yet."""
    typed = request.POST.dict()
    names = list(OrderRows.form.base_fields)
    count = min(_row_id(typed.get("rows-TOTAL_FORMS", "")), OrderRows.max_num)
    rows = [{name: typed.get(f"rows-{row}-{name}", "") for name in [*names, "DELETE"]} for row in range(count)]
    rows += [{} for _row in range(MORE_ROWS)]
    header = OrderForm(initial=typed, instance=order, customer=order.customer if order else None)
    header.initial.update(typed)
    header.initial["is_urgent"] = "is_urgent" in typed
    return Desk(header, OrderRows(initial=rows[: OrderRows.max_num], order=order), pick)


def _draw(
    request: PersonRequest,
    desk: Desk,
    order: Order | None = None,
    *,
    version: int = 0,
    conflict: ConflictError | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {
        "desk": desk,
        "form": desk.header,
        "order": order,
        "version": version,
        "conflict": conflict,
        "differences": told_differences(conflict.differences) if conflict else [],
        "faults": _faults(desk),
        "here": request.GET.get("from", ""),
        "can_grow": desk.rows.total_form_count() < OrderRows.max_num,
    }
    return render(request, "orders/form.html", context, status=status)


def _faults(desk: Desk) -> list[dict[str, Any]]:
    """What the error summary says about the customer and the rows, each with the field it leads to."""
    faults: list[dict[str, Any]] = []
    if desk.pick is not None and desk.pick.is_bound:
        for name, problems in desk.pick.errors.items():
            words = str(desk.pick.fields[name].label) if name in desk.pick.fields else ""
            target = "id_customer" if name != "form_token" else "main"
            faults += [{"id": target, "label": words, "text": problem} for problem in problems]
    return faults + faults_of(desk.rows)
