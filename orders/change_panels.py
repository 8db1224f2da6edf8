"""What errors and amendments add to the shell: ways in the navigation and panels on the order's page."""

from __future__ import annotations

from typing import Any

from django.http.request import HttpRequest
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy as _

from orders.amend_listings import AMENDMENT_LOOKS
from orders.amend_words import told_changes
from orders.amending import AMENDABLE_STATES, changes_in
from orders.error_listings import SEES_ERRORS
from orders.error_words import field_words, told_pair
from orders.models import Amendment, ErrorEvent, Order
from salesops.web.navigation import NavItem, register_item
from salesops.web.panels import register_panel
from staff.roles import Permission

_ROWS = 50
SEES_ORDERS = (
    Permission.SEE_ALL_CUSTOMERS,
    Permission.SEE_TEAM_CUSTOMERS,
    Permission.SEE_OWN_CUSTOMERS,
    Permission.SEE_RELEASED_ORDERS,
)


def errors_panel(request: HttpRequest, order: Any) -> str | None:
    """The errors of the order this person may see; nothing where there are none."""
    visible = ErrorEvent.objects.visible_to(request.user).filter(order=order)  # type: ignore[arg-type]
    errors = list(visible.select_related("made_by")[:_ROWS])
    if not errors:
        return None
    rows = []
    for error in errors:
        wrong, right = told_pair(error.field, error.line_position, error.wrong_value, error.right_value)
        words = field_words(error.field, error.line_position)
        rows.append({"error": error, "field": words, "wrong": wrong, "right": right})
    return render_to_string("orders/errors/_panel.html", {"rows": rows}, request)


def amendments_panel(request: HttpRequest, order: Any) -> str | None:
    """The order's amendments with their rows, and the way to a new one; nothing before it was confirmed."""
    may_amend = order.state in AMENDABLE_STATES and request.user.may(Permission.AMEND_ORDERS)  # type: ignore[union-attr]
    amendments = list(order.amendments.prefetch_related("rows").order_by("-revision"))
    if not amendments and not may_amend:
        return None
    lines = list(order.lines.all()) if amendments else []
    told = [
        {
            "amendment": each,
            "look": AMENDMENT_LOOKS[each.state],
            "rows": told_changes(changes_in(each.rows.all()), lines),
        }
        for each in amendments
    ]
    context = {"told": told, "may_amend": may_amend, "order": order}
    return render_to_string("orders/amendments/_panel.html", context, request)


def amendments_waiting(person: Any) -> int:
    """Amendments this person could decide."""
    if not person.may(Permission.APPROVE_AMENDMENTS):
        return 0
    visible = Order.objects.visible_to(person)
    return Amendment.objects.filter(state=Amendment.State.SUBMITTED, order__in=visible).count()


def disputes_waiting(person: Any) -> int:
    """Disputes somebody must decide."""
    return ErrorEvent.objects.visible_to(person).filter(dispute=ErrorEvent.Dispute.OPEN).count()


def register_shell() -> None:
    """Called once when the apps are ready."""
    register_item(
        NavItem("figures", _("Errors"), "orders:errors", "alert-triangle", SEES_ERRORS, disputes_waiting, order=40)
    )
    register_item(NavItem("figures", _("My errors"), "orders:my_errors", "alert-circle", None, order=41))
    register_item(
        NavItem(
            "orders", _("Amendments"), "orders:amendments", "git-compare", SEES_ORDERS, amendments_waiting, order=60
        )
    )
    register_panel("order", 50, amendments_panel)
    register_panel("order", 60, errors_panel)


register_shell()
