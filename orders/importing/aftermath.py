"""What is written once the orders stand: returns, and rows that wait for a customer."""

from __future__ import annotations

import json
from datetime import datetime
from decimal import Decimal

from customers.importing.making import Maker
from orders.importing.staging import Stage
from orders.models import Order, OrderEvent, OrderReturn, UnassignedLine
from orders.status import Returning
from salesops.bulk import insert_rows


def link_returns(stage: Stage, maker: Maker, pks: dict[int, int]) -> None:
    """Note what the sheet says came back: certain where one order has the number, else on every candidate."""
    rows = stage.rows(
        "SELECT r.number, o.id, (SELECT COUNT(*) FROM orders n WHERE n.number = r.number), r.note"
        " FROM (SELECT number, MIN(note) AS note FROM returned GROUP BY number) r JOIN orders o ON o.number = r.number"
        " WHERE o.existing IS NULL ORDER BY o.id"
    )
    found = [(pks[order], number, count == 1, note) for number, order, count, note in rows]
    insert_rows(
        OrderReturn,
        ("order_id", "source_number", "is_certain", "note", "batch_id", "noted_at"),
        ((pk, number, certain, note, maker.batch.pk, maker.at) for pk, number, certain, note in found),
    )
    by = maker.by.pk if maker.by else None
    insert_rows(
        OrderEvent,
        ("order_id", "kind", "at", "by_id", "after"),
        (
            (pk, "return_linked", maker.at, by, {"source_number": n, "certain": c, "batch": maker.batch.pk})
            for pk, n, c, _ in found
        ),
    )
    for axis, certain in ((Returning.FULL, True), (Returning.OPEN, False)):
        ids = [pk for pk, _, is_certain, _ in found if is_certain is certain]
        for at in range(0, len(ids), 500):
            Order.objects.filter(pk__in=ids[at : at + 500]).update(returning=axis)


def write_unassigned(stage: Stage, maker: Maker) -> None:
    """Keep the rows that wait for a customer."""
    rows = stage.rows(
        "SELECT sheet, row, reason, number, moment, code, name, quantity, amount, cells FROM unassigned ORDER BY id"
    )
    insert_rows(
        UnassignedLine,
        ("batch_id", "sheet", "row", "reason", "source_number", "ordered_at", "product_code", "product_name",
             "quantity",
         "amount", "values"),
        (
            (
                maker.batch.pk, sheet, row, reason, number, datetime.fromisoformat(moment) if moment else None, code,
                name, Decimal(quantity), Decimal(amount) if amount else None, json.loads(cells),
            )
            for sheet, row, reason, number, moment, code, name, quantity, amount, cells in rows
        ),
    )  # fmt: skip
