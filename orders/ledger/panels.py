"""What the error ledger adds to the shell: its ways in the navigation and a panel on the order's page."""

from __future__ import annotations

from typing import Any

from django.http.request import HttpRequest
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy as _

from orders.ledger.listings import SEES_ERRORS
from orders.ledger.words import field_words, told_pair
from orders.models import ErrorEvent
from salesops.web.navigation import NavItem, register_item
from salesops.web.panels import register_panel
from staff.roles import Permission

_ROWS = 50


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
        NavItem("figures", _("Sampling audits"), "orders:audits", "scan", (Permission.VERIFY_ORDERS,), None, order=42)
    )
    register_panel("order", 60, errors_panel)


register_shell()
