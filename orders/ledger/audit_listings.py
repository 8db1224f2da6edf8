"""The list of sampling audits."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from orders.models import Audit
from salesops.listing.listing import (
    BuiltInView,
    Column,
    DateFilter,
    Day,
    EmptyState,
    Listing,
    Moment,
    Number,
    PageDeed,
    PersonFilter,
    Text,
    register_listing,
)
from staff.roles import Permission

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
            Column("person", _("Entered by"), Text("person__display_name"), css="nowrap b6", phone="line"),
            Column("population", _("Orders to draw from"), Number("population"), is_numeric=True),
            Column("size", pgettext_lazy("audit", "Sample"), Number("size"), is_numeric=True),
            Column("compared", _("Compared"), Number("compared"), is_numeric=True, phone="right"),
            Column("drawn_by", _("Drawn by"), Text("drawn_by__display_name"), css="nowrap t2"),
            Column("drawn", pgettext_lazy("audit", "Drawn"), Moment("drawn_at"), is_numeric=True, css="t3"),
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
