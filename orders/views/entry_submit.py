"""Sending the entry page: the order is written as it was seen, or what is wrong comes back with its row and field."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_POST

from customers.models import Customer
from customers.pricing import PriceBook
from orders.actions.drafts import discard_draft
from orders.actions.enter import add_note, edit_order
from orders.actions.review import confirm_order, enter_order, submit_entry
from orders.desk.guards import check_confirm
from orders.entry.checks import ask_why, check_po
from orders.entry.origins import origins_of, reason_in
from orders.entry.page import saved_now
from orders.entry.reach import customer_for, order_for
from orders.entry.rows import check_forms, read_rows
from orders.entry.sent import BadBodyError, body_of, header_sent, rows_sent, token_of, whole
from orders.errors import ConflictError, OrderError
from orders.forms.entry import EntryHeader, EntryRows
from orders.history import told_differences
from orders.models import Order
from orders.origins import Origins
from orders.status import Status
from orders.views.entry_asks import refused
from salesops.web.access import PersonRequest, require
from salesops.web.toasts import toast
from staff.roles import Permission


@require_POST
@require(Permission.ENTER_ORDERS)
def entry_submit(request: PersonRequest) -> JsonResponse:
    """Make or change the order; what is wrong comes back with its row and field, and nothing is written."""
    try:
        body = body_of(request.body)
        token = token_of(body)
        rows = [row for row in rows_sent(body.get("rows"), may_be_gone=False).values() if row is not None]
        sent = header_sent(body.get("header")) or {}
        header = EntryHeader(sent, customer=None)
    except BadBodyError:
        return refused()
    order = order_for(request.user, body.get("order"))
    customer = order.customer if order else customer_for(request.user, body.get("customer"))
    if body.get("order") and order is None:
        raise Http404
    if customer is None:
        return _faulty([{"key": "", "field": "customer", "text": _("Choose who the order is for.")}])
    header.customer = customer
    forms = EntryRows(rows, customer=customer, order=order)
    faults, prices = _faults_of(header, forms), None
    if not faults and order is None:
        answers, prices = check_forms(forms)
        faults = _faults_of_checks(answers, rows)
    elif not faults:
        touched = [row for row in rows if row.get("touched") or not row.get("id")]
        faults = _faults_of_checks(read_rows(touched, customer=customer, order=order), touched)
    reason = str(sent.get("why", {}).get("customer_po", "")).strip()
    twice = "" if faults else _same_po(header, customer, order, token)
    if twice and not reason:
        faults.append({"key": "", "field": "customer_po", "text": ask_why(twice)})
    if faults:
        return _faulty(faults)
    note = f"{twice} {reason}" if twice else ""
    origins = origins_of(forms, sent, by=request.user, token=token, order=order)
    return _write(request, body, token, customer, order, forms, header, prices, origins, note=note)


def _write(
    request: PersonRequest,
    body: Mapping[str, Any],
    token: UUID,
    customer: Customer,
    order: Order | None,
    forms: EntryRows,
    header: EntryHeader,
    prices: PriceBook | None,
    origins: Origins,
    note: str,
) -> JsonResponse:
    keys = [key for key, _row_sent, form in forms.by_key() if form in forms.written()]
    wants_it_confirmed = body.get("confirm") is True
    try:
        with transaction.atomic():
            discard_draft(by=request.user, token=token)  # first: from the number of a new order on others wait
            if order is None:
                order = enter_order(
                    by=request.user, customer=customer, lines=forms.entries(), form_token=token,
                    confirm=wants_it_confirmed, prices=prices, origins=origins, **header.values(),
                )  # fmt: skip
            else:
                version = whole(body.get("version") or 0)
                order = edit_order(
                    by=request.user, order=order, version=version, lines=forms.entries(), origins=origins,
                    **header.values(),
                )  # fmt: skip
            _confirm_total(order, body.get("total"))
            if note:
                add_note(by=request.user, order=order, text=note)
            order = _submitted(request, order)
            if wants_it_confirmed:
                order = _confirmed(request, order)
    except ConflictError as conflict:
        told = [
            {"field": str(row.field), "stored": str(row.before or "—"), "typed": str(row.after or "—")}
            for row in told_differences(conflict.differences)
        ]
        answer = {"conflict": str(conflict), "version": conflict.version, "differences": told}
        return JsonResponse(answer | saved_now(order), status=409)
    except OrderError as refusal:
        place = refusal.line or 0
        key = keys[place - 1] if 0 < place <= len(keys) else ""
        return _faulty([{"key": key, "field": refusal.field, "text": str(refusal)}])
    except BadBodyError:
        return refused()
    _tell(request, order, wants_it_confirmed=wants_it_confirmed)
    return JsonResponse({"url": reverse("orders:detail", args=[order.pk]), "number": order.number})


def _same_po(header: EntryHeader, customer: Customer, order: Order | None, token: UUID) -> str:
    """What is said of a PO another order carries already; nothing where this page did not bring it."""
    po = header.cleaned_data.get("customer_po") or ""
    found = check_po(customer, po, order) if order is None or order.customer_po != po else []
    if not found or Order.objects.filter(form_token=token).exists():
        return ""
    return " ".join(check.text for check in found)


def _submitted(request: PersonRequest, order: Order) -> Order:
    """An order on its way is entered now; one that somebody else must look at first stays where it is."""
    if order.state not in (Status.RECEIVED, Status.REVIEWED):
        return order
    try:
        return submit_entry(by=request.user, order=order)
    except (OrderError, PermissionDenied):
        return order


def _confirmed(request: PersonRequest, order: Order) -> Order:
    """An entered order goes on; one that somebody must look at first stays where it is."""
    if order.state != Status.ENTERED:
        return order
    try:
        return confirm_order(by=request.user, order=order)
    except (OrderError, PermissionDenied):
        return order


def _tell(request: PersonRequest, order: Order, *, wants_it_confirmed: bool) -> None:
    """What became of the order; where it was to be confirmed and is not, why."""
    values = {"number": order.number}
    if not wants_it_confirmed:
        toast(request, _("Order %(number)s is saved.") % values)
    elif order.state == Status.CONFIRMED:
        toast(request, _("Order %(number)s is saved and confirmed.") % values)
    elif order.state == Status.PENDING_APPROVAL:
        toast(request, _("The order waits for approval."), tone="warn")
    else:
        words = _("Order %(number)s is saved and not confirmed: %(reason)s")
        toast(request, words % (values | {"reason": _why_not(request, order)}), tone="warn")


def _why_not(request: PersonRequest, order: Order) -> str:
    try:
        check_confirm(order, request.user)
    except OrderError as refusal:
        return str(refusal)
    except PermissionDenied:
        return _("You may not confirm it.")
    return order.get_state_display()


def _confirm_total(order: Order, shown: Any) -> None:
    """What the clerk saw is what is written, to the cent."""
    try:
        total = Decimal(str(shown))
    except InvalidOperation as error:
        raise BadBodyError from error
    if total != order.total:
        raise OrderError(
            gettext_noop("A price has changed since: the total is now %(total)s. Look at it and send again."),
            {"total": f"{order.total:,}"},
            field="total",
        )


def _faults_of(header: EntryHeader, forms: EntryRows) -> list[dict[str, str]]:
    faults = [{"key": "", "field": name, "text": str(text)} for name, texts in header.errors.items() for text in texts]
    if forms.is_valid():
        return faults
    for key, _row_sent, form in forms.by_key():
        faults += [
            {"key": key, "field": name, "text": str(text)} for name, texts in form.errors.items() for text in texts
        ]
    return faults + [{"key": "", "field": "", "text": str(text)} for text in forms.non_form_errors()]


def _faults_of_checks(answers: list[dict[str, Any]], rows: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    """Errors, and notes for which nobody wrote why the row is right."""
    faults = []
    for answer, row in zip(answers, rows, strict=True):
        for check in answer["checks"]:
            if check["level"] == "error":
                faults.append({"key": answer["key"], "field": check["field"], "text": check["text"]})
            elif check["level"] == "note" and not reason_in(row):
                faults.append({"key": answer["key"], "field": check["field"], "text": ask_why(check["text"])})
    return faults


def _faulty(faults: list[dict[str, str]]) -> JsonResponse:
    return JsonResponse({"faults": faults}, status=422)
