"""The check that stands behind every test notices an order that does not add up."""

from decimal import Decimal

import pytest

from orders.checks import orders_that_do_not_add_up
from orders.factories import make_order
from orders.models import Order, OrderLine


@pytest.mark.django_db
@pytest.mark.parametrize(
    "spoil",
    [
        {"total": Decimal("0.01"), "net": Decimal("0.01")},
        {"line_count": 2},
        {"net": Decimal(-1), "tax": Decimal(1)},
    ],
)
def test_an_order_that_differs_from_its_rows_is_found(spoil):
    make_order(lines=3)
    order = make_order(lines=3)
    assert orders_that_do_not_add_up() == []
    before = {field: getattr(order, field) for field in ("net", "tax", "total", "line_count")}
    changed = {field: before[field] + value if field != "line_count" else value for field, value in spoil.items()}
    Order.objects.filter(pk=order.pk).update(**changed)
    assert orders_that_do_not_add_up() == [order.number]
    Order.objects.filter(pk=order.pk).update(**before)


@pytest.mark.django_db
def test_many_odd_cents_are_no_difference():
    rows = [{"quantity": Decimal(1), "unit_price": Decimal("0.1"), "tax_rate": "13"} for _ in range(333)]
    order = make_order(lines=rows)
    assert order.total == Decimal("33.30")
    assert OrderLine.objects.filter(order=order).count() == 333
    assert orders_that_do_not_add_up() == []
