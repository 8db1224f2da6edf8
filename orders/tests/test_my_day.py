"""The first page of the day: what waits for this person, and how long it may still wait."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import time_machine
from django.urls import reverse

from customers.factories import make_customer
from orders.actions.intake import receive_request
from orders.actions.ship import accept_shipment, request_shipment
from orders.actions.stock import ask_stock
from orders.models import Shipment
from orders.tests.goods import released, rows, send
from staff.factories import make_team, make_user
from staff.roles import Role

pytestmark = pytest.mark.django_db


@pytest.fixture
def team():
    return make_team()


@pytest.fixture
def clerk(team):
    return make_user("lin", Role.CLERK, team=team)


def day_of(client, person):
    client.force_login(person)
    return client.get(reverse("home")).content.decode()


def test_the_warehouse_sees_on_its_first_page_what_waits_and_what_is_next(client, clerk, team):
    keeper = make_user("wu", Role.WAREHOUSE, team=team)
    assert "Nothing waits to be picked." in day_of(client, keeper)
    asked, wanted = released(40, team=team, name="问货客户"), released(5, team=team, name="发货客户")
    question = ask_stock(by=clerk, order=asked, lines=rows(asked, 40))
    shipment = request_shipment(by=clerk, order=wanted, lines=rows(wanted, 5))
    accept_shipment(by=keeper, shipment=shipment)
    shown = day_of(client, keeper)
    for url, name in (
        (reverse("orders:stock_question", args=[question.pk]), "问货客户"),
        (reverse("orders:shipment", args=[shipment.pk]), "发货客户"),
    ):
        assert (url in shown, name in shown) == (True, True)
    assert f"{reverse('orders:warehouse')}?list=pick" in shown
    assert "wh-today" not in day_of(client, clerk)


def test_what_arrived_says_how_long_it_may_still_wait(client, clerk, team):
    customer = make_customer(team=team, clerk=clerk)
    with time_machine.travel(datetime(2026, 11, 24, 2, 0, tzinfo=UTC), tick=False):  # 10:00 in the house
        made = receive_request(channel="mail", customer=customer, subject="11月第四周采购单")
    assert made.due_at is not None
    with time_machine.travel(made.due_at.replace(microsecond=0), tick=False):
        shown = day_of(client, clerk)
    assert "0m left" in shown
    with time_machine.travel(datetime(2026, 11, 24, 9, 0, tzinfo=UTC), tick=False):
        assert "wb-due--late" in day_of(client, clerk)


def test_a_phone_shows_what_is_wrong_with_a_shipment_in_its_row(client, clerk, team):
    shipment = send(clerk, make_user("wu", Role.WAREHOUSE, team=team), released(3, team=team), 3)
    Shipment.objects.filter(pk=shipment.pk).update(trouble="lost")
    client.force_login(clerk)
    shown = client.get(reverse("orders:shipments")).content.decode()
    cell = shown[: shown.index(">Lost<")].rpartition("<td")[2]
    assert "st-hide" not in cell
