"""The demo company carries the sample's figures into the present."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db.models import Sum
from django.utils import timezone

from customers.models import Customer, Product
from customers.validation import check_tax_number
from orders.demo.loading import AlreadyInUseError, load_demo
from orders.models import Order, OrderEvent, OrderLine, OrderSnapshot
from staff.models import User
from staff.roles import Role

pytestmark = pytest.mark.django_db


def test_the_figures_are_those_of_the_sample_and_the_dates_are_of_now():
    load_demo()
    assert (Order.objects.count(), OrderLine.objects.count(), Customer.objects.count(), Product.objects.count()) == (
        830, 2155, 91, 77,
    )  # fmt: skip
    assert Order.objects.aggregate(sum=Sum("total"))["sum"] == Decimal("1265793.04")
    assert Order.objects.filter(shipped_at__isnull=True).count() == 21
    newest = Order.objects.latest("received_at").received_at
    assert timezone.now() - timedelta(days=8) < newest <= timezone.now()
    assert not Order.objects.filter(received_at__gt=timezone.now()).exists()
    assert OrderSnapshot.objects.filter(revision=0).count() == 830
    assert OrderEvent.objects.filter(kind="created").count() == 830


def test_there_is_somebody_for_every_part_of_the_work():
    load_demo()
    for role in Role:
        assert User.objects.holding(role).exists(), role


def test_every_domestic_customer_has_a_tax_number_that_passes_both_checks():
    load_demo()
    checked = 0
    for customer in Customer.objects.exclude(kind=Customer.Kind.FOREIGN):
        assert check_tax_number(customer.tax_number_kind, customer.tax_number) == [], customer.name
        checked += 1
    assert checked == 90


def test_a_company_at_work_is_left_alone():
    User.objects.create_user("lin", display_name="林")
    with pytest.raises(AlreadyInUseError):
        load_demo()
    assert Order.objects.count() == 0
