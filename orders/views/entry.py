"""The page on which orders are entered by keyboard."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid4

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from customers.models import Customer
from orders.actions.drafts import drafts_of
from orders.actions.take import take_request
from orders.desk.deeds import KEYED
from orders.desk.queue import time_left
from orders.entry.evidence import evidence_beside
from orders.entry.page import card_of, content_of, drafted, header_begun, parsed_content
from orders.entry.reach import customer_for, request_for
from orders.entry.rows import includes_tax, read_rows
from orders.entry.sent import number_of
from orders.entry.words import entry_words
from orders.errors import OrderError
from orders.models import EntryDraft, Order
from orders.requests.cells import unit_words
from orders.status import EDITABLE_STATES, OPEN_STATES
from orders.views.detail import visible_order
from salesops.numbering.numbers import house_day
from salesops.web.access import PersonRequest, require
from salesops.web.toasts import toast
from staff.roles import Permission
from staff.sop_reading import steps_in_force


@require_safe
@require(Permission.ENTER_ORDERS)
def entry(request: PersonRequest) -> HttpResponse:
    """Enter a new order; ``?customer=``, ``?copy=`` and ``?draft=`` fill in what they can; ``?request=`` takes one."""
    if request.GET.get("request"):
        return _take(request)
    draft = _draft(request)
    if draft is not None and draft.order_id:
        return redirect(reverse("orders:entry_of", args=[draft.order_id], query={"draft": str(draft.form_token)}))
    customer = draft.customer if draft else None
    source = None if draft else _row(Order.objects.visible_to(request.user), request.GET.get("copy"))
    if customer is None:
        wanted = request.GET.get("customer") or (str(source.customer_id) if source else "")
        customer = customer_for(request.user, wanted)
    content = draft.content if draft else content_of(source, as_copy=True)
    return _draw(request, customer=_seen(request, customer), content=content, draft=draft)


@require_safe
@require(Permission.ENTER_ORDERS)
def entry_of(request: PersonRequest, pk: int) -> HttpResponse:
    """Go on with an order that may still be written; one that may not be is shown."""
    order = visible_order(request, pk)
    if order.state not in EDITABLE_STATES:
        words = _("An order that is %(state)s can no longer be edited.")
        toast(request, words % {"state": order.get_state_display()}, tone="warn")
        return redirect("orders:detail", order.pk)
    draft = _draft(request) or next(iter(drafts_of(request.user, order=order)), None)
    if draft is not None and draft.order_id != order.pk:
        draft = None
    content = drafted(order, draft) if draft else parsed_content(order) or content_of(order, as_copy=False)
    return _draw(request, customer=order.customer, content=content, draft=draft, order=order)


def _take(request: PersonRequest) -> HttpResponse:
    """Make an order of a waiting request and go on in its grid; what somebody must decide first is on its own page.

    Only somebody of the house who went there themselves takes it: no other site, no page loaded ahead.
    """
    asked = request_for(request.user, request.GET.get("request"))
    if asked is None:
        raise Http404
    if asked.order_id:
        return redirect("orders:entry_of", asked.order_id)
    own_page = redirect("orders:request", asked.pk)
    is_ours = request.headers.get("Sec-Fetch-Site", "none") in ("same-origin", "none")
    if request.method != "GET" or not is_ours or "prefetch" in request.headers.get("Sec-Purpose", ""):
        return own_page
    customer = _seen(request, asked.customer)
    if customer is None:
        toast(request, _("Choose the customer first."), tone="warn")
        return own_page
    try:
        order = take_request(by=request.user, request=asked, customer=customer)
    except OrderError as refusal:
        toast(request, str(refusal), tone="bad")
        return own_page
    toast(request, _("%(request)s is now order %(order)s.") % {"request": asked.number, "order": order.number})
    return redirect("orders:entry_of", order.pk)


def _row(rows: Any, value: Any) -> Any:
    return rows.filter(pk=number_of(value)).first() if value else None


def _seen(request: PersonRequest, customer: Customer | None) -> Customer | None:
    """A draft may outlive the right to see its customer."""
    return customer_for(request.user, customer.pk) if customer is not None else None


def _draft(request: PersonRequest) -> EntryDraft | None:
    try:
        token = UUID(request.GET.get("draft", ""))
    except ValueError:
        return None
    kept = EntryDraft.objects.filter(owner=request.user, form_token=token)
    return kept.select_related("customer", "order").first()


def _draw(
    request: PersonRequest,
    *,
    customer: Customer | None,
    content: Mapping[str, Any],
    draft: EntryDraft | None = None,
    order: Order | None = None,
) -> HttpResponse:
    rows = [content["rows"][key] for key in content.get("keys", [])] if content else []
    is_unsaved = draft is not None or order is None or order.line_count == 0
    begin = {
        "token": str(draft.form_token if draft else uuid4()),
        "sequence": draft.sequence if draft else 0,
        "restored": draft.updated_at.isoformat() if draft else "",
        "is_parsed": bool(rows and order and (draft.sequence == 0 if draft else order.line_count == 0)),
        "order": order.pk if order else None,
        "version": (draft.based_on if draft and draft.based_on else order.version) if order else 0,
        "person": request.user.pk,
        "customer": card_of(customer, request.user) if customer else None,
        "gross": includes_tax(customer, order),
        "currency": order.currency if order else (customer.currency if customer else "CNY"),
        "header": header_begun(order, content),
        "origin": content.get("origin") or {},
        "rows": rows,
        "answers": read_rows(rows, customer=customer, order=order) if rows and is_unsaved else [],
        "today": house_day().isoformat(),
        "units": unit_words(),
        "urls": {
            name: reverse(f"orders:entry_{name}")
            for name in ("products", "customer", "last", "keep", "paste", "discard", "submit")
        } | {"customers": reverse("orders:find_customers"), "new": reverse("orders:entry"),
             "leave": reverse("orders:detail", args=[order.pk]) if order else reverse("orders:list")},
        "words": entry_words(),
    }  # fmt: skip
    context = {
        "begin": begin,
        "order": order,
        "left": time_left(order, timezone.now()) if order and order.state in OPEN_STATES else None,
        "beside": evidence_beside(order, order.customer, content.get("rows") or {}) if order else None,
        "unmasked": request.user.may(Permission.UNMASK_CONTACTS),
        "drafts": [each for each in drafts_of(request.user) if draft is None and order is None],
        "plain_url": _plain_url(request, order),
        "channels": Order.Channel.choices,
        "sops": list(steps_in_force(KEYED).values()),
    }
    return render(request, "orders/entry/page.html", context)


def _plain_url(request: PersonRequest, order: Order | None) -> str:
    """The same without scripts."""
    if order is not None:
        return reverse("orders:edit", args=[order.pk])
    kept = {name: request.GET[name] for name in ("customer", "copy") if name in request.GET}
    return reverse("orders:create", query=kept)
