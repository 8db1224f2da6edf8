"""The sampling audit: drawing orders by lot, and holding each against what the customer sent."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_noop

from orders.actions.diary import write_diary
from orders.actions.errors import HEADER, record_error, standing_error
from orders.actions.locks import lock_order
from orders.desk.comparing import sight_of_source, sources_of
from orders.desk.guards import check_audit
from orders.errors import OrderError
from orders.ledger.authorship import stored_value
from orders.ledger.sampling import draw, hash_of, population
from orders.ledger.types import PROFILE_FIELDS
from orders.models import Audit, AuditedOrder, ErrorEvent, Order, OrderLine, ReviewCheck
from orders.words import clean_text
from salesops.numbering.numbers import house_day, next_number
from staff.roles import Permission

if TYPE_CHECKING:
    from staff.models import User

MOST_DRAWN = 200
Question = ReviewCheck.Question
AUDITED_HEADER: dict[str, tuple[str, ...]] = {
    Question.WHO: ("customer_id", "customer_po"),
    Question.WHAT: ("line",),
    Question.PRICE: ("currency",),
    Question.DATE: ("requested_on",),
    Question.ADDRESS: ("ship_to", "ship_to_receiver", "ship_to_phone", "ship_method"),
    Question.PAYMENT: ("payment_terms",),
    Question.INVOICE: ("profile_title", "profile_tax_number"),
}
AUDITED_ROWS: dict[str, tuple[str, ...]] = {
    Question.WHAT: ("product_code", "quantity", "unit"),
    Question.PRICE: ("unit_price", "discount", "tax_rate"),
}
"""What is compared, by the questions of the review; "line" in the header is a row the order lacks."""


@dataclass(frozen=True, slots=True)
class AuditFault:
    """One wrong value: of a row, or of the header (no line), and what the customer's words say instead."""

    line: OrderLine | None
    field: str
    right_value: str


@transaction.atomic
def draw_audit(*, by: User, first: date, last: date, size: int, person: User | None = None) -> Audit:
    """Draw so many of the orders that were entered on these days (by this person), each as likely as the other.

    The seed and a sum over the orders drawn from are kept: whoever draws again with them draws the same ones. A draw
    is never taken back. OrderError for days the wrong way round or to come, and where there is nothing to draw.
    """
    if not by.may(Permission.VERIFY_ORDERS):
        raise PermissionDenied
    if first > last:
        raise OrderError(gettext_noop("The first day comes after the last."), field="last")
    if last > house_day():
        raise OrderError(gettext_noop("This day has not come yet."), field="last")
    if not 1 <= size <= MOST_DRAWN:
        raise OrderError(gettext_noop("Between 1 and %(most)s orders."), {"most": MOST_DRAWN}, field="size")
    ids = list(population(first, last, person).order_by().values_list("pk", flat=True))
    if not ids:
        raise OrderError(gettext_noop("No order was entered in this time."), field="first")
    seed = secrets.token_hex(8)
    drawn = draw(ids, seed, size)
    audit = Audit.objects.create(
        number=next_number("AU", house_day()), first=first, last=last, person=person, population=len(ids),
        population_hash=hash_of(ids), seed=seed, size=len(drawn), drawn_by=by,
    )  # fmt: skip
    AuditedOrder.objects.bulk_create(
        AuditedOrder(audit=audit, order_id=pk, place=place) for place, pk in enumerate(drawn, 1)
    )
    return audit


@transaction.atomic
def compare_audited(
    *,
    by: User,
    place: AuditedOrder,
    compared: Collection[str],
    faults: Sequence[AuditFault],
    sight: str,
    note: str = "",
) -> AuditedOrder:
    """Write down how one order of a sample compares with what the customer sent; once.

    ``compared`` are the groups that could be held against the evidence: only their values count. Each fault goes into
    the ledger against whoever wrote the value; one that stands there already is not counted a second time there.
    ``sight`` is ``sight_of_source`` what was looked at.
    """
    note = clean_text(note, "note", most=500)
    order = lock_order(place.order)
    place = AuditedOrder.objects.select_for_update(of=("self",)).select_related("audit").get(pk=place.pk)
    if place.outcome != AuditedOrder.Outcome.WAITING:
        raise OrderError(gettext_noop("This order was compared already."))
    check_audit(order, by)
    sources = sources_of(order)
    if sight != sight_of_source(order, sources):
        raise OrderError(gettext_noop("The order, or what came with it, has changed since you looked: compare again."))
    groups = [group for group in AUDITED_HEADER if group in compared]
    if not groups:
        raise OrderError(gettext_noop("Tick at least one group that you compared."), field=str(Question.WHO))
    if not sources and not note:
        raise OrderError(
            gettext_noop("Nothing the customer sent is kept: say what you compared the order with."), field="note"
        )
    errors = {error.pk: error for error in (_record(by, order, fault, groups) for fault in faults)}
    place.outcome = AuditedOrder.Outcome.WRONG if errors else AuditedOrder.Outcome.RIGHT
    place.groups, place.evidence, place.note = groups, [row.pk for row in sources], note
    place.fields = sum(len(fields) for _line, fields in audited_fields(order, groups))
    place.compared_by, place.compared_at = by, timezone.now()
    place.save()
    place.errors.set(errors.values())
    after = {"number": place.audit.number, "errors": [error.number for error in errors.values()]}
    write_diary(order=order, kind="audited", by=by, after=after, note=note)
    return place


def audited_fields(order: Order, groups: Collection[str]) -> list[tuple[OrderLine | None, list[str]]]:
    """The fields that are compared in these groups: those of the header (no line) first, then row by row."""
    header = [field for group in AUDITED_HEADER if group in groups for field in AUDITED_HEADER[group]]
    if order.invoice_profile_id is None:
        header = [field for field in header if field not in PROFILE_FIELDS]
    of_row = [field for group in AUDITED_ROWS if group in groups for field in AUDITED_ROWS[group]]
    return [(None, header), *((line, of_row) for line in order.lines.all() if of_row)]


def _record(by: User, order: Order, fault: AuditFault, groups: Collection[str]) -> ErrorEvent:
    allowed = AUDITED_HEADER if fault.line is None else AUDITED_ROWS
    if not any(fault.field in fields for group, fields in allowed.items() if group in groups):
        raise OrderError(gettext_noop("Tick the group in which you found something wrong."))
    right = clean_text(fault.right_value, "right_value", most=300, missing=gettext_noop("Say what would be right."))
    wrong = stored_audited(order, fault.line, fault.field)
    if str(wrong) == right:
        raise OrderError(gettext_noop("“%(value)s” is what stands there: say what would be right."), {"value": right})
    position = fault.line.position if fault.line else HEADER
    standing = (
        None if fault.field == "line" else standing_error(order, position=position, field=fault.field, wrong=wrong)
    )
    return standing or record_error(
        order=order, line=fault.line, field=fault.field, wrong=wrong, right=right, caught_by=by,
        caught_stage=ErrorEvent.Stage.AUDIT, origin=ErrorEvent.Origin.AUDIT,
    )  # fmt: skip


def stored_audited(order: Order, line: OrderLine | None, field: str) -> Any:
    """What stands there now; nothing for a row the order lacks."""
    return "" if field == "line" else stored_value(order, line, field)
