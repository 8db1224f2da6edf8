"""The lists of the error ledger: everybody's errors one may see, one's own, and the sampling audits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from orders.ledger.words import FIELD_WORDS, SEVERITY_LOOKS, field_words, told_pair
from orders.models import Audit, ErrorEvent, Order
from orders.models.ledger import HAS_COST
from salesops.chinese import to_half_width
from salesops.listing.listing import (
    Badge,
    BuiltInView,
    Choice,
    ChoiceFilter,
    Column,
    DateFilter,
    Day,
    Drawn,
    EmptyState,
    Flag,
    FlagFilter,
    LinkFilter,
    Listing,
    Moment,
    Money,
    Number,
    PageDeed,
    PersonFilter,
    Reader,
    Row,
    Text,
    TextFilter,
    register_listing,
)
from staff.roles import Permission

Rows = QuerySet[ErrorEvent]
Narrow = Callable[[Any, Reader], Any]
SEES_ERRORS = (Permission.SEE_ALL_CUSTOMERS, Permission.SEE_TEAM_CUSTOMERS)


def _labels(choices: Any) -> dict[str, Any]:
    return dict(choices.choices)


def _by_text(rows: Rows, text: str, reader: Reader) -> Rows:
    typed = to_half_width(text).strip().upper()
    return rows.filter(Q(number__startswith=typed) | Q(order__number__startswith=typed))


def _field(row: Row, reader: Reader) -> str:
    return field_words(row["field"], row["line_position"])


def _values(row: Row, reader: Reader) -> str:
    wrong, right = _pair(row)
    return format_html('<del class="old">{}</del> → <ins class="new">{}</ins>', wrong or "—", right or "—")


def _values_as_text(row: Row, reader: Reader) -> str:
    return " → ".join(value or "—" for value in _pair(row))


def _pair(row: Row) -> tuple[str, str]:
    return told_pair(row["field"], row["line_position"], row["wrong_value"], row["right_value"])


def _order_name(order_id: int, reader: Reader) -> str:
    orders = Order.objects.visible_to(reader.person)
    return orders.filter(pk=order_id).values_list("number", flat=True).first() or ""


def _audit_number(audit_id: int, reader: Reader) -> str:
    audits = Audit.objects.visible_to(reader.person)
    return audits.filter(pk=audit_id).values_list("number", flat=True).first() or ""


def _counted(rows: Any, reader: Reader) -> Rows:
    counted: Rows = rows.counted()
    return counted


def _where(**values: Any) -> Narrow:
    return lambda rows, reader: rows.filter(**values)


class CostFilter(FlagFilter):
    """Whether somebody wrote down what it cost."""

    def narrow(self, rows: Any, value: bool, reader: Reader) -> Any:
        return rows.filter(HAS_COST) if value else rows.exclude(HAS_COST)


_VALUE_FIELDS = ("field", "line_position", "wrong_value", "right_value")
_COLUMNS = (
    Column("number", _("Error number"), Text("number"), is_key=True, css="code", phone="line"),
    Column("order", _("Order"), Text("order__number"), css="code t2", phone="line"),
    Column("field", _("Field"), Drawn(("field", "line_position"), _field, _field), css="nowrap", phone="first"),
    Column("values", _("Wrong → right"), Drawn(_VALUE_FIELDS, _values, _values_as_text), css="c-clip", phone="line"),
    Column("type", _("Kind of error"), Choice("type", _labels(ErrorEvent.Type)), css="t2 nowrap hide-md"),
    Column("made", _("Made at"), Choice("made_stage", _labels(ErrorEvent.Stage)), css="nowrap"),
    Column("maker", _("Made by"), Text("made_by__display_name"), css="nowrap b6"),
    Column("caught", _("Caught at"), Choice("caught_stage", _labels(ErrorEvent.Stage)), css="nowrap"),
    Column("catcher", _("Caught by"), Text("caught_by__display_name"), css="nowrap t2"),
    Column("severity", _("Severity"), Badge("severity", SEVERITY_LOOKS), phone="right"),
    Column(
        "cause",
        _("Root cause"),
        Choice("cause", _labels(ErrorEvent.Cause), quiet=("unknown",)),
        is_default=False,
        css="t2 nowrap",
    ),
    Column("dispute", _("Dispute"), Choice("dispute", _labels(ErrorEvent.Dispute), quiet=("none",)), css="t2 nowrap"),
    Column("near", _("Near miss"), Flag("is_near_miss", _("Near miss")), is_default=False, css="nowrap"),
    Column("origin", _("Origin"), Choice("origin", _labels(ErrorEvent.Origin)), is_default=False, css="t2 nowrap"),
    Column("cost", _("Cost"), Money("cost"), is_default=False, is_numeric=True),
    Column("minutes", _("Minutes"), Number("cost_minutes"), is_default=False, is_numeric=True),
    Column("when", pgettext_lazy("error", "Caught"), Moment("caught_at"), sort="caught_at", is_numeric=True, css="t3"),
)
_FILTERS = (
    TextFilter("q", _("Search"), _by_text),
    ChoiceFilter("field", _("Field"), "field", FIELD_WORDS),
    ChoiceFilter("made", _("Made at"), "made_stage", _labels(ErrorEvent.Stage)),
    ChoiceFilter("caught_at", _("Caught at"), "caught_stage", _labels(ErrorEvent.Stage)),
    ChoiceFilter("cause", _("Root cause"), "cause", _labels(ErrorEvent.Cause)),
    ChoiceFilter("type", _("Kind of error"), "type", _labels(ErrorEvent.Type)),
    ChoiceFilter("severity", _("Severity"), "severity", _labels(ErrorEvent.Severity)),
    ChoiceFilter("origin", _("Origin"), "origin", _labels(ErrorEvent.Origin)),
    ChoiceFilter("dispute", _("Dispute"), "dispute", _labels(ErrorEvent.Dispute)),
    DateFilter("when", pgettext_lazy("error", "Caught"), "caught_at"),
    PersonFilter("maker", _("Made by"), "made_by"),
    PersonFilter("catcher", _("Caught by"), "caught_by"),
    FlagFilter("near", _("Near miss"), "is_near_miss"),
    CostFilter("cost", _("Cost written down"), "cost"),
    LinkFilter("order", _("Order"), "order_id", _order_name),
    LinkFilter("audit", _("Sampling audit"), "audited__audit_id", _audit_number),
)

errors = register_listing(
    Listing(
        name="errors",
        title=_("Errors"),
        url_name="orders:errors",
        record_url_name="orders:error",
        permissions=SEES_ERRORS,
        rows=ErrorEvent.objects.visible_to,
        columns=_COLUMNS,
        filters=_FILTERS,
        views=(
            BuiltInView("all", _("All")),
            BuiltInView("counted", _("Counted"), _counted),
            BuiltInView("disputed", _("Disputed"), _where(dispute="open"), is_warning=True),
            BuiltInView("near", _("Near misses"), _where(is_near_miss=True)),
            BuiltInView("no_cause", _("Without a cause"), _where(cause="unknown", is_near_miss=False)),
        ),
        default_view="all",
        default_sort="-when",
        page_deeds=(PageDeed(_("Figures"), "orders:error_figures", icon="chart-bar", is_main=True),),
        empty=EmptyState(
            _("No errors yet"),
            _("What a verifier, the warehouse, a customer or a colleague puts right stands here by itself."),
            "circle-check",
        ),
        search_hint=_("Error number, order number"),
    )
)

my_errors = register_listing(
    replace(
        errors,
        name="my_errors",
        title=_("My errors"),
        url_name="orders:my_errors",
        permissions=tuple(Permission),
        rows=lambda person: ErrorEvent.objects.filter(made_by=person),
        page_deeds=(),
        empty=EmptyState(
            _("No errors of yours"),
            _("What others put right in your orders stands here, with the evidence; you can dispute each one."),
            "circle-check",
        ),
    )
)

audits = register_listing(
    Listing(
        name="audits",
        title=_("Sampling audits"),
        url_name="orders:audits",
        record_url_name="orders:audit",
        permissions=(Permission.VERIFY_ORDERS,),
        rows=lambda person: Audit.objects.visible_to(person).with_counts(),
        columns=(
            Column("number", _("Audit number"), Text("number"), is_key=True, sort="id", phone="first", css="code"),
            Column("first", _("Entered from"), Day("first"), css="nowrap tn", phone="line"),
            Column("last", _("Entered until"), Day("last"), css="nowrap tn", phone="line"),
            Column("person", _("Entered by"), Text("person__display_name"), css="nowrap b6"),
            Column("population", _("Orders to draw from"), Number("population"), is_numeric=True),
            Column("size", pgettext_lazy("audit", "Sample"), Number("size"), is_numeric=True),
            Column("compared", _("Compared"), Number("compared"), is_numeric=True),
            Column("drawn_by", _("Drawn by"), Text("drawn_by__display_name"), css="nowrap t2"),
            Column(
                "drawn", pgettext_lazy("audit", "Drawn"), Moment("drawn_at"), is_numeric=True, css="t3", phone="right"
            ),
        ),
        filters=(
            PersonFilter("person", _("Entered by"), "person"),
            DateFilter("drawn", pgettext_lazy("audit", "Drawn"), "drawn_at"),
        ),
        views=(BuiltInView("all", _("All")),),
        default_view="all",
        default_sort="-number",
        page_deeds=(PageDeed(_("Draw a sample"), "orders:audit_new", icon="plus", is_main=True),),
        empty=EmptyState(
            _("No audits yet"),
            _("A sample of what was entered is drawn by lot and compared once more with what the customers sent."),
            "scan",
        ),
    )
)
