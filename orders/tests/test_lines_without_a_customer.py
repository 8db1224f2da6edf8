"""Rows without a customer wait in a list until somebody says whose they are."""

import pytest
from django.urls import reverse

from customers.factories import make_customer
from orders.models import Order, UnassignedLine
from orders.tests.sheets import bring_in, write_sheet
from staff.factories import make_team, make_user
from staff.roles import Role

pytestmark = pytest.mark.django_db
HEAD = ["单据编号", "单据日期", "往来单位", "品名", "数量", "单价", "金额"]
ROWS = [
    ["1", "2026-03-02", "", "货", "2", "5", "10"],
    ["1", "2026-03-02", "", "物", "1", "5", "5"],
    ["2", "2026-03-02", "", "货", "1", "5", "5"],
]


@pytest.fixture
def lin(client, tmp_path):
    """A clerk who brought three such rows in."""
    user = make_user("lin", Role.CLERK, team=make_team())
    bring_in(write_sheet(tmp_path, [HEAD, *ROWS]), user="lin")
    client.force_login(user)
    return user


def test_chosen_rows_become_one_order_a_number_for_the_customer(client, lin):
    customer = make_customer(code="K1", name="甲公司", team=lin.team)
    page = client.get(reverse("orders:unassigned"))
    assert page.content.count(b'name="line"') == 3
    ids = list(UnassignedLine.objects.values_list("pk", flat=True))
    answer = client.post(reverse("orders:assign"), {"customer": "k1", "line": ids})
    assert answer.status_code == 302
    first, second = Order.objects.order_by("source_number")
    assert first.customer == customer
    assert [first.total, first.line_count] == [15, 2]
    assert second.source_number == "2"
    assert second.total == 5
    assert first.snapshots.filter(revision=0).exists()
    assert first.events.get().kind == "created"
    assert not UnassignedLine.objects.filter(assigned_to__isnull=True).exists()
    assert client.get(reverse("orders:unassigned")).content.count(b'name="line"') == 0


def test_an_unknown_customer_leaves_the_rows_and_the_choice_where_they_are(client, lin):
    chosen = UnassignedLine.objects.order_by("pk")[1].pk
    answer = client.post(reverse("orders:assign"), {"customer": "谁", "line": [chosen]})
    assert answer.status_code == 422
    assert f'value="{chosen}" checked'.encode() in answer.content
    assert not Order.objects.exists()


def test_nobody_assigns_rows_of_another_team_or_a_row_twice(client, lin):
    other = make_user("he", Role.CLERK, team=make_team())
    make_customer(code="K2", name="乙公司", team=other.team)
    chosen = UnassignedLine.objects.order_by("pk")[0].pk
    client.force_login(other)
    assert client.get(reverse("orders:unassigned")).content.count(b'name="line"') == 0
    assert client.post(reverse("orders:assign"), {"customer": "K2", "line": [chosen]}).status_code == 422
    assert not Order.objects.exists()
    client.force_login(make_user("wu", Role.WAREHOUSE))
    assert client.get(reverse("orders:unassigned")).status_code == 403
