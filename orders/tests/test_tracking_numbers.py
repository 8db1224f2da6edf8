"""A tracking number that does not look like one of its carrier is hinted at, and never in the way."""

from __future__ import annotations

import html
import json
import re

import pytest
from django.urls import reverse

from orders.actions.ship import accept_shipment, pack_shipment, pick_shipment, request_shipment
from orders.shipping.carriers import CARRIERS
from orders.tests.goods import released, rows
from staff.factories import make_team, make_user
from staff.roles import Role

NUMBERS = [
    ("顺丰速运", "SF1385628716739"), ("SF Express", "sf138562871673"), ("顺丰", "138562871673"), ("圆通", "YT8962646785389"),
    ("中通快递", "73610555582883"), ("申通", "773277027280336"), ("韵达", "463431409940372"), ("极兔", "JT5261988016578"),
    ("京东物流", "JDX024407261700"), ("德邦", "DPK202252612836"), ("邮政EMS", "1207119765021"), ("EMS", "EA123456789CN"),
]  # fmt: skip
ODD = [("顺丰", "SF12345"), ("顺丰", "YT8962646785389"), ("圆通", "SF1385628716739"), ("极兔", "JT526198801657")]


def looks_right(carrier, number):
    """What the page asks of both; None where the carrier is not known."""
    known = next((one for one in CARRIERS if re.search(one.names, carrier, re.IGNORECASE)), None)
    return None if known is None else bool(re.fullmatch(known.number, number, re.IGNORECASE | re.ASCII))


@pytest.mark.parametrize(("carrier", "number"), NUMBERS)
def test_numbers_of_known_carriers_are_left_alone(carrier, number):
    assert looks_right(carrier, number) is True


@pytest.mark.parametrize(("carrier", "number"), ODD)
def test_another_carriers_number_or_a_short_one_is_noticed(carrier, number):
    assert looks_right(carrier, number) is False


@pytest.mark.parametrize("carrier", ["顺达快运", "客户自提", "Transfer by sea", "自送", "Best systems"])
def test_of_other_carriers_nothing_is_known(carrier):
    assert looks_right(carrier, "12") is None


def test_every_example_looks_like_what_it_is_an_example_of():
    assert all(looks_right(one.name, one.example) for one in CARRIERS)


@pytest.mark.django_db
def test_the_page_that_ships_knows_them_and_an_odd_number_is_shipped_all_the_same(client):
    team = make_team()
    clerk, keeper = make_user("lin", Role.CLERK, team=team), make_user("wu", Role.WAREHOUSE, team=team)
    order = released(5, team=team)
    shipment = request_shipment(by=clerk, order=order, lines=rows(order, 5))
    for step in (accept_shipment, pick_shipment, pack_shipment):
        shipment = step(by=keeper, shipment=shipment)
    client.force_login(keeper)
    page = client.get(reverse("orders:shipment", args=[shipment.pk])).content.decode()
    told = re.search(r'data-carriers="([^"]*)"', page)
    assert [one["name"] for one in json.loads(html.unescape(told[1]))] == [one.name for one in CARRIERS]
    address = reverse("orders:shipment_step", args=[shipment.pk, "ship"])
    assert client.post(address, {"carrier": "顺丰", "tracking_numbers": "SF12"}).status_code == 302
    shipment.refresh_from_db()
    assert (shipment.state, shipment.tracking_numbers) == ("shipped", "SF12")
