"""Ways an order seldom takes: each was once found to end where nobody could go on, or where goods did not add up."""

from __future__ import annotations

from decimal import Decimal

import pytest

from customers.factories import make_customer
from orders.actions.amend import approve_amendment, sight_of, submit_amendment, write_amendment
from orders.actions.enter import create_order
from orders.actions.release import release_order, withdraw_release
from orders.actions.returns import ReturnedRow, authorise_return, request_return
from orders.actions.review import confirm_order, submit_entry
from orders.actions.ship import cancel_shipment, request_shipment, sign_shipment
from orders.actions.trouble import Fault, bounce_from_warehouse, report_trouble, settle_trouble, short_close
from orders.actions.verify import FaultFound, bounce_order
from orders.errors import OrderError
from orders.models import ApprovalRule, Order
from orders.rows import LineEntry
from orders.status import Status
from orders.tests.goods import released, rows, send, through
from staff.factories import make_user
from staff.roles import Role

pytestmark = pytest.mark.django_db


@pytest.fixture
def clerk():
    return make_user("lin", Role.CLERK)


@pytest.fixture
def keeper():
    return make_user("keeper", Role.WAREHOUSE)


@pytest.fixture
def boss():
    return make_user("chen", Role.MANAGER)


def state_of(order):
    return Order.objects.get(pk=order.pk).state


def amended(clerk, boss, order, quantity):
    ApprovalRule.objects.update(is_active=False)
    line = order.lines.get()
    draft = write_amendment(
        by=clerk, order=order, version=Order.objects.get(pk=order.pk).version, cause="customer_change", reason="x",
        lines=[LineEntry(Decimal(quantity), id=line.pk, unit_price=line.unit_price)], header={},
    )  # fmt: skip
    return approve_amendment(by=boss, amendment=submit_amendment(by=clerk, amendment=draft), seen=sight_of([]))


def test_the_first_snapshot_of_an_order_says_what_is_stored_to_the_letter(clerk):
    order = create_order(
        by=clerk,
        customer=make_customer(clerk=clerk),
        lines=[LineEntry(Decimal(1), product_name="纸", unit_price=Decimal(9))],
    )
    submit_entry(by=clerk, order=order)
    assert order.snapshots.count() == 1  # entering it changed nothing, so nothing is kept twice


def test_an_order_short_closed_to_nothing_before_its_release_is_completed_by_it(clerk):
    order = released("10")
    Order.objects.update(state=Status.CONFIRMED)
    short_close(by=clerk, line=order.lines.get(), quantity=Decimal(10), reason="x")
    assert release_order(by=clerk, order=order, waived_reason="x").state == Status.COMPLETED


def test_an_order_amended_down_to_what_was_signed_for_is_completed(clerk, keeper, boss):
    order = released("10")
    sign_shipment(by=clerk, shipment=send(clerk, keeper, order, "6"), signed_by_name="王芳")
    amended(clerk, boss, order, "6")
    assert state_of(order) == Status.COMPLETED


def test_an_order_whose_extra_shipment_is_called_off_is_completed(clerk, keeper):
    order = released("10", over_ship_percent=Decimal(20))
    whole = send(clerk, keeper, order, "10")
    extra = request_shipment(by=clerk, order=order, lines=rows(order, "1"))
    sign_shipment(by=clerk, shipment=whole, signed_by_name="王芳")
    assert state_of(order) == Status.RELEASED
    cancel_shipment(by=clerk, shipment=extra, reason="x")
    assert state_of(order) == Status.COMPLETED


def test_withdrawing_an_order_with_an_extra_shipment_only_does_not_complete_it_on_the_way(clerk, boss):
    order = released("10", over_ship_percent=Decimal(20))
    short_close(by=clerk, line=order.lines.get(), quantity=Decimal(9), reason="x")
    request_shipment(by=clerk, order=order, lines=rows(order, "2"))
    assert withdraw_release(by=boss, order=order, reason="x").state == Status.CONFIRMED


def test_goods_announced_to_come_back_are_not_shipped_again(clerk, keeper):
    order = released("10")
    shipment = send(clerk, keeper, order, "10")
    case = report_trouble(by=keeper, shipment=shipment, trouble="lost", note="x")
    held = request_return(by=clerk, order=order, lines={order.lines.get(): ReturnedRow(Decimal(4))})
    authorise_return(by=clerk, order_return=held)
    with pytest.raises(OrderError, match="come back"):
        settle_trouble(by=clerk, case=case, outcome="x", ship_again=True)
    assert order.lines.get().shipped_quantity == 10


def test_whoever_wrote_an_order_that_another_entered_is_no_second_pair_of_eyes(clerk, boss):
    ApprovalRule.objects.update(is_active=False)
    order = create_order(
        by=boss,
        customer=make_customer(clerk=clerk),
        lines=[LineEntry(Decimal(1), product_name="纸", unit_price=Decimal(9))],
    )
    submit_entry(by=clerk, order=order)
    with pytest.raises(OrderError, match="You wrote this order"):
        bounce_order(by=boss, order=order, faults=[FaultFound(None, "ship_to", "杭州")])


def test_the_hold_of_a_warehouse_that_has_begun_stands_in_the_diary(clerk, keeper):
    order = released("10")
    through(keeper, request_shipment(by=clerk, order=order, lines=rows(order, "4")))
    bounce_from_warehouse(by=keeper, order=order, faults=[Fault("ship_to", "杭州")], note="地址不全")
    hold = order.holds.get()
    event = order.events.get(kind="hold_placed")
    assert (event.by, event.note, event.after["hold"]) == (keeper, hold.reason, hold.pk)


def test_sent_back_by_the_warehouse_each_shipment_called_off_stands_in_the_diary(clerk, keeper):
    order = released("10")
    shipment = request_shipment(by=clerk, order=order, lines=rows(order, "4"))
    earlier = request_shipment(by=clerk, order=order, lines=rows(order, "3"))
    cancel_shipment(by=clerk, shipment=earlier, reason="x")
    bounce_from_warehouse(by=keeper, order=order, faults=[Fault("ship_to", "杭州")], note="地址不全")
    told = order.events.filter(kind="shipment_cancelled").order_by("pk").values_list("after__number", "by")
    assert list(told) == [(earlier.number, clerk.pk), (shipment.number, keeper.pk)]
    assert state_of(order) == Status.CONFIRMED


def test_a_released_order_is_withdrawn_by_a_manager_and_never_by_confirming_it_once_more(clerk, keeper):
    ApprovalRule.objects.update(is_active=False)
    order = released("10")
    send(clerk, keeper, order, "4")
    with pytest.raises(OrderError):
        confirm_order(by=clerk, order=order)
    assert state_of(order) == Status.RELEASED
