"""What the inbox adds to the shell: its way and deeds, what arrived today, and the mails on an order's page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http.request import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from orders.desk.deeds import DeedOffer, register_deeds
from orders.models import Evidence, Order, Request, ThreadMessage
from orders.requests.listings import CHANNEL_ICONS, SEES_REQUESTS, sender_words
from orders.requests.mail_intake import receive_mail
from orders.requests.mailing import reasons_of
from orders.requests.senders import address_to_write_to, mask_sender
from orders.status import Status
from orders.words import without_links
from salesops.connectors.mail.receivers import register_mail_receiver
from salesops.web.navigation import Command, NavItem, register_command, register_item
from salesops.web.panels import register_panel
from salesops.worktime.left import Countdown
from salesops.worktime.queries import house_clock
from staff.roles import Permission

if TYPE_CHECKING:
    from staff.models import User

_ROWS = 8
_MOST_MAILS = 50
_MOST_COUNTED = 1000
BOX = "box"
"""Which box of the thread the page opens with the focus in it: ``?box=ask``."""
THREAD_TYPED = "thread typed"
"""What was typed into a thread's box and refused, kept in the session until the page shows it again."""


def waiting_requests(person: Any) -> int:
    """Requests that wait where this person looks, counted to a thousand."""
    return Request.objects.visible_to(person).waiting().order_by()[:_MOST_COUNTED].count()


def arrived_panel(request: HttpRequest, person: Any) -> str | None:
    """What came in and waits, the most urgent first."""
    if not person.may(Permission.ENTER_ORDERS):
        return None
    rows = Request.objects.visible_to(person).waiting().select_related("customer").order_by("due_at", "id")
    countdown = Countdown(timezone.localtime(), house_clock())
    arrived = [
        {
            "row": row,
            "left": countdown.until(row.due_at) if row.due_at else None,
            "icon": CHANNEL_ICONS[row.channel],
            "from": row.customer.name if row.customer else sender_words(row.sender_name, row.sender_address),
        }
        for row in rows[:_ROWS]
    ]
    context = {"arrived": arrived, "count": waiting_requests(person) if len(arrived) == _ROWS else len(arrived)}
    return render_to_string("orders/requests/_arrived.html", context, request) if arrived else None


def thread_panel(request: HttpRequest, order: Any) -> str | None:
    """The mails to and fro, what came with the order, the open question, and a box to write back."""
    person: Any = request.user
    if not any(person.may(permission) for permission in SEES_REQUESTS):
        return None
    mails = list(order.thread_messages.select_related("by", "evidence").order_by("-at", "-id")[:_MOST_MAILS])
    reasons = reasons_of(mails)
    question = order.clarifications.filter(answered_at__isnull=True).select_related("asked_by").first()
    typed = request.session.pop(THREAD_TYPED, {}) if hasattr(request, "session") else {}
    unmasked = person.may(Permission.UNMASK_CONTACTS)
    context = {
        "order": order,
        "mails": [
            {
                "row": mail,
                "other": _other(mail, unmasked=unmasked),
                "body": without_links(mail.body),
                "reason": reasons.get(mail.pk, ""),
            }
            for mail in mails
        ],
        "evidence": list(order.evidence.exclude(kind=Evidence.Kind.PAPER)[:_MOST_MAILS]),
        "requests": list(order.requests.order_by("id")[:_ROWS]),
        "question": question,
        "may_write": person.may(Permission.ENTER_ORDERS),
        "may_ask": order.state == Status.RECEIVED and person.may(Permission.ENTER_ORDERS),
        "box": request.GET.get(BOX, ""),
        "to": typed.get("to") or address_to_write_to(order),
        "typed": typed if typed.get("order") == order.pk else {},
    }
    return render_to_string("orders/requests/_thread.html", context, request)


def asking_deeds(order: Order, person: User) -> list[DeedOffer]:
    """«Ask the customer» while the order is not reviewed: it opens the thread's box with the focus in it."""
    if order.state not in (Status.RECEIVED, Status.CLARIFYING) or not person.may(Permission.ENTER_ORDERS):
        return []
    reason = str(_("A question is open already.")) if order.state == Status.CLARIFYING else ""
    url = reverse("orders:detail", args=[order.pk], query={BOX: "ask"})
    return [
        DeedOffer(
            "ask", _("Ask the customer"), url, allowed=not reason, reason=reason, icon="message-question", has_page=True
        )
    ]


def _other(mail: ThreadMessage, *, unmasked: bool) -> str:
    """The customer's address of a mail, masked for who may not see it."""
    address = mail.sender if mail.direction == ThreadMessage.Direction.INCOMING else mail.recipients
    return address if unmasked else mask_sender(address)


def register_intake() -> None:
    """Called once when the apps are ready."""
    register_item(NavItem("orders", _("Inbox"), "orders:requests", "inbox", SEES_REQUESTS, waiting_requests, order=5))
    register_command(
        Command(
            _("Note a call"), "orders:request_note", "phone", Permission.ENTER_ORDERS, "jld dh call phone", order=20
        )
    )
    register_command(
        Command(
            _("Add a request"),
            "orders:request_new",
            "inbox",
            Permission.ENTER_ORDERS,
            "sdx tjqq upload paste",
            order=30,
        )
    )
    register_panel("today", 5, arrived_panel)
    register_panel("order", 20, thread_panel)
    register_deeds(asking_deeds)
    register_mail_receiver(receive_mail)


register_intake()
