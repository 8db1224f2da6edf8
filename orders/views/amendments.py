"""Amending an order: the form, the page that shows line by line what changes, and what can be done with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from orders.actions.amend import (
    OPEN,
    approve_amendment,
    check_amend,
    check_approve,
    drop_amendment,
    findings_of,
    reject_amendment,
    sight_of,
    submit_amendment,
    write_amendment,
)
from orders.actions.amend_link import mail_link, mail_of_link, make_link
from orders.amending.listings import AMENDMENT_LOOKS, amendments
from orders.amending.rows import changes_in, check_rows, proposed
from orders.amending.words import told_changes
from orders.desk.rule_words import tell_finding
from orders.desk.rules import Finding
from orders.entry.asking import ask_about_prices
from orders.errors import ConflictError, OrderError
from orders.forms.amend import AmendForm
from orders.forms.rows import MORE_ROWS, OrderRows, faults_of, initial_rows
from orders.history import told_differences
from orders.models import Amendment, Order, OrderLine
from orders.requests.senders import address_to_write_to
from orders.sight import SEES_PRICES, sees_prices
from orders.status import Status
from orders.views.detail import visible_order
from salesops.listing.views import list_page
from salesops.web.access import PersonRequest, require
from salesops.web.toasts import toast
from staff.roles import Permission

State = Amendment.State


@dataclass(slots=True)
class Desk:
    """The forms of one amendment: cause and header, rows."""

    header: AmendForm
    rows: OrderRows

    def is_valid(self) -> bool:
        """Asks both parts, so that all errors are shown at once."""
        return all([self.header.is_valid(), self.rows.is_valid()])


@require_safe
def amendment_list(request: PersonRequest) -> HttpResponse:
    """Amendments of the orders one may see."""
    return list_page(request, amendments)


@require_http_methods(["GET", "HEAD", "POST"])
@require(Permission.AMEND_ORDERS)
def amend(request: PersonRequest, pk: int) -> HttpResponse:
    """Write an amendment of the order, or go on with its draft."""
    order = visible_order(request, pk)
    opened = order.amendments.filter(state__in=OPEN).first()
    if opened is not None and opened.state != State.DRAFT:
        return redirect("orders:amendment", opened.pk)
    try:
        check_amend(order, request.user)
    except OrderError as refusal:
        toast(request, str(refusal), tone="warn")
        return redirect("orders:detail", order.pk)
    if request.method != "POST":
        return _draw(request, order, _blank_desk(order, opened), opened, version=order.version)
    typed = Order.objects.get(pk=order.pk)  # the form writes into its instance; the page keeps showing what is stored
    desk = Desk(AmendForm(request.POST, instance=typed), OrderRows(request.POST, order=order, customer=order.customer))
    version = _number(request.POST.get("over") or request.POST.get("version", ""))
    if "more" in request.POST:
        return _draw(request, order, _longer(request, order), opened, version=version)
    if not desk.is_valid() or ask_about_prices(
        desk.rows,
        customer=order.customer,
        order=order,
        gross=order.prices_include_tax,
        currency=order.currency,
    ):
        return _draw(request, order, desk, opened, version=version, status=422)
    return _save(request, order, desk, opened, version)


def _save(request: PersonRequest, order: Order, desk: Desk, opened: Amendment | None, version: int) -> HttpResponse:
    header = desk.header
    try:
        amendment = write_amendment(
            by=request.user,
            order=order,
            version=version,
            cause=header.cleaned_data["cause"],
            reason=header.cleaned_data["reason"],
            lines=desk.rows.entries(),
            header=header.header(),
            amendment=opened,
            caught_stage=header.cleaned_data["caught_stage"],
        )
        if "submit" in request.POST:
            submit_amendment(by=request.user, amendment=amendment)
    except ConflictError as conflict:
        return _draw(request, order, desk, opened, version=version, conflict=conflict, status=409)
    except OrderError as refusal:
        header.add_error(refusal.field if refusal.field in header.fields and not refusal.line else None, str(refusal))
        return _draw(request, order, desk, opened, version=version, status=422)
    toast(request, _("The amendment is submitted.") if "submit" in request.POST else _("The draft is saved."))
    return redirect("orders:amendment", amendment.pk)


@require_safe
@require(*SEES_PRICES)
def amendment(request: PersonRequest, pk: int) -> HttpResponse:
    """What changes, line by line, what the rules find in it, and what can be done."""
    return _show(request, _visible(request, pk))


@require_POST
@require(Permission.AMEND_ORDERS)
def submit(request: PersonRequest, pk: int) -> HttpResponse:
    """Hand a draft in."""
    stored = _visible(request, pk)
    try:
        submit_amendment(by=request.user, amendment=stored)
    except OrderError as refusal:
        return _show(request, stored, refusal=str(refusal), status=422)
    toast(request, _("The amendment is submitted."))
    return redirect("orders:amendment", stored.pk)


@require_POST
@require(Permission.AMEND_ORDERS)
def drop(request: PersonRequest, pk: int) -> HttpResponse:
    """Take it back."""
    stored = _visible(request, pk)
    try:
        drop_amendment(by=request.user, amendment=stored)
    except OrderError as refusal:
        return _show(request, stored, refusal=str(refusal), status=422)
    toast(request, _("The amendment is taken back."))
    return redirect("orders:detail", stored.order_id)


@require_POST
@require(Permission.AMEND_ORDERS, Permission.APPROVE_AMENDMENTS)
def decide(request: PersonRequest, pk: int) -> HttpResponse:
    """Approve and apply, or reject with a reason."""
    stored, note = _visible(request, pk), request.POST.get("note", "")
    try:
        if request.POST.get("decision") == "reject":
            reject_amendment(by=request.user, amendment=stored, note=note)
            toast(request, _("The amendment is rejected."))
        else:
            approve_amendment(by=request.user, amendment=stored, seen=request.POST.get("seen", ""), note=note)
            toast(request, _("The amendment is applied."))
    except ConflictError as conflict:
        return _show(request, _visible(request, pk), conflict=conflict, status=409)
    except OrderError as refusal:
        return _show(request, _visible(request, pk), refusal=str(refusal), words=note, status=422)
    return redirect("orders:amendment", stored.pk)


@require_POST
@require(Permission.AMEND_ORDERS)
def link(request: PersonRequest, pk: int) -> HttpResponse:
    """Make the customer's link: mailed, or shown once to be sent in another way."""
    stored = _visible(request, pk)
    site = settings.SITE_URL.rstrip("/") or request.build_absolute_uri("/").rstrip("/")
    try:
        if "mail" in request.POST:
            sent = mail_link(by=request.user, amendment=stored, site=site, to=request.POST.get("to", ""))
            toast(request, _("A mail with the link goes to %(to)s.") % {"to": sent.recipients})
            return redirect("orders:amendment", stored.pk)
        address = f"{site}{reverse('amendment_link', args=[make_link(by=request.user, amendment=stored)])}"
    except OrderError as refusal:
        return _show(request, stored, refusal=str(refusal), status=422)
    response = _show(request, _visible(request, pk), address=address)
    response["Cache-Control"] = "no-store"  # the secret is in the page
    return response


