"""The list of sheet rows that came without a customer, by order or one by one, and giving them to one."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy, ngettext
from django.views.decorators.http import require_POST, require_safe

from customers.models import Customer
from customers.searching import find_customers
from orders.actions.assign import assign_lines
from orders.errors import OrderError
from orders.models import UnassignedLine
from orders.unassigned import Choice, rows_of_orders, waiting_lines, waiting_orders
from salesops.jobs.engine import enqueue
from salesops.web.access import PersonRequest, require
from salesops.web.toasts import toast
from staff.roles import Permission

PAGE = 100
ORDERS_A_PAGE = 50
MOST_CHOSEN = 2000
NO_CUSTOMER = gettext_lazy("No customer, or several, fit “%(text)s”. Type the code or the whole name.")


@require_safe
@require(Permission.IMPORT_SHEETS)
def unassigned(request: PersonRequest) -> HttpResponse:
    """Waiting orders, or the waiting rows of one, in the order of their import and sheet."""
    return _show(request)


@require_POST
@require(Permission.IMPORT_SHEETS)
def assign(request: PersonRequest) -> HttpResponse:
    """Give what was chosen to a customer, in the background where it is much; a refusal comes back as it was typed."""
    text = request.POST.get("customer", "").replace("\0", "").strip()[:200]
    choice = Choice(
        batch=_number(request, "batch"),
        text=_asked(request),
        orders=_ids(request, "order"),
        lines=_ids(request, "line"),
        everything=request.POST.get("everything") == "1",
    )
    customer = _customer(request, text)
    if customer is None:
        return _show(request, text=text, choice=choice, error=str(NO_CUSTOMER % {"text": text}), status=422)
    ids = list(choice.rows(request.user).order_by().values_list("pk", flat=True)[: MOST_CHOSEN + 1])
    if len(ids) > MOST_CHOSEN:
        arguments = {"customer": customer.pk, "choice": asdict(choice)}
        title = gettext("Waiting lines for %(name)s") % {"name": customer.name}
        job = enqueue("orders.assign", arguments=arguments, owner=request.user, title=title)
        return redirect("jobs:detail", job.pk)
    try:
        orders = assign_lines(by=request.user, line_ids=[*ids, *choice.lines], customer=customer)
    except OrderError as refusal:
        return _show(request, text=text, choice=choice, error=str(refusal), status=422)
    words = ngettext("%(count)s order was made for %(name)s.", "%(count)s orders were made for %(name)s.", len(orders))
    toast(request, words % {"count": len(orders), "name": customer.name})
    return redirect(reverse("orders:unassigned") + _query(request))


def _show(
    request: PersonRequest, *, text: str = "", choice: Choice | None = None, error: str = "", status: int = 200
) -> HttpResponse:
    """One page, with what was chosen still ticked."""
    asked, batch, order = _asked(request), _number(request, "batch"), _number(request, "order")
    query = {name: value for name, value in (("batch", batch), ("q", asked), ("order", order)) if value}
    after = _number(request, "after")
    shown = _rows(request, order, after) if order else _orders(request, Choice(batch, asked), after)
    following = shown.pop("following")
    context = {
        "query": asked,
        "batch": batch,
        "kept_query": "?" + urlencode(query) if query else "",
        "typed": text,
        "choice": choice or Choice(),
        "error": error,
        "first_url": ("?" + urlencode(query)) if after else None,
        "next_url": "?" + urlencode(query | {"after": following}) if following else None,
    }
    return render(request, "orders/unassigned.html", context | shown, status=status)


def _orders(request: PersonRequest, listed: Choice, after: int) -> dict[str, Any]:
    rows = listed.listed(request.user)
    page = waiting_orders(rows, after, ORDERS_A_PAGE)
    return {"orders": page.orders, "following": page.following, "total": rows.count() if page.orders else 0}


def _rows(request: PersonRequest, order: int, after: int) -> dict[str, Any]:
    """The waiting rows of one order; that row may have its customer by now, its neighbours are shown all the same."""
    known = waiting_lines(request.user)
    anywhere = UnassignedLine.objects.filter(batch__in=known.values("batch"))
    rows = known.filter(rows_of_orders(anywhere, [order])).select_related("batch").order_by("pk")
    page = list(rows.filter(pk__gt=after)[: PAGE + 1])
    return {"rows": page[:PAGE], "following": page[PAGE - 1].pk if len(page) > PAGE else None}


def _customer(request: PersonRequest, text: str) -> Customer | None:
    """The one customer meant: by code, by whole name, or the only one that is found."""
    if not text:
        return None
    visible = Customer.objects.visible_to(request.user)
    for exact in (visible.filter(code__iexact=text), visible.filter(name__iexact=text)):
        found = list(exact[:2])
        if len(found) == 1:
            return found[0]
        if found:
            return None
    hits = find_customers(request.user, text, 2)
    return hits[0] if len(hits) == 1 else None


def _ids(request: PersonRequest, name: str) -> list[int]:
    given = request.POST.getlist(name)[:MOST_CHOSEN]
    return [int(pk) for pk in given if pk.isascii() and pk.isdecimal() and len(pk) < 19]


def _asked(request: PersonRequest) -> str:
    return request.GET.get("q", "").replace("\0", "").strip()[:80]


def _number(request: PersonRequest, name: str) -> int:
    text = request.GET.get(name, "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else 0


def _query(request: PersonRequest) -> str:
    """The list again as it was, without the order whose rows were looked at."""
    kept = {name: value for name, value in (("batch", _number(request, "batch")), ("q", _asked(request))) if value}
    return "?" + urlencode(kept) if kept else ""
