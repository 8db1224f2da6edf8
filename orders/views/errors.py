"""The error ledger: its lists, its figures, and the page of one error with what people say about it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, cast

from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy
from django.views.decorators.http import require_POST, require_safe

from orders.actions.errors import dispute_error, judge_error, may_dispute, may_judge, may_rule, rule_error
from orders.errors import OrderError
from orders.forms.errors import JudgeForm
from orders.history import order_entries
from orders.ledger.figures import by_choice, by_field_and_stage, by_month, by_person, cost_of
from orders.ledger.listings import SEES_ERRORS, errors, my_errors
from orders.ledger.words import SEVERITY_LOOKS, field_words, judged_changes, told_pair
from orders.models import ErrorEvent, Evidence, Order
from orders.models.ledger import ErrorQuerySet
from orders.requests.queries import evidence_visible_to
from salesops.listing.filters import PRESETS, DateFilter, FilterFault
from salesops.listing.listing import Listing
from salesops.listing.neighbours import neighbours
from salesops.listing.query import parse_params
from salesops.listing.reader import reader_for
from salesops.listing.views import list_page
from salesops.web.access import PersonRequest, require
from salesops.web.toasts import toast
from staff.models import User
from staff.roles import Permission

_PERIOD = DateFilter("when", pgettext_lazy("error", "Caught"), "caught_at")
_AROUND = timedelta(hours=1)
_MOST_EVENTS = 15
_BELONGINGS = (
    "order", "customer", "made_by", "caught_by", "ruled_by", "amendment", "order_return", "team",
)  # fmt: skip


@require_safe
def error_list(request: PersonRequest) -> HttpResponse:
    """Errors of everybody this person looks after; 403 for people who look after nobody."""
    return list_page(request, errors)


@require_safe
def own_errors(request: PersonRequest) -> HttpResponse:
    """What stands against the person who looks."""
    return list_page(request, my_errors)


@require_safe
@require(*SEES_ERRORS)
def figures(request: PersonRequest) -> HttpResponse:
    """Counts by field and stage, person, cause, kind and month; each number opens its events."""
    reader = reader_for(request.user)
    query = request.GET.copy()
    if not any(query.get(name) for name in _PERIOD.parameters):
        query["when"] = "this_year"
    problem = ""
    try:
        days = _PERIOD.read(parse_params(query.urlencode()), reader)
    except FilterFault as fault:
        days, problem = None, str(fault)
    base = {} if problem else {name: str(query[name]) for name in _PERIOD.parameters if query.get(name)}
    rows = ErrorEvent.objects.visible_to(request.user).counted()
    if days is not None:
        rows = cast(ErrorQuerySet, _PERIOD.narrow(rows, days, reader))
    first, last = (days.first, days.last) if days else (None, None)
    context = {
        "made": by_field_and_stage(rows, base),
        "caught": by_field_and_stage(rows, base, stage="caught_stage"),
        "tables": [
            (_("Made by"), by_person(rows, base)),
            (_("Root cause"), by_choice(rows, base, "cause", "cause", ErrorEvent.Cause)),
            (_("Kind of error"), by_choice(rows, base, "type", "type", ErrorEvent.Type)),
            (_("Severity"), by_choice(rows, base, "severity", "severity", ErrorEvent.Severity)),
            (_("Month"), by_month(rows, base, reader, first, last)),
        ],
        "cost": cost_of(rows, base),
        "presets": [(key, word, query.get("when") == key) for key, word in PRESETS.items()],
        "first": first,
        "last": last,
        "problem": problem,
    }
    return render(request, "orders/errors/figures.html", context)


@require_safe
@require(*Permission)
def error(request: PersonRequest, pk: int) -> HttpResponse:
    """One error with everything one must know to judge it."""
    return _show(request, _visible(request, pk))


@require_POST
@require(*Permission)
def judge(request: PersonRequest, pk: int) -> HttpResponse:
    """Write down severity, cause, cost and prevention."""
    stored = _visible(request, pk)
    if not may_judge(request.user, stored):
        raise PermissionDenied
    version = request.POST.get("version", "")
    form = JudgeForm(request.POST, instance=ErrorEvent.objects.get(pk=stored.pk))
    if not form.is_valid():
        return _show(request, stored, form=form, status=422)
    try:
        judge_error(
            by=request.user,
            error=stored,
            version=int(version) if version.isascii() and version.isdecimal() and len(version) < 10 else 0,
            **form.cleaned_data,
        )
    except OrderError as refusal:
        form.add_error(None, str(refusal))
        return _show(request, stored, form=form, status=422)
    toast(request, _("Saved."))
    return redirect("orders:error", stored.pk)


@require_POST
@require(*Permission)
def dispute(request: PersonRequest, pk: int) -> HttpResponse:
    """The maker says why it is none, or not theirs."""
    stored, reason = _visible(request, pk), request.POST.get("reason", "")
    if stored.made_by_id != request.user.pk:
        raise PermissionDenied
    try:
        dispute_error(by=request.user, error=stored, reason=reason)
    except OrderError as refusal:
        return _show(request, stored, words=reason, refusal=str(refusal), status=422)
    toast(request, _("Your dispute is noted. A third person decides."))
    return redirect("orders:error", stored.pk)


@require_POST
@require(Permission.RULE_ERRORS)
def rule(request: PersonRequest, pk: int) -> HttpResponse:
    """Decide a dispute."""
    stored, ruling = _visible(request, pk), request.POST.get("ruling", "")
    try:
        rule_error(by=request.user, error=stored, upheld=request.POST.get("decision") != "withdrawn", ruling=ruling)
    except OrderError as refusal:
        return _show(request, stored, words=ruling, refusal=str(refusal), status=422)
    toast(request, _("The dispute is decided."))
    return redirect("orders:error", stored.pk)


def _visible(request: PersonRequest, pk: int) -> ErrorEvent:
    return get_object_or_404(ErrorEvent.objects.visible_to(request.user).select_related(*_BELONGINGS), pk=pk)


def _show(
    request: PersonRequest,
    stored: ErrorEvent,
    *,
    form: JudgeForm | None = None,
    words: str = "",
    refusal: str = "",
    status: int = 200,
) -> HttpResponse:
    person = request.user
    listing: Listing = errors if any(person.may(permission) for permission in SEES_ERRORS) else my_errors
    order = Order.objects.visible_to(person).filter(pk=stored.order_id).first() if stored.order_id else None
    wrong, right = told_pair(stored.field, stored.line_position, stored.wrong_value, stored.right_value)
    context: dict[str, Any] = {
        "error": stored,
        "field": field_words(stored.field, stored.line_position),
        "wrong": wrong,
        "right": right,
        "look": SEVERITY_LOOKS[stored.severity],
        "order": order,
        "entries": order_entries(_events_around(order, stored)) if order else [],
        "evidence": _evidence(order, person) if order else [],
        "notes": [(note, judged_changes(note)) for note in stored.entries.select_related("by")],
        "form": form or JudgeForm(instance=stored),
        "may_judge": may_judge(person, stored),
        "may_dispute": may_dispute(person, stored),
        "may_rule": may_rule(person, stored),
        "words": words,
        "refusal": refusal,
        "walk": neighbours(listing, person, request.GET.get("from", ""), stored.pk),
        "listing": listing,
    }
    return render(request, "orders/errors/detail.html", context, status=status)


def _events_around(order: Order, stored: ErrorEvent) -> Any:
    """The order's diary from shortly before the writing until shortly after the catch."""
    events = order.events.select_related("by").filter(at__lte=stored.caught_at + _AROUND)
    if stored.made_at is not None:
        events = events.filter(at__gte=stored.made_at - _AROUND)
    return events.order_by("-at", "-id")[:_MOST_EVENTS]


def _evidence(order: Order, person: User) -> list[Evidence]:
    """What came with the order, as far as this person may open it."""
    of_order = evidence_visible_to(person).filter(Q(order=order) | Q(request__order=order))
    return list(of_order.select_related("request").order_by("id")[:20])
