"""What kind of error a wrong value is, and how much it weighs, read from the values themselves. Pure: no database."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from orders.models import ErrorEvent

Type = ErrorEvent.Type
Stage = ErrorEvent.Stage
Severity = ErrorEvent.Severity

FIELD_NAMES = {
    "product": "product_code",
    "product_id": "product_code",
    "invoice_profile": "invoice_profile_id",
    "price": "unit_price",
    "customer": "customer_id",
    "line_added": "line",
    "line_removed": "line",
}
"""Other words for a field of the ledger."""

ERROR_FIELDS = frozenset(
    {
        "customer_po", "requested_on", "promised_on", "ship_method", "payment_terms", "currency", "prices_include_tax",
        "ship_to", "ship_to_receiver", "ship_to_phone", "invoice_profile_id", "product_code", "product_name", "spec",
        "unit", "customer_part_number", "quantity", "unit_price", "discount", "tax_rate", "due_on",
    }
)  # fmt: skip
"""Fields whose correction by another person is an error; remarks, deadlines and what follows from them are not."""

FOLLOWS_PRODUCT = frozenset(
    {"product_name", "spec", "unit", "customer_part_number", "unit_price", "tax_rate", "discount"}
)
"""What changes with the product of a row."""

PROFILE_FIELDS = {
    "profile_title": "title",
    "profile_tax_number": "tax_number",
    "profile_address": "address",
    "profile_phone": "phone",
    "profile_bank": "bank",
    "profile_account": "account",
    "profile_kind": "kind",
}
"""What stands on an invoice out of the customer's invoice profile, by the ledger's name."""

OTHER_FIELDS = frozenset({"line", "customer_id", "shipment", "source_number", "channel", "remarks", "other"})
KNOWN_FIELDS = ERROR_FIELDS | OTHER_FIELDS | PROFILE_FIELDS.keys()

_TYPES = {
    "line": Type.WRONG_ITEM,
    "product_code": Type.WRONG_ITEM,
    "product_name": Type.WRONG_ITEM,
    "spec": Type.WRONG_ITEM,
    "customer_part_number": Type.WRONG_ITEM,
    "quantity": Type.WRONG_QUANTITY,
    "unit": Type.UNIT,
    "unit_price": Type.PRICE,
    "discount": Type.PRICE,
    "currency": Type.PRICE,
    "exchange_rate": Type.PRICE,
    "tax_rate": Type.TAX,
    "prices_include_tax": Type.TAX,
    "ship_to": Type.ADDRESS,
    "ship_to_receiver": Type.ADDRESS,
    "ship_to_phone": Type.ADDRESS,
    "ship_method": Type.ADDRESS,
    "invoice_profile_id": Type.INVOICE_PROFILE,
    **dict.fromkeys(PROFILE_FIELDS, Type.INVOICE_PROFILE),
    "requested_on": Type.DATE,
    "promised_on": Type.DATE,
    "due_on": Type.DATE,
    "customer_id": Type.WRONG_CUSTOMER,
}
_NUMBERS = {"quantity", "unit_price", "discount", "exchange_rate"}
_NOTHING = {"", "0", "None"}


def ledger_field(name: str) -> str:
    """The one name the ledger keeps a field under; "other" for what no list could be narrowed by."""
    name = FIELD_NAMES.get(name, name)
    return name if name in KNOWN_FIELDS else "other"


def is_transposition(wrong: str, right: str) -> bool:
    """Whether two neighbouring figures changed places: 1045 for 1405, 2026-12-03 for 2026-12-30, and nothing else."""
    if len(wrong) != len(right):
        return False
    apart = [place for place, (one, other) in enumerate(zip(wrong, right, strict=True)) if one != other]
    if len(apart) != 2 or apart[1] - apart[0] != 1:
        return False
    first, second = apart
    swapped = wrong[first] == right[second] and wrong[second] == right[first]
    return swapped and wrong[first].isdigit() and wrong[second].isdigit()


def guess_type(field: str, wrong: str, right: str) -> str:
    """The type of an error from its field and both values: left out, figures changed places, else by the field."""
    field = ledger_field(field)
    if wrong.strip() in _NOTHING and right.strip() not in _NOTHING:
        return Type.OMISSION
    if field == "line" and not right.strip():
        return Type.DUPLICATE
    if is_transposition(*_as_written(field, wrong, right)):
        return Type.TRANSPOSITION
    return _TYPES.get(field, Type.OTHER)


def is_same_number(one: Any, other: str) -> bool:
    """Whether both are the same number, however it was typed: 12, 12.0 and 12.00."""
    try:
        return Decimal(str(one)) == Decimal(other)
    except InvalidOperation:
        return False


def row_words(row: Mapping[str, Any] | None) -> str:
    """A whole row as one value of the ledger: code, name, quantity and price; nothing for no row."""
    if not row:
        return ""
    named = " ".join(str(row[part]) for part in ("product_code", "product_name") if row.get(part))
    return f"{named} {row.get('quantity')} × {row.get('unit_price')}"


def _as_written(field: str, wrong: str, right: str) -> tuple[str, str]:
    """Numbers as a person types them: 14 and 14.0 are the same, and 1.5 keeps its point."""
    if field not in _NUMBERS:
        return wrong, right
    try:
        return f"{Decimal(wrong).normalize():f}", f"{Decimal(right).normalize():f}"
    except InvalidOperation:
        return wrong, right


def severity_of(caught_stage: str, origin: str) -> str:
    """How far a wrong value came before somebody saw it (field rule S1-S4)."""
    if caught_stage == Stage.SELF and origin != ErrorEvent.Origin.AMENDMENT:
        return Severity.S4
    if origin == ErrorEvent.Origin.RETURN:
        return Severity.S1
    outside = {Stage.WAREHOUSE, Stage.FINANCE, Stage.CARRIER, Stage.CUSTOMER}
    if caught_stage in outside or origin == ErrorEvent.Origin.AMENDMENT:
        return Severity.S2
    return Severity.S3
