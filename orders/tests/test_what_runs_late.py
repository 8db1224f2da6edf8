"""The house finds by itself what is late, what has arrived and what is settled, and says that it was the house."""

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from orders.actions.cancel import reopen_order
from orders.actions.complete import close_orders_whose_time_has_come, complete_orders_whose_time_has_come
from orders.actions.late import open_cases_of_late_shipments, tell_of_overdue_orders
from orders.actions.release import close_order
from orders.actions.ship import request_shipment, sign_shipment
from orders.actions.trouble import settle_trouble
from orders.errors import OrderError
from orders.factories import make_order
from orders.models import CaseStub, Order, OrderEvent, Shipment
from orders.status import Fulfilment, Invoicing, Payment, Returning, Status
from orders.tests.goods import released, rows, send, through
from salesops.jobs.kinds import kind_named
from salesops.numbering.numbers import house_day
from staff.factories import make_user
from staff.models import Notice
from staff.roles import Role

pytestmark = pytest.mark.django_db


@pytest.fixture
def clerk():
    return make_user("lin", Role.CLERK)


@pytest.fixture
def keeper():
    return make_user("wu", Role.WAREHOUSE)


def waiting_shipment(clerk, *, days, **customer):
    order = released(5, **customer)
    Order.objects.filter(pk=order.pk).update(promised_on=house_day() - timedelta(days=days), owner=clerk)
    return request_shipment(by=clerk, order=order, lines=rows(order, 5))


def test_a_shipment_past_its_promised_day_opens_one_case_and_only_once(clerk, django_capture_on_commit_callbacks):
    late, due_today = waiting_shipment(clerk, days=1), waiting_shipment(clerk, days=0)
    with django_capture_on_commit_callbacks(execute=True):
        assert open_cases_of_late_shipments() == 1
    assert open_cases_of_late_shipments() == 0
    case = CaseStub.objects.get()
    assert (case.shipment, case.kind, case.opened_by) == (late, "late", None)
    late.order.refresh_from_db()
    assert late.order.fulfilment == Fulfilment.EXCEPTION
    assert not due_today.case_stubs.exists()
    assert Notice.objects.filter(user=clerk).exists()
    settle_trouble(by=clerk, case=case, outcome="the customer waits")
    assert open_cases_of_late_shipments() == 0


def test_what_was_late_leaves_and_arrives_while_its_case_stays_open(clerk, keeper):
    shipment = waiting_shipment(clerk, days=3)
    open_cases_of_late_shipments()
    shipment.refresh_from_db()
    through(keeper, shipment)
    sign_shipment(by=clerk, shipment=shipment, signed_by_name="王芳")
    order = Order.objects.get(pk=shipment.order_id)
    assert (order.state, order.fulfilment) == (Status.COMPLETED, Fulfilment.SIGNED)
    assert CaseStub.objects.get().closed_at is None


def test_what_has_left_the_house_is_not_late_by_itself(clerk, keeper):
    order = released(5)
    send(clerk, keeper, order, 5)
    Order.objects.update(promised_on=house_day() - timedelta(days=2))
    assert open_cases_of_late_shipments() == 0


def test_a_clerk_is_told_once_of_each_deadline_that_passes(client, clerk, django_capture_on_commit_callbacks):
    order = make_order(state=Status.ENTERED, lines=1, owner=clerk, due_at=timezone.now() - timedelta(hours=1))
    make_order(state=Status.CONFIRMED, lines=1, owner=clerk, due_at=timezone.now() + timedelta(hours=1))
    make_order(state=Status.ENTERED, lines=1, owner=clerk, due_at=timezone.now() - timedelta(days=200))
    with django_capture_on_commit_callbacks(execute=True):
        assert tell_of_overdue_orders() == 1
    assert tell_of_overdue_orders() == 0
    assert Notice.objects.get(user=clerk).url == reverse("orders:detail", args=[order.pk])
    client.force_login(clerk)
    text = client.get(reverse("orders:detail", args=[order.pk])).content.decode()
    assert "Past its deadline" in text
    assert "The system" in text
    Order.objects.filter(pk=order.pk).update(due_at=timezone.now())
    assert tell_of_overdue_orders() == 1


def test_nothing_is_late_while_a_question_to_the_customer_is_open(clerk):
    asked = make_order(state=Status.CLARIFYING, lines=1, owner=clerk, due_at=timezone.now() - timedelta(hours=1))
    assert tell_of_overdue_orders() == 0
    assert not Order.objects.late().exists()
    Order.objects.filter(pk=asked.pk).update(state=Status.RECEIVED)
    assert list(Order.objects.late()) == [asked]
    assert tell_of_overdue_orders() == 1


def test_a_reopened_order_is_not_completed_by_the_clock_before_somebody_could_see_to_it(clerk, keeper):
    order = released(5)
    send(clerk, keeper, order, 5)
    Shipment.objects.update(shipped_at=timezone.now() - timedelta(days=20))
    assert complete_orders_whose_time_has_come() == 1
    reopen_order(by=make_user("chen", Role.MANAGER), order=order, reason="two are missing")
    assert complete_orders_whose_time_has_come() == 0
    OrderEvent.objects.update(at=timezone.now() - timedelta(days=20))
    assert complete_orders_whose_time_has_come() == 1


def settled(**values: Any) -> Order:
    fields: dict[str, Any] = {
        "state": Status.COMPLETED, "invoicing": Invoicing.FULL, "payment": Payment.PAID, "lines": 1,
        "completed_at": timezone.now() - timedelta(days=16),
    }  # fmt: skip
    return make_order(**(fields | values))


def test_a_completed_order_that_is_invoiced_and_paid_closes_when_its_days_for_returns_are_over():
    order = settled()
    others = [
        settled(completed_at=timezone.now() - timedelta(days=2)),
        settled(payment=Payment.PARTIAL),
        settled(invoicing=Invoicing.PARTIAL),
        settled(returning=Returning.OPEN),
        settled(),
    ]
    CaseStub.objects.create(order=others[-1], kind="damaged")
    assert close_orders_whose_time_has_come() == 1
    assert close_orders_whose_time_has_come() == 0
    order.refresh_from_db()
    assert order.state == Status.CLOSED
    assert order.events.get(kind="moved").by is None
    assert set(Order.objects.exclude(pk=order.pk).values_list("state", flat=True)) == {Status.COMPLETED}


def test_nobody_closes_an_order_while_goods_are_on_their_way_back(clerk):
    with pytest.raises(OrderError, match="return is open"):
        close_order(by=clerk, order=settled(returning=Returning.OPEN))


def test_the_house_looks_every_half_hour_and_every_hour():
    assert kind_named("orders.late").every == timedelta(minutes=30)
    assert kind_named("orders.complete").every == timedelta(hours=1)
