"""The whole order as plain values: what a snapshot keeps, what a diary compares, what a conflict shows."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone

from orders.models import Order, OrderLine

HEADER_FIELDS: tuple[str, ...] = (
    "kind",
    "channel",
    "source_number",
    "customer_po",
    "sent_at",
    "received_at",
    "due_at",
    "requested_on",
    "promised_on",
    "is_urgent",
    "ship_method",
    "payment_terms",
    "currency",
    "exchange_rate",
    "prices_include_tax",
    "ship_to",
    "ship_to_receiver",
    "ship_to_phone",
    "invoice_profile_id",
    "remarks",
    "printed_remarks",
)
"""Header fields a person writes (the customer and the number never change)."""

LINE_FIELDS: tuple[str, ...] = (
    "product_id",
    "product_code",
    "product_name",
    "spec",
    "unit",
    "customer_part_number",
    "quantity",
    "unit_price",
    "list_price",
    "price_reason",
    "discount",
    "tax_rate",
    "net",
    "tax",
    "amount",
    "source_amount",
    "due_on",
    "remarks",
)

Content = dict[str, Any]


def plain_value(value: Any) -> Any:
    """A JSON value that reads the same however the original was held (1, 1.0 and 1.00 are "1")."""
    if isinstance(value, Decimal):
        return f"{value.normalize():f}" if value else "0"
    if isinstance(value, datetime):
        return timezone.localtime(value, timezone.get_default_timezone()).isoformat(timespec="seconds")
    if isinstance(value, date):
        return value.isoformat()
    return value


def content_of(order: Order, lines: Iterable[OrderLine]) -> Content:
    """Header and lines of an order as plain values, with the id and row of each line."""
    content: Content = {field: plain_value(getattr(order, field)) for field in HEADER_FIELDS}
    content["customer_id"] = order.customer_id
    content["customer_name"] = order.customer_name
    content |= {field: plain_value(getattr(order, field)) for field in ("net", "tax", "total")}
    content["lines"] = [
        {"id": line.pk, "position": line.position} | {field: plain_value(getattr(line, field)) for field in LINE_FIELDS}
        for line in lines
    ]
    return content


def compare(before: Content, after: Content) -> tuple[Content, Content]:
    """(what was, what is) for every field that differs, under flat keys.

    "customer_po" is of the header, "lines.3.quantity" of the row that is now third; a whole row that came or
    went stands under "lines.3" in one of the two; rows that changed places are told by "line_order".
    """
    was: Content = {}
    now: Content = {}
    for field in (*HEADER_FIELDS, "total"):
        if before[field] != after[field]:
            was[field], now[field] = before[field], after[field]
    earlier = {line["id"]: line for line in before["lines"]}
    kept: set[int] = set()
    for line in after["lines"]:
        old = earlier.get(line["id"]) if line["id"] is not None else None
        if old is None:
            now[f"lines.{line['position']}"] = _of_line(line)
            continue
        kept.add(line["id"])
        for field in LINE_FIELDS:
            if old[field] != line[field]:
                key = f"lines.{line['position']}.{field}"
                was[key], now[key] = old[field], line[field]
    for line in before["lines"]:
        if line["id"] not in kept:
            was[f"lines.{line['position']}"] = _of_line(line)
    old_order = [line["position"] for line in before["lines"] if line["id"] in kept]
    new_order = [earlier[line["id"]]["position"] for line in after["lines"] if line["id"] in kept]
    if old_order != new_order:
        was["line_order"], now["line_order"] = old_order, new_order
    return was, now


def changed_keys(was: Content, now: Content) -> Sequence[str]:
    """The keys of both halves of a comparison: header first, then the rows in order."""
    keys = dict.fromkeys((*was, *now))
    return sorted(keys, key=lambda key: (key.startswith("lines."), int(key.split(".")[1]) if "." in key else 0))


def _of_line(line: Content) -> Content:
    return {field: line[field] for field in LINE_FIELDS if line[field] not in (None, "")}
