"""What the checks add to pages: the queue of today, what stands between an order and its confirmation, ways."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http.request import HttpRequest
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy as _

from orders.desk.approval_pages import open_approvals, tell_why
from orders.desk.credit import credit_of
from orders.desk.guards import check_release_hold
from orders.desk.queue import queue_of
from orders.errors import OrderError
from orders.models import Hold, ReviewCheck
from orders.status import Status
from salesops.web.navigation import NavItem, register_item
from salesops.web.panels import register_panel
from staff.roles import Permission

_SHOW_CREDIT = (Status.ENTERED, Status.VERIFIED, Status.PENDING_APPROVAL, Status.CONFIRMED)


def checks_panel(request: HttpRequest, order: Any) -> str | None:
    """Holds, approvals, verifications and open review points of an order; the customer's credit while it matters."""
    holds = [
        {"hold": hold, "may_release": _may_release(hold, request.user)}
        for hold in order.holds.select_related("placed_by", "released_by")
    ]
    approvals = [tell_why(each) for each in order.approvals.select_related("rule", "decided_by")]
    looks = list(order.verifications.select_related("by"))
    wrong = list(ReviewCheck.objects.filter(order=order, is_right=False))
    credit = credit_of(order.customer, besides=order) if order.state in _SHOW_CREDIT else None
    if credit is not None and credit.limit is None:
        credit = None
    if not (holds or approvals or looks or wrong or credit):
        return None
    context = {"order": order, "holds": holds, "approvals": approvals, "verifications": looks, "wrong": wrong}
    return render_to_string("orders/_desk_panel.html", context | {"credit": credit}, request)


def queue_panel(request: HttpRequest, person: Any) -> str | None:
    """What to do next, the least time left first."""
    waiting = queue_of(person)
    return render_to_string("orders/_queue_panel.html", {"waiting": waiting}, request) if waiting else None


def approvals_waiting(person: Any) -> int:
    """Approvals this person could decide, counted to a thousand."""
    return open_approvals(person).order_by()[:1000].count()


def _may_release(hold: Hold, person: Any) -> bool:
    try:
        check_release_hold(hold, person)
    except (PermissionDenied, OrderError):
        return False
    return True


def register_desk() -> None:
    """Called once when the apps are ready."""
    register_item(
        NavItem(
            "orders", _("Approvals"), "orders:approvals", "gavel", (Permission.APPROVE_ORDERS,), approvals_waiting,
            order=14,
        )
    )  # fmt: skip
    register_item(
        NavItem("settings", _("Approval rules"), "orders:rules", "settings", (Permission.ADMINISTER,), order=90)
    )
    register_panel("today", 5, queue_panel)
    register_panel("order", 5, checks_panel, column="side")


register_desk()
