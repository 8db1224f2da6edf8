"""What orders add to the shell: ways, deeds for the search box, a place to look, panels on other rooms' pages."""

from __future__ import annotations

from decimal import Decimal
from importlib import import_module
from typing import Any

from django.db.models import Count, QuerySet, Sum
from django.http.request import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from orders.desk.deeds import register_deeds
from orders.documents.choice import earlier_revisions, printables_of
from orders.documents.letters import sent_confirmation
from orders.documents.offers import letters_to_send
from orders.looks import LOOKS
from orders.models import Order
from orders.searching import find_orders
from orders.sight import SEES_PRICES, sees_prices
from orders.status import Status
from orders.unassigned import count_waiting_lines
from salesops.documents.models import company
from salesops.web.navigation import Command, NavItem, register_command, register_item
from salesops.web.panels import register_panel
from salesops.web.searching import Hit, Source, register_source
from salesops.web.templatetags.workbench import money
from salesops.worktime.left import Countdown
from salesops.worktime.queries import house_clock
from staff.roles import Permission

_ROWS = 10
_MOST_COUNTED = 1000


def order_hits(person: Any, text: str, limit: int) -> list[Hit]:
    """Orders by number, customer PO or number in the source."""
    return [
        Hit(
            order.number,
            " · ".join(_hit_words(order, with_price=sees_prices(person))),
            reverse("orders:detail", args=[order.pk]),
            "list-details",
        )
        for order in find_orders(person, text, limit)
    ]


def _hit_words(order: Order, *, with_price: bool) -> list[str]:
    price = [money(order.total, order.currency)] if with_price else []
    return [order.customer_name, *price, str(LOOKS[order.state].label)]


def waiting_count(person: Any) -> int:
    """Orders that wait for review where this person looks, counted to a thousand."""
    rows = Order.objects.visible_to(person).filter(state__in=(Status.RECEIVED, Status.CLARIFYING)).order_by()
    return rows[:_MOST_COUNTED].count()


def customer_panel(request: HttpRequest, customer: Any) -> str | None:
    """The customer's last orders and what all of them sum to, currency by currency."""
    rows = Order.objects.visible_to(request.user).filter(customer=customer)  # type: ignore[arg-type]
    sums = list(
        rows.exclude(state__in=(Status.CANCELLED, Status.REJECTED))
        .order_by("currency")
        .values("currency")
        .annotate(count=Count("pk"), total=Sum("total"))
    )
    context = {
        "customer": customer,
        "orders": _drawn(rows.select_related("owner").order_by("-received_at", "-id")[:_ROWS]),
        "sums": [{**each, "total": each["total"] or Decimal(0)} for each in sums],
        "count": sum(each["count"] for each in sums),
        "may_order": request.user.may(Permission.ENTER_ORDERS) and customer.is_active,  # type: ignore[union-attr]
    }
    return render_to_string("orders/_customer_panel.html", context, request)


def today_panel(request: HttpRequest, person: Any) -> str | None:
    """The person's own open orders, those that are late on top."""
    if not person.may(Permission.ENTER_ORDERS):
        return None
    mine = Order.objects.visible_to(person).filter(owner=person)
    late = _late(mine.late())
    shown = {each["order"].pk for each in late}
    others = _drawn(mine.open().order_by("-received_at", "-id")[: _ROWS + len(shown)])
    rest = [each for each in others if each["order"].pk not in shown][:_ROWS]
    if not late and not rest:
        return None
    return render_to_string("orders/_today_panel.html", {"late": late, "open": rest}, request)


def late_panel(request: HttpRequest, person: Any) -> str | None:
    """Late orders of everybody this person looks after."""
    if not person.may(Permission.SEE_ALL_CUSTOMERS) and not person.may(Permission.SEE_TEAM_CUSTOMERS):
        return None
    rows = Order.objects.visible_to(person).exclude(owner=person).late().select_related("owner")
    late = _late(rows)
    return render_to_string("orders/_late_panel.html", {"late": late}, request) if late else None


def documents_panel(request: HttpRequest, order: Any) -> str | None:
    """What the order can be printed as, in each language, and the confirmations of earlier revisions."""
    person: Any = request.user
    awaits = order.state in (Status.CONFIRMED, Status.RELEASED)
    context = {
        "order": order,
        "printables": printables_of(order),
        "earlier": earlier_revisions(order),
        "confirmed": sent_confirmation(order) if awaits else None,
        "awaits": awaits,
        "may_mail": person.may(Permission.ENTER_ORDERS),
        "letterhead": company(),
    }
    return render_to_string("orders/documents/_panel.html", context, request)


def _late(rows: QuerySet[Order]) -> list[dict[str, Any]]:
    """The latest first, each with how long it is late in working time."""
    now = Countdown(timezone.localtime(), house_clock())
    shown = _drawn(rows.order_by("due_at", "id")[:_ROWS])
    return [each | {"left": now.until(each["order"].due_at)} for each in shown]


def _drawn(orders: Any) -> list[dict[str, Any]]:
    return [{"order": order, "look": LOOKS[order.state]} for order in orders]


def register_shell() -> None:
    """Called once when the apps are ready."""
    register_item(NavItem("orders", _("Orders"), "orders:list", "list-details", SEES_PRICES, waiting_count, order=10))
    register_item(
        NavItem(
            "orders",
            _("Lines without a customer"),
            "orders:unassigned",
            "user-question",
            Permission.IMPORT_SHEETS,
            count_waiting_lines,
            order=60,
        )
    )
    register_command(
        Command(_("Enter order"), "orders:entry", "plus", Permission.ENTER_ORDERS, "ldd xdd luding new order", order=10)
    )
    register_source(Source("orders", _("Orders"), order_hits, order=10))
    register_panel("customer", 10, customer_panel)
    register_panel("today", 10, today_panel)
    register_panel("today", 20, late_panel)
    register_panel("order", 30, documents_panel, column="side")
    register_deeds(letters_to_send)


register_shell()

import_module("orders.amending.panels")
import_module("orders.ledger.panels")
import_module("orders.requests.panels")
import_module("orders.desk.panels")
import_module("orders.shipping.panels")