def _visible(request: PersonRequest, pk: int) -> Amendment:
    rows = Amendment.objects.select_related("order__customer", "asked_by", "decided_by")
    return get_object_or_404(rows, pk=pk, order__in=Order.objects.visible_to(request.user))


def _show(
    request: PersonRequest,
    stored: Amendment,
    *,
    refusal: str = "",
    conflict: ConflictError | None = None,
    words: str = "",
    address: str = "",
    status: int = 200,
) -> HttpResponse:
    order, person = stored.order, request.user
    changes = changes_in(stored.rows.all())
    lines = list(order.lines.select_related("product").order_by("position"))
    problem, found = _judged(order, lines, stored)
    why_not = _why_not(stored, request, found)
    context = {
        "amendment": stored,
        "order": order,
        "look": AMENDMENT_LOOKS[stored.state],
        "rows": told_changes(changes, lines),
        "difference": stored.total_after - stored.total_before,
        "problem": problem,
        "findings": [(finding.rule.name, tell_finding(finding.content())) for finding in found],
        "seen": sight_of(found),
        "why_not": why_not,
        "may_decide": stored.state == State.SUBMITTED and why_not == "",
        "may_reject": stored.state == State.SUBMITTED and person.may(Permission.APPROVE_AMENDMENTS),
        "may_write": person.may(Permission.AMEND_ORDERS),
        "may_send": stored.state == State.APPLIED
        and order.state != Status.CANCELLED
        and person.may(Permission.AMEND_ORDERS),
        "is_own": stored.asked_by_id == person.pk,
        "mail_address": address_to_write_to(order) if stored.state == State.APPLIED else "",
        "mailed": mail_of_link(stored) if stored.state == State.APPLIED else None,
        "address": address,
        "refusal": refusal,
        "conflict": conflict,
        "differences": told_differences(conflict.differences) if conflict else [],
        "words": words,
        "sees_prices": sees_prices(person),
        "mail_key": f"amendment-{stored.pk}" if stored.applied_at and person.may(Permission.ENTER_ORDERS) else "",
    }
    return render(request, "orders/amendments/detail.html", context, status=status)


