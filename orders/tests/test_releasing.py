"""What the warehouse must have said before an order is released to it, or what somebody said instead."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from orders.actions.cancel import cancel_order
from orders.actions.diary import write_diary
from orders.actions.release import release_order, withdraw_release
from orders.actions.ship import accept_shipment, pick_shipment, request_shipment
from orders.actions.stock import LineAnswer, answer_stock, ask_stock
from orders.actions.trouble import Fault, bounce_from_warehouse
from orders.errors import OrderError
from orders.factories import make_order
from orders.models import OrderLine
from orders.shipping.warehouse import queue_counts
from orders.status import Status
from orders.tests.goods import released, rows
from staff.factories import make_user
from staff.roles import Role

pytestmark = pytest.mark.django_db


@pytest.fixture
def clerk():
    return make_user("lin", Role.CLERK)


@pytest.fixture
def keeper():
    return make_user("wu", Role.WAREHOUSE)


@pytest.fixture
def order(clerk):
    lines = [{"quantity": Decimal(40)}, {"quantity": Decimal(10)}]
    return make_order(state=Status.CONFIRMED, lines=lines, owner=clerk)


def ask_and_hear(clerk, keeper, order, asked, available, rest=None):
    question = ask_stock(by=clerk, order=order, lines=rows(order, *asked))
    answers = {
        row.pk: LineAnswer(Decimal(have), rest) for row, have in zip(question.lines.all(), available, strict=True)
    }
    answer_stock(by=keeper, question=question, answers=answers)


def test_all_or_a_part_for_every_row_lets_the_order_go_without_another_word(clerk, keeper, order):
    ask_and_hear(clerk, keeper, order, (40, 10), (40, 0))
    assert release_order(by=clerk, order=order).state == Status.RELEASED
    assert not order.stock_questions.exclude(waived_reason="").exists()


def test_a_question_about_one_row_settles_only_that_row(clerk, keeper, order):
    ask_and_hear(clerk, keeper, order, (40,), (40,))
    with pytest.raises(OrderError, match="row 2"):
        release_order(by=clerk, order=order)
    second = {order.lines.get(position=2): Decimal(10)}
    question = ask_stock(by=clerk, order=order, lines=second)
    answer_stock(by=keeper, question=question, answers={question.lines.get().pk: LineAnswer(Decimal(10))})
    assert release_order(by=clerk, order=order).state == Status.RELEASED


def test_an_answer_for_less_than_is_wanted_now_settles_nothing(clerk, keeper, order):
    ask_and_hear(clerk, keeper, order, (40, 10), (40, 10))
    OrderLine.objects.filter(order=order, position=2).update(quantity=Decimal(25))
    with pytest.raises(OrderError, match="row 2"):
        release_order(by=clerk, order=order)


def test_later_is_an_answer_that_needs_a_reason_to_go_on_and_the_reason_stays_with_the_order(clerk, keeper, order):
    day = timezone.localdate() + timedelta(days=9)
    ask_and_hear(clerk, keeper, order, (40, 10), (0, 0), day)
    with pytest.raises(OrderError, match="Later"):
        release_order(by=clerk, order=order)
    release_order(by=clerk, order=order, waived_reason="customer waits for it")
    assert order.stock_questions.first().waived_reason == "customer waits for it"
    assert order.events.filter(kind="stock_waived").exists()


def test_a_reason_counts_until_the_order_is_amended(clerk, order):
    boss = make_user("chen", Role.MANAGER)
    release_order(by=clerk, order=order, waived_reason="always there")
    withdraw_release(by=boss, order=order, reason="wait")
    order.refresh_from_db()
    release_order(by=clerk, order=order)
    withdraw_release(by=boss, order=order, reason="wait again")
    write_diary(order=order, kind="amended", by=clerk)
    order.refresh_from_db()
    with pytest.raises(OrderError, match="amended since"):
        release_order(by=clerk, order=order)


def test_the_page_says_what_is_not_settled_and_asks_why_one_goes_on(client, clerk, keeper, order):
    client.force_login(clerk)
    page = reverse("orders:release", args=[order.pk])
    assert "has not answered" in client.get(page).content.decode()
    ask_and_hear(clerk, keeper, order, (40,), (40,))
    assert "not asked for all of row 2" in client.get(page).content.decode()
    assert client.post(page, {"waived_reason": "it is there, I looked"}).status_code == 302
    order.refresh_from_db()
    assert order.state == Status.RELEASED


def test_nobody_in_the_warehouse_is_asked_about_an_order_that_was_called_off(client, clerk, keeper, order):
    ask_stock(by=clerk, order=order, lines=rows(order, 40, 10))
    assert queue_counts(keeper)["answer"] == 1
    cancel_order(by=make_user("chen", Role.MANAGER), order=order, side="customer", reason="changed_mind")
    assert queue_counts(keeper)["answer"] == 0
    client.force_login(keeper)
    assert order.number not in client.get(reverse("orders:warehouse")).content.decode()


def test_a_hold_the_warehouse_causes_is_in_the_diary_like_every_other(clerk, keeper):
    order = released(5)
    shipment = request_shipment(by=clerk, order=order, lines=rows(order, 3))
    accept_shipment(by=keeper, shipment=shipment)
    pick_shipment(by=keeper, shipment=shipment)
    bounce_from_warehouse(by=keeper, order=order, faults=[Fault("quantity", "50", order.lines.get())])
    assert order.events.filter(kind="hold_placed", by=keeper).exists()
