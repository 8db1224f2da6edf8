"""From a stored amendment, shipment, return or earlier revision of an order to its document."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.db.models import Max
from django.utils.translation import pgettext_lazy

from customers.models import Customer, InvoiceProfile
from orders.amending.rows import changes_in, proposed
from orders.documents.building import (
    LineQuantity,
    amendment_of,
    confirmation_of,
    delivery_note_of,
    return_note_of,
    revision_of,
)
from orders.documents.contents import (
    AmendmentDocument,
    DeliveryNote,
    DocumentLine,
    DocumentOrder,
    Recipient,
    ReturnNote,
    Text,
    Validity,
)
from orders.errors import OrderError
from orders.models import Amendment, Order, OrderReturn, ReturnLine, Shipment
from orders.snapshots import Content, content_of
from salesops.money import round_money
from salesops.numbering.numbers import house_day

_AMENDED: dict[str, Text] = {
    Amendment.Cause.CUSTOMER_CHANGE: pgettext_lazy("document", "At your request"),
    Amendment.Cause.OUR_ERROR: pgettext_lazy("document", "Correction by us"),
    Amendment.Cause.SUPPLY: pgettext_lazy("document", "Supply"),
    Amendment.Cause.PRICE_POLICY: pgettext_lazy("document", "Change of price"),
}
_RETURNED: dict[str, Text] = {
    OrderReturn.Cause.OUR_ENTRY: pgettext_lazy("document", "Delivered otherwise than ordered"),
    OrderReturn.Cause.OUR_SHIPMENT: pgettext_lazy("document", "Delivered otherwise than ordered"),
    OrderReturn.Cause.QUALITY: pgettext_lazy("document", "Quality"),
    OrderReturn.Cause.TRANSPORT: pgettext_lazy("document", "Damaged in transport"),
    OrderReturn.Cause.CUSTOMER: pgettext_lazy("document", "At your request"),
    OrderReturn.Cause.UNKNOWN: "",
}
"""Causes as the customer reads them: whose mistake it was inside the house is the ledger's business."""

_INSPECTED = (OrderReturn.State.INSPECTED, OrderReturn.State.RESOLVED, OrderReturn.State.CLOSED)
_RETURN_VALIDITY = {
    OrderReturn.State.REQUESTED: Validity.DRAFT,
    OrderReturn.State.REFUSED: Validity.REJECTED,
}


class NoPaperError(LookupError):
    """There is nothing to print: a revision that was never kept, an amendment that was turned down."""


def confirmation_as_of(order: Order, revision: int | None) -> DocumentOrder:
    """The confirmation as it stands (None or the last revision), or as an earlier revision had it, stamped as such."""
    last = revision_of(order)
    if revision is None or revision == last:
        return confirmation_of(order, last)
    content = order.snapshots.filter(revision=revision).values_list("content", flat=True).first()
    if not content or "lines" not in content:
        raise NoPaperError
    return _kept_confirmation(order, revision, content)


def _kept_confirmation(order: Order, revision: int, content: Content) -> DocumentOrder:
    profile = InvoiceProfile.objects.filter(pk=content["invoice_profile_id"]).first()
    return DocumentOrder(
        number=order.number,
        revision=revision,
        ordered_on=house_day(order.received_at),
        validity=Validity.SUPERSEDED,
        customer_name=content.get("customer_name", order.customer_name),
        customer_po=content["customer_po"],
        invoice_title=profile.title if profile else "",
        tax_number=profile.tax_number if profile else order.customer.tax_number,
        payment_terms=Customer.PaymentTerms(content["payment_terms"]).label,
        recipient=Recipient(content["ship_to"], content["ship_to_receiver"], content["ship_to_phone"]),
        ship_method=content["ship_method"],
        promised_on=_day(content["promised_on"]),
        currency=content["currency"],
        prices_include_tax=content["prices_include_tax"],
        net=Decimal(content["net"]),
        tax=Decimal(content["tax"]),
        total=Decimal(content["total"]),
        clerk=order.owner.display_name if order.owner else "",
        clerk_phone=order.owner.phone if order.owner else "",
        remarks=content["printed_remarks"],
        lines=tuple(_kept_line(line) for line in content["lines"]),
    )


