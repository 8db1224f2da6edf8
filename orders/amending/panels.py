"""What amendments add to the shell: their way in the navigation and a panel on the order's page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import Exists, OuterRef
from django.http.request import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from orders.actions.amend import OPEN, check_amend
from orders.amending.listings import AMENDMENT_LOOKS
from orders.amending.rows import AMENDABLE_STATES, changes_in
from orders.amending.words import told_changes
from orders.desk.deeds import DeedOffer, refusal_of, register_deeds
from orders.models import Amendment, Order
from orders.sight import SEES_PRICES
from orders.status import Status
from salesops.web.navigation import NavItem, register_item
from salesops.web.panels import register_panel
from staff.roles import Permission

if TYPE_CHECKING:
    from staff.models import User


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


def amending_deeds(order: Order, person: User) -> list[DeedOffer]:
    """«Amend» from the confirmation on, or the way to the amendment in hand; too late, it says why."""
    if order.state not in AMENDABLE_STATES | {Status.COMPLETED}:
        return []
    reason = refusal_of(check_amend, order, person)
    if reason is None:
        return []
    opened = order.amendments.filter(state__in=OPEN).first()
    label, url = _("Amend"), reverse("orders:amend", args=[order.pk])
    if opened is not None:
        label, url = _("Amendment in hand"), reverse("orders:amendment", args=[opened.pk])
    return [DeedOffer("amend", label, url, allowed=not reason, reason=reason, icon="git-compare", has_page=True)]


def amendments_waiting(person: Any) -> int:
    """Amendments of others this person could decide."""
    if not person.may(Permission.APPROVE_AMENDMENTS):
        return 0
    visible = Order.objects.visible_to(person)
    waiting = Amendment.objects.filter(state=Amendment.State.SUBMITTED, order__in=visible)
    wrote = Amendment.written_by.through.objects.filter(amendment=OuterRef("pk"), user=person)
    return waiting.filter(~Exists(wrote)).exclude(asked_by=person).count()


def register_shell() -> None:
    """Called once when the apps are ready."""
    register_item(
        NavItem(
            "orders", _("Amendments"), "orders:amendments", "git-compare", SEES_PRICES, amendments_waiting, order=60
        )
    )
    register_deeds(amending_deeds)
    register_panel("order", 50, amendments_panel)


register_shell()
