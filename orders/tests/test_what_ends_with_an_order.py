"""An order that is called off, not taken or closed leaves nothing waiting: each thing ends with a reason, in one deed."""

from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils.translation import override

from orders.actions.amend import drop_amendment, reject_amendment, submit_amendment
from orders.actions.amend_link import confirm_by_customer, make_link
from orders.actions.cancel import cancel_order, reject_order
from orders.actions.clarify import ask_customer
from orders.actions.complete import close_settled_order, complete_orders_whose_time_has_come
from orders.actions.hold import place_hold
from orders.actions.release import close_order, withdraw_release
from orders.actions.review import confirm_order
from orders.actions.ship import request_shipment, sign_shipment
from orders.actions.stock import LineAnswer, answer_stock, ask_stock
from orders.actions.trouble import report_trouble, short_close
from orders.amending.panels import amendments_waiting
from orders.errors import OrderError
from orders.factories import make_order
from orders.history import order_entries
from orders.models import Amendment, Approval, ApprovalRule, DeskRule, Order, StockQuestion
from orders.status import Invoicing, Payment, Status
from orders.tests.goods import released, rows, send
from orders.tests.test_amending_an_order import approve
from orders.tests.test_desk_checks import entered
from orders.tests.test_four_eyes import written
from staff.factories import make_user
from staff.roles import Role

pytestmark = pytest.mark.django_db
S = Status


@pytest.fixture(autouse=True)
def no_rules(db):
    ApprovalRule.objects.update(is_active=False)
    DeskRule.objects.update(sample_percent=0)


@pytest.fixture
def lin():
    return make_user("lin", Role.CLERK)


@pytest.fixture
def wu():
    return make_user("wu", Role.WAREHOUSE)


@pytest.fixture
def boss():
    return make_user("chen", Role.MANAGER, Role.APPROVER)


def cancel(by, order):
    return cancel_order(by=by, order=Order.objects.get(pk=order.pk), side="customer", reason="changed_mind")


def last_told(order):
    return order_entries(order.events.select_related("by")[:1])[0].detail


@pytest.mark.parametrize("submitted", [True, False])
def test_an_amendment_in_hand_ends_with_the_order_it_would_have_changed(
    client, lin, boss, submitted, django_capture_on_commit_callbacks
):
    order = make_order(state=S.CONFIRMED, lines=[{"quantity": Decimal(10)}])
    amendment = written(lin, order)
    if submitted:
        submit_amendment(by=lin, amendment=amendment)
        assert amendments_waiting(boss) == 1
    with django_capture_on_commit_callbacks(execute=True):
        cancel(boss, order)
    assert "no longer valid" in str(lin.notices.get().text_key)
    amendment.refresh_from_db()
    assert (amendment.state, amendment.decided_by) == (Amendment.State.VOID, boss)
    assert amendment.decision_note == "The order was cancelled."
    assert amendments_waiting(boss) == 0
    assert "amendment 1" in last_told(order)
    with pytest.raises(OrderError, match="No longer valid"):
        reject_amendment(by=boss, amendment=amendment, note="x")
    client.force_login(boss)
    page = client.get(reverse("orders:amendment", args=[amendment.pk])).content.decode()
    assert "The order was cancelled." in page
    assert "No longer valid" in page


def test_everything_that_waits_on_a_cancelled_order_ends_with_it_and_the_history_tells(client, lin, wu, boss):
    ApprovalRule.objects.create(kind=ApprovalRule.Kind.TOTAL, threshold=Decimal(1), is_active=True, name="Large")
    order = confirm_order(by=lin, order=entered(lin))
    place_hold(by=lin, order=order, kind="quality", reason="sample first")
    question = ask_stock(by=lin, order=order, lines=rows(order, 1))
    cancel(lin, order)
    approval = Approval.objects.get(order=order)
    assert (approval.state, approval.reason) == ("void", "The order was cancelled.")
    hold = order.holds.get()
    assert (hold.released_by, hold.release_note) == (lin, "The order was cancelled.")
    question.refresh_from_db()
    assert (question.answer, question.answer_note) == (StockQuestion.Answer.ENDED, "The order was cancelled.")
    assert question.answered_at is None
    with pytest.raises(OrderError, match="no longer asked"):
        answer_stock(by=wu, question=question, answers={question.lines.get().pk: LineAnswer(Decimal(1))})
    told = last_told(order)
    for word in ("approval: Large order", "hold: Quality", "question to the warehouse"):
        assert word in told
    client.force_login(boss)
    assert "The order was cancelled." in client.get(reverse("orders:detail", args=[order.pk])).content.decode()
    client.force_login(wu)
    page = client.get(reverse("orders:stock_question", args=[question.pk])).content.decode()
    assert "The order was cancelled." in page


