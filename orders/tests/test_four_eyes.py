"""Whoever wrote, entered or changed what an order says does not decide on it, and is not told to."""

from dataclasses import replace
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from customers.factories import make_customer
from orders.actions.amend import approve_amendment, submit_amendment, write_amendment
from orders.actions.approve import decide_approval
from orders.actions.cancel import reopen_order
from orders.actions.enter import create_order, edit_order
from orders.actions.hold import place_hold, release_hold
from orders.actions.review import confirm_order, review_order, submit_entry
from orders.amending.panels import amendments_waiting
from orders.desk.approval_pages import cards, open_approvals
from orders.desk.queue import queue_of
from orders.errors import OrderError
from orders.factories import make_order
from orders.models import Approval, ApprovalRule, DeskRule, Order, OrderEvent
from orders.rows import LineEntry
from orders.status import Status
from orders.tests.test_amending_an_order import entries_of, seen
from orders.tests.test_desk_checks import entered
from staff.factories import make_team, make_user
from staff.roles import Role

pytestmark = pytest.mark.django_db
S = Status
NOW = timezone.now()


@pytest.fixture(autouse=True)
def every_order_is_large(db):
    DeskRule.objects.update(sample_percent=0)
    ApprovalRule.objects.update(is_active=False)
    ApprovalRule.objects.create(kind=ApprovalRule.Kind.TOTAL, threshold=Decimal(1), is_active=True)


@pytest.fixture
def lin():
    return make_user("lin", Role.CLERK)


@pytest.fixture
def wang():
    """Somebody who writes, and may approve what others wrote."""
    return make_user("wang", Role.CLERK, Role.MANAGER, Role.APPROVER)


def imported(by):
    """An order as a sheet leaves it: its writer is whoever brought the sheet."""
    order = make_order(state=S.RECEIVED, lines=1, created_by=by)
    OrderEvent.objects.create(order=order, kind="imported", by=by)
    return order


def changed_since(by, clerk):
    """An order of a clerk that somebody else has changed before it was entered."""
    order = create_order(
        by=clerk,
        customer=make_customer(clerk=clerk),
        lines=[LineEntry(Decimal(1), product_name="纸", unit_price=Decimal(9))],
    )
    rows = [replace(each, quantity=Decimal(2)) for each in entries_of(order)]
    return edit_order(by=by, order=order, version=order.version, lines=rows)


@pytest.mark.parametrize("wrote", [lambda wang, lin: imported(wang), changed_since], ids=["imported", "changed"])
def test_who_wrote_in_an_order_that_another_submits_neither_approves_it_nor_is_told_to(client, wang, lin, wrote):
    order = wrote(wang, lin)
    Order.objects.filter(pk=order.pk).update(owner=lin)
    submit_entry(by=lin, order=order)
    assert confirm_order(by=lin, order=order).state == S.PENDING_APPROVAL
    approval = Approval.objects.get(order=order)
    with pytest.raises(OrderError, match="somebody else approves"):
        decide_approval(by=wang, approval=approval, grant=True)
    assert not open_approvals(wang).exists()
    assert cards(wang) == []
    assert queue_of(wang) == []
    chen = make_user("chen", Role.APPROVER)
    assert [each.order for each in queue_of(chen)] == [order]
    decide_approval(by=chen, approval=approval, grant=True)
    order.refresh_from_db()
    assert order.state == S.CONFIRMED


def test_the_queue_of_an_approver_is_told_in_as_many_statements_however_many_wait(
    lin, wang, django_assert_max_num_queries
):
    for _ in range(3):
        confirm_order(by=lin, order=entered(lin))
    with django_assert_max_num_queries(6) as few:
        assert len(queue_of(wang)) == 3
    for _ in range(6):
        confirm_order(by=lin, order=entered(lin))
    with django_assert_max_num_queries(len(few)):
        assert len(queue_of(wang)) == 9


def written(by, order, amendment=None, quantity="11"):
    order = Order.objects.get(pk=order.pk)
    rows = entries_of(order)
    rows[0] = replace(rows[0], quantity=Decimal(quantity))
    return write_amendment(
        by=by, order=order, version=order.version, cause="customer_change", reason="x", lines=rows, header={},
        amendment=amendment,
    )  # fmt: skip


@pytest.fixture
def large():
    """A confirmed order above the limit up to which one approves one's own amendment."""
    return make_order(
        customer=make_customer(team=make_team()), state=S.CONFIRMED,
        lines=[{"quantity": Decimal(10), "unit_price": Decimal(3000)}],
    )  # fmt: skip


@pytest.mark.parametrize("rewritten", [False, True])
def test_an_amendment_is_not_approved_by_who_drafted_it_though_another_hands_it_in(client, lin, wang, large, rewritten):
    ApprovalRule.objects.update(is_active=False)
    draft = written(wang, large)
    if rewritten:
        draft = written(lin, large, draft, quantity="12")
    amendment = submit_amendment(by=lin, amendment=draft)
    with pytest.raises(OrderError, match="somebody else approves"):
        approve_amendment(by=wang, amendment=amendment, seen=seen(amendment))
    assert amendments_waiting(wang) == 0
    client.force_login(wang)
    page = client.get(reverse("orders:amendment", args=[amendment.pk])).content.decode()
    assert "somebody else approves" in page
    chen = make_user("chen", Role.MANAGER)
    assert amendments_waiting(chen) == 1
    assert approve_amendment(by=chen, amendment=amendment, seen=seen(amendment)).state == "applied"


def test_a_reviewer_reviews_their_own_large_order_no_more_than_a_clerk_does():
    sun = make_user("sun", Role.CLERK, Role.REVIEWER)
    order = create_order(
        by=sun, customer=make_customer(), lines=[LineEntry(Decimal(10), product_name="纸", unit_price=Decimal(9000))]
    )
    with pytest.raises(OrderError, match="somebody else reviews"):
        review_order(by=sun, order=order, answers={})
    with pytest.raises(OrderError, match="somebody else reviews"):
        submit_entry(by=sun, order=order)


def held_again(by, amended_by=None):
    """A completed order this person wrote, or amended, that was opened again while a rule fires on it."""
    order = make_order(state=S.COMPLETED, lines=1, created_by=None if amended_by else by)
    if amended_by:
        amendment = order.amendments.create(revision=1, cause="supply", asked_by=by, state="applied", applied_at=NOW)
        amendment.written_by.add(amended_by)
    return reopen_order(by=make_user("", Role.MANAGER), order=order, reason="a row was forgotten")


@pytest.mark.parametrize("amended", [False, True])
def test_a_hold_for_a_rule_is_not_released_by_who_wrote_the_order(client, wang, lin, amended):
    order = held_again(lin, amended_by=wang) if amended else held_again(wang)
    hold = order.holds.get()
    with pytest.raises(OrderError, match="somebody else releases"):
        release_hold(by=wang, hold=hold)
    client.force_login(wang)
    page = client.get(reverse("orders:detail", args=[order.pk])).content.decode()
    assert reverse("orders:release_hold", args=[hold.pk]) not in page
    assert release_hold(by=make_user("chen", Role.APPROVER), hold=hold).released_at


def test_a_hold_somebody_placed_for_another_reason_is_released_by_any_who_may(wang):
    order = make_order(state=S.ENTERED, lines=1, created_by=wang)
    hold = place_hold(by=make_user("sun", Role.REVIEWER), order=order, kind="quality", reason="sample first")
    assert release_hold(by=wang, hold=hold).released_by == wang
