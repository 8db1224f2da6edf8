"""Records as plain values: what a diary keeps, what it compares, what a conflict shows."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import models
from django.utils import timezone

CUSTOMER_FIELDS: tuple[str, ...] = (
    "code", "name", "short_name", "former_names", "initials", "kind", "tax_number_kind", "tax_number", "level", "group",
    "industry", "country", "region", "province", "city", "origin", "team", "salesperson", "clerk", "deputy_clerk",
    "credit_limit", "payment_terms", "statement_day", "currency", "price_list", "phone", "fax", "email", "carrier",
    "shipping_wishes", "delivery_hours", "ships_complete", "over_ship_percent", "is_active", "is_blocked",
    "blocked_reason", "verified_on", "remarks",
)  # fmt: skip
ASSIGNMENT_FIELDS: tuple[str, ...] = ("team", "salesperson", "clerk", "deputy_clerk")
CONTACT_FIELDS: tuple[str, ...] = (
    "name", "job_title", "mobile", "phone", "wechat", "email", "part", "reach_hours", "has_left",
)  # fmt: skip
ADDRESS_FIELDS: tuple[str, ...] = (
    "receiver", "phone", "country", "province", "city", "district", "street", "postcode", "unloading", "is_default",
)  # fmt: skip
PROFILE_FIELDS: tuple[str, ...] = (
    "title", "tax_number", "address", "phone", "bank", "account", "kind", "delivery_email", "delivery_phone",
    "receiver", "valid_from", "is_default",
)  # fmt: skip
PRODUCT_FIELDS: tuple[str, ...] = (
    "code", "name", "initials", "spec", "barcode", "category", "subcategory", "unit", "pack_size", "minimum_quantity",
    "invoice_name", "tax_category", "tax_rate", "list_price", "floor_price", "is_discontinued", "substitute", "remarks",
)  # fmt: skip

Content = dict[str, Any]


def plain_value(value: Any) -> Any:
    """A JSON value that reads the same however the original was held (1, 1.0 and 1.00 are "1")."""
    if isinstance(value, Decimal):
        return f"{value.normalize():f}" if value else "0"
    if isinstance(value, datetime):
        return timezone.localtime(value, timezone.get_default_timezone()).isoformat(timespec="seconds")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, models.Model):
        return {"id": value.pk, "name": str(value)}
    return value


def content_of(record: models.Model, fields: Iterable[str]) -> Content:
    """The named fields as plain values; a relation with its id and the name it had then."""
    return {field: plain_value(getattr(record, field)) for field in fields}


def compare(before: Content, after: Content) -> tuple[Content, Content]:
    """(what was, what is) for the fields that differ."""
    changed = [field for field in after if before.get(field) != after[field]]
    return {field: before.get(field) for field in changed}, {field: after[field] for field in changed}
