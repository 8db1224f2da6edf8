"""From an order and its records to the contents of its documents."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from customers.models import Customer
from orders.documents.changes import changes_between
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
from orders.models import Order, OrderLine
from orders.snapshots import Content
from orders.status import Status
from salesops.numbering.numbers import house_day

_VALIDITY = {
    Status.CONFIRMED: Validity.VALID,
    Status.RELEASED: Validity.VALID,
    Status.COMPLETED: Validity.VALID,
    Status.CLOSED: Validity.VALID,
    Status.CANCELLED: Validity.CANCELLED,
    Status.REJECTED: Validity.REJECTED,
}


@dataclass(frozen=True, slots=True)
class LineQuantity:
    """How much of an order's line a shipment or a return holds; remarks tell of this part alone."""

    line: OrderLine
    quantity: Decimal
    remarks: str = ""
    amount: Decimal | None = None  # what is credited, on a return


def validity_of(order: Order) -> Validity:
    """An order is a draft until it is confirmed."""
    return _VALIDITY.get(Status(order.state), Validity.DRAFT)


def revision_of(order: Order, at: datetime | None = None) -> int:
    """The number of the latest save, or of the one that stood at a moment; the first one is 0. One statement."""
    kept = order.snapshots.filter(at__lte=at) if at else order.snapshots.all()
    return kept.order_by("-revision").values_list("revision", flat=True).first() or 0


def confirmation_of(order: Order, revision: int) -> DocumentOrder:
    """The order confirmation as the order stands now; reads its lines, invoice profile and clerk."""
    profile = order.invoice_profile
    return DocumentOrder(
        number=order.number,
        revision=revision,
        ordered_on=house_day(order.received_at),
        validity=validity_of(order),
        customer_name=order.customer_name,
        customer_po=order.customer_po,
        invoice_title=profile.title if profile else "",
        tax_number=profile.tax_number if profile else order.customer.tax_number,
        payment_terms=Customer.PaymentTerms(order.payment_terms).label,
        recipient=recipient_of(order),
        ship_method=order.ship_method,
        promised_on=order.promised_on,
        currency=order.currency,
        prices_include_tax=order.prices_include_tax,
        net=order.net,
        tax=order.tax,
        total=order.total,
        clerk=order.owner.display_name if order.owner else "",
        clerk_phone=order.owner.phone if order.owner else "",
        remarks=order.printed_remarks,
        lines=tuple(_priced(line) for line in order.lines.all()),
    )


def recipient_of(order: Order) -> Recipient:
    """Where the order goes; the receiver's phone is whole, the carrier calls it."""
    return Recipient(order.ship_to, order.ship_to_receiver, order.ship_to_phone)


def open_quantities(order: Order) -> list[LineQuantity]:
    """What is still to be shipped of each line; of an order shipped as a whole, what was shipped."""
    lines = list(order.lines.all())
    left = [LineQuantity(line, line.quantity - line.cancelled_quantity - line.shipped_quantity) for line in lines]
    open_ones = [each for each in left if each.quantity * each.line.quantity > 0]
    return open_ones or [LineQuantity(line, line.shipped_quantity) for line in lines if line.shipped_quantity]


def delivery_note_of(
    order: Order,
    shipment_lines: Iterable[LineQuantity],
    *,
    number: str = "",
    revision: int = 0,
    shipped_on: date | None = None,
    carrier: str = "",
    tracking_numbers: Iterable[str] = (),
    packages: int | None = None,
    weight_kg: Decimal | None = None,
    recipient: Recipient | None = None,
    validity: Validity | None = None,
) -> DeliveryNote:
    """The delivery note of what is shipped together; no price of the order gets into it."""
    return DeliveryNote(
        number=number or order.number,
        order_number=order.number,
        revision=revision,
        validity=validity or validity_of(order),
        customer_name=order.customer_name,
        customer_po=order.customer_po,
        recipient=recipient or recipient_of(order),
        shipped_on=shipped_on,
        carrier=carrier or order.ship_method,
        tracking_numbers=tuple(tracking_numbers),
        packages=packages,
        weight_kg=weight_kg,
        remarks=order.printed_remarks,
        lines=tuple(_part(each) for each in shipment_lines),
    )


def amendment_of(
    order: Order,
    before: Content,
    after: Content,
    *,
    revision: int,
    amended_on: date,
    cause: Text,
    number: str = "",
    is_applied: bool = True,
    confirmation_url: str = "",
    remarks: str = "",
) -> AmendmentDocument:
    """The change between two snapshots (orders.snapshots.content_of) as the customer is asked to confirm it."""
    promised = after["promised_on"]
    return AmendmentDocument(
        number=number or order.number,
        order_number=order.number,
        revision=revision,
        amended_on=amended_on,
        validity=validity_of(order) if is_applied else Validity.DRAFT,
        customer_name=order.customer_name,
        customer_po=after["customer_po"],
        changes=tuple(changes_between(before, after)),
        currency=after["currency"],
        total_before=Decimal(before["total"]),
        total=Decimal(after["total"]),
        cause=cause,
        promised_on=date.fromisoformat(promised) if promised else None,
        confirmation_url=confirmation_url,
        remarks=remarks,
    )


def return_note_of(
    order: Order,
    returned_lines: Iterable[LineQuantity],
    *,
    number: str = "",
    returned_on: date,
    cause: Text = "",
    resolution: Text = "",
    return_to: Recipient | None = None,
    carrier: str = "",
    tracking_numbers: Iterable[str] = (),
    remarks: str = "",
    validity: Validity = Validity.VALID,
) -> ReturnNote:
    """The return note of what comes back together; the total is the sum of the credits where all are known."""
    lines = tuple(_part(each) for each in returned_lines)
    credited = [line.amount for line in lines if line.amount is not None]
    return ReturnNote(
        number=number or order.number,
        order_number=order.number,
        returned_on=returned_on,
        validity=validity,
        customer_name=order.customer_name,
        customer_po=order.customer_po,
        currency=order.currency,
        total=sum(credited, Decimal(0)) if lines and len(credited) == len(lines) else None,
        cause=cause,
        resolution=resolution,
        return_to=return_to or Recipient(),
        carrier=carrier,
        tracking_numbers=tuple(tracking_numbers),
        remarks=remarks,
        lines=lines,
    )


def _priced(line: OrderLine) -> DocumentLine:
    return DocumentLine(
        position=line.position,
        code=line.product_code,
        name=line.product_name,
        spec=line.spec,
        unit=line.unit,
        part_number=line.customer_part_number,
        quantity=line.quantity,
        unit_price=line.unit_price,
        discount=line.discount,
        tax_rate=line.tax_rate,
        amount=line.amount,
        due_on=line.due_on,
        remarks=line.remarks,
    )


def _part(part: LineQuantity) -> DocumentLine:
    line = part.line
    return DocumentLine(
        position=line.position,
        code=line.product_code,
        name=line.product_name,
        spec=line.spec,
        unit=line.unit,
        part_number=line.customer_part_number,
        quantity=part.quantity,
        amount=part.amount,
        remarks=part.remarks or line.remarks,
    )
