"""The list of orders."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from customers.models import Customer
from customers.searching import customer_ids_matching
from orders.desk.bulk_deeds import ORDER_DEEDS
from orders.looks import LOOKS
from orders.models import Order
from orders.status import OPEN_STATES, Fulfilment, Invoicing, Payment, Returning, Status
from salesops.chinese import to_half_width
from salesops.listing.listing import (
    Badge,
    BuiltInView,
    Choice,
    ChoiceFilter,
    Column,
    DateFilter,
    Day,
    Deadline,
    EmptyState,
    Flag,
    FlagFilter,
    LinkFilter,
    Listing,
    Moment,
    Money,
    Number,
    NumberFilter,
    PageDeed,
    PersonFilter,
    Reader,
    Text,
    TextFilter,
    register_listing,
)
from salesops.prefix import starts_with
from salesops.spreadsheets.models import ImportBatch
from staff.roles import Permission

S = Status

MOST_CUSTOMERS = 1000
MOST_NUMBERS = 200
"""So many customers and so many orders a text may stand for; more is a text nobody meant."""


def _labels(choices: Any) -> dict[str, Any]:
    return dict(choices.choices)


def narrow_by_text(rows: QuerySet[Order], text: str, reader: Reader) -> QuerySet[Order]:
    """Orders whose number, customer PO or source number begins with the text, or whose customer it names.

    Starts from the few that match, never from the orders: each of the three numbers has its index, the customers
    theirs, and (customer, received) gives their orders in order.
    """
    typed = to_half_width(text).strip()
    customers = customer_ids_matching(typed, MOST_CUSTOMERS)
    if len(customers) >= MOST_CUSTOMERS:
        reader.notes.append(
            gettext(
                "“%(text)s” fits more than %(count)d customers; only orders of %(count)d of them are shown. Type more."
            )
            % {"text": typed, "count": MOST_CUSTOMERS}
        )
    numbers = _ids_by_number(typed) if any(letter.isdigit() for letter in typed) else []
    if numbers and customers:
        return rows.filter(Q(pk__in=numbers) | Q(customer_id__in=customers))
    return rows.filter(pk__in=numbers) if numbers else rows.filter(customer_id__in=customers)


def _ids_by_number(typed: str) -> list[int]:
    """Orders by the beginning of one of their numbers, as typed or in capitals."""
    found: set[int] = set()
    for field in ("number", "customer_po", "source_number"):
        for beginning in {typed, typed.upper()}:
            hits = Order.objects.filter(starts_with(field, beginning)).order_by()
            found.update(hits.values_list("pk", flat=True)[:MOST_NUMBERS])
    return sorted(found)


def _customer_name(customer_id: int, reader: Reader) -> str:
    name = Customer.objects.visible_to(reader.person).filter(pk=customer_id).values_list("name", flat=True).first()
    return name or ""


class RegionFilter(TextFilter):
    """Orders of customers in a region; typed, for a company has as many regions as its sheets name."""

    quick = False

    def __init__(self) -> None:
        super().__init__("region", _("Region"), self._in_region)

    @staticmethod
    def _in_region(rows: QuerySet[Order], typed: str, _reader: Reader) -> QuerySet[Order]:
        return rows.filter(customer__in=Customer.objects.filter(region__icontains=typed))


def _batch_name(batch_id: int, reader: Reader) -> str:
    return ImportBatch.objects.filter(pk=batch_id).values_list("file_name", flat=True).first() or ""


def _state_view(*states: Status) -> Any:
    def narrow(rows: QuerySet[Order], reader: Reader) -> QuerySet[Order]:
        return rows.filter(state=states[0]) if len(states) == 1 else rows.filter(state__in=states)

    return narrow


def _late(rows: Any, reader: Reader) -> QuerySet[Order]:
    late: QuerySet[Order] = rows.late()
    return late


orders = register_listing(
    Listing(
        name="orders",
        title=_("Orders"),
        url_name="orders:list",
        record_url_name="orders:detail",
        edit_url_name="orders:edit",
        edit_permission=Permission.ENTER_ORDERS,
        permissions=(
            Permission.SEE_ALL_CUSTOMERS,
            Permission.SEE_TEAM_CUSTOMERS,
            Permission.SEE_OWN_CUSTOMERS,
        ),
        rows=Order.objects.visible_to,
        columns=(
            Column(
                "number",
                _("Order number"),
                Text("number"),
                sort="number",
                is_key=True,
                css="code",
                phone="line",
            ),
            Column("customer", _("Customer"), Text("customer_name"), css="c-cust b6", phone="first"),
            Column("po", _("Customer PO"), Text("customer_po"), css="code t2 hide-md"),
            Column("state", _("State"), Badge("state", LOOKS), phone="line"),
            Column(
                "due",
                _("Due"),
                Deadline("due_at", "state", open_values=OPEN_STATES, paused_values=frozenset({S.CLARIFYING})),
                sort="due_at",
                phone="line",
            ),
            Column(
                "total",
                _("Amount incl. tax"),
                Money("total", "currency"),
                sort="total",
                is_numeric=True,
                phone="right",
            ),
            Column("lines", _("Rows"), Number("line_count"), is_numeric=True, css="t2 hide-md"),
            Column(
                "fulfilment",
                _("Fulfilment"),
                Choice("fulfilment", _labels(Fulfilment), quiet=("none",), bad=("exception",)),
                css="t2 nowrap",
            ),
            Column(
                "invoicing",
                _("Invoice"),
                Choice("invoicing", _labels(Invoicing), quiet=("none",)),
                css="t2 nowrap hide-md",
            ),
            Column(
                "payment",
                _("Payment"),
                Choice("payment", _labels(Payment), quiet=("none",), bad=("overdue",)),
                css="t2 nowrap hide-md",
            ),
            Column(
                "return",
                _("Return"),
                Choice("returning", _labels(Returning), quiet=("none",)),
                is_default=False,
                css="t2 nowrap",
            ),
            Column("clerk", _("Clerk"), Text("owner__display_name"), css="nowrap"),
            Column(
                "received",
                pgettext_lazy("column", "Received"),
                Moment("received_at"),
                sort="received_at",
                is_numeric=True,
                css="t3 hide-md",
            ),
            Column(
                "channel",
                _("Channel"),
                Choice("channel", _labels(Order.Channel)),
                is_default=False,
                css="t2 nowrap",
            ),
            Column(
                "salesperson",
                _("Salesperson"),
                Text("salesperson__display_name"),
                is_default=False,
                css="nowrap",
            ),
            Column("source", _("Number in the source"), Text("source_number"), is_default=False, css="code t2"),
            Column("net", _("Net"), Money("net", "currency"), is_default=False, is_numeric=True, css="t2"),
            Column("tax", _("Tax"), Money("tax", "currency"), is_default=False, is_numeric=True, css="t2"),
            Column("promised", _("Promised delivery"), Day("promised_on"), is_default=False, css="t2 nowrap tn"),
            Column("kind", _("Kind"), Choice("kind", _labels(Order.Kind)), is_default=False, css="t2 nowrap"),
            Column("urgent", _("Urgent"), Flag("is_urgent", _("Urgent")), is_default=False),
        ),
        filters=(
            TextFilter("q", _("Search"), narrow_by_text),
            ChoiceFilter("state", _("State"), "state", _labels(Status)),
            ChoiceFilter("channel", _("Channel"), "channel", _labels(Order.Channel)),
            ChoiceFilter("fulfilment", _("Fulfilment"), "fulfilment", _labels(Fulfilment)),
            ChoiceFilter("return", _("Return"), "returning", _labels(Returning)),
            DateFilter("received", pgettext_lazy("column", "Received"), "received_at"),
            NumberFilter("total", _("Amount"), "total"),
            PersonFilter("clerk", _("Clerk"), "owner"),
            PersonFilter("salesperson", _("Salesperson"), "salesperson"),
            RegionFilter(),
            FlagFilter("urgent", _("Urgent"), "is_urgent"),
            LinkFilter("customer", _("Customer"), "customer_id", _customer_name),
            LinkFilter("batch", _("Import"), "batch_id", _batch_name),
        ),
        views=(
            BuiltInView("mine", _("Mine"), lambda rows, reader: rows.filter(owner_id=reader.person.pk)),
            BuiltInView("to_review", _("To review"), _state_view(S.RECEIVED, S.CLARIFYING)),
            BuiltInView("to_verify", _("To verify"), _state_view(S.ENTERED), sort="due"),
            BuiltInView("late", _("Late"), _late, sort="due", is_warning=True),
            BuiltInView("to_approve", _("Waiting for approval"), _state_view(S.PENDING_APPROVAL)),
            BuiltInView(
                "to_ship",
                _("To ship"),
                lambda rows, reader: rows.filter(state=S.RELEASED, fulfilment__in=("none", "partial")),
            ),
            BuiltInView("all", _("All")),
        ),
        default_view="all",
        default_sort="-received",
        bulk_deeds=ORDER_DEEDS,
        page_deeds=(
            PageDeed(_("Import"), "imports:upload", Permission.IMPORT_SHEETS, "upload"),
            PageDeed(_("Enter order"), "orders:entry", Permission.ENTER_ORDERS, "plus", "n", is_main=True),
        ),
        empty=EmptyState(
            _("No orders yet"),
            _("Every order stands here with its state, deadline and amount. Enter one, or bring in a whole workbook."),
            "list-details",
        ),
        total=("total", "currency"),
        search_hint=_("Number, customer, pinyin initials"),
    )
)
