"""The rows of one order as a file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from orders.models import Order
from salesops.spreadsheets.writing import write_csv, write_xlsx


def write_rows(order: Order, path: Path) -> None:
    """Write the rows of an order to a .csv or .xlsx path, headings in the reader's language."""
    headings = [
        _("Row"),
        _("Product code"),
        _("Product name"),
        _("Specification"),
        _("Customer's part number"),
        _("Quantity"),
        _("Unit"),
        _("Unit price"),
        _("Discount"),
        _("Tax rate"),
        _("Net"),
        _("Tax"),
        _("Amount"),
        _("Delivery date"),
        _("Remarks"),
    ]
    if path.suffix == ".csv":
        write_csv(path, headings, _rows(order))
    else:
        write_xlsx(path, headings, _rows(order), title=order.number)


def _rows(order: Order) -> Iterator[list[Any]]:
    for line in order.lines.all():
        yield [
            line.position,
            line.product_code,
            line.product_name,
            line.spec,
            line.customer_part_number,
            line.quantity,
            line.unit,
            line.unit_price,
            line.discount,
            line.get_tax_rate_display() if line.tax_rate else "",
            line.net,
            line.tax,
            line.amount,
            line.due_on,
            line.remarks,
        ]
