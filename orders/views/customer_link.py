"""What a customer sees behind the link of an amendment: who asks, the order, what changes, one button. No sign-in."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from orders.actions.amend_link import (
    addressee_of,
    amendment_of,
    check_not_cancelled,
    confirm_by_customer,
    has_ended,
)
from orders.amending.rows import changes_in
from orders.amending.words import told_changes
from orders.documents.figures import total_text
from orders.errors import OrderError
from orders.models import Amendment
from salesops.audit.addresses import client_address
from salesops.documents.models import CompanyProfile, company

MOST_A_MINUTE = 30
State = Amendment.State
_LIVE = (State.APPLIED, State.CUSTOMER_CONFIRMED)


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest, secret: str) -> HttpResponse:
    """Look at the change and confirm it under a name: the contact's to whom it was mailed, unless another is written.

    404 for a wrong secret, 410 for an old one or a cancelled order, 429 for too many.
    """
    if _too_many(request):
        return _answer(request, status=429, problem=_("Too many tries. Wait a minute, then open the link again."))
    amendment = amendment_of(secret)
    if amendment is None or amendment.state not in _LIVE:
        return _answer(request, status=404, problem=_("This link does not work any more. Ask us for a new one."))
    try:
        check_not_cancelled(amendment.order)
    except OrderError as refusal:
        return _answer(request, status=410, problem=str(refusal))
    if has_ended(secret):
        return _answer(request, status=410, problem=_("This link has ended. Ask us for a new one."))
    if request.method != "POST":
        return _answer(request, amendment=amendment, name=addressee_of(amendment))
    name = request.POST.get("name", "")
    try:
        confirm_by_customer(secret=secret, name=name)
    except OrderError as refusal:
        return _answer(request, status=422, amendment=amendment, name=name, refusal=str(refusal))
    response = redirect("amendment_link", secret)
    return _closed(response)


def _answer(
    request: HttpRequest,
    *,
    amendment: Amendment | None = None,
    name: str = "",
    refusal: str = "",
    problem: str = "",
    status: int = 200,
) -> HttpResponse:
    context: dict[str, Any] = {"amendment": amendment, "name": name, "refusal": refusal, "problem": problem}
    if amendment is not None:
        order, house = amendment.order, company()
        context |= {
            "order": order,
            "rows": told_changes(changes_in(amendment.rows.all()), list(order.lines.order_by("position"))),
            "totals": [total_text(each, order.currency) for each in (amendment.total_before, amendment.total_after)],
            "seller": _seller(house),
            "clerk": order.owner,
            "reach": [text for text in (house.phone, house.email) if text],
        }
    return _closed(render(request, "orders/amendments/confirm.html", context, status=status))


def _seller(house: CompanyProfile) -> str:
    """Who we are, in the reader's language: nobody confirms to a nameless page."""
    return "".join(house.in_languages("name", ["en" if get_language() == "en" else "zh"]))


def _closed(response: HttpResponse) -> HttpResponse:
    """Kept by nobody, found by no search engine, and its address told to no other house."""
    response["X-Robots-Tag"] = "noindex, nofollow"
    response["Cache-Control"] = "no-store, private"
    response["Referrer-Policy"] = "same-origin"
    return response


def _too_many(request: HttpRequest) -> bool:
    """Whether one address asks more than thirty times a minute: nobody guesses secrets here."""
    key = f"confirm:{client_address(request) or 'unknown'}"
    cache.add(key, 0, 60)
    try:
        return cache.incr(key) > MOST_A_MINUTE
    except ValueError:
        return False  # the minute ended in between
