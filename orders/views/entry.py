"""The page on which orders are entered by keyboard."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid4

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from customers.models import Customer
from orders.actions.drafts import drafts_of
from orders.entry.page import card_of, content_of, header_of
from orders.entry.reach import customer_for, request_for
from orders.entry.rows import includes_tax, read_rows
from orders.entry.sent import number_of
from orders.entry.words import entry_words
from orders.models import EntryDraft, Order, Request
from orders.status import EDITABLE_STATES
from orders.views.detail import visible_order
from salesops.numbering.numbers import house_day
from salesops.web.access import PersonRequest, require
from salesops.web.toasts import toast
from staff.roles import Permission


@require_safe
@require(Permission.ENTER_ORDERS)
def entry(request: PersonRequest) -> HttpResponse:
    """Enter a new order; ``?customer=``, ``?copy=``, ``?request=`` and ``?draft=`` fill in what they can."""
    draft = _draft(request)
    if draft is not None and draft.order_id:
        return redirect(reverse("orders:entry_of", args=[draft.order_id], query={"draft": str(draft.form_token)}))
    asked = draft.request if draft else request_for(request.user, request.GET.get("request"))
    customer = draft.customer if draft else (asked.customer if asked else None)
    source = None if draft else _row(Order.objects.visible_to(request.user), request.GET.get("copy"))
    if customer is None:
        wanted = request.GET.get("customer") or (str(source.customer_id) if source else "")
        customer = customer_for(request.user, wanted)
    content = draft.content if draft else content_of(source, as_copy=True)
    return _draw(request, customer=_seen(request, customer), content=content, draft=draft, asked=asked)


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
    content = content_of(order, as_copy=False)
    return _draw(
        request, customer=order.customer, content=draft.content if draft else content, draft=draft, order=order,
        stored=content,
    )  # fmt: skip


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
    return kept.select_related("customer", "request", "order").first()


def _draw(
    request: PersonRequest,
    *,
    customer: Customer | None,
    content: Mapping[str, Any],
    draft: EntryDraft | None = None,
    order: Order | None = None,
    asked: Request | None = None,
    stored: Mapping[str, Any] | None = None,
) -> HttpResponse:
    rows = [content["rows"][key] for key in content.get("keys", [])] if content else []
    asked_rows = [row for row in rows if draft is not None or order is None]
    begin = {
        "token": str(draft.form_token if draft else uuid4()),
        "sequence": draft.sequence if draft else 0,
        "restored": draft.updated_at.isoformat() if draft else "",
        "order": order.pk if order else None,
        "version": (draft.based_on if draft and draft.based_on else order.version) if order else 0,
        "request": asked.pk if asked else None,
        "person": request.user.pk,
        "customer": card_of(customer, request.user) if customer else None,
        "gross": includes_tax(customer, order),
        "currency": order.currency if order else (customer.currency if customer else "CNY"),
        "header": ((header_of(order) if order else {}) | (content.get("header") or {})),
        "rows": rows,
        "answers": read_rows(asked_rows, customer=customer, order=order) if asked_rows else [],
        "today": house_day().isoformat(),
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
        "asked": asked,
        "evidence": list(asked.evidence.all()[:10]) if asked else (list(order.evidence.all()[:10]) if order else []),
        "drafts": [each for each in drafts_of(request.user) if draft is None and order is None],
        "plain_url": _plain_url(request, order),
        "channels": Order.Channel.choices,
    }
    return render(request, "orders/entry/page.html", context)


def _plain_url(request: PersonRequest, order: Order | None) -> str:
    """The same without scripts."""
    if order is not None:
        return reverse("orders:edit", args=[order.pk])
    kept = {name: request.GET[name] for name in ("customer", "copy") if name in request.GET}
    return reverse("orders:create", query=kept)
