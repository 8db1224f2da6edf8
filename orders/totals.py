"""The only functions that write amounts: of a line, and of an order from its lines."""

from collections.abc import Sequence
from decimal import Decimal

from orders.models import Order, OrderLine
from salesops.money import add_tax, multiply_exactly, round_money, split_tax


def exact_amount(quantity: Decimal, unit_price: Decimal, discount: Decimal) -> Decimal:
    """Quantity x unit price x (1 - discount), not rounded; the discount is a fraction (0.15 = 15 %)."""
    return multiply_exactly(quantity, unit_price, 1 - discount)


def write_line_amounts(line: OrderLine, currency: str, *, prices_include_tax: bool) -> None:
    """Set net, tax and amount of a line from its quantity, price, discount and tax rate (field rule 价税分离)."""
    exact = round_money(exact_amount(line.quantity, line.unit_price, line.discount), currency)
    if prices_include_tax:
        line.net, line.tax = split_tax(exact, line.tax_rate, currency)
        line.amount = exact
    else:
        line.net = exact
        line.tax, line.amount = add_tax(exact, line.tax_rate, currency)


def write_totals(order: Order, lines: Sequence[OrderLine]) -> None:
    """Set net, tax, total and number of lines of an order: the sums of its lines, never anything else."""
    order.net = sum((line.net for line in lines), Decimal(0))
    order.tax = sum((line.tax for line in lines), Decimal(0))
    order.total = sum((line.amount for line in lines), Decimal(0))
    order.line_count = len(lines)
