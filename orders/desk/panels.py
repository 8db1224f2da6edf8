"""What the checks add to pages: the queue of today, what stands between an order and its confirmation, ways."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http.request import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from orders.desk.approval_pages import open_approvals, tell_why
from orders.desk.credit import credit_of
from orders.desk.deeds import DEEDS, KEYED
from orders.desk.guards import check_release_hold
from orders.desk.listings import deviations_of
from orders.desk.queue import queue_of
from orders.errors import OrderError
from orders.models import Hold, ReviewCheck
from orders.status import Status
from orders.views.deeds import VERBS
from salesops.web.navigation import NavItem, register_item
from salesops.web.panels import register_panel
from staff.roles import Permission
from staff.sops import SopDeed, deed_words, register_sop_deeds

_MOST_DEVIATIONS = 20
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


def deviations_panel(request: HttpRequest, version: Any) -> str | None:
    """Below an SOP: what was left out of it lately, for those who supervise."""
    person: Any = request.user
    if not person.may(Permission.SUPERVISE_ORDERS):
        return None
    found = deviations_of(person, version.sop_id)
    rows = [(row, deed_words(row.deed)) for row in found[:_MOST_DEVIATIONS]]
    all_url = reverse("orders:sop_deviations", query={"sop": version.sop_id})
    context = {"rows": rows, "count": found.count(), "all_url": all_url}
    return render_to_string("orders/sops/_panel.html", context, request)


def _may_release(hold: Hold, person: Any) -> bool:
    try:
        check_release_hold(hold, person)
    except (PermissionDenied, OrderError):
        return False
    return True


def _may_do(name: str) -> tuple[Permission, ...]:
    return VERBS[name].permissions if name in VERBS else (Permission.APPROVE_ORDERS,)


def register_desk() -> None:
    """Called once when the apps are ready."""
    register_sop_deeds(SopDeed(deed.name, deed.label, _may_do(deed.name), deed.name not in KEYED) for deed in DEEDS)
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
    register_item(
        NavItem(
            "training", _("Deviations from SOPs"), "orders:sop_deviations", "alert-triangle",
            (Permission.SUPERVISE_ORDERS,), order=20,
        )
    )  # fmt: skip
    register_panel("order", 5, checks_panel, column="side")
    register_panel("sop", 10, deviations_panel)


register_desk()
