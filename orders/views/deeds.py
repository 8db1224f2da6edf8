"""Deeds on an order: a button that posts, or a page that asks for the words a deed needs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from orders.actions.cancel import cancel_order, reject_order, reopen_order
from orders.actions.hold import place_hold, release_hold
from orders.actions.invoices import record_returned_invoice
from orders.actions.release import close_order, release_order, withdraw_release
from orders.actions.review import confirm_order, review_order, submit_entry
from orders.actions.sops import do_by_sop
from orders.actions.verify import bounce_order, verify_order
from orders.desk.bulk_deeds import withdraw_many
from orders.desk.comparing import sources_of
from orders.desk.deadlines import bar_of, counted_rows, explain_deadline, is_of_an_earlier_rule
from orders.desk.deeds import BY_NAME
from orders.errors import OrderError
from orders.forms.deeds import (
    BounceForm,
    CancelForm,
    CloseForm,
    DeedForm,
    HoldForm,
    InvoiceBackForm,
    ReasonForm,
    RejectForm,
    ReleaseForm,
    ReviewForm,
    VerifyForm,
)
from orders.forms.sops import SEEN, SopStepForm
from orders.looks import LOOKS
from orders.models import Hold, Order, Request
from orders.queries import order_page
from orders.requests.queries import Line, ShownEvidence, show_evidence, told_otherwise
from orders.sight import SEES_ORDERS, order_to_do
from orders.status import Status
from orders.views.detail import visible_order
from salesops.chinese import mask_phone
from salesops.listing.filters import row_id
from salesops.listing.views import MOST_SELECTED
from salesops.web.access import PersonRequest, may_any, require
from salesops.web.toasts import toast
from salesops.worktime.clock import NoWorkingTimeError
from staff.roles import Permission
from staff.sop_reading import step_in_force

P = Permission


@dataclass(frozen=True, slots=True)
class Verb:
    """How a deed is done from a page: who may try, what it asks, what runs, what is said after it."""

    permissions: tuple[Permission, ...]
    run: Callable[[Any, Order, Any], Any]
    done: str | Promise
    form: type[DeedForm] | None = None
    heading: str | Promise = ""
    text: str | Promise = ""
    template: str = "orders/deed.html"
    plain_heading: str | Promise = ""  # of the page that asks for nothing but the ticks of the SOP


def _said(form: DeedForm | None, name: str) -> str:
    return "" if form is None else str(form.cleaned_data.get(name, ""))


VERBS: dict[str, Verb] = {
    "review": Verb(
        (P.REVIEW_ORDERS, P.ENTER_ORDERS),
        lambda by, order, form: review_order(by=by, order=order, answers=form.answers()),
        gettext_lazy("The answers are kept."),
        ReviewForm,
        gettext_lazy("Review %(number)s"),
        gettext_lazy("Compare the order with what the customer sent. All right: it is reviewed."),
        "orders/review.html",
    ),
    "submit": Verb(
        (P.ENTER_ORDERS,),
        lambda by, order, _form: submit_entry(by=by, order=order),
        gettext_lazy("The order is entered."),
    ),
    "verify": Verb(
        (P.VERIFY_ORDERS,),
        lambda by, order, form: verify_order(
            by=by,
            order=order,
            compared=form.compared(),
            sight=_said(form, "sight"),
            opened=form.opened(),
            note=_said(form, "note"),
        ),
        gettext_lazy("The order is verified."),
        VerifyForm,
        gettext_lazy("Verify %(number)s"),
        gettext_lazy("Hold each group against what the customer sent, then tick it."),
        "orders/verify.html",
    ),
    "bounce": Verb(
        (P.VERIFY_ORDERS,),
        lambda by, order, form: bounce_order(by=by, order=order, faults=form.faults(), note=_said(form, "note")),
        gettext_lazy("The order is back with its clerk; the errors stand in the ledger."),
        BounceForm,
        gettext_lazy("Send %(number)s back"),
        gettext_lazy("Each fault goes into the error ledger against whoever wrote the value."),
        "orders/bounce.html",
    ),
    "invoice_back": Verb(
        (P.ENTER_ORDERS,),
        lambda by, order, form: record_returned_invoice(
            by=by,
            order=order,
            invoice_number=_said(form, "invoice_number"),
            faults=form.faults(),
            note=_said(form, "note"),
        ),
        gettext_lazy("The errors of the invoice stand in the ledger."),
        InvoiceBackForm,
        gettext_lazy("An invoice of %(number)s came back"),
        gettext_lazy("Only what was wrong in our records: each value goes into the ledger against whoever wrote it."),
        "orders/invoice_back.html",
    ),
    "confirm": Verb(
        (P.ENTER_ORDERS,),
        lambda by, order, _form: confirm_order(by=by, order=order),
        gettext_lazy("The order is confirmed."),
    ),
    "hold": Verb(
        (P.ENTER_ORDERS, P.REVIEW_ORDERS, P.VERIFY_ORDERS, P.APPROVE_ORDERS),
        lambda by, order, form: place_hold(by=by, order=order, kind=_said(form, "kind"), reason=_said(form, "reason")),
        gettext_lazy("The hold stands."),
        HoldForm,
        gettext_lazy("Place a hold on %(number)s"),
        gettext_lazy("The order keeps its state; it is not confirmed, released or shipped while a hold stands."),
    ),
    "release": Verb(
        (P.ENTER_ORDERS,),
        lambda by, order, form: release_order(by=by, order=order, waived_reason=_said(form, "waived_reason")),
        gettext_lazy("The order is with the warehouse."),
        ReleaseForm,
        gettext_lazy("Release %(number)s without the warehouse's answer"),
        plain_heading=gettext_lazy("Release %(number)s"),
    ),
    "withdraw": Verb(
        (P.SUPERVISE_ORDERS,),
        lambda by, order, form: withdraw_release(by=by, order=order, reason=_said(form, "reason")),
        gettext_lazy("The release is withdrawn."),
        ReasonForm,
        gettext_lazy("Withdraw the release of %(number)s"),
    ),
    "cancel": Verb(
        (P.ENTER_ORDERS, P.SUPERVISE_ORDERS),
        lambda by, order, form: cancel_order(
            by=by, order=order, side=_said(form, "side"), reason=_said(form, "reason"), note=_said(form, "note")
        ),
        gettext_lazy("The order is cancelled."),
        CancelForm,
        gettext_lazy("Cancel %(number)s"),
    ),
    "reject": Verb(
        (P.SUPERVISE_ORDERS,),
        lambda by, order, form: reject_order(
            by=by, order=order, reason=_said(form, "reason"), note=_said(form, "note")
        ),
        gettext_lazy("The order is not taken."),
        RejectForm,
        gettext_lazy("Do not take %(number)s"),
    ),
    "reopen": Verb(
        (P.SUPERVISE_ORDERS,),
        lambda by, order, form: reopen_order(by=by, order=order, reason=_said(form, "reason")),
        gettext_lazy("The order is released again."),
        ReasonForm,
        gettext_lazy("Reopen %(number)s"),
        gettext_lazy("Approvals are void; credit and the approval rules are asked anew."),
    ),
    "close": Verb(
        (P.ENTER_ORDERS, P.SUPERVISE_ORDERS),
        lambda by, order, form: close_order(by=by, order=order, written_off=_said(form, "written_off")),
        gettext_lazy("The order is closed."),
        CloseForm,
        gettext_lazy("Write off and close %(number)s"),
        plain_heading=gettext_lazy("Close %(number)s"),
    ),
}


_BESIDE_THE_SOURCE = frozenset({"review", "verify", "bounce", "invoice_back"})
"""Deeds that are done with the customer's words before one's eyes."""


@require_http_methods(["GET", "HEAD", "POST"])
def deed(request: PersonRequest, pk: int, verb: str) -> HttpResponse:
    """Do a deed, or ask for the words it needs; a refusal comes back as a sentence, with what was typed."""
    told = VERBS[verb]
    if not may_any(request.user, *told.permissions):
        raise PermissionDenied
    offered = BY_NAME[verb]
    if request.method == "POST" and told.form is None:
        seen = order_to_do(request.user, pk)
        if seen is None:
            raise Http404
        return _run(request, seen, told, None)
    order = visible_order(request, pk)
    try:
        offered.guard(order, request.user)
    except OrderError as refusal:
        return _refused(request, order, refusal)
    asks = told.form is not None and offered.has_page(order)
    found = step_in_force(verb) if told.form is not None else None
    is_ticked = found is not None and bool(found.step.points)
    if not asks and not is_ticked:
        if request.method != "POST":
            return redirect("orders:detail", order.pk)
        return _run(request, order, told, None)
    if request.method == "POST" and not asks and SEEN not in request.POST:
        return redirect(request.get_full_path())  # the button posts; what is to be ticked stands on the page
    typed = request.POST if request.method == "POST" else None
    form = told.form(typed, order=order) if told.form is not None and asks else DeedForm(typed, order=order)
    sop = SopStepForm(typed, found=found, is_alone=not asks) if found is not None else None
    # Both are looked at, so that both tell their faults at once.
    if typed is not None and all([form.is_valid(), sop is None or sop.is_valid()]):
        return _run(request, order, told, form, sop)
    return _ask(request, order, verb, form, sop, status=422 if typed is not None else 200)


@require_POST
@require(P.SUPERVISE_ORDERS)
def withdraw_all(request: PersonRequest) -> HttpResponse:
    """Undo of a release of many: those this person sees and the warehouse has not begun with."""
    sent = request.GET.get("orders", "").split(",")[:MOST_SELECTED]
    asked = [number for text in sent if (number := row_id(text))]
    visible = Order.objects.visible_to(request.user).filter(pk__in=asked)
    told = withdraw_many(request.user, list(visible.values_list("pk", flat=True)))
    toast(request, told.text, tone=told.tone)
    return redirect("orders:list")


@require_POST
@require(P.ENTER_ORDERS, P.REVIEW_ORDERS, P.VERIFY_ORDERS, P.APPROVE_ORDERS, P.RELEASE_HOLDS)
def hold_release(request: PersonRequest, pk: int) -> HttpResponse:
    """Let a hold go; it leads back to its order."""
    visible = Order.objects.visible_to(request.user)
    hold = get_object_or_404(Hold.objects.filter(order__in=visible).select_related("order"), pk=pk)
    try:
        release_hold(by=request.user, hold=hold, note=request.POST.get("note", ""))
    except OrderError as refusal:
        return _refused(request, hold.order, refusal)
    toast(request, _("The hold is released."))
    return redirect("orders:detail", hold.order_id)


@require_safe
@require(*SEES_ORDERS)
def deadline(request: PersonRequest, pk: int) -> HttpResponse:
    """How the deadline of an order is made up: the rule, and every stretch of working time that counts."""
    order = visible_order(request, pk)
    try:
        told = explain_deadline(order)
    except NoWorkingTimeError:
        told = None
    context = {
        "order": order,
        "told": told,
        "rows": counted_rows(told) if told else [],
        "bar": bar_of(told) if told else [],
        "kept": order.due_at if told and is_of_an_earlier_rule(order, told.target) else None,
        "look": LOOKS[order.state],
    }
    return render(request, "orders/deadline.html", context)


def _run(
    request: PersonRequest, order: Order, told: Verb, form: DeedForm | None, sop: SopStepForm | None = None
) -> HttpResponse:
    before, by = order.state if form is not None else None, request.user
    try:
        answer = sop.answer() if sop is not None else None
        done = do_by_sop(lambda: told.run(by, order, form), by=by, order=order, answer=answer)
    except OrderError as refusal:
        if form is None:
            return _refused(request, order, refusal)
        if sop is None or not sop.take_refusal(refusal):
            form.take_refusal(refusal)
        verb = next(name for name, each in VERBS.items() if each is told)
        return _ask(request, order, verb, form, sop, status=422)
    if isinstance(done, Order):
        order = done
    else:
        order.refresh_from_db(fields=["state"])
    _tell(request, order, str(told.done), is_moved=order.state != before)
    return redirect(_here(request, order))


def _tell(request: PersonRequest, order: Order, done: str, *, is_moved: bool) -> None:
    """What was done, and where the order stands by now."""
    if not is_moved:
        toast(request, done)
        return
    if order.state == Status.PENDING_APPROVAL:
        toast(request, _("The order waits for approval."), tone="warn")
    else:
        toast(request, _("%(done)s It is now: %(state)s.") % {"done": done, "state": order.get_state_display()})


def _ask(
    request: PersonRequest, order: Order, verb: str, form: DeedForm, sop: SopStepForm | None, *, status: int
) -> HttpResponse:
    told = VERBS[verb]
    heading = told.heading if form.fields else told.plain_heading
    is_beside = verb in _BESIDE_THE_SOURCE
    page = order_page(order, is_beside=is_beside)
    evidence = _evidence(request, order, page.marks.sheet) if is_beside else []
    context = {
        "order": order,
        "form": form,
        "sop": sop,
        "formset_errors": sop.told_errors() if sop is not None else [],
        "deed": BY_NAME[verb],
        "heading": str(heading) % {"number": order.number},
        "text": told.text,
        "page": page,
        "phone": mask_phone(order.ship_to_phone),
        "here": request.GET.get("from", ""),
        "evidence": evidence,
        "asked": _asked(order, evidence) if is_beside else [],
    }
    return render(request, told.template, context, status=status)


def _evidence(request: PersonRequest, order: Order, sheet: str) -> list[ShownEvidence]:
    """What the customer sent, as the page shows it beside the values; of several sheets the one the rows came from."""
    return show_evidence(sources_of(order), order.customer, request.GET.get("sheet") or sheet)


def _asked(order: Order, evidence: list[ShownEvidence]) -> list[tuple[Request, list[Line]]]:
    """Each request of the order, with its words where no piece of evidence shows them."""
    return [(asked, told_otherwise(asked, [one.row for one in evidence])) for asked in order.requests.all()]


def _refused(request: PersonRequest, order: Order, refusal: OrderError) -> HttpResponse:
    toast(request, str(refusal), tone="bad")
    return redirect(_here(request, order))


def _here(request: PersonRequest, order: Order) -> str:
    place = request.GET.get("from", "")
    return reverse("orders:detail", args=[order.pk], query={"from": place} if place else None)
