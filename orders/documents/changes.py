"""The difference of two snapshots in a customer's words: only what a customer may read, in both languages."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from django.db.models import Field, Model
from django.utils.translation import gettext_lazy as _

from customers.models import Customer, TaxRate
from orders.documents.contents import DocumentChange, Text
from orders.documents.figures import percent_text, price_text, quantity_text
from orders.models import Order, OrderLine
from orders.snapshots import Content, changed_keys, compare

_OF_ORDER = (
    "customer_po", "requested_on", "promised_on", "ship_method", "payment_terms", "currency", "ship_to",
    "ship_to_receiver", "ship_to_phone", "printed_remarks",
)  # fmt: skip
_OF_LINE = (
    "product_code", "product_name", "spec", "unit", "customer_part_number", "quantity", "unit_price", "discount",
    "tax_rate", "due_on", "remarks",
)  # fmt: skip


def changes_between(before: Content, after: Content) -> Iterator[DocumentChange]:
    """Each change the customer should know of; internal remarks, costs and channels never show."""
    was, now = compare(before, after)
    currency = after["currency"]
    rows = {line["position"]: line for line in after["lines"]}
    for key in changed_keys(was, now):
        parts = key.split(".")
        if parts[0] != "lines":
            if key in _OF_ORDER:
                yield DocumentChange(
                    _label(Order, key), _told(key, was.get(key), currency), _told(key, now.get(key), currency)
                )
            continue
        position = int(parts[1])
        if len(parts) == 2:
            if key in was:
                yield DocumentChange(
                    _("row dropped"), _row(was[key], currency), "", position, was[key].get("product_code", "")
                )
            if key in now:
                yield DocumentChange(
                    _("row added"), "", _row(now[key], currency), position, now[key].get("product_code", "")
                )
        elif parts[2] in _OF_LINE:
            name = parts[2]
            yield DocumentChange(
                _label(OrderLine, name),
                _told(name, was[key], currency),
                _told(name, now[key], currency),
                position,
                rows[position]["product_code"],
                rows[position]["product_name"],
            )


def _label(model: type[Model], name: str) -> Text:
    field = model._meta.get_field(name)
    return field.verbose_name if isinstance(field, Field) else name


def _told(name: str, value: Any, currency: str) -> Text:
    if value is None or value == "":
        return ""
    if name == "quantity":
        return quantity_text(Decimal(value))
    if name == "unit_price":
        return price_text(Decimal(value), currency)
    if name == "discount":
        return percent_text(Decimal(value))
    if name == "tax_rate" and value in TaxRate.values:
        return TaxRate(value).label
    if name == "payment_terms" and value in Customer.PaymentTerms.values:
        return Customer.PaymentTerms(value).label
    return str(value)


def _row(row: Content, currency: str) -> str:
    """ "台灯 LED 600 盏 × 7.85": a whole row in one line."""
    quantity = f"{quantity_text(Decimal(row['quantity']))} {row.get('unit', '')}".strip()
    name = " ".join(str(row[part]) for part in ("product_name", "spec") if row.get(part))
    return f"{name} {quantity} × {price_text(Decimal(row['unit_price']), currency)}"
