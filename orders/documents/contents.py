"""What the documents of an order say: plain values, no database and no layout. Later records feed them too."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from django.utils.functional import Promise

Text = str | Promise
"""A lazy text is told in each language of the document; a plain one is the same in all."""


class Validity(StrEnum):
    """Whether a document may be relied on; anything but VALID is stamped across the page."""

    VALID = "valid"
    DRAFT = "draft"
    CANCELLED = "cancelled"
    REJECTED = "rejected"
    SUPERSEDED = "superseded"  # an earlier revision, printed to be compared


@dataclass(frozen=True, slots=True)
class DocumentLine:
    """A row. Without a unit price it is printed without money; the discount is a fraction (0.15 = 15 %)."""

    position: int
    code: str
    name: str
    quantity: Decimal
    unit: str = ""
    spec: str = ""
    part_number: str = ""
    unit_price: Decimal | None = None
    discount: Decimal = Decimal(0)
    tax_rate: str = ""
    amount: Decimal | None = None
    due_on: date | None = None
    remarks: str = ""


@dataclass(frozen=True, slots=True)
class Recipient:
    """Where goods go to, or come from."""

    address: str = ""
    receiver: str = ""
    phone: str = ""


@dataclass(frozen=True, slots=True)
class DocumentOrder:
    """An order confirmation."""

    number: str
    revision: int
    ordered_on: date
    customer_name: str
    lines: tuple[DocumentLine, ...]
    currency: str
    net: Decimal
    tax: Decimal
    total: Decimal
    validity: Validity = Validity.VALID
    prices_include_tax: bool = True
    customer_po: str = ""
    invoice_title: str = ""
    tax_number: str = ""
    payment_terms: Text = ""
    recipient: Recipient = Recipient()
    ship_method: str = ""
    promised_on: date | None = None
    clerk: str = ""
    clerk_phone: str = ""
    remarks: str = ""


@dataclass(frozen=True, slots=True)
class DeliveryNote:
    """What travels with the goods. It never carries a price."""

    number: str  # of the shipment, else of the order
    order_number: str
    customer_name: str
    lines: tuple[DocumentLine, ...]
    recipient: Recipient
    revision: int = 0
    validity: Validity = Validity.VALID
    customer_po: str = ""
    shipped_on: date | None = None
    carrier: str = ""
    tracking_numbers: tuple[str, ...] = ()
    packages: int | None = None
    weight_kg: Decimal | None = None
    remarks: str = ""


@dataclass(frozen=True, slots=True)
class DocumentChange:
    """One change as the customer reads it; an empty ``before`` is something new, an empty ``after`` dropped."""

    what: Text
    before: Text
    after: Text
    position: int | None = None  # the row, None for the order as a whole
    code: str = ""
    name: str = ""  # of the product, where the change itself does not tell it


@dataclass(frozen=True, slots=True)
class AmendmentDocument:
    """What changes on a confirmed order, for the customer to confirm."""

    number: str  # of the amendment, else of the order
    order_number: str
    revision: int  # the one it leads to
    amended_on: date
    customer_name: str
    changes: tuple[DocumentChange, ...]
    currency: str
    total_before: Decimal
    total: Decimal
    validity: Validity = Validity.VALID
    customer_po: str = ""
    cause: Text = ""
    promised_on: date | None = None
    confirmation_url: str = ""
    remarks: str = ""


@dataclass(frozen=True, slots=True)
class ReturnNote:
    """Goods that come back. Lines with amounts show what is credited; a line's remarks tell its condition."""

    number: str  # of the return, else of the order
    order_number: str
    returned_on: date
    customer_name: str
    lines: tuple[DocumentLine, ...]
    validity: Validity = Validity.VALID
    currency: str = "CNY"
    total: Decimal | None = None
    customer_po: str = ""
    cause: Text = ""
    resolution: Text = ""
    return_to: Recipient = Recipient()
    carrier: str = ""
    tracking_numbers: tuple[str, ...] = ()
    remarks: str = ""


Document = DocumentOrder | DeliveryNote | AmendmentDocument | ReturnNote
