"""Rows below zero: nothing of them is shipped; they are done when what comes back is here."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from customers.factories import make_customer
from orders.actions.cancel import reopen_order
from orders.actions.come_back import take_back_rows
from orders.actions.release import release_order
from orders.actions.ship import sign_shipment
from orders.actions.stock import LineAnswer, answer_stock, ask_stock
from orders.desk.deeds import deeds_for
from orders.errors import OrderError
from orders.factories import make_order
from orders.models import Order
from orders.status import Status
from orders.tests.goods import send
from orders.tests.sheets import bring_in, write_sheet
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


def order_of(team, *quantities, kind=Order.Kind.SALE, state=Status.RELEASED):
    lines = [{"quantity": Decimal(each)} for each in quantities]
    return make_order(customer=make_customer(team=team), kind=kind, state=state, lines=lines)


def offered(client, person, order):
    client.force_login(person)
    return client.get(reverse("orders:detail", args=[order.pk])).content.decode()


def test_a_return_that_a_sheet_leaves_open_goes_to_its_end(client, tmp_path, team, clerk):
    heads = ["单据编号", "单据日期", "往来单位", "商品编码", "品名", "数量", "单价", "金额", "状态"]
    bring_in(write_sheet(tmp_path, [heads, ["T1", "2026-03-02", "甲公司", "A", "甲货", "-3", "10", "-30", "已确认"]]))
    back = Order.objects.get(source_number="T1")
    Order.objects.filter(pk=back.pk).update(team=team)
    assert (back.kind, back.state) == ("return", Status.CONFIRMED)
    page = offered(client, clerk, back)
    for impossible in ("ask_stock", "request_shipment", "short_close"):
        assert reverse(f"orders:{impossible}", args=[back.pk]) not in page
    assert client.post(reverse("orders:release", args=[back.pk])).status_code == 302
    page = offered(client, clerk, back)
    assert reverse("orders:request_shipment", args=[back.pk]) not in page
    assert reverse("orders:rows_back", args=[back.pk]) in page
    main = next(offer for offer in deeds_for(Order.objects.get(pk=back.pk), clerk) if offer.is_main)
    assert main.name == "rows_back"
    assert client.post(reverse("orders:rows_back", args=[back.pk])).status_code == 302
    back.refresh_from_db()
    assert (back.state, back.fulfilment, back.lines.get().shipped_quantity) == (Status.COMPLETED, "shipped", -3)
    told = back.events.get(kind="rows_came_back")
    assert (told.by, told.after) == (clerk, {"rows": [1]})
    assert "What comes back has arrived" in offered(client, clerk, back)


def test_a_row_below_zero_beside_goods_is_done_on_its_own(clerk, keeper, team):
    order = order_of(team, 5, -2)
    parcel = send(clerk, keeper, order, 5)
    sign_shipment(by=keeper, shipment=parcel, signed_by_name="王芳")
    order.refresh_from_db()
    assert order.state == Status.RELEASED
    assert take_back_rows(by=keeper, order=order).state == Status.COMPLETED
    assert [line.shipped_quantity for line in order.lines.all()] == [5, -2]


def test_a_return_that_was_opened_again_reaches_its_end_again(clerk, team):
    order = take_back_rows(by=clerk, order=order_of(team, -2, kind=Order.Kind.RETURN))
    reopen_order(by=make_user("chen", Role.MANAGER), order=order, reason="只到一箱")
    assert take_back_rows(by=clerk, order=order).state == Status.COMPLETED
    assert order.lines.get().shipped_quantity == -2


def test_the_warehouse_says_it_on_its_own_page(client, keeper, team):
    order = order_of(team, -2, kind=Order.Kind.RETURN)
    address = reverse("orders:rows_back", args=[order.pk])
    assert address in offered(client, keeper, order)
    client.post(address)
    order.refresh_from_db()
    assert order.state == Status.COMPLETED
    assert address not in offered(client, keeper, order)


def test_it_is_said_once_of_a_released_order_and_only_where_something_comes_back(client, clerk, keeper, team):
    sale = order_of(team, 5)
    assert reverse("orders:rows_back", args=[sale.pk]) not in offered(client, clerk, sale)
    with pytest.raises(OrderError, match="Nothing more comes back"):
        take_back_rows(by=clerk, order=sale)
    early = order_of(team, -2, kind=Order.Kind.RETURN, state=Status.CONFIRMED)
    with pytest.raises(OrderError, match="Release the order first"):
        take_back_rows(by=clerk, order=early)
    with pytest.raises(PermissionDenied):
        take_back_rows(by=make_user("sun", Role.REVIEWER, team=team), order=order_of(team, -2))


def test_goods_are_still_asked_for_where_a_return_has_some(clerk, keeper, team):
    mixed = order_of(team, -2, 3, kind=Order.Kind.RETURN, state=Status.CONFIRMED)
    with pytest.raises(OrderError, match="The warehouse has not answered"):
        release_order(by=clerk, order=mixed)
    question = ask_stock(by=clerk, order=mixed, lines={line: line.quantity for line in mixed.lines.filter(quantity=3)})
    answer_stock(by=keeper, question=question, answers={question.lines.get().pk: LineAnswer(Decimal(0))})
    with pytest.raises(OrderError, match="The warehouse says"):
        release_order(by=clerk, order=mixed)
