"""A tracking number that does not look like one of its carrier is hinted at, and never in the way."""

from __future__ import annotations

import html
import json
import re

import pytest
from django.urls import reverse

from orders.actions.ship import accept_shipment, pack_shipment, pick_shipment, request_shipment
from orders.models import Shipment
from orders.shipping.carriers import CARRIERS
from orders.tests.goods import released, rows, send
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


@pytest.fixture
def team():
    return make_team()


@pytest.fixture
def keeper(team):
    return make_user("wu", Role.WAREHOUSE, team=team, display_name="吴师傅")


@pytest.fixture
def on_the_way(team, keeper):
    clerk = make_user("lin", Role.CLERK, team=team)
    order = released(5, team=team)
    return send(clerk, keeper, order, 5)


def correct(client, shipment, **typed):
    return client.post(reverse("orders:shipment_step", args=[shipment.pk, "correct"]), typed)


def note_of(client, shipment):
    return client.get(reverse("orders:shipment_note_page", args=[shipment.pk])).content.decode()


@pytest.mark.django_db
def test_a_wrong_number_is_corrected_on_the_way_and_the_papers_and_the_diary_tell(client, keeper, on_the_way):
    client.force_login(keeper)
    page = client.get(reverse("orders:shipment", args=[on_the_way.pk])).content.decode()
    assert "Correct tracking number" in page
    assert "js/shipment.js" in page
    assert 'value="SF1234567890123, SF2"' in page
    assert 'id="tracking-hint"' in page
    answer = correct(client, on_the_way, carrier="圆通", tracking_numbers="YT8962646785389\n YT8962646785390")
    assert answer.status_code == 302
    on_the_way.refresh_from_db()
    assert (on_the_way.carrier, on_the_way.tracking_numbers) == ("圆通", "YT8962646785389, YT8962646785390")
    assert on_the_way.state == "shipped"
    paper = note_of(client, on_the_way)
    assert "YT8962646785389" in paper
    assert "SF1234567890123" not in paper
    event = on_the_way.order.events.get(kind="shipment_corrected")
    assert event.by == keeper
    page = client.get(reverse("orders:shipment", args=[on_the_way.pk])).content.decode()
    story = re.sub(r"<[^>]+>", "", page[page.index("h-story") :])
    assert "Carrier or tracking number corrected" in story
    assert "吴师傅" in story
    assert "SF1234567890123, SF2 → after: YT8962646785389, YT8962646785390" in story
    assert "顺丰 → after: 圆通" in story


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"carrier": "", "tracking_numbers": "SF1"}, "Say who carries it."),
        ({"carrier": "顺丰", "tracking_numbers": "9" * 291}, "This can have 290 characters at most."),
        ({"carrier": "顺丰", "tracking_numbers": ",".join(["SF123456789"] * 24)}, "These are too many numbers"),
        ({"carrier": "顺丰", "tracking_numbers": "SF1234567890123,SF2"}, "Nothing is changed yet."),
    ],
)
def test_what_cannot_be_kept_comes_back_with_a_sentence_and_what_was_typed(client, keeper, on_the_way, typed, words):
    client.force_login(keeper)
    answer = correct(client, on_the_way, **typed)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert words in page
    assert f'value="{typed["tracking_numbers"]}"' in page
    assert re.search(r"<details[^>]* open><summary>(?:(?!</summary>).)*Correct tracking number", page, re.DOTALL)
    on_the_way.refresh_from_db()
    assert on_the_way.tracking_numbers == "SF1234567890123, SF2"


@pytest.mark.django_db
@pytest.mark.parametrize("state", ["packed", "signed", "cancelled"])
def test_nothing_is_corrected_before_it_left_or_after_somebody_signed(client, keeper, on_the_way, state):
    Shipment.objects.filter(pk=on_the_way.pk).update(state=state)
    client.force_login(keeper)
    assert (
        "Correct tracking number" not in client.get(reverse("orders:shipment", args=[on_the_way.pk])).content.decode()
    )
    answer = correct(client, on_the_way, carrier="圆通", tracking_numbers="YT8962646785389")
    assert answer.status_code == 422
    assert "corrected while a shipment is on its way" in answer.content.decode()
    on_the_way.refresh_from_db()
    assert on_the_way.carrier == "顺丰"


@pytest.mark.django_db
def test_who_may_not_ship_corrects_nothing(client, on_the_way):
    client.force_login(on_the_way.requested_by)
    page = client.get(reverse("orders:shipment", args=[on_the_way.pk])).content.decode()
    assert "Correct tracking number" not in page
    assert correct(client, on_the_way, carrier="圆通", tracking_numbers="YT1").status_code == 403
