"""Signed for, and yet something is missing: the order is opened again, and what is missing is shipped once more."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from orders.actions.amend import submit_amendment, write_amendment
from orders.actions.cancel import reopen_order
from orders.actions.complete import complete_orders_whose_time_has_come
from orders.actions.release import close_order
from orders.actions.returns import ReturnedRow, request_return
from orders.actions.ship import request_shipment, sign_shipment
from orders.actions.trouble import report_trouble, settle_trouble
from orders.desk.deeds import deeds_for
from orders.desk.queue import queue_of
from orders.errors import OrderError
from orders.history import order_entries
from orders.models import ApprovalRule, Order, OrderEvent, ShipmentLine
from orders.status import Fulfilment, Status
from orders.tests.goods import released, rows, send, through
from orders.tests.test_amending_an_order import approve, entries_of
from staff.factories import make_user
from staff.roles import Role

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def no_rules(db):
    ApprovalRule.objects.update(is_active=False)


@pytest.fixture
def lin():
    return make_user("lin", Role.CLERK)


@pytest.fixture
def wu():
    return make_user("wu", Role.WAREHOUSE)


@pytest.fixture
def boss():
    return make_user("chen", Role.MANAGER)


@pytest.fixture
def signed(lin, wu):
    """Ten and four, shipped together, signed for, completed."""
    order = released(10, 4)
    Order.objects.filter(pk=order.pk).update(owner=lin)
    sign_shipment(by=wu, shipment=send(lin, wu, order, 10, 4), signed_by_name="王芳")
    order.refresh_from_db()
    assert (order.state, order.fulfilment) == (Status.COMPLETED, Fulfilment.SIGNED)
    return order


def shipped(order):
    return [line.shipped_quantity for line in order.lines.all()]


def main_deed(order, person):
    order = Order.objects.select_related("customer").get(pk=order.pk)
    return next(deed for deed in deeds_for(order, person) if deed.is_main)


def complain(lin, order):
    return report_trouble(by=lin, shipment=order.shipments.get(), trouble="missing", note="two boxes less")


def test_what_is_missing_of_a_signed_shipment_is_shipped_again_until_the_order_is_signed_once_more(
    lin, wu, boss, signed
):
    case = complain(lin, signed)
    with pytest.raises(OrderError, match="a manager"):
        settle_trouble(by=lin, case=case, outcome="our mistake", missing=rows(signed, 2))
    settle_trouble(by=boss, case=case, outcome="our mistake", missing=rows(signed, 2))
    signed.refresh_from_db()
    assert (signed.state, signed.fulfilment, signed.shipped_at) == (Status.RELEASED, Fulfilment.PARTIAL, None)
    assert signed.events.filter(kind="moved", after__reopened=True, note="our mistake").exists()
    assert shipped(signed) == [8, 4]
    assert list(signed.shipments.get().lines.values_list("quantity", "missing_quantity")) == [(10, 2), (4, 0)]
    assert signed.shipments.get().state == "signed"
    assert [each.reason for each in queue_of(lin)] == ["Released: request its shipment"]
    deed = main_deed(signed, lin)
    assert (deed.name, deed.allowed) == ("ship", True)
    with pytest.raises(OrderError, match="10 is the most"):
        request_shipment(by=lin, order=signed, lines=rows(signed, 3))
    again = through(wu, request_shipment(by=lin, order=signed, lines=rows(signed, 2)))
    sign_shipment(by=wu, shipment=again, signed_by_name="王芳")
    signed.refresh_from_db()
    assert (signed.state, signed.fulfilment) == (Status.COMPLETED, Fulfilment.SIGNED)
    assert shipped(signed) == [10, 4]


def test_an_order_that_was_opened_first_is_settled_by_its_clerk(lin, boss, signed):
    order = reopen_order(by=boss, order=signed, reason="short shipment found")
    deed = next(each for each in deeds_for(order, lin) if each.name == "ship")
    assert not deed.allowed
    assert "Report at its shipment what did not arrive" in deed.reason
    settle_trouble(by=lin, case=complain(lin, order), outcome="our mistake", missing=rows(order, 0, 1))
    assert shipped(order) == [10, 3]
    assert main_deed(order, lin).name == "ship"


def test_nothing_was_missing_after_all_and_the_order_is_done_again_at_once(lin, boss, signed):
    order = reopen_order(by=boss, order=signed, reason="short shipment found")
    settle_trouble(by=lin, case=complain(lin, order), outcome="found behind the door")
    order.refresh_from_db()
    assert (order.state, shipped(order)) == (Status.COMPLETED, [10, 4])


def test_an_order_opened_by_mistake_is_done_again_by_itself(boss, signed):
    reopen_order(by=boss, order=signed, reason="the wrong one")
    assert complete_orders_whose_time_has_come() == 0
    OrderEvent.objects.update(at=timezone.now() - timedelta(days=15))
    assert complete_orders_whose_time_has_come() == 1
    signed.refresh_from_db()
    assert signed.state == Status.COMPLETED


def test_an_amendment_of_an_order_that_was_opened_again_is_shipped_and_signed(lin, wu, boss, signed):
    order = reopen_order(by=boss, order=signed, reason="six more with the same papers")
    entries = entries_of(order)
    entries[0] = replace(entries[0], quantity=Decimal(16))
    draft = write_amendment(
        by=lin, order=order, version=order.version, cause="customer_change", reason="x", lines=entries, header={}
    )
    approve(boss, submit_amendment(by=lin, amendment=draft))
    assert main_deed(order, lin).name == "ship"
    sign_shipment(by=wu, shipment=send(lin, wu, order, 6), signed_by_name="王芳")
    order.refresh_from_db()
    assert (order.state, order.fulfilment, shipped(order)) == (Status.COMPLETED, Fulfilment.SIGNED, [16, 4])


def test_a_part_that_was_lost_on_the_way_goes_again_and_the_rest_is_signed_for(lin, wu):
    order = released(10)
    first = send(lin, wu, order, 10)
    case = report_trouble(by=wu, shipment=first, trouble="damaged", note="rain")
    settle_trouble(by=lin, case=case, outcome="three spoilt", missing=rows(order, 3))
    first.refresh_from_db()
    assert (first.state, shipped(order)) == ("shipped", [7])
    assert "Row 1: 3 missing" in order_entries(order.events.select_related("by")[:1])[0].detail
    sign_shipment(by=wu, shipment=first, signed_by_name="王芳")
    order.refresh_from_db()
    assert (order.state, order.fulfilment) == (Status.RELEASED, Fulfilment.PARTIAL)
    sign_shipment(by=wu, shipment=send(lin, wu, order, 3), signed_by_name="王芳")
    order.refresh_from_db()
    assert order.state == Status.COMPLETED


def test_no_more_is_missing_than_was_shipped_and_has_not_come_back(lin, boss, signed):
    case = complain(lin, signed)
    with pytest.raises(OrderError, match="was in it"):
        settle_trouble(by=boss, case=case, outcome="x", missing=rows(signed, 0, 5))
    line = signed.lines.first()
    request_return(by=lin, order=signed, lines={line: ReturnedRow(Decimal(9))})
    with pytest.raises(OrderError, match="ask for a replacement"):
        settle_trouble(by=boss, case=case, outcome="x", missing=rows(signed, 2))
    signed.refresh_from_db()
    assert (signed.state, shipped(signed)) == (Status.COMPLETED, [10, 4])
    assert not ShipmentLine.objects.exclude(missing_quantity=0).exists()


def test_what_arrived_is_not_late_and_a_closed_order_stays_as_it_is(lin, boss, signed):
    with pytest.raises(OrderError, match="has arrived"):
        report_trouble(by=lin, shipment=signed.shipments.get(), trouble="late", note="x")
    close_order(by=boss, order=signed, written_off="old")
    with pytest.raises(OrderError, match="Closed stays as it is"):
        complain(lin, signed)


def test_the_pages_lead_from_the_complaint_to_the_next_shipment(client, lin, boss, signed):
    page = reverse("orders:shipment", args=[signed.shipments.get().pk])
    line = signed.lines.first()
    client.force_login(lin)
    assert 'value="missing"' in client.get(page).content.decode()
    trouble = reverse("orders:shipment_step", args=[signed.shipments.get().pk, "trouble"])
    assert client.post(trouble, {"trouble": "missing", "note": "two boxes less"}).status_code == 302
    case = signed.case_stubs.get()
    settle = reverse("orders:case_settle", args=[case.pk])
    answer = client.post(settle, {"outcome": "our mistake", f"q-{line.pk}": "2"})
    assert answer.status_code == 422
    assert "a manager" in answer.content.decode()
    assert 'value="2"' in answer.content.decode()
    client.force_login(boss)
    assert f'name="q-{line.pk}"' in client.get(page).content.decode()
    assert client.post(settle, {"outcome": "our mistake", f"q-{line.pk}": "2"}).status_code == 302
    assert "2 missing" in client.get(page).content.decode()
    client.force_login(lin)
    ask = reverse("orders:request_shipment", args=[signed.pk])
    assert ask in client.get(reverse("orders:detail", args=[signed.pk])).content.decode()
    assert 'value="2"' in client.get(ask).content.decode()
