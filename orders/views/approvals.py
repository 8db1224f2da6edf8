"""Approvals on a phone: what waits, why, and two big buttons."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from orders.actions.approve import decide_approval
from orders.actions.sops import do_by_sop
from orders.desk.approval_pages import approval_page, cards, open_approvals
from orders.desk.guards import check_decide
from orders.errors import OrderError
from orders.forms.sops import SopStepForm
from orders.looks import LOOKS
from orders.models import Approval, Order
from orders.views.detail import visible_order
from salesops.web.access import PersonRequest, require
from salesops.web.toasts import toast
from staff.roles import Permission
from staff.sop_reading import step_in_force


@require_safe
@require(Permission.APPROVE_ORDERS)
def approvals(request: PersonRequest) -> HttpResponse:
    """Orders that wait for approval, the most urgent first."""
    return render(request, "orders/approvals/list.html", {"cards": cards(request.user)})


@require_safe
@require(Permission.APPROVE_ORDERS)
def decide_order(request: PersonRequest, pk: int) -> HttpResponse:
    """Lead from an order to its first open approval."""
    order = visible_order(request, pk)
    first = open_approvals(request.user).filter(order=order).order_by("pk").first()
    if first is None:
        toast(request, _("Nothing of this order waits for approval."), tone="warn")
        return redirect("orders:detail", order.pk)
    return redirect("orders:approval", first.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@require(Permission.APPROVE_ORDERS)
def approval(request: PersonRequest, pk: int) -> HttpResponse:
    """One approval: read why, approve or send back."""
    rows = Approval.objects.filter(order__in=Order.objects.visible_to(request.user))
    found = get_object_or_404(rows.select_related("rule", "order", "order__customer", "order__owner"), pk=pk)
    step = step_in_force("decide")
    sop = SopStepForm(request.POST if request.method == "POST" else None, found=step) if step is not None else None
    if request.method != "POST":
        return _show(request, found, sop)
    grant, reason = request.POST.get("decision") == "grant", request.POST.get("reason", "")
    if sop is not None and not sop.is_valid():
        return _show(request, found, sop, reason=reason, status=422)
    try:
        decided = do_by_sop(
            lambda: decide_approval(by=request.user, approval=found, grant=grant, reason=reason),
            by=request.user,
            order=found.order,
            answer=sop.answer() if sop is not None else None,
            counts=lambda approval: approval.state != Approval.State.VOID,
        )
    except OrderError as refusal:
        fault = "" if sop is not None and sop.take_refusal(refusal) else str(refusal)
        return _show(request, found, sop, reason=reason, fault=fault, status=422)
    if decided.state == Approval.State.VOID:
        toast(request, _("The order has changed since: nothing was decided. Look at it again."), tone="warn")
        return redirect("orders:decide", found.order_id)
    toast(request, _("Approved.") if grant else _("The order is back with its clerk."))
    following = open_approvals(request.user).filter(order_id=found.order_id).order_by("pk").first()
    return redirect("orders:approval", following.pk) if following else redirect("orders:approvals")


def _show(
    request: PersonRequest,
    found: Approval,
    sop: SopStepForm | None,
    *,
    reason: str = "",
    fault: str = "",
    status: int = 200,
) -> HttpResponse:
    why_not = ""
    try:
        check_decide(found.order, request.user)
    except OrderError as refusal:
        why_not = str(refusal)
    context = {
        "approval": found,
        "order": found.order,
        "look": LOOKS[found.order.state],
        "page": approval_page(found, request.user),
        "is_open": not why_not and found.state == Approval.State.OPEN,
        "why_not": why_not if found.state == Approval.State.OPEN else "",
        "sees_floor": request.user.may(Permission.SEE_FLOOR_PRICE),
        "sop": sop,
        "reason": reason,
        "fault": fault,
    }
    return render(request, "orders/approvals/detail.html", context, status=status)
