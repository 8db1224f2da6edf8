"""From the question to the warehouse to the signed delivery, and what is refused on the way."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from orders.actions.complete import complete_orders_whose_time_has_come
from orders.actions.ship import (
    accept_shipment,
    cancel_shipment,
    deliver_shipment,
    pack_shipment,
    pick_shipment,
    request_shipment,
    ship_shipment,
    short_shipment,
    sign_shipment,
)
from orders.actions.stock import LineAnswer, answer_stock, ask_stock, stock_is_settled, waive_stock
from orders.actions.trouble import Fault, bounce_from_warehouse, report_trouble, settle_trouble, short_close
from orders.desk.queue import queue_of
from orders.errors import OrderError
from orders.factories import make_order
from orders.models import ErrorEvent, Hold, Order, Shipment, StockQuestion
from orders.status import Fulfilment, Status
from orders.tests.goods import released, rows, send, through
from staff.factories import make_user
from staff.roles import Role

pytestmark = pytest.mark.django_db


@pytest.fixture
def clerk():
    return make_user("lin", Role.CLERK)


@pytest.fixture
def keeper():
    return make_user("wu", Role.WAREHOUSE)


def test_a_question_is_answered_with_who_when_and_how_much(clerk, keeper):
    order = released(40, 10)
    question = ask_stock(by=clerk, order=order, lines=rows(order, 40, 10), text="周五前能发吗？")
    assert not stock_is_settled(order)
    first, second = question.lines.all()
    friday = timezone.localdate() + timedelta(days=3)
    answers = {first.pk: LineAnswer(Decimal(30), friday), second.pk: LineAnswer(Decimal(10))}
    question = answer_stock(by=keeper, question=question, answers=answers)
    assert (question.answer, question.answered_by) == (StockQuestion.Answer.PART, keeper)
    first.refresh_from_db()
    assert (first.available, first.available_on) == (30, friday)
    assert stock_is_settled(order)
    assert [event.kind for event in order.events.all()] == ["stock_answered", "stock_asked"]
    assert clerk.notices.count() == 1


@pytest.mark.parametrize(
    ("available", "rest", "answer"),
    [((40, 10), None, "all"), ((0, 10), None, "part"), ((0, 0), 5, "later"), ((0, 0), None, "none")],
)
def test_the_answer_follows_from_its_rows(clerk, keeper, available, rest, answer):
    order = released(40, 10)
    question = ask_stock(by=clerk, order=order, lines=rows(order, 40, 10))
    day = timezone.localdate() + timedelta(days=rest) if rest else None
    answers = {
        row.pk: LineAnswer(Decimal(have), day) for row, have in zip(question.lines.all(), available, strict=True)
    }
    assert answer_stock(by=keeper, question=question, answers=answers).answer == answer


def test_a_question_is_answered_once_and_whole(clerk, keeper):
    order = released(5)
    question = ask_stock(by=clerk, order=order, lines=rows(order, 5))
    with pytest.raises(OrderError, match="asked already"):
        ask_stock(by=clerk, order=order, lines=rows(order, 5))
    with pytest.raises(OrderError, match="Row 1 is not answered"):
        answer_stock(by=keeper, question=question, answers={})
    row = question.lines.get()
    with pytest.raises(OrderError, match="more than the 5"):
        answer_stock(by=keeper, question=question, answers={row.pk: LineAnswer(Decimal(6))})
    answer_stock(by=keeper, question=question, answers={row.pk: LineAnswer(Decimal(5))})
    with pytest.raises(OrderError, match="answered already"):
        answer_stock(by=keeper, question=question, answers={row.pk: LineAnswer(Decimal(5))})


def test_going_on_without_an_answer_needs_a_reason_that_is_kept(clerk):
    order = released(5)
    question = ask_stock(by=clerk, order=order, lines=rows(order, 5))
    with pytest.raises(OrderError, match="Say why"):
        waive_stock(by=clerk, order=order, reason=" ")
    waive_stock(by=clerk, order=order, reason="常备货")
    question.refresh_from_db()
    assert question.waived_reason == "常备货"
    assert stock_is_settled(order)
    ask_stock(by=clerk, order=order, lines=rows(order, 5))


def test_an_order_goes_in_parts_from_the_request_to_the_signature_and_completes_by_itself(clerk, keeper):
    order = released(10, 4)
    first = send(clerk, keeper, order, 10)
    order.refresh_from_db()
    assert (order.fulfilment, order.shipped_at) == (Fulfilment.PARTIAL, None)
    assert (first.tracking_numbers, first.shipped_by) == ("SF1234567890123, SF2", keeper)
    deliver_shipment(by=clerk, shipment=first)
    sign_shipment(by=clerk, shipment=first, signed_by_name="王芳")
    order.refresh_from_db()
    assert (order.state, order.fulfilment) == (Status.RELEASED, Fulfilment.PARTIAL)
    second = send(clerk, keeper, order, 0, 4)
    order.refresh_from_db()
    assert order.fulfilment == Fulfilment.SHIPPED
    assert order.shipped_at == second.shipped_at
    deliver_shipment(by=clerk, shipment=second)
    order.refresh_from_db()
    assert order.fulfilment == Fulfilment.DELIVERED
    sign_shipment(by=clerk, shipment=second, signed_by_name="王芳")
    order.refresh_from_db()
    assert (order.state, order.fulfilment) == (Status.COMPLETED, Fulfilment.SIGNED)
    assert [line.shipped_quantity for line in order.lines.all()] == [10, 4]
    kinds = [event.kind for event in order.events.order_by("pk")]
    assert kinds == [
        *(f"shipment_{step}" for step in ("requested", "accepted", "picked", "packed", "shipped")),
        *(f"shipment_{step}" for step in ("delivered", "signed")),
        *(f"shipment_{step}" for step in ("requested", "accepted", "picked", "packed", "shipped")),
        *(f"shipment_{step}" for step in ("delivered", "signed")),
        "moved",
    ]


def test_nobody_asks_for_more_than_is_left_counting_what_is_on_its_way_out(clerk):
    order = released(10)
    request_shipment(by=clerk, order=order, lines=rows(order, 6))
    with pytest.raises(OrderError, match="11 would be shipped in all, 10 is the most") as refusal:
        request_shipment(by=clerk, order=order, lines=rows(order, 5))
    assert refusal.value.line == 1
    request_shipment(by=clerk, order=order, lines=rows(order, 4))


def test_a_tolerance_lets_a_little_more_go(clerk, keeper):
    order = released(100, over_ship_percent=Decimal(5))
    with pytest.raises(OrderError, match="105 is the most"):
        request_shipment(by=clerk, order=order, lines=rows(order, "105.1"))
    shipment = request_shipment(by=clerk, order=order, lines=rows(order, 100))
    accept_shipment(by=keeper, shipment=shipment)
    with pytest.raises(OrderError, match="106 would be shipped"):
        pick_shipment(by=keeper, shipment=shipment, picked=rows(order, 106))
    pick_shipment(by=keeper, shipment=shipment, picked=rows(order, 103))
    pack_shipment(by=keeper, shipment=shipment)
    ship_shipment(by=keeper, shipment=shipment, carrier="德邦")
    assert order.lines.get().shipped_quantity == 103
    order.refresh_from_db()
    assert order.fulfilment == Fulfilment.SHIPPED


def test_a_customer_who_takes_complete_deliveries_only_never_gets_a_part(clerk, keeper):
    order = released(10, 4, ships_complete=True)
    with pytest.raises(OrderError, match="complete deliveries only; row 2"):
        request_shipment(by=clerk, order=order, lines=rows(order, 10, 3))
    shipment = request_shipment(by=clerk, order=order, lines=rows(order, 10, 4))
    with pytest.raises(OrderError, match="complete deliveries only"):
        short_shipment(by=keeper, shipment=shipment, available=rows(order, 10, 1))


def test_a_short_shipment_shrinks_and_the_rest_can_be_asked_for_again(clerk, keeper):
    order = released(10, 4)
    shipment = request_shipment(by=clerk, order=order, lines=rows(order, 10, 4))
    short_shipment(by=keeper, shipment=shipment, available=rows(order, 7), note="到货周三")
    assert {line.line.position: line.quantity for line in shipment.lines.all()} == {1: 7}
    request_shipment(by=clerk, order=order, lines=rows(order, 3, 4))


def test_an_open_hold_keeps_goods_in_the_house(clerk, keeper):
    order = released(3)
    shipment = request_shipment(by=clerk, order=order, lines=rows(order, 3))
    for step in (accept_shipment, pick_shipment, pack_shipment):
        step(by=keeper, shipment=shipment)
    Hold.objects.create(order=order, kind=Hold.Kind.CREDIT, reason="逾期 40 天")
    with pytest.raises(OrderError, match="逾期 40 天"):
        ship_shipment(by=keeper, shipment=shipment, carrier="顺丰")
    assert order.lines.get().shipped_quantity == 0


@pytest.mark.parametrize("state", [state for state in Status if state != Status.RELEASED])
def test_only_released_orders_are_shipped(clerk, state):
    order = make_order(state=state, lines=1)
    with pytest.raises(OrderError, match="Only released orders"):
        request_shipment(by=clerk, order=order, lines=rows(order, 1))


def test_a_shipment_moves_exactly_where_its_table_says(clerk, keeper):
    order = released(3)
    shipment = request_shipment(by=clerk, order=order, lines=rows(order, 3))
    for deed in (pick_shipment, pack_shipment, deliver_shipment):
        with pytest.raises(OrderError, match="Requested cannot become"):
            deed(by=keeper, shipment=shipment)
    with pytest.raises(OrderError, match="Requested cannot become"):
        ship_shipment(by=keeper, shipment=shipment, carrier="顺丰")
    cancel_shipment(by=clerk, shipment=shipment, reason="改期")
    with pytest.raises(OrderError, match="Cancelled cannot become"):
        accept_shipment(by=keeper, shipment=shipment)


def test_what_has_left_the_house_is_not_cancelled_but_reported(clerk, keeper):
    order = released(3)
    shipment = send(clerk, keeper, order, 3)
    with pytest.raises(OrderError, match="has left the house"):
        cancel_shipment(by=clerk, shipment=shipment, reason="不要了")


def test_a_lost_shipment_opens_a_case_and_may_go_again(clerk, keeper):
    order = released(3)
    order.owner = clerk
    order.save()
    shipment = send(clerk, keeper, order, 3)
    case = report_trouble(by=keeper, shipment=shipment, trouble="lost", note="物流 5 天无更新")
    order.refresh_from_db()
    assert (order.fulfilment, case.kind, clerk.notices.count()) == (Fulfilment.EXCEPTION, "lost", 1)
    with pytest.raises(OrderError, match="settle that first"):
        sign_shipment(by=clerk, shipment=shipment, signed_by_name="王芳")
    settle_trouble(by=clerk, case=case, outcome="承运商赔付", ship_again=True)
    order.refresh_from_db()
    assert (order.fulfilment, order.shipped_at) == (Fulfilment.NONE, None)
    assert order.lines.get().shipped_quantity == 0
    send(clerk, keeper, order, 3)
    with pytest.raises(OrderError, match="closed already"):
        settle_trouble(by=clerk, case=case, outcome="again")


def test_a_settled_delay_lets_the_shipment_go_on(clerk, keeper):
    order = released(3)
    shipment = send(clerk, keeper, order, 3)
    case = report_trouble(by=keeper, shipment=shipment, trouble="late", note="大雪")
    settle_trouble(by=clerk, case=case, outcome="已送到")
    sign_shipment(by=clerk, shipment=shipment, signed_by_name="王芳")
    order.refresh_from_db()
    assert order.state == Status.COMPLETED


def test_the_warehouse_sends_back_what_is_written_wrong_and_it_stands_in_the_ledger(clerk, keeper):
    order = released(3)
    shipment = request_shipment(by=clerk, order=order, lines=rows(order, 3))
    line = order.lines.get()
    order = bounce_from_warehouse(by=keeper, order=order, faults=[Fault("unit", "箱", line)], note="单位不对")
    shipment.refresh_from_db()
    assert (order.state, shipment.state) == (Status.CONFIRMED, Shipment.State.CANCELLED)
    error = ErrorEvent.objects.get()
    assert (error.field, error.wrong_value, error.right_value) == ("unit", "件", "箱")
    assert (error.caught_stage, error.caught_by, error.origin) == ("warehouse", keeper, "warehouse")


def test_sent_back_after_picking_the_order_stays_but_nothing_more_leaves(clerk, keeper):
    order = released(3)
    shipment = request_shipment(by=clerk, order=order, lines=rows(order, 3))
    accept_shipment(by=keeper, shipment=shipment)
    pick_shipment(by=keeper, shipment=shipment)
    bounce_from_warehouse(by=keeper, order=order, faults=[Fault("ship_to", "文三路 9 号")])
    order.refresh_from_db()
    assert order.state == Status.RELEASED
    pack_shipment(by=keeper, shipment=shipment)
    with pytest.raises(OrderError, match="hold stands in the way"):
        ship_shipment(by=keeper, shipment=shipment, carrier="顺丰")


def test_a_short_close_ends_a_row_with_its_reason_and_completes_the_order(clerk, keeper):
    order = released(10)
    sign_shipment(by=clerk, shipment=send(clerk, keeper, order, 7), signed_by_name="王芳")
    line = order.lines.get()
    with pytest.raises(OrderError, match="up to 3"):
        short_close(by=clerk, line=line, quantity=Decimal(4), reason="停产")
    with pytest.raises(OrderError, match="Say why"):
        short_close(by=clerk, line=line, quantity=Decimal(3), reason="")
    closed = short_close(by=clerk, line=line, quantity=Decimal(3), reason="停产")
    order.refresh_from_db()
    line.refresh_from_db()
    assert (order.state, order.fulfilment) == (Status.COMPLETED, Fulfilment.SIGNED)
    assert (line.cancelled_quantity, closed.quantity, closed.reason) == (3, 3, "停产")


def test_goods_nobody_asked_the_warehouse_for_stay_in_the_clerks_queue(clerk, keeper):
    order = released(10)
    Order.objects.filter(pk=order.pk).update(owner=clerk, due_at=timezone.now() + timedelta(hours=2))
    assert [each.order.pk for each in queue_of(clerk)] == [order.pk]
    asked = request_shipment(by=clerk, order=order, lines=rows(order, 4))
    assert queue_of(clerk) == []
    through(keeper, asked)
    assert [str(each.reason) for each in queue_of(clerk)] == ["Released: request its shipment"]
    send(clerk, keeper, order, 6)
    assert queue_of(clerk) == []


def test_what_is_on_its_way_out_is_not_short_closed(clerk):
    order = released(10)
    request_shipment(by=clerk, order=order, lines=rows(order, 8))
    with pytest.raises(OrderError, match="up to 2"):
        short_close(by=clerk, line=order.lines.get(), quantity=Decimal(3), reason="停产")


def test_what_left_long_ago_counts_as_signed(clerk, keeper):
    order, fresh, late = released(2), released(2), released(2)
    for each in (order, fresh, late):
        send(clerk, keeper, each, 2)
    report_trouble(by=keeper, shipment=late.shipments.get(), trouble="late", note="?")
    Shipment.objects.exclude(order=fresh).update(shipped_at=timezone.now() - timedelta(days=15))
    assert complete_orders_whose_time_has_come() == 1
    assert complete_orders_whose_time_has_come() == 0
    states = dict(Order.objects.values_list("pk", "state"))
    assert states == {order.pk: Status.COMPLETED, fresh.pk: Status.RELEASED, late.pk: Status.RELEASED}


def test_values_a_sheet_brought_stay_until_something_is_shipped_here(clerk, keeper):
    order = released(10, 4)
    order.fulfilment = Fulfilment.PARTIAL
    order.save()
    first = order.lines.first()
    first.shipped_quantity = 10
    first.save()
    request_shipment(by=clerk, order=order, lines=rows(order, 0, 4))
    order.refresh_from_db()
    assert order.fulfilment == Fulfilment.PARTIAL
    sign_shipment(by=clerk, shipment=through(keeper, order.shipments.get()), signed_by_name="王芳")
    order.refresh_from_db()
    assert (order.fulfilment, order.state) == (Fulfilment.SIGNED, Status.COMPLETED)
