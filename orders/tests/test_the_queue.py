"""What a person does next: the late first, nothing forgotten, and the true reason beside each order."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from customers.factories import make_customer
from orders.actions.approve import decide_approval
from orders.actions.enter import edit_order
from orders.actions.hold import place_hold
from orders.actions.review import confirm_order, enter_order
from orders.actions.stock import LineAnswer, answer_stock, ask_stock
from orders.actions.verify import FaultFound, bounce_order
from orders.desk.queue import queue_of
from orders.factories import make_order
from orders.models import ApprovalRule, DeskRule, Order
from orders.rows import LineEntry
from orders.status import Status
from staff.factories import make_user
from staff.roles import Role

pytestmark = pytest.mark.django_db


@pytest.fixture
def clerk():
    return make_user("lin", Role.CLERK)


@pytest.fixture(autouse=True)
def rules(db):
    DeskRule.objects.update(sample_percent=0, four_eyes_total=500)
    ApprovalRule.objects.update(is_active=False)


def entered(clerk, price="100"):
    row = LineEntry(quantity=Decimal(1), product_name="纸", unit_price=Decimal(price))
    return enter_order(by=clerk, customer=make_customer(clerk=clerk), lines=[row])


def told(person):
    return {each.order.pk: each.reason for each in queue_of(person)}


def test_what_has_no_deadline_comes_last_and_is_not_forgotten(clerk):
    orders = [
        make_order(
            state=Status.CONFIRMED, lines=1, owner=clerk, due_at=hours and timezone.now() + timedelta(hours=hours)
        )
        for hours in (None, 5, -5)
    ]
    assert [each.order for each in queue_of(clerk)] == orders[::-1]


def test_a_clerk_is_not_told_to_confirm_what_a_second_person_must_look_at(clerk):
    reviewer = make_user("sun", Role.REVIEWER)
    small, large = entered(clerk), entered(clerk, "900")
    assert told(clerk) == {small.pk: "Entered: confirm it", large.pk: "Entered: a second person verifies it"}
    assert told(reviewer)[large.pk] == "Entered: compare it with its source"
    row = large.lines.get()
    bounce_order(by=reviewer, order=large, faults=[FaultFound(row, "unit_price", "800")])
    assert told(clerk)[large.pk] == "Sent back: put it right"
    large = Order.objects.get(pk=large.pk)
    right = LineEntry(id=row.pk, quantity=Decimal(1), product_name="纸", unit_price=Decimal(800))
    edit_order(by=clerk, order=large, version=large.version, lines=[right])
    assert told(clerk)[large.pk] == "Entered: a second person verifies it"


def test_a_verifier_is_asked_to_look_only_at_what_a_second_person_must_look_at_now(clerk):
    reviewer = make_user("sun", Role.REVIEWER)
    small, large = entered(clerk), entered(clerk, "900")
    assert told(reviewer) == {large.pk: "Entered: compare it with its source"}
    row = large.lines.get()
    bounce_order(by=reviewer, order=large, faults=[FaultFound(row, "unit_price", "800")])
    assert told(reviewer) == {}  # its clerk puts it right first
    large = Order.objects.get(pk=large.pk)
    right = LineEntry(id=row.pk, quantity=Decimal(1), product_name="纸", unit_price=Decimal(800))
    edit_order(by=clerk, order=large, version=large.version, lines=[right])
    DeskRule.objects.update(sample_percent=100)
    assert set(told(reviewer)) == {small.pk, large.pk}


def test_nobody_is_asked_to_compare_what_they_wrote_themselves():
    boss = make_user("chen", Role.MANAGER)
    customer = make_customer(clerk=make_user("lin", Role.CLERK))
    row = LineEntry(quantity=Decimal(1), product_name="纸", unit_price=Decimal(900))
    order = enter_order(by=boss, customer=customer, lines=[row])
    assert (order.owner == customer.clerk, order.pk in told(boss)) == (True, False)


def test_a_confirmed_order_is_to_be_asked_about_then_waits_for_the_warehouse_then_is_released(clerk):
    order = make_order(state=Status.CONFIRMED, lines=1, owner=clerk)
    assert told(clerk) == {order.pk: "Confirmed: ask the warehouse"}
    question = ask_stock(by=clerk, order=order, lines={line: line.quantity for line in order.lines.all()})
    assert told(clerk) == {order.pk: "Confirmed: the warehouse has not answered yet"}
    answers = {row.pk: LineAnswer(row.quantity) for row in question.lines.all()}
    answer_stock(by=make_user("wu", Role.WAREHOUSE), question=question, answers=answers)
    assert told(clerk) == {order.pk: "Confirmed: release it"}
    question = ask_stock(by=clerk, order=order, lines={line: line.quantity for line in order.lines.all()})
    nothing = {row.pk: LineAnswer(Decimal(0)) for row in question.lines.all()}
    answer_stock(by=make_user("xu", Role.WAREHOUSE), question=question, answers=nothing)
    assert told(clerk) == {order.pk: "Confirmed: the warehouse says “Nothing can be shipped”"}


def test_what_stands_in_the_way_is_said_and_an_order_nobody_decides_any_more_is_its_clerks(clerk):
    boss = make_user("chen", Role.APPROVER)
    ApprovalRule.objects.filter(kind="total").update(is_active=True, threshold=50)
    order = entered(clerk)
    confirm_order(by=clerk, order=order)
    place_hold(by=boss, order=order, kind="quality", reason="ask first")
    assert (told(clerk), told(boss)) == ({}, {order.pk: "A rule wants your decision"})
    decide_approval(by=boss, approval=order.approvals.get(), grant=True)
    assert (told(clerk), told(boss)) == ({order.pk: "On hold (Quality): ask first"}, {})


def test_an_order_that_was_not_approved_is_not_to_be_confirmed_as_it_is(clerk):
    boss = make_user("chen", Role.APPROVER)
    ApprovalRule.objects.filter(kind="total").update(is_active=True, threshold=50)
    order = entered(clerk)
    confirm_order(by=clerk, order=order)
    decide_approval(by=boss, approval=order.approvals.get(), grant=False, reason="too dear")
    assert told(clerk) == {order.pk: "Not approved: change it or call it off"}
