"""“Save and confirm” in the entry page: one press where nobody else must look, and never around somebody who must."""

import json
from decimal import Decimal
from uuid import uuid4

import pytest
from django.contrib.messages import get_messages
from django.urls import reverse

from customers.factories import make_customer, make_product
from orders.models import Approval, ApprovalRule, DeskRule, Hold, Order, Verification
from orders.status import Status
from staff.factories import make_team, make_user
from staff.roles import Role

pytestmark = pytest.mark.django_db


@pytest.fixture
def team():
    return make_team()


@pytest.fixture
def page(client, team):
    DeskRule.objects.update(sample_percent=0)
    client.force_login(make_user("lin", Role.CLERK, team=team))
    return client


@pytest.fixture
def customer(team):
    return make_customer(name="杭州澜庭办公用品有限公司", team=team)


@pytest.fixture
def paper():
    return make_product(code="ZP-A4", name="复印纸 A4", list_price=Decimal("113"), tax_rate="13")


def send(page, customer, *, quantity="2", total="226.00", **body):
    rows = [{"key": "a", "product": "ZP-A4", "quantity": quantity, "from": {"unit_price": "default"}}]
    sent = {"token": str(uuid4()), "customer": customer.pk, "rows": rows, "total": total, "confirm": True, **body}
    answer = page.post(reverse("orders:entry_submit"), json.dumps(sent), content_type="application/json")
    assert answer.status_code == 200, answer.content.decode()
    last = [str(each) for each in get_messages(answer.wsgi_request)][-1]
    return Order.objects.get(number=answer.json()["number"]), last


def test_an_order_nobody_else_must_look_at_is_confirmed_in_one_press(page, customer, paper):
    order, told = send(page, customer)
    assert order.state == Status.CONFIRMED
    assert None not in (order.reviewed_at, order.entered_at, order.verified_at, order.confirmed_at)
    way = list(order.events.order_by("at", "id").values_list("kind", "after__state"))
    assert way == [
        ("created", None),
        ("moved", "reviewed"),
        ("moved", "entered"),
        ("moved", "verified"),
        ("moved", "confirmed"),
    ]
    assert order.version == 5
    assert order.verifications.get().outcome == Verification.Outcome.NOT_DRAWN
    assert told == f"Order {order.number} is saved and confirmed."


def test_the_same_way_in_two_presses_ends_the_same(page, customer, paper):
    at_once, _told = send(page, customer)
    order, _told = send(page, customer, confirm=False)
    assert order.state == Status.ENTERED
    page.post(reverse("orders:confirm", args=[order.pk]))
    order.refresh_from_db()
    fields = ("state", "version", "total", "line_count", "owner_id", "entered_by_id", "due_at")
    assert [getattr(order, name) for name in fields] == [getattr(at_once, name) for name in fields]
    names = ("kind", "by", "before__state", "after__state", "after__revision")
    kept = [list(each.events.order_by("at", "id").values_list(*names)) for each in (order, at_once)]
    assert kept[0] == kept[1]


def test_a_second_pair_of_eyes_is_not_passed_by(page, customer, paper):
    DeskRule.objects.update(four_eyes_total=200)
    order, told = send(page, customer)
    assert order.state == Status.ENTERED
    assert not order.verifications.exists()
    assert "second person" in told


def test_a_drawn_order_stays_entered(page, customer, paper):
    DeskRule.objects.update(sample_percent=100)
    order, told = send(page, customer)
    assert order.state == Status.ENTERED
    assert "drawn" in told


def test_a_rule_that_fires_sends_it_to_its_approver(page, customer, paper):
    ApprovalRule.objects.filter(kind="total").update(threshold=200, is_active=True)
    order, told = send(page, customer)
    assert order.state == Status.PENDING_APPROVAL
    assert order.approvals.get().state == Approval.State.OPEN
    kinds = list(order.events.order_by("at", "id").values_list("kind", flat=True))
    assert kinds == ["created", "moved", "moved", "moved", "approval_asked", "moved"]
    assert told == "The order waits for approval."


def test_what_somebody_else_must_review_stays_received(page, customer, paper):
    DeskRule.objects.update(self_review_total=200)
    order, told = send(page, customer)
    assert order.state == Status.RECEIVED
    assert "not confirmed" in told


def test_a_hold_on_an_order_that_is_edited_stands_in_the_way(page, customer, paper):
    order, _told = send(page, customer, confirm=False)
    line = order.lines.get()
    Hold.objects.create(order=order, kind="document", reason="合同未回")
    rows = [{"key": "a", "id": line.pk, "product": "ZP-A4", "quantity": "3", "unit_price": "113", "touched": True}]
    body = {"rows": rows, "total": "339.00", "order": order.pk, "version": order.version}
    held, told = send(page, customer, **body)
    assert held.pk == order.pk
    assert (held.state, held.total) == (Status.ENTERED, Decimal("339.00"))
    assert "合同未回" in told
