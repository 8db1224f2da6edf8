"""The list of amendments."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from orders.models import Amendment, Order
from orders.sight import SEES_PRICES
from orders.status import Status
from salesops.chinese import to_half_width
from salesops.listing.listing import (
    Badge,
    BuiltInView,
    Choice,
    ChoiceFilter,
    Column,
    DateFilter,
    Drawn,
    EmptyState,
    Listing,
    Look,
    Moment,
    Money,
    PersonFilter,
    Reader,
    Row,
    Text,
    TextFilter,
    register_listing,
)

State = Amendment.State
AMENDMENT_LOOKS: dict[str, Look] = {
    State.DRAFT: Look(State.DRAFT.label, "", "edit"),
    State.SUBMITTED: Look(State.SUBMITTED.label, "wait", "gavel"),
    State.APPROVED: Look(State.APPROVED.label, "go", "gavel"),
    State.REJECTED: Look(State.REJECTED.label, "bad", "ban"),
    State.APPLIED: Look(State.APPLIED.label, "go", "git-compare"),
    State.CUSTOMER_CONFIRMED: Look(State.CUSTOMER_CONFIRMED.label, "ok", "circle-check"),
    State.VOID: Look(State.VOID.label, "off", "circle-x"),
}


def _rows(person: Any) -> QuerySet[Amendment]:
    return Amendment.objects.filter(order__in=Order.objects.visible_to(person))


def _by_text(rows: QuerySet[Amendment], text: str, reader: Reader) -> QuerySet[Amendment]:
    typed = to_half_width(text).strip()
    return rows.filter(Q(order__number__istartswith=typed) | Q(order__customer_name__icontains=typed))


def _name(row: Row, reader: Reader) -> str:
    return format_html("{} · {}", row["order__number"], row["revision"])


def _in(*states: str) -> Any:
    return lambda rows, reader: rows.filter(state__in=states)


def _to_confirm(rows: QuerySet[Amendment], reader: Reader) -> QuerySet[Amendment]:
    return rows.filter(state=State.APPLIED).exclude(order__state=Status.CANCELLED)


amendments = register_listing(
    Listing(
        name="amendments",
        title=_("Amendments"),
        url_name="orders:amendments",
        record_url_name="orders:amendment",
        permissions=SEES_PRICES,
        rows=_rows,
        columns=(
            Column("name", _("Order and revision"), Drawn(("order__number", "revision"), _name, _name), is_key=True,
                   css="code", phone="line"),
            Column("customer", _("Customer"), Text("order__customer_name"), css="b6", phone="first"),
            Column("state", _("State"), Badge("state", AMENDMENT_LOOKS), phone="line"),
            Column("cause", _("Cause"), Choice("cause", dict(Amendment.Cause.choices)), css="nowrap", phone="line"),
            Column("reason", _("In words"), Text("reason"), css="t2 hide-md"),
            Column("before", _("Total before"), Money("total_before", "order__currency"), is_numeric=True, css="t2"),
            Column("after", _("Total after"), Money("total_after", "order__currency"), is_numeric=True, phone="right"),
            Column("who", _("Asked by"), Text("asked_by__display_name"), css="nowrap"),
            Column("when", pgettext_lazy("amendment", "Asked"), Moment("asked_at"), sort="asked_at", is_numeric=True,
                   css="t3"),
        ),
        filters=(
            TextFilter("q", _("Search"), _by_text),
            ChoiceFilter("state", _("State"), "state", dict(State.choices)),
            ChoiceFilter("cause", _("Cause"), "cause", dict(Amendment.Cause.choices)),
            DateFilter("asked", pgettext_lazy("amendment", "Asked"), "asked_at"),
            PersonFilter("who", _("Asked by"), "asked_by"),
        ),
        views=(
            BuiltInView("all", _("All")),
            BuiltInView("to_decide", _("To decide"), _in(State.SUBMITTED)),
            BuiltInView("to_confirm", _("Customer has not confirmed"), _to_confirm),
        ),
        default_view="all",
        default_sort="-when",
        empty=EmptyState(
            _("No amendments yet"),
            _("What changes in a confirmed order stands here, row by row, with its cause and who approved it."),
            "git-compare",
        ),
        search_hint=_("Order number, customer"),
    )
)  # fmt: skip
