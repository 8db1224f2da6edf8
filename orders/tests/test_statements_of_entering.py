"""Entering an order stays quick: so many statements for each request, however many rows the order has."""

import json
from decimal import Decimal
from uuid import uuid4

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from customers.factories import make_customer, make_product
from orders.models import DeskRule, Order
from orders.status import Status
from salesops.worktime.queries import house_clock
from staff.factories import make_team, make_user
from staff.roles import Role

pytestmark = pytest.mark.django_db

MOST = {"keep": 13, "submit": 25, "confirm": 17, "at once": 28}
"""Sign-in and rights are one of each; a request that needs fewer should be written down anew."""


@pytest.fixture
def page(client):
    DeskRule.objects.update(sample_percent=0)
    team = make_team()
    client.force_login(make_user("lin", Role.CLERK, team=team))
    client.customer = make_customer(name="杭州澜庭办公用品有限公司", team=team)
    cache.clear()
    house_clock()
    return client


def post(page, name, **body):
    address = reverse(f"orders:entry_{name}")
    with CaptureQueriesContext(connection) as taken:
        answer = page.post(address, json.dumps(body), content_type="application/json")
    assert answer.status_code == 200, answer.content.decode()
    return answer.json(), len(taken)


def enter(page, count):
    """How many statements each request took: the journal, entering, confirming, and both at once."""
    products = [make_product(list_price=Decimal("11.30"), tax_rate="13") for _ in range(count)]
    rows = [
        {"key": f"r{place}", "product": product.code, "quantity": "2", "from": {"unit_price": "default"}}
        for place, product in enumerate(products)
    ]
    body = {"token": str(uuid4()), "customer": page.customer.pk, "rows": rows, "header": {"customer_po": f"PO-{count}"}}
    kept, keeping = post(page, "keep", sequence=1, keys=[row["key"] for row in rows], **body)
    total = sum(Decimal(row["amount"]) for row in kept["rows"])
    made, submitting = post(page, "submit", total=str(total), **body)
    with CaptureQueriesContext(connection) as confirming:
        page.post(f"{made['url']}confirm/")
    assert Order.objects.get(number=made["number"]).state == Status.CONFIRMED
    body |= {"token": str(uuid4()), "header": {"customer_po": f"PO-{count}-B"}}
    made, at_once = post(page, "submit", total=str(total), confirm=True, **body)
    assert Order.objects.get(number=made["number"]).state == Status.CONFIRMED
    return {"keep": keeping, "submit": submitting, "confirm": len(confirming), "at once": at_once}


def test_entering_and_confirming_takes_no_more_statements_for_more_rows(page):
    enter(page, 1)
    few, many = enter(page, 5), enter(page, 40)
    assert few == many
    assert {name: taken for name, taken in few.items() if taken > MOST[name]} == {}


def test_an_order_that_is_entered_at_once_is_kept_once(page):
    enter(page, 2)
    order = Order.objects.order_by("pk")[0]
    assert [snapshot.revision for snapshot in order.snapshots.all()] == [0]
    told = [event.after.get("revision") for event in order.events.filter(kind="moved")]
    assert set(told) == {0, None}
