"""What a verifier compares: the values by the questions of the review, beside everything the customer sent."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from orders.marks import marks_of
from orders.models import Evidence, Order, ReviewCheck
from orders.requests.evidence import SHOWN_PICTURES
from orders.requests.sheets import read_sheets
from salesops.chinese import mask_phone
from salesops.money import format_money
from salesops.spreadsheets.faults import SheetRefused
from salesops.web.templatetags.workbench import moment

if TYPE_CHECKING:
    from datetime import date

Question = ReviewCheck.Question
GROUPS = tuple(Question)
IN_ROWS = frozenset({Question.WHAT, Question.PRICE})
"""Groups whose values are the rows themselves."""


@dataclass(frozen=True, slots=True)
class Value:
    """One value of the header beside its name."""

    label: str | Promise
    text: str
    mark: str = ""


def header_values(order: Order) -> dict[str, list[Value]]:
    """What stands in the header for each group, marked with where it came from; the rows have a table of their own."""
    profile = order.invoice_profile
    marks = marks_of(order, [], is_beside=True).header
    return {
        Question.WHO: [
            Value(_("Customer"), order.customer_name),
            Value(_("Customer PO"), order.customer_po, marks.get("customer_po", "")),
        ],
        Question.WHAT: [],
        Question.PRICE: [Value(_("Total"), format_money(order.total, order.currency))],
        Question.DATE: [
            Value(_("Wanted"), _day(order.requested_on), marks.get("requested_on", "")),
            Value(_("Promised"), _day(order.promised_on), marks.get("promised_on", "")),
        ],
        Question.ADDRESS: [
            Value(_("Ship to"), order.ship_to, marks.get("ship_to", "")),
            Value(_("Receiver"), f"{order.ship_to_receiver} {mask_phone(order.ship_to_phone)}".strip()),
            Value(_("Shipping"), order.ship_method, marks.get("ship_method", "")),
        ],
        Question.PAYMENT: [
            Value(_("Payment terms"), str(order.get_payment_terms_display()), marks.get("payment_terms", ""))
        ],
        Question.INVOICE: [
            Value(_("Invoice to"), profile.title if profile else "", marks.get("invoice_profile_id", "")),
            Value(_("Tax number"), profile.tax_number if profile else ""),
        ],
    }


def sources_of(order: Order) -> list[Evidence]:
    """Everything that came with the order or with a request that was filed with it, oldest first."""
    return list(Evidence.objects.filter(Q(order=order) | Q(request__order=order)).distinct().order_by("pk"))


def files_to_open(sources: list[Evidence]) -> list[Evidence]:
    """Files a page cannot show: whoever verifies opens them and says so."""
    return [row for row in sources if not _can_be_shown(row)]


def sight_of_source(order: Order, sources: list[Evidence]) -> str:
    """A sum over what somebody was shown: an order that was saved since, or another file, makes another sum."""
    told = [f"{order.pk}:{order.version}", *(f"{row.pk}:{row.sha256}" for row in sources)]
    return hashlib.sha256("\n".join(told).encode()).hexdigest()[:32]


def _can_be_shown(row: Evidence) -> bool:
    if row.text or row.content_type in SHOWN_PICTURES or row.content_type == "application/pdf":
        return True
    if row.kind != Evidence.Kind.SHEET:
        return False
    try:
        return bool(read_sheets(row))
    except SheetRefused:
        return False


def _day(day: date | None) -> str:
    return moment(day) if day else ""