def test_a_question_to_the_customer_ends_unanswered_and_an_exception_is_closed(lin, wu, boss):
    asked = make_order(state=S.RECEIVED, lines=1, owner=lin)
    question = ask_customer(by=lin, order=asked, question="几箱？", to="")
    cancel(lin, asked)
    question.refresh_from_db()
    assert question.answered_at is not None
    assert question.answer == ""
    assert "question to the customer" in last_told(asked)
    late = released(5)
    case = report_trouble(
        by=wu, shipment=request_shipment(by=lin, order=late, lines=rows(late, 5)), trouble="late", note="no truck"
    )
    withdraw_release(by=boss, order=late, reason="x")
    cancel(boss, late)
    case.refresh_from_db()
    assert (case.closed_by, case.outcome) == (boss, "The order was cancelled.")


def test_what_waits_on_an_order_that_is_not_taken_ends_too(lin, boss):
    order = make_order(state=S.RECEIVED, lines=[{"quantity": Decimal(5)}], owner=lin)
    question = ask_stock(by=lin, order=order, lines=rows(order, 5))
    place_hold(by=lin, order=order, kind="customer", reason="who is it")
    reject_order(by=boss, order=order, reason="not_ours")
    question.refresh_from_db()
    assert question.answer_note == "The order was not taken."
    assert order.holds.get().release_note == "The order was not taken."


@pytest.mark.parametrize(("language", "words"), [("en", "was cancelled"), ("zh-hans", "已取消")])
def test_the_customers_link_says_that_the_order_was_cancelled(client, lin, boss, language, words):
    order = make_order(state=S.CONFIRMED, lines=[{"quantity": Decimal(10)}])
    amendment = approve(boss, submit_amendment(by=lin, amendment=written(lin, order)))
    secret = make_link(by=lin, amendment=amendment)
    cancel(boss, order)
    answer = client.get(reverse("amendment_link", args=[secret]), headers={"accept-language": language})
    assert answer.status_code == 410
    assert words in answer.content.decode()
    assert order.number in answer.content.decode()
    assert "confirm the change" not in answer.content.decode().lower()
    with override("en"), pytest.raises(OrderError, match="was cancelled"):
        confirm_by_customer(secret=secret, name="王芳")
    with override("en"), pytest.raises(OrderError, match="was cancelled"):
        make_link(by=lin, amendment=amendment)
    client.force_login(boss)
    shown = client.get(reverse("orders:amendments"), {"view": "to_confirm"}).content.decode()
    assert order.number not in shown
    client.force_login(lin)
    page = client.get(reverse("orders:amendment", args=[amendment.pk])).content.decode()
    assert "Mail the link" not in page


@pytest.mark.parametrize("end", [reject_amendment, drop_amendment])
def test_an_order_is_not_completed_under_an_amendment_that_somebody_decides(lin, wu, boss, end):
    order = released(10)
    first = send(lin, wu, order, 6)
    amendment = submit_amendment(by=lin, amendment=written(lin, order, quantity="20"))
    sign_shipment(by=wu, shipment=first, signed_by_name="王芳")
    short_close(by=lin, line=order.lines.get(), quantity=Decimal(4), reason="discontinued")
    order.refresh_from_db()
    assert order.state == S.RELEASED
    assert complete_orders_whose_time_has_come() == 0
    if end is reject_amendment:
        reject_amendment(by=boss, amendment=amendment, note="no")
    else:
        drop_amendment(by=lin, amendment=amendment)
    order.refresh_from_db()
    assert order.state == S.COMPLETED


def settled(lin, wu):
    """A completed order that is invoiced and paid, with a draft of an amendment nobody handed in."""
    order = released(10)
    shipment = send(lin, wu, order, 10)
    draft = written(lin, order)
    sign_shipment(by=wu, shipment=shipment, signed_by_name="王芳")
    Order.objects.filter(pk=order.pk).update(
        invoicing=Invoicing.FULL, payment=Payment.PAID, completed_at="2026-01-05T08:00Z"
    )
    return Order.objects.get(pk=order.pk), draft


@pytest.mark.parametrize("by_hand", [True, False])
def test_a_draft_nobody_handed_in_ends_with_the_close_of_its_order(lin, wu, by_hand):
    order, draft = settled(lin, wu)
    if by_hand:
        close_order(by=lin, order=order)
    else:
        assert close_settled_order(order=order)
    draft.refresh_from_db()
    assert (draft.state, draft.decision_note) == (Amendment.State.VOID, "The order was closed.")


def test_nothing_is_closed_over_an_open_hold_or_an_open_exception(lin, wu, boss):
    order, _draft = settled(lin, wu)
    case = report_trouble(by=wu, shipment=order.shipments.get(), trouble="damaged", note="one box")
    for more in ({}, {"written_off": "never mind"}):
        with pytest.raises(OrderError, match="exception is open"):
            close_order(by=boss, order=order, **more)
    case.closed_at = case.opened_at
    case.save()
    order.holds.create(kind="document", reason="certificate", placed_by=lin)
    with pytest.raises(OrderError, match="A hold stands in the way"):
        close_order(by=boss, order=order)
    assert not close_settled_order(order=order)
