"""The checks of the order as a whole, as the entry page asks for them."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from customers.models import Customer
from orders.entry.checks import check_header
from orders.forms.entry import EntryHeader
from orders.models import Order
from salesops.numbering.numbers import house_day
from salesops.worktime.queries import house_clock


def header_checks(
    customer: Customer | None, order: Order | None, header: Mapping[str, Any], total: Any
) -> list[dict[str, Any]]:
    """What there is to say about the header and the total as they stand on the page."""
    if customer is None:
        return []
    form = EntryHeader(header, customer=customer)
    if not form.is_valid():
        return [
            {"level": "error", "field": name, "text": str(text), "remedies": []}
            for name, texts in form.errors.items()
            for text in texts
        ]
    try:
        sum_shown = Decimal(str(total or 0)) * (order.exchange_rate if order else 1)
    except InvalidOperation:
        sum_shown = Decimal(0)
    values = form.cleaned_data
    days: dict[str, Any] = {name: values[name] for name in ("requested_on", "promised_on") if name in form.sent}
    checks = check_header(
        customer,
        customer_po=values["customer_po"],
        days=days,
        total=sum_shown if sum_shown.is_finite() and abs(sum_shown) < 10**15 else Decimal(0),
        clock=house_clock(),
        today=house_day(),
        order=order,
    )
    return [check.plain() for check in checks]
