"""The inbox: requests, those that wait first."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from customers.searching import customer_ids_matching
from orders.models import Order, Request
from orders.requests.senders import mask_sender
from salesops.chinese import to_half_width
from salesops.listing.cells import Look
from salesops.listing.listing import (
    Badge,
    BuiltInView,
    Choice,
    ChoiceFilter,
    Column,
    DateFilter,
    Deadline,
    Drawn,
    EmptyState,
    Flag,
    Listing,
    Moment,
    PageDeed,
    PersonFilter,
    Reader,
    Row,
    Text,
    TextFilter,
    register_listing,
)
from staff.roles import Permission

State = Request.State
SEES_REQUESTS = (Permission.SEE_ALL_CUSTOMERS, Permission.SEE_TEAM_CUSTOMERS, Permission.SEE_OWN_CUSTOMERS)
MOST_CUSTOMERS = 1000

LOOKS: dict[str, Look] = {
    State.WAITING: Look(State.WAITING.label, "go", "inbox"),
    State.TAKEN: Look(State.TAKEN.label, "ok", "circle-check"),
    State.FILED: Look(State.FILED.label, "ok", "paperclip"),
    State.REFUSED: Look(State.REFUSED.label, "bad", "ban"),
    State.NO_ORDER: Look(State.NO_ORDER.label, "off", "circle-x"),
}
"""How each state of a request looks."""

CHANNEL_ICONS: dict[str, str] = {
    Order.Channel.MAIL: "mail",
    Order.Channel.PHONE: "phone",
    Order.Channel.MESSENGER: "message-circle",
    Order.Channel.SHEET: "file-spreadsheet",
    Order.Channel.WEB: "world",
    Order.Channel.CRM: "database",
    Order.Channel.COUNTER: "building-store",
}


def sender_words(name: str, address: str) -> str:
    """Who sent it, as a list may show it: the name, or the masked address or phone."""
    return name if name and "@" not in name else mask_sender(address or name)


def _sender(row: Row, _reader: Reader) -> str:
    return sender_words(row["sender_name"], row["sender_address"]) or "—"


def _subject(row: Row, _reader: Reader) -> str:
    return str(row["subject"])[:120] or "—"


def narrow_by_text(rows: QuerySet[Request], text: str, reader: Reader) -> QuerySet[Request]:
    """Requests whose number or subject holds the text, or whose customer it names."""
    typed = to_half_width(text).strip()
    found = Q(number__istartswith=typed) | Q(subject__icontains=typed) | Q(sender_name__icontains=typed)
    return rows.filter(found | Q(customer_id__in=customer_ids_matching(typed, MOST_CUSTOMERS)))


def _in_state(*states: str) -> Any:
    def narrow(rows: QuerySet[Request], reader: Reader) -> QuerySet[Request]:
        return rows.filter(state__in=states)

    return narrow


requests = register_listing(
    Listing(
        name="requests",
        title=_("Inbox"),
        url_name="orders:requests",
        record_url_name="orders:request",
        permissions=SEES_REQUESTS,
        rows=Request.objects.visible_to,
        columns=(
            Column("number", _("Request number"), Text("number"), sort="number", is_key=True, css="code", phone="line"),
            Column("subject", _("Subject"), Drawn(("subject",), _subject), css="c-cust b6", phone="first"),
            Column("customer", _("Customer"), Text("customer__name"), css="t2 c-clip", phone="line"),
            Column("sender", _("Sender"), Drawn(("sender_name", "sender_address"), _sender, _sender), css="t2 hide-md"),
            Column("state", _("State"), Badge("state", LOOKS), phone="line"),
            Column(
                "due",
                _("Due"),
                Deadline("due_at", "state", open_values=frozenset({State.WAITING}), paused_values=frozenset()),
                sort="due_at",
                phone="right",
            ),
            Column("channel", _("Channel"), Choice("channel", dict(Order.Channel.choices)), css="t2 nowrap"),
            Column("urgent", _("Urgent"), Flag("is_urgent", _("Urgent"))),
            Column("clerk", _("Clerk"), Text("owner__display_name"), css="nowrap"),
            Column("order", _("Order number"), Text("order__number"), css="code t2 hide-md"),
            Column(
                "received",
                pgettext_lazy("column", "Received"),
                Moment("received_at"),
                sort="received_at",
                is_numeric=True,
                css="t3",
            ),
        ),
        filters=(
            TextFilter("q", _("Search"), narrow_by_text),
            ChoiceFilter("state", _("State"), "state", dict(State.choices)),
            ChoiceFilter("channel", _("Channel"), "channel", dict(Order.Channel.choices)),
            DateFilter("received", pgettext_lazy("column", "Received"), "received_at"),
            PersonFilter("clerk", _("Clerk"), "owner"),
        ),
        views=(
            BuiltInView("waiting", _("Waiting"), _in_state(State.WAITING), sort="due"),
            BuiltInView("mine", _("Mine"), lambda rows, reader: rows.filter(owner_id=reader.person.pk)),
            BuiltInView("taken", _("Became orders"), _in_state(State.TAKEN)),
            BuiltInView("filed", _("Filed"), _in_state(State.FILED)),
            BuiltInView("put_away", _("Put away"), _in_state(State.REFUSED, State.NO_ORDER)),
            BuiltInView("all", _("All")),
        ),
        default_view="waiting",
        default_sort="-received",
        page_deeds=(
            PageDeed(_("Note a call"), "orders:request_note", Permission.ENTER_ORDERS, "phone", "c", on_phone=True),
            PageDeed(_("Add a request"), "orders:request_new", Permission.ENTER_ORDERS, "plus", "n", is_main=True),
        ),
        empty=EmptyState(
            _("The inbox is empty"),
            _("What customers ask for stands here until it is an order: mails, calls, sheets, pictures."),
            "inbox",
        ),
        search_hint=_("Number, subject, customer"),
    )
)