def _kept_line(line: Content) -> DocumentLine:
    return DocumentLine(
        position=line["position"],
        code=line["product_code"],
        name=line["product_name"],
        spec=line["spec"],
        unit=line["unit"],
        part_number=line["customer_part_number"],
        quantity=Decimal(line["quantity"]),
        unit_price=Decimal(line["unit_price"]),
        discount=Decimal(line["discount"]),
        tax_rate=line["tax_rate"],
        amount=Decimal(line["amount"]),
        due_on=_day(line["due_on"]),
        remarks=line["remarks"],
    )


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def amendment_paper(order: Order, amendment: Amendment) -> AmendmentDocument:
    """What changes: of an applied amendment from the kept revisions, of an open one as it would be, a draft."""
    is_applied = amendment.applied_at is not None
    if amendment.state == Amendment.State.REJECTED:
        raise NoPaperError
    before, after = _applied(order, amendment) if is_applied else _would_be(order, amendment)
    return amendment_of(
        order,
        before,
        after,
        revision=amendment.revision,
        amended_on=house_day(amendment.applied_at or amendment.asked_at),
        cause=_AMENDED[amendment.cause],
        is_applied=is_applied,
    )


def _applied(order: Order, amendment: Amendment) -> tuple[Content, Content]:
    kept = order.snapshots.filter(revision__lt=amendment.revision)
    earlier = kept.aggregate(last=Max("revision"))["last"]
    wanted = order.snapshots.filter(revision__in=(earlier, amendment.revision))
    contents = dict(wanted.values_list("revision", "content"))
    before, after = contents.get(earlier), contents.get(amendment.revision)
    if not before or not after or "lines" not in before or "lines" not in after:
        raise NoPaperError
    return before, after


def _would_be(order: Order, amendment: Amendment) -> tuple[Content, Content]:
    lines = list(order.lines.select_related("product").order_by("position"))
    try:
        future, written = proposed(order, lines, changes_in(amendment.rows.all()))
    except OrderError as refusal:
        raise NoPaperError from refusal
    return content_of(order, lines), content_of(future, written)


def shipment_note(order: Order, shipment: Shipment) -> DeliveryNote:
    """The delivery note of one shipment, under its own number; called off with it."""
    parts = [LineQuantity(part.line, part.quantity) for part in shipment.lines.select_related("line")]
    return delivery_note_of(
        order,
        parts,
        number=shipment.number,
        revision=revision_of(order, shipment.shipped_at),
        shipped_on=house_day(shipment.shipped_at) if shipment.shipped_at else None,
        carrier=shipment.carrier,
        tracking_numbers=[number for number in shipment.tracking_numbers.split(", ") if number],
        packages=shipment.packages,
        weight_kg=shipment.weight,
        validity=Validity.CANCELLED if shipment.state == Shipment.State.CANCELLED else None,
    )


def return_note(order: Order, held: OrderReturn, *, with_amounts: bool) -> ReturnNote:
    """What comes back; once it was inspected what was accepted, with the credit where the money goes back."""
    is_inspected = held.state in _INSPECTED
    is_refund = with_amounts and is_inspected and held.resolution == OrderReturn.Resolution.REFUND
    parts = [
        LineQuantity(
            part.line,
            _comes_back(part, is_inspected=is_inspected),
            amount=_credit(order, part) if is_refund else None,
        )
        for part in held.lines.select_related("line").order_by("line__position")
    ]
    if not parts:
        raise NoPaperError
    return return_note_of(
        order,
        parts,
        number=held.number or "",
        returned_on=house_day(held.received_at or held.noted_at),
        cause=_RETURNED[held.cause],
        resolution=OrderReturn.Resolution(held.resolution).label if held.resolution else "",
        validity=_RETURN_VALIDITY.get(OrderReturn.State(held.state), Validity.VALID),
    )


def _comes_back(part: ReturnLine, *, is_inspected: bool) -> Decimal:
    return part.accepted if is_inspected and part.accepted is not None else part.quantity


def _credit(order: Order, part: ReturnLine) -> Decimal:
    """The row's amount for what was accepted of it."""
    share = _comes_back(part, is_inspected=True) / part.line.quantity
    return round_money(part.line.amount * share, order.currency)