def _judged(order: Order, lines: list[OrderLine], stored: Amendment) -> tuple[str, list[Finding]]:
    """Why it could not be applied now, and what the rules find in it; nothing once it is decided."""
    if stored.state not in OPEN:
        return "", []
    changes = changes_in(stored.rows.all())
    try:
        check_rows(order, lines, changes)
        return "", findings_of(order, lines, changes)
    except OrderError as refusal:
        return str(refusal), []


def _why_not(stored: Amendment, request: PersonRequest, found: Sequence[Finding]) -> str:
    """Why this person may not approve it; nothing when they may, "-" when it is none of their business."""
    try:
        check_approve(stored, request.user, found)
    except PermissionDenied:
        return "-"
    except OrderError as refusal:
        return str(refusal)
    return ""


def _blank_desk(order: Order, draft: Amendment | None) -> Desk:
    """The order as it is, or as its draft would leave it."""
    lines = list(order.lines.select_related("product").order_by("position"))
    if draft is None:
        return Desk(AmendForm(instance=order), OrderRows(initial=[*initial_rows(lines), {}], order=order))
    try:
        changes = changes_in(draft.rows.all())
        future, written = proposed(order, lines, changes)
    except OrderError:
        changes, future, written = [], order, lines
    header = AmendForm(
        instance=future,
        initial={"cause": draft.cause, "reason": draft.reason, "caught_stage": draft.caught_stage or None},
    )
    reasons = {change.position: change.why for change in changes if change.why}
    return Desk(header, OrderRows(initial=[*initial_rows(written, reasons=reasons), {}], order=order))


def _longer(request: PersonRequest, order: Order) -> Desk:
    """The same page with more empty rows and every word as it was typed; nothing is checked yet."""
    typed = request.POST.dict()
    count = min(_number(typed.get("rows-TOTAL_FORMS", "")), OrderRows.max_num)
    names = [*OrderRows.form.base_fields, "DELETE"]
    rows: list[dict[str, Any]] = [{name: typed.get(f"rows-{row}-{name}", "") for name in names} for row in range(count)]
    rows += [{} for _row in range(MORE_ROWS)]
    header = AmendForm(instance=order, initial=typed | {"is_urgent": "is_urgent" in typed})
    return Desk(header, OrderRows(initial=rows[: OrderRows.max_num], order=order))


def _draw(
    request: PersonRequest,
    order: Order,
    desk: Desk,
    draft: Amendment | None,
    *,
    version: int,
    conflict: ConflictError | None = None,
    status: int = 200,
) -> HttpResponse:
    context: dict[str, Any] = {
        "order": order,
        "desk": desk,
        "form": desk.header,
        "draft": draft,
        "version": version,
        "conflict": conflict,
        "differences": told_differences(conflict.differences) if conflict else [],
        "faults": faults_of(desk.rows),
        "can_grow": desk.rows.total_form_count() < OrderRows.max_num,
    }
    return render(request, "orders/amendments/form.html", context, status=status)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0
