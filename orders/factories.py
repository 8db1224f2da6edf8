"""Orders for tests and the demo company, right in every sum."""

from decimal import Decimal
from itertools import count
from typing import Any

from customers.factories import make_customer
from customers.models import Customer, Product
from orders.models import Order, OrderLine
from orders.totals import write_line_amounts, write_totals
from salesops.numbering.numbers import house_day

_places = count(1)
LineValues = dict[str, Any]


def make_line(order: Order, position: int, **values: Any) -> OrderLine:
    """One unsaved line with its amounts; a product fills in code, name, specification, unit, tax rate and price."""
    product: Product | None = values.get("product")
    if product is not None:
        values = {
            "product_code": product.code,
            "product_name": product.name,
            "spec": product.spec,
            "unit": product.unit,
            "tax_rate": product.tax_rate,
            "unit_price": product.list_price or Decimal(0),
            **values,
        }
    defaults: LineValues = {
        "product_code": f"P{position:03d}",
        "product_name": f"货品{position:03d}",
        "unit": "件",
        "quantity": Decimal(position),
        "unit_price": Decimal("12.50"),
        "tax_rate": "13",
    }
    line = OrderLine(order=order, position=position, **{**defaults, **values})
    if "amount" not in values:
        write_line_amounts(line, order.currency, prices_include_tax=order.prices_include_tax)
    return line


def make_order(*, customer: Customer | None = None, lines: int | list[LineValues] = 3, **fields: Any) -> Order:
    """A saved order; lines is how many to make up, or one dict of OrderLine values for each.

    Team, salesperson and clerk are the customer's unless given; no diary is written.
    """
    customer = customer or make_customer()
    defaults = {
        "number": f"T-{house_day():%Y%m%d}-{next(_places):06d}",
        "customer_name": customer.name,
        "team": customer.team,
        "salesperson": customer.salesperson,
        "owner": customer.clerk,
        "currency": customer.currency,
        "payment_terms": customer.payment_terms,
    }
    order = Order(customer=customer, **{**defaults, **fields})
    rows = [{} for _ in range(lines)] if isinstance(lines, int) else lines
    made = [make_line(order, position, **values) for position, values in enumerate(rows, 1)]
    write_totals(order, made)
    order.save()
    OrderLine.objects.bulk_create(made)
    return order
