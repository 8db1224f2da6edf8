"""An invoice that the customer sent back because what we kept was wrong: each wrong value goes into the ledger."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext_noop

from customers.actions.parts import check_invoice_profile
from customers.models import InvoiceProfile
from orders.actions.diary import write_diary
from orders.actions.errors import HEADER, record_error, standing_error, told_value
from orders.actions.locks import lock_order
from orders.desk.guards import check_invoice_back
from orders.errors import OrderError
from orders.ledger.authorship import stored_value, values_that_stood
from orders.ledger.types import PROFILE_FIELDS, is_same_number
from orders.models import ErrorEvent, Order, OrderLine
from orders.words import clean_invoice_number, clean_text

if TYPE_CHECKING:
    from staff.models import User

INVOICE_HEADER = (*PROFILE_FIELDS, "invoice_profile_id", "customer_po", "currency", "printed_remarks")
INVOICE_ROWS = ("product_name", "spec", "unit", "quantity", "unit_price", "discount", "tax_rate")
"""What of an order is printed on its invoice."""


@dataclass(frozen=True, slots=True)
class InvoiceFault:
    """One wrong value of an invoice: of a row, or of its head (no line).

    ``wrong`` is what was printed; empty where that still stands in the order.
    """

    line: OrderLine | None
    field: str
    right_value: str
    cause: str
    wrong: str = ""


@transaction.atomic
def record_returned_invoice(
    *, by: User, order: Order, invoice_number: str, faults: Sequence[InvoiceFault], note: str = ""
) -> list[ErrorEvent]:
    """The customer sent an invoice back: each wrong value goes into the ledger against whoever wrote it.

    The profile it was written from counts as returned from now on. OrderError where the value that was printed never
    stood in our records (then it is no error of our data), and where all of it stands in the ledger already.
    """
    missing = gettext_noop("Say which invoice came back.")
    invoice_number = clean_invoice_number(invoice_number, "invoice_number", missing=missing)
    note = clean_text(note, "note", most=500)
    if not faults:
        raise OrderError(gettext_noop("Name at least one field that is wrong, and what would be right."))
    order = lock_order(order)
    check_invoice_back(order, by)
    before = set(order.errors.values_list("pk", flat=True))
    errors = [_record(by, order, fault, invoice_number) for fault in faults]
    if all(error.pk in before for error in errors):
        raise OrderError(
            gettext_noop("This stands in the ledger already: %(errors)s."),
            {"errors": ", ".join(error.number for error in errors)},
        )
    after = {"number": invoice_number, "errors": [error.number for error in errors]}
    write_diary(order=order, kind="invoice_back", by=by, after=after, note=note)
    _mark_profile(by, order, errors)
    return errors


def _record(by: User, order: Order, fault: InvoiceFault, invoice_number: str) -> ErrorEvent:
    known = INVOICE_HEADER if fault.line is None else INVOICE_ROWS
    is_of_profile = fault.field in PROFILE_FIELDS or fault.field == "invoice_profile_id"
    if fault.field not in known or (is_of_profile and order.invoice_profile_id is None):
        raise OrderError(gettext_noop("Choose the field that is wrong."), field="field")
    if fault.cause not in ErrorEvent.Cause.values:
        raise OrderError(gettext_noop("Choose one of the answers."), field="cause")
    right = clean_text(fault.right_value, "right_value", most=300, missing=gettext_noop("Say what would be right."))
    printed = clean_text(fault.wrong, "wrong", most=300)
    wrong = stored_value(order, fault.line, fault.field)
    if printed:
        wrong = _value_that_stood(order, fault, printed)
    if str(wrong) == right:
        raise OrderError(gettext_noop("“%(value)s” is what stands there: say what would be right."), {"value": right})
    position = fault.line.position if fault.line else HEADER
    standing = standing_error(order, position=position, field=fault.field, wrong=wrong)
    return standing or record_error(
        order=order, line=fault.line, field=fault.field, wrong=wrong, right=right, cause=fault.cause,
        caught_stage=ErrorEvent.Stage.CUSTOMER, caught_by=by, origin=ErrorEvent.Origin.INVOICE,
        is_customer_visible=True, invoice_number=invoice_number,
    )  # fmt: skip


def _value_that_stood(order: Order, fault: InvoiceFault, printed: str) -> Any:
    """What was printed as it stood in the order or its profile at some time: only that is an error of our data."""
    for value in values_that_stood(order, fault.line, fault.field):
        if told_value(value, fault.field) == printed or is_same_number(value, printed):
            return value
    raise OrderError(
        gettext_noop("“%(value)s” never stood there: what was printed did not come from this order."),
        {"value": printed},
        field="wrong",
    )


def _mark_profile(by: User, order: Order, errors: Sequence[ErrorEvent]) -> None:
    """The customer's page says that the profile was returned as wrong, unless it was put right since."""
    profile = order.invoice_profile
    of_profile = [error for error in errors if error.field in PROFILE_FIELDS]
    if profile is None or all(error.wrong_value != stored_value(order, None, error.field) for error in of_profile):
        return
    if InvoiceProfile.objects.filter(pk=profile.pk, is_current=True).exists():
        refused = InvoiceProfile.Check.REFUSED
        check_invoice_profile(by=by, customer_id=order.customer_id, profile_id=profile.pk, state=refused)
