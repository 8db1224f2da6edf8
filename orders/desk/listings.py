"""The list of deviations: points of a checklist that were left out, with why."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from orders.desk.deeds import DEEDS, KEYED
from orders.models import SopCheck
from salesops.chinese import to_half_width
from salesops.listing.listing import (
    BuiltInView,
    ChoiceFilter,
    Column,
    DateFilter,
    Drawn,
    EmptyState,
    LinkFilter,
    Listing,
    Moment,
    PersonFilter,
    Reader,
    Row,
    Text,
    TextFilter,
    register_listing,
)
from staff.models import Sop
from staff.roles import Permission
from staff.sops import deed_words

RECENT = timedelta(days=30)
Cause = SopCheck.Cause
_TICKED = {deed.name: deed.label for deed in DEEDS if deed.name not in KEYED}


def recent(rows: QuerySet[SopCheck]) -> QuerySet[SopCheck]:
    """Those of the last 30 days."""
    return rows.filter(at__gte=timezone.now() - RECENT)


def _by_text(rows: QuerySet[SopCheck], text: str, reader: Reader) -> QuerySet[SopCheck]:
    typed = to_half_width(text).strip()
    return rows.filter(Q(order__number__istartswith=typed) | Q(order__customer_name__icontains=typed))


def _sop_name(sop_id: int, reader: Reader) -> str:
    return Sop.objects.filter(pk=sop_id).values_list("title", flat=True).first() or ""


def _sop(row: Row, reader: Reader) -> str:
    return format_html("{} v{}", row["version__sop__title"], row["version__number"])


def _step(row: Row, reader: Reader) -> str:
    return format_html("{} · {}", row["step"], deed_words(row["deed"]))


def _missed(row: Row, reader: Reader) -> str:
    return "; ".join(row["missed"])


def _why(row: Row, reader: Reader) -> str:
    return str(Cause.MANY.label) if row["cause"] == Cause.MANY else row["reason"]


sop_deviations = register_listing(
    Listing(
        name="sop_deviations",
        title=_("Deviations from SOPs"),
        url_name="orders:sop_deviations",
        record_url_name="orders:sop_check",
        permissions=(Permission.SUPERVISE_ORDERS,),
        rows=lambda person: SopCheck.objects.visible_to(person).deviations(),
        columns=(
            Column("order", _("Order"), Text("order__number"), is_key=True, css="code", phone="line"),
            Column("sop", _("SOP"), Drawn(("version__sop__title", "version__number"), _sop, _sop), css="nowrap b6",
                   phone="first"),
            Column("step", _("Step"), Drawn(("step", "deed"), _step, _step), css="nowrap", phone="line"),
            Column("missed", _("Not done"), Drawn(("missed",), _missed, _missed), phone="line"),
            Column("why", _("Why"), Drawn(("cause", "reason"), _why, _why), css="t2", phone="line"),
            Column("who", _("Who"), Text("by__display_name"), css="nowrap", phone="line"),
            Column("when", pgettext_lazy("deviation", "When"), Moment("at"), sort="at", is_numeric=True, css="t3",
                   phone="right"),
        ),
        filters=(
            TextFilter("q", _("Search"), _by_text),
            ChoiceFilter("deed", _("Deed"), "deed", _TICKED),
            ChoiceFilter("cause", _("Why"), "cause", dict(Cause.choices)),
            DateFilter("when", pgettext_lazy("deviation", "When"), "at"),
            PersonFilter("who", _("Who"), "by"),
            LinkFilter("sop", _("SOP"), "version__sop_id", _sop_name),
        ),
        views=(
            BuiltInView("recent", _("Last 30 days"), lambda rows, reader: recent(rows)),
            BuiltInView("all", _("All")),
        ),
        default_view="recent",
        default_sort="-when",
        empty=EmptyState(
            _("No deviations"),
            _("Where somebody leaves out a point of an SOP's checklist, it stands here with the reason."),
            "list-check",
        ),
        search_hint=_("Order number, customer"),
    )
)  # fmt: skip


def deviations_of(person: Any, sop_id: int) -> QuerySet[SopCheck]:
    """Deviations of the last 30 days from any version of an SOP, on orders this person sees, newest first."""
    rows = SopCheck.objects.visible_to(person).deviations().filter(version__sop=sop_id)
    return recent(rows).select_related("order", "version", "by").order_by("-at", "-id")
