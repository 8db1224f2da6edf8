"""The lists of shipments, of questions to the warehouse and of returns."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from orders.models import OrderReturn, Shipment, StockQuestion
from orders.shipping.looks import ANSWER_LOOKS, RETURN_LOOKS, SHIPMENT_LOOKS
from orders.shipping.moves import GONE, OPEN_RETURNS, PENDING
from orders.sight import (
    SEES_ORDERS,
    SEES_PRICES,
    questions_seen_by,
    returns_seen_by,
    shipments_seen_by,
    unanswered,
)
from salesops.listing.listing import (
    Badge,
    BuiltInView,
    Choice,
    ChoiceFilter,
    Column,
    DateFilter,
    Day,
    EmptyState,
    Listing,
    Moment,
    PageDeed,
    Reader,
    Text,
    TextFilter,
    register_listing,
)
from salesops.prefix import starts_with
from staff.roles import Permission


def _by_number(number_field: str) -> Any:
    """Rows whose own number, or whose order's, begins with the text, or whose customer's name does."""

    def narrow(rows: QuerySet[Any], text: str, reader: Reader) -> QuerySet[Any]:
        typed = text.strip()
        near = starts_with("order__number", typed.upper()) | starts_with("order__customer_name", typed)
        if number_field:
            near |= starts_with(number_field, typed.upper())
        return rows.filter(near)

    return narrow


shipments = register_listing(
    Listing(
        name="shipments",
        title=_("Shipments"),
        url_name="orders:shipments",
        record_url_name="orders:shipment",
        permissions=SEES_ORDERS,
        rows=shipments_seen_by,
        columns=(
            Column("number", _("Shipment"), Text("number"), is_key=True, sort="id", phone="first", css="code"),
            Column("order", _("Order"), Text("order__number"), css="code t2", phone="line"),
            Column("customer", _("Customer"), Text("order__customer_name"), phone="line"),
            Column("state", _("State"), Badge("state", SHIPMENT_LOOKS), phone="right"),
            Column(
                "trouble",
                _("Exception"),
                Choice("trouble", dict(Shipment.Trouble.choices), quiet=("",), bad=tuple(Shipment.Trouble.values[1:])),
                css="st-bad",
                phone="line",
            ),
            Column("carrier", _("Carrier"), Text("carrier"), css="nowrap"),
            Column("tracking", _("Tracking numbers"), Text("tracking_numbers"), css="code t2"),
            Column("promised", _("Promised delivery"), Day("order__promised_on"), css="t2 nowrap tn"),
            Column("requested", _("Requested"), Moment("requested_at"), is_numeric=True, css="t3 hide-md"),
            Column("shipped", _("Shipped"), Moment("shipped_at"), is_numeric=True, css="t3"),
            Column("signed", _("Signed for"), Moment("signed_at"), is_numeric=True, is_default=False, css="t3"),
            Column("signed_by", _("Signed by"), Text("signed_by_name"), is_default=False, css="t2"),
        ),
        filters=(
            TextFilter("q", _("Search"), _by_number("number")),
            ChoiceFilter("state", _("State"), "state", dict(Shipment.State.choices)),
            ChoiceFilter(
                "trouble",
                _("Exception"),
                "trouble",
                {value: label for value, label in Shipment.Trouble.choices if value},
            ),
            DateFilter("shipped", _("Shipped"), "shipped_at"),
        ),
        views=(
            BuiltInView("house", _("In the warehouse"), lambda rows, reader: rows.filter(state__in=PENDING)),
            BuiltInView(
                "road", _("On the way"), lambda rows, reader: rows.filter(state__in=GONE).exclude(state="signed")
            ),
            BuiltInView("trouble", _("Exceptions"), lambda rows, reader: rows.exclude(trouble=""), is_warning=True),
            BuiltInView("all", _("All")),
        ),
        default_view="all",
        default_sort="-number",
        page_deeds=(
            PageDeed(_("Questions to the warehouse"), "orders:questions", "", "message-question", on_phone=True),
        ),
        empty=EmptyState(
            _("No shipments yet"),
            _("Released orders are shipped from their page; each shipment stands here until it is signed for."),
            "truck",
        ),
        search_hint=_("Number, order, customer"),
    )
)

questions = register_listing(
    Listing(
        name="questions",
        title=_("Questions to the warehouse"),
        url_name="orders:questions",
        record_url_name="orders:stock_question",
        permissions=(*SEES_PRICES, Permission.SHIP_ORDERS),
        rows=questions_seen_by,
        columns=(
            Column("order", _("Order"), Text("order__number"), is_key=True, sort="id", phone="first", css="code"),
            Column("customer", _("Customer"), Text("order__customer_name"), phone="line"),
            Column("question", _("Question"), Text("text"), css="t2"),
            Column("answer", _("Answer"), Badge("answer", ANSWER_LOOKS), phone="right"),
            Column("note", _("Note"), Text("answer_note"), css="t2"),
            Column("wanted", _("Wanted on"), Day("wanted_on"), css="t2 nowrap tn"),
            Column("asked_by", _("Asked by"), Text("asked_by__display_name"), css="nowrap"),
            Column("asked", _("Asked"), Moment("asked_at"), is_numeric=True, css="t3"),
            Column("answered_by", _("Answered by"), Text("answered_by__display_name"), css="nowrap"),
            Column("answered", _("Answered"), Moment("answered_at"), is_numeric=True, css="t3"),
            Column("waived", _("Released without an answer"), Text("waived_reason"), is_default=False, css="t2"),
        ),
        filters=(
            TextFilter("q", _("Search"), _by_number("")),
            ChoiceFilter("answer", _("Answer"), "answer", dict(StockQuestion.Answer.choices)),
            DateFilter("asked", _("Asked"), "asked_at"),
        ),
        views=(
            BuiltInView("open", _("Not answered"), lambda rows, reader: rows.filter(unanswered())),
            BuiltInView("mine", _("Mine"), lambda rows, reader: rows.filter(Q(asked_by_id=reader.person.pk))),
            BuiltInView("all", _("All")),
        ),
        default_view="all",
        default_sort="-order",
        empty=EmptyState(
            _("No questions yet"),
            _("“Can you ship 40 of these by Friday?” is asked from an order’s page and answered by the warehouse."),
            "message-question",
        ),
        search_hint=_("Order, customer"),
    )
)

returns = register_listing(
    Listing(
        name="returns",
        title=_("Returns"),
        url_name="orders:returns",
        record_url_name="orders:return",
        permissions=SEES_ORDERS,
        rows=lambda person: returns_seen_by(person).exclude(state=OrderReturn.State.NOTED),
        columns=(
            Column("number", _("Return"), Text("number"), is_key=True, sort="id", phone="first", css="code"),
            Column("order", _("Order"), Text("order__number"), css="code t2", phone="line"),
            Column("customer", _("Customer"), Text("order__customer_name"), phone="line"),
            Column("state", _("State"), Badge("state", RETURN_LOOKS), phone="right"),
            Column("cause", _("Cause"), Choice("cause", dict(OrderReturn.Cause.choices), quiet=("unknown",))),
            Column(
                "resolution",
                _("Resolution"),
                Choice("resolution", {"": "", **dict(OrderReturn.Resolution.choices)}, quiet=("",)),
            ),
            Column("note", _("Note"), Text("note"), css="t2"),
            Column("noted", _("Requested"), Moment("noted_at"), is_numeric=True, css="t3"),
            Column("closed", _("Closed"), Moment("closed_at"), is_numeric=True, css="t3", is_default=False),
        ),
        filters=(
            TextFilter("q", _("Search"), _by_number("number")),
            ChoiceFilter("state", _("State"), "state", dict(OrderReturn.State.choices)),
            ChoiceFilter("cause", _("Cause"), "cause", dict(OrderReturn.Cause.choices)),
            DateFilter("noted", _("Requested"), "noted_at"),
        ),
        views=(
            BuiltInView("open", _("Not settled"), lambda rows, reader: rows.filter(state__in=OPEN_RETURNS)),
            BuiltInView("all", _("All")),
        ),
        default_view="all",
        default_sort="-number",
        empty=EmptyState(
            _("No returns yet"),
            _("What customers send back stands here from the request to its cause. It is begun on an order’s page."),
            "arrow-back-up",
        ),
        search_hint=_("Number, order, customer"),
    )
)
