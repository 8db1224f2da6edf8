"""Orders found by the search box, shown on the customer's page and on one's own day, and following their customer."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from customers.factories import make_customer
from orders.actions.follow import follow_customer
from orders.factories import make_order
from orders.models import Order
from orders.searching import find_orders, number_beginnings
from orders.status import Status
from salesops.numbering.numbers import house_day
from salesops.prefix import starts_with
from staff.factories import make_team, make_user
from staff.roles import Role

pytestmark = pytest.mark.django_db


@pytest.fixture
def manager():
    return make_user("chen", Role.MANAGER)


@pytest.mark.parametrize(
    "typed",
    [
        "SO-20261119-0151",
        "so-20261119",
        "so202611190151",
        "20261119",
        "202611190151",
        "ＳＯ２０２６１１１９",
        "po-77",
        "US-2",
    ],
)
def test_an_order_is_found_by_any_of_its_numbers_with_or_without_dashes(manager, typed):
    order = make_order(number="SO-20261119-0151", customer_po="PO-7788", source_number="US-2001")
    make_order(number="SO-20261120-0001", customer_po="QQ-1", source_number="XX-2001")
    assert find_orders(manager, typed) == [order]


def test_the_last_digits_find_todays_order(manager):
    order = make_order(number=f"SO-{house_day():%Y%m%d}-0042")
    make_order(number="SO-20200101-0042")
    assert find_orders(manager, "42") == [order]


@pytest.mark.parametrize("typed", ["", "订单", "%", "_____", "x" * 100, "SO-", "\0", "9" * 80])
def test_a_text_that_is_no_number_finds_nothing_and_breaks_nothing(manager, typed):
    make_order(number="SO-20261119-0151")
    assert find_orders(manager, typed) == []


def test_an_order_one_may_not_see_is_not_found():
    make_order(number="SO-20261119-0151", customer=make_customer(team=make_team()))
    clerk = make_user("lin", Role.CLERK, team=make_team())
    assert find_orders(clerk, "SO-20261119-0151") == []


@pytest.mark.parametrize("field", ["number", "customer_po", "source_number"])
def test_looking_up_by_the_beginning_walks_an_index(field):
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET enable_seqscan = off")  # a table this small would be read whole
        plan = Order.objects.filter(starts_with(field, "SO-2026")).order_by().explain()
    assert "Index" in plan or "SEARCH" in plan
    assert "Seq Scan" not in plan


def test_a_number_may_be_meant_in_several_ways():
    assert number_beginnings("so20261123") == ["SO20261123", "SO-20261123"]
    assert number_beginnings("RT202611230004")[1] == "RT-20261123-0004"


def test_the_customers_page_shows_their_orders_and_what_they_sum_to(client, manager):
    customer = make_customer()
    order = make_order(customer=customer, lines=[{"quantity": Decimal(2), "unit_price": Decimal(500)}])
    make_order(customer=customer, state=Status.CANCELLED, lines=[{"quantity": Decimal(1), "unit_price": Decimal(7777)}])
    client.force_login(manager)
    text = client.get(reverse("customers:detail", args=[customer.pk])).content.decode()
    assert order.number in text
    assert "CNY 1,000.00" in text
    assert f"{reverse('orders:list')}?customer={customer.pk}" in text


def test_my_day_shows_my_open_and_my_late_orders_and_not_those_of_others(client):
    team = make_team()
    clerk, other = make_user("lin", Role.CLERK, team=team), make_user("wang", Role.CLERK, team=team)
    customer = make_customer(team=team)
    late = make_order(customer=customer, owner=clerk, due_at=timezone.now() - timedelta(hours=1))
    mine = make_order(customer=customer, owner=clerk)
    done = make_order(customer=customer, owner=clerk, state=Status.CLOSED)
    theirs = make_order(customer=customer, owner=other)
    client.force_login(clerk)
    text = client.get(reverse("home")).content.decode()
    assert "My late orders" in text
    assert late.number in text
    assert mine.number in text
    assert done.number not in text
    assert theirs.number not in text


def test_open_orders_follow_their_customer_and_finished_ones_stay(manager):
    customer = make_customer(team=make_team())
    opened, closed = make_order(customer=customer), make_order(customer=customer, state=Status.CLOSED)
    customer.team, customer.salesperson = make_team(), manager
    customer.save()
    assert follow_customer(customer_id=customer.pk) == 1
    opened.refresh_from_db()
    closed.refresh_from_db()
    assert (opened.team, opened.salesperson) == (customer.team, manager)
    assert closed.team != customer.team
    assert opened.events.get().kind == "assigned"
    assert follow_customer(customer_id=customer.pk) == 0
