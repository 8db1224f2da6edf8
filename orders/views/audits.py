"""The sampling audit: its list, the draw, what a sample shows, and the comparison of one of its orders."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, Prefetch
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from orders.actions.audits import compare_audited, draw_audit
from orders.desk.guards import check_audit
from orders.errors import OrderError
from orders.forms.audits import CompareForm, DrawForm
from orders.ledger.figures import errors_url
from orders.ledger.listings import audits
from orders.ledger.sampling import hash_of, population, result_of, wrong_places
from orders.ledger.words import field_words
from orders.models import Audit, AuditedOrder, ErrorEvent, Order, ReviewCheck
from orders.requests.queries import show_evidence
from salesops.listing.views import list_page
from salesops.numbering.numbers import house_day
from salesops.web.access import PersonRequest, require
from salesops.web.toasts import toast
from staff.models import User
from staff.roles import Permission

Outcome = AuditedOrder.Outcome


@require_safe
@require(Permission.VERIFY_ORDERS)
def audit_list(request: PersonRequest) -> HttpResponse:
    """Every draw, the newest first."""
    return list_page(request, audits)


@require_http_methods(["GET", "HEAD", "POST"])
@require(Permission.VERIFY_ORDERS)
def new(request: PersonRequest) -> HttpResponse:
    """Draw a sample; what cannot be drawn comes back as it was typed."""
    today = house_day()
    form = DrawForm(request.POST or None, initial={"first": today.replace(day=1), "last": today})
    if request.method == "POST" and form.is_valid():
        try:
            audit = draw_audit(by=request.user, **form.cleaned_data)
        except OrderError as refusal:
            form.take_refusal(refusal)
        else:
            toast(request, _("The sample is drawn."))
            return redirect("orders:audit", audit.pk)
    return render(request, "orders/audits/new.html", {"form": form}, status=422 if request.method == "POST" else 200)


@require_safe
@require(Permission.VERIFY_ORDERS)
def audit(request: PersonRequest, pk: int) -> HttpResponse:
    """What a sample shows: each rate with its base, each number with its orders. ``again`` draws the base anew."""
    stored = get_object_or_404(Audit.objects.visible_to(request.user).select_related("person", "drawn_by"), pk=pk)
    shown = request.GET.get("show", "")
    wrong = wrong_places(stored).values("pk")
    places = AuditedOrder.objects.filter(audit=stored).annotate(stands=Exists(wrong.filter(pk=OuterRef("pk"))))
    compared = places.exclude(outcome=Outcome.WAITING)
    narrowed = {
        "waiting": places.filter(outcome=Outcome.WAITING),
        "compared": compared,
        "right": compared.filter(stands=False),
        "wrong": compared.filter(stands=True),
    }.get(shown, places)
    errors = ErrorEvent.objects.visible_to(request.user)
    context = {
        "audit": stored,
        "result": result_of(stored),
        "places": narrowed.select_related("order", "compared_by").prefetch_related(Prefetch("errors", errors)),
        "shown": shown if shown in {"waiting", "compared", "right", "wrong"} else "",
        "errors_url": errors_url({}, audit=str(stored.pk)),
        "again": _drawn_again(stored) if "again" in request.GET else None,
    }
    return render(request, "orders/audits/detail.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@require(Permission.VERIFY_ORDERS)
def audited(request: PersonRequest, pk: int) -> HttpResponse:
    """Hold one order of a sample against what the customer sent, or see what was found."""
    visible = AuditedOrder.objects.filter(
        audit__in=Audit.objects.visible_to(request.user), order__in=Order.objects.visible_to(request.user)
    )
    place = get_object_or_404(visible.select_related("audit", "order__customer", "order__invoice_profile"), pk=pk)
    if place.outcome != Outcome.WAITING and request.method != "POST":
        return _show(request, place)
    form = CompareForm(request.POST or None, order=place.order)
    if request.method != "POST":
        return _show(request, place, form)
    if form.is_valid():
        try:
            compare_audited(
                by=request.user, place=place, compared=form.compared(), faults=form.faults(),
                sight=form.cleaned_data["sight"], note=form.cleaned_data["note"],
            )  # fmt: skip
        except OrderError as refusal:
            form.take_refusal(refusal)
        else:
            toast(request, _("What you found is kept."))
            return _to_the_next(request.user, place)
    return _show(request, place, form, status=422)


def _show(
    request: PersonRequest, place: AuditedOrder, form: CompareForm | None = None, *, status: int = 200
) -> HttpResponse:
    order = place.order
    words = dict(ReviewCheck.Question.choices)
    found = [
        (error, field_words(error.field, error.line_position))
        for error in place.errors.select_related("made_by").order_by("pk")
    ]
    context = {
        "place": place,
        "order": order,
        "form": form,
        "refusal": _refusal(order, request.user) if form else "",
        "compared": [words[group] for group in place.groups],
        "found": found,
        "evidence": show_evidence(form.sources, order.customer, request.GET.get("sheet", "")) if form else [],
        "here": "",
    }
    return render(request, "orders/audits/compare.html", context, status=status)


def _refusal(order: Order, person: User) -> str:
    """Why this person cannot compare the order, "" where they can."""
    try:
        check_audit(order, person)
    except (OrderError, PermissionDenied) as refusal:
        return str(refusal)
    return ""


def _to_the_next(person: User, place: AuditedOrder) -> HttpResponse:
    """The next order of the sample that this person may compare, else the sample."""
    waiting = AuditedOrder.objects.filter(audit=place.audit, outcome=Outcome.WAITING).select_related("order")
    for following in waiting.filter(place__gt=place.place)[:20]:
        if not _refusal(following.order, person):
            return redirect("orders:audited", following.pk)
    return redirect("orders:audit", place.audit_id)


def _drawn_again(stored: Audit) -> tuple[bool, int]:
    """Whether the orders to draw from are still those of the draw, and how many there are now."""
    ids = list(population(stored.first, stored.last, stored.person).order_by().values_list("pk", flat=True))
    return hash_of(ids) == stored.population_hash, len(ids)
