"""The list of sheet rows that came without a customer, and giving them to one."""

from __future__ import annotations

from urllib.parse import urlencode

from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST, require_safe

from customers.models import Customer
from customers.searching import find_customers
from orders.actions.assign import assign_lines
from orders.errors import OrderError
from orders.unassigned import waiting_lines
from salesops.web.access import PersonRequest, require
from salesops.web.toasts import toast
from staff.roles import Permission

PAGE = 100
MOST_CHOSEN = 2000
NO_CUSTOMER = gettext_lazy("No customer, or several, fit “%(text)s”. Type the code or the whole name.")


@require_safe
@require(Permission.IMPORT_SHEETS)
def unassigned(request: PersonRequest) -> HttpResponse:
    """Waiting rows, in the order of their import and sheet."""
    return _show(request)


@require_POST
@require(Permission.IMPORT_SHEETS)
def assign(request: PersonRequest) -> HttpResponse:
    """Give the chosen rows to a customer; a refusal comes back with what was typed."""
    text = request.POST.get("customer", "").replace("\0", "").strip()[:200]
    chosen = [
        int(pk) for pk in request.POST.getlist("line")[:MOST_CHOSEN] if pk.isascii() and pk.isdecimal() and len(pk) < 19
    ]
    customer = _customer(request, text)
    if customer is None:
        return _show(request, text=text, chosen=chosen, error=str(NO_CUSTOMER % {"text": text}), status=422)
    try:
        orders = assign_lines(by=request.user, line_ids=chosen, customer=customer)
    except OrderError as refusal:
        return _show(request, text=text, chosen=chosen, error=str(refusal), status=422)
    words = ngettext("%(count)s order was made for %(name)s.", "%(count)s orders were made for %(name)s.", len(orders))
    toast(request, words % {"count": len(orders), "name": customer.name})
    return redirect(reverse("orders:unassigned") + _query(request))


def _show(
    request: PersonRequest, *, text: str = "", chosen: list[int] | None = None, error: str = "", status: int = 200
) -> HttpResponse:
    """One page of rows, with the chosen ones still ticked."""
    asked = request.GET.get("q", "").replace("\0", "").strip()[:80]
    batch, after = _number(request, "batch"), _number(request, "after")
    rows = waiting_lines(request.user).select_related("batch").order_by("pk")
    if batch:
        rows = rows.filter(batch=batch)
    if asked:
        rows = rows.filter(Q(source_number=asked) | Q(product_code=asked))
    page = list(rows.filter(pk__gt=after)[: PAGE + 1])
    following = page[PAGE - 1].pk if len(page) > PAGE else None
    query = {name: value for name, value in (("batch", batch), ("q", asked)) if value}
    context = {
        "rows": page[:PAGE],
        "query": asked,
        "batch": batch,
        "typed": text,
        "chosen": set(chosen or ()),
        "error": error,
        "first_url": "?" + urlencode(query) if after else None,
        "next_url": "?" + urlencode(query | {"after": following}) if following else None,
    }
    return render(request, "orders/unassigned.html", context, status=status)


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


def _number(request: PersonRequest, name: str) -> int:
    text = request.GET.get(name, "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else 0


def _query(request: PersonRequest) -> str:
    batch = _number(request, "batch")
    return f"?batch={batch}" if batch else ""
