"""What must be true of every order at any moment, asked of the database."""

from decimal import Decimal

from django.db.models import Count, DecimalField, F, Q, Sum, Value
from django.db.models.functions import Coalesce

from orders.models import Order

_HALF_CENT = Decimal("0.005")  # SQLite adds in binary fractions


def orders_that_do_not_add_up(most: int = 20) -> list[str]:
    """Numbers of orders whose net, tax, total or count of lines is not what their lines say."""
    wrong = Q()
    sums = {}
    for field, of_line in (("net", "net"), ("tax", "tax"), ("total", "amount")):
        nothing = Value(Decimal(0), output_field=DecimalField(max_digits=20, decimal_places=2))
        sums[f"sum_{field}"] = Coalesce(Sum(f"lines__{of_line}"), nothing)
        wrong |= Q(**{f"{field}__gt": F(f"sum_{field}") + _HALF_CENT})
        wrong |= Q(**{f"{field}__lt": F(f"sum_{field}") - _HALF_CENT})
    rows = Order.objects.annotate(lines_there=Count("lines"), **sums)
    rows = rows.filter(wrong | ~Q(line_count=F("lines_there"))).order_by()
    return list(rows.values_list("number", flat=True)[:most])
