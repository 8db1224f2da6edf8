"""What is typed on the pages of shipments and returns is taken, or comes back with what is wrong: it never vanishes."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.urls import reverse

from orders.actions.returns import (
    Inspection,
    ReturnedRow,
    authorise_return,
    inspect_return,
    receive_return,
    request_return,
    resolve_return,
)
from orders.actions.ship import accept_shipment, pack_shipment, pick_shipment, request_shipment
from orders.models import OrderReturn
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


@pytest.fixture
def keeper(team):
    return make_user("wu", Role.WAREHOUSE, team=team)


@pytest.fixture
def in_house(client, keeper):
    client.force_login(keeper)
    return client


@pytest.fixture
def shipment(clerk, keeper, team):
    order = released(40, 10, team=team)
    asked = request_shipment(by=clerk, order=order, lines=rows(order, 40, 10))
    return accept_shipment(by=keeper, shipment=asked)


def step(client, record, deed, **form):
    name = "return_step" if isinstance(record, OrderReturn) else "shipment_step"
    answer = client.post(reverse(f"orders:{name}", args=[record.pk, deed]), form)
    return answer.status_code, answer.content.decode()


@pytest.mark.parametrize(
    ("field", "typed"), [("packages", "3箱"), ("packages", "-1"), ("weight", "39kg"), ("weight", "1e99")]
)
def test_a_count_or_weight_that_cannot_be_read_is_refused_and_not_forgotten(in_house, keeper, shipment, field, typed):
    pick_shipment(by=keeper, shipment=shipment)
    status, page = step(in_house, shipment, "pack", **({"packages": "7", "weight": "12.5"} | {field: typed}))
    assert (status, typed in page) == (422, True)
    shipment.refresh_from_db()
    assert shipment.state == "picked"
    assert ('value="7"' in page) == (field == "weight")
    assert step(in_house, shipment, "pack", packages="３", weight="1,039.5")[0] == 302
    shipment.refresh_from_db()
    assert (shipment.packages, shipment.weight) == (3, Decimal("1039.5"))


def test_freight_that_cannot_be_read_is_refused_and_the_rest_stays_typed(in_house, keeper, shipment):
    pick_shipment(by=keeper, shipment=shipment)
    pack_shipment(by=keeper, shipment=shipment, packages=1)
    status, page = step(in_house, shipment, "ship", carrier="顺丰", tracking_numbers="SF12", freight="12.5元")
    assert (status, "12.5元" in page, "SF12" in page) == (422, True, True)


def test_picked_quantities_come_back_when_one_of_them_is_refused(in_house, shipment):
    first, second = shipment.order.lines.all()
    typed = {f"q-{first.pk}": "38", f"q-{second.pk}": "99"}
    status, page = step(in_house, shipment, "pick", **typed)
    assert (status, 'value="38"' in page, 'value="99"' in page) == (422, True, True)


def test_what_is_there_comes_back_when_it_is_refused(in_house, shipment):
    first, second = shipment.order.lines.all()
    typed = {f"q-{first.pk}": "31", f"q-{second.pk}": "11", "note": "周三到货"}
    status, page = step(in_house, shipment, "short", **typed)
    assert (status, 'value="31"' in page, 'value="11"' in page, "周三到货" in page) == (422, True, True, True)


@pytest.fixture
def held(clerk, keeper, team):
    order = released(6, 4, team=team)
    send(clerk, keeper, order, 6, 4)
    wanted = {line: ReturnedRow(Decimal(3)) for line in order.lines.all()}
    held = request_return(by=clerk, order=order, lines=wanted)
    authorise_return(by=make_user("chen", Role.MANAGER), order_return=held)
    return receive_return(by=keeper, order_return=held)


def test_an_inspection_comes_back_when_one_row_is_refused(in_house, held):
    first, second = held.lines.order_by("line__position")
    status, page = step(in_house, held, "inspect", **{f"q-{first.pk}": "1", f"q-{second.pk}": "9", "note": "外箱压坏"})
    assert (status, 'value="1"' in page, 'value="9"' in page, "外箱压坏" in page) == (422, True, True, True)


def test_the_cause_and_each_rows_fault_come_back_when_one_is_missing(client, clerk, held):
    first, second = held.lines.order_by("line__position")
    found = {part.pk: Inspection(Decimal(3), Decimal(0)) for part in (first, second)}
    inspect_return(by=clerk, order_return=held, findings=found)
    held.refresh_from_db()
    resolve_return(by=clerk, order_return=held, resolution="refund")
    client.force_login(clerk)
    status, page = step(
        client, held, "close", **{"cause": "our_entry", f"field-{first.pk}": "quantity", f"right-{first.pk}": "12"}
    )
    assert status == 422
    assert page.count(" selected") == 2, "the cause and one field"
    assert '<option value="our_entry" selected>' in page
    assert '<option value="quantity" selected>' in page
    assert 'value="12"' in page


@pytest.mark.parametrize(
    "typed", ["12345678", "3300201130 12345678", "330020113099 12345678", "２５４４２０００００００１２３４５６７８"]
)
def test_the_red_invoice_of_a_return_is_a_number(client, clerk, keeper, team, typed):
    held = inspected(clerk, keeper, team)
    client.force_login(clerk)
    status, _page = step(client, held, "resolve", resolution="refund", red_invoice=typed)
    held.refresh_from_db()
    assert (status, held.red_invoice) == (302, "".join(str(int(sign)) for sign in typed if sign.isdigit()))


@pytest.mark.parametrize("typed", ["HZ000012", "2544200000001234567", "红字 12345678"])
def test_a_red_invoice_that_is_none_comes_back_with_its_resolution(client, clerk, keeper, team, typed):
    held = inspected(clerk, keeper, team)
    client.force_login(clerk)
    status, page = step(client, held, "resolve", resolution="credit", red_invoice=typed)
    assert status == 422
    assert "is no invoice number" in page
    assert f'value="{typed}"' in page
    assert 'value="credit" checked' in page
    held.refresh_from_db()
    assert (held.state, held.red_invoice) == ("inspected", "")


def inspected(clerk, keeper, team):
    """A return of two pieces that waits to be settled."""
    order = released(5, team=team)
    send(clerk, keeper, order, 5)
    wanted = {line: ReturnedRow(quantity) for line, quantity in rows(order, 2).items()}
    held = request_return(by=clerk, order=order, lines=wanted)
    authorise_return(by=clerk, order_return=held)
    receive_return(by=keeper, order_return=held)
    findings = {part.pk: Inspection(part.quantity, Decimal(0)) for part in held.lines.all()}
    return inspect_return(by=keeper, order_return=held, findings=findings)
