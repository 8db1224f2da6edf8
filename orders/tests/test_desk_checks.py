"""The way of an order from receipt to close: who may do which deed where, and what each deed leaves behind."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from customers.factories import make_customer, make_product
from orders.actions.approve import decide_approval
from orders.actions.cancel import cancel_order, reopen_order
from orders.actions.enter import create_order, edit_order
from orders.actions.hold import place_hold, release_hold
from orders.actions.release import release_order
from orders.actions.review import QUESTIONS, Answer, confirm_order, enter_order, review_order, submit_entry
from orders.actions.rules import change_rule
from orders.actions.verify import FaultFound, bounce_order
from orders.desk.deadlines import due_after
from orders.desk.deeds import DEEDS, deeds_for
from orders.desk.numbers import desk_rule, is_drawn
from orders.desk.queue import queue_of
from orders.desk.rule_effects import effect_of
from orders.errors import OrderError
from orders.factories import make_order
from orders.models import Approval, ApprovalRule, DeskRule, ErrorEvent, Hold, Verification
from orders.rows import LineEntry
from orders.status import Status
from orders.tests.looking import compare_and_pass
from salesops.jobs.engine import run_now
from salesops.jobs.models import Job
from salesops.worktime.queries import house_clock
from staff.factories import make_user
from staff.roles import Role

pytestmark = pytest.mark.django_db
S = Status


@pytest.fixture
def clerk():
    return make_user("lin", Role.CLERK)


@pytest.fixture
def reviewer():
    return make_user("sun", Role.REVIEWER)


@pytest.fixture
def boss():
    return make_user("chen", Role.MANAGER, Role.APPROVER)


@pytest.fixture(autouse=True)
def nobody_is_drawn(db):
    DeskRule.objects.update(sample_percent=0)


def row(price="100", quantity="1", **values):
    return LineEntry(quantity=Decimal(quantity), product_name="纸", unit_price=Decimal(price), **values)


def entered(clerk, price="100", **values):
    customer = values.pop("customer", None) or make_customer(clerk=clerk)
    return enter_order(by=clerk, customer=customer, lines=[row(price)], **values)


def test_a_small_order_typed_by_its_clerk_is_entered_and_confirmed_in_two_deeds(clerk):
    order = entered(clerk)
    assert (order.state, order.entered_by) == (S.ENTERED, clerk)
    assert order.received_at <= order.reviewed_at <= order.entered_at
    assert order.review_checks.count() == 7
    confirmed = confirm_order(by=clerk, order=order)
    confirmed.refresh_from_db()
    assert confirmed.state == S.CONFIRMED
    assert confirmed.verifications.get().outcome == Verification.Outcome.NOT_DRAWN


def test_a_large_order_waits_for_somebody_else_to_review_it(clerk, reviewer):
    order = entered(clerk, "20000")
    assert order.state == S.RECEIVED
    with pytest.raises(OrderError, match="somebody else reviews"):
        submit_entry(by=clerk, order=order)
    review_order(by=reviewer, order=order, answers={question: Answer(True) for question in QUESTIONS})
    assert submit_entry(by=clerk, order=order).state == S.ENTERED


def test_a_point_that_is_not_right_keeps_the_order_where_it_is(clerk, reviewer):
    order = create_order(by=clerk, customer=make_customer(), lines=[row()])
    answers = {question: Answer(True) for question in QUESTIONS} | {"price": Answer(False, "not our price")}
    assert review_order(by=reviewer, order=order, answers=answers).state == S.RECEIVED
    assert order.review_checks.get(is_right=False).note == "not our price"
    with pytest.raises(OrderError, match="missing"):
        review_order(by=reviewer, order=order, answers={"who": Answer(True)})


def test_four_eyes_the_second_pair_belongs_to_somebody_else(clerk, reviewer):
    DeskRule.objects.update(four_eyes_total=50)
    order = entered(clerk)
    with pytest.raises(OrderError, match="second person"):
        confirm_order(by=clerk, order=order)
    both = make_user("both", Role.CLERK, Role.REVIEWER)
    own = entered(both)
    with pytest.raises(OrderError, match="You wrote"):
        compare_and_pass(both, own)
    assert compare_and_pass(reviewer, order).state == S.CONFIRMED


def test_the_sample_is_the_same_whoever_draws_it_and_about_as_large_as_asked():
    orders = [make_order(lines=1) for _ in range(200)]
    drawn = [is_drawn(order, 50) for order in orders]
    assert drawn == [is_drawn(order, 50) for order in orders]
    assert 60 < sum(drawn) < 140


def test_a_bounced_order_stands_in_the_ledger_against_whoever_wrote_the_value(clerk, reviewer):
    DeskRule.objects.update(four_eyes_total=50)
    order = entered(clerk)
    fault = FaultFound(order.lines.get(), "quantity", "10")
    with pytest.raises(OrderError, match="at least one"):
        bounce_order(by=reviewer, order=order, faults=[])
    (event,) = bounce_order(by=reviewer, order=order, faults=[fault])
    assert (event.made_by, event.caught_by, event.caught_stage) == (clerk, reviewer, ErrorEvent.Stage.VERIFICATION)
    assert (event.field, event.wrong_value, event.right_value) == ("quantity", "1", "10")
    order.refresh_from_db()
    assert (order.state, order.entered_by) == (S.ENTERED, clerk)
    edit_order(by=clerk, order=order, version=order.version, lines=[row(quantity="10", id=order.lines.get().pk)])
    assert compare_and_pass(reviewer, order).state == S.CONFIRMED


def test_a_hold_stops_the_order_and_its_release_brings_it_on(clerk, boss):
    order = entered(clerk)
    hold = place_hold(by=clerk, order=order, kind="credit", reason="ask first")
    with pytest.raises(OrderError, match="ask first"):
        confirm_order(by=clerk, order=order)
    with pytest.raises(PermissionDenied):
        release_hold(by=clerk, hold=hold)
    released = release_hold(by=boss, hold=hold, note="fine")
    assert (released.released_by, released.release_note) == (boss, "fine")
    assert confirm_order(by=clerk, order=order).state == S.CONFIRMED


def over_credit(clerk):
    customer = make_customer(clerk=clerk, credit_limit=Decimal(50))
    order = entered(clerk, customer=customer)
    confirm_order(by=clerk, order=order)
    order.refresh_from_db()
    assert order.state == S.PENDING_APPROVAL
    return order, order.approvals.get(state="open")


def test_an_order_over_credit_waits_and_the_last_approval_confirms_it(clerk, boss):
    order, approval = over_credit(clerk)
    assert approval.finding["values"]["over"] == "50"
    with pytest.raises(PermissionDenied):
        decide_approval(by=clerk, approval=approval, grant=True)
    decide_approval(by=boss, approval=approval, grant=True, reason="known")
    order.refresh_from_db()
    assert (order.state, order.approvals.get().decided_by) == (S.CONFIRMED, boss)


def test_an_approver_never_lifts_their_own_limit(client, clerk, boss):
    order, approval = over_credit(boss)
    with pytest.raises(OrderError, match="You wrote"):
        decide_approval(by=boss, approval=approval, grant=True)
    client.force_login(boss)
    assert order.number not in client.get(reverse("orders:approvals")).content.decode()
    page = client.get(reverse("orders:approval", args=[approval.pk])).content.decode()
    assert "You wrote this order" in page
    assert 'name="decision"' not in page
    assert [each.order for each in queue_of(boss)] == []
    other = make_user("gu", Role.APPROVER)
    assert [each.order for each in queue_of(other)] == [order]
    assert decide_approval(by=other, approval=approval, grant=True).state == Approval.State.GRANTED


def test_sent_back_with_a_reason_and_an_edit_of_what_a_rule_read_voids_what_was_granted(clerk, boss):
    order, approval = over_credit(clerk)
    with pytest.raises(OrderError):
        decide_approval(by=boss, approval=approval, grant=False, reason=" ")
    decide_approval(by=boss, approval=approval, grant=False, reason="too much")
    order.refresh_from_db()
    assert (order.state, order.entered_by, order.verified_at) == (S.ENTERED, clerk, None)
    Approval.objects.update(state="granted")
    line = order.lines.get()
    edit_order(by=clerk, order=order, version=order.version, lines=[row(quantity="2", id=line.pk)])
    assert order.approvals.get().state == Approval.State.VOID


def test_a_decision_on_values_that_changed_since_is_no_decision(clerk, boss):
    order, approval = over_credit(clerk)
    make_order(customer=order.customer, state=S.CONFIRMED, lines=1)
    decided = decide_approval(by=boss, approval=approval, grant=True)
    assert decided.state == Approval.State.VOID
    order.refresh_from_db()
    assert order.state == S.PENDING_APPROVAL
    assert order.approvals.filter(state="open").count() == 1


def test_a_copy_has_no_approvals_and_a_reopened_order_keeps_none(clerk, boss):
    order, approval = over_credit(clerk)
    decide_approval(by=boss, approval=approval, grant=True)
    copy = entered(clerk, customer=order.customer)
    assert not copy.approvals.exists()
    type(order).objects.filter(pk=order.pk).update(state=S.COMPLETED)
    reopened = reopen_order(by=boss, order=order, reason="two boxes short")
    assert (reopened.state, reopened.approvals.get().state) == (S.RELEASED, "void")
    assert reopened.holds.get().kind == Hold.Kind.CREDIT


def test_a_rule_that_fires_on_a_reopened_order_holds_it(clerk, boss):
    ApprovalRule.objects.update(is_active=False)
    ApprovalRule.objects.filter(kind__in=("total", "new_customer")).update(is_active=True, threshold=50, name="")
    order = entered(clerk)
    confirm_order(by=clerk, order=order)
    for approval in Approval.objects.filter(order=order):
        decide_approval(by=boss, approval=approval, grant=True)
    type(order).objects.filter(pk=order.pk).update(state=S.COMPLETED)
    reopen_order(by=boss, order=order, reason="two boxes short")
    held = {hold.kind: hold for hold in order.holds.all()}
    assert set(held) == {Hold.Kind.PRICE, Hold.Kind.CUSTOMER}
    assert "from 50.00 on it is approved" in held[Hold.Kind.PRICE].reason
    assert {hold.placed_by for hold in held.values()} == {None}


def test_a_paid_order_uses_no_credit_when_it_is_reopened(clerk, boss):
    customer = make_customer(credit_limit=Decimal(1))
    order = make_order(state=S.COMPLETED, lines=1, payment="paid", customer=customer)
    assert not reopen_order(by=boss, order=order, reason="two boxes short").holds.filter(kind="credit").exists()


def test_release_needs_the_warehouse_or_a_reason(clerk):
    order = confirm_order(by=clerk, order=entered(clerk))
    with pytest.raises(OrderError, match="warehouse"):
        release_order(by=clerk, order=order)
    assert release_order(by=clerk, order=order, waived_reason="always there").state == S.RELEASED


def test_after_confirmation_only_a_supervisor_cancels(clerk, boss):
    order = confirm_order(by=clerk, order=entered(clerk))
    with pytest.raises(OrderError, match="manager"):
        cancel_order(by=clerk, order=order, side="us", reason="no_stock")
    cancelled = cancel_order(by=boss, order=order, side="us", reason="no_stock")
    assert cancelled.state == S.CANCELLED
    assert cancelled.events.filter(after__side="us", after__reason="no_stock").exists()


OFFERED = {
    S.RECEIVED: {"submit", "review", "hold", "reject", "cancel"},
    S.CLARIFYING: {"hold", "cancel"},
    S.REVIEWED: {"submit", "hold", "reject", "cancel"},
    S.REJECTED: set(),
    S.ENTERED: {"verify", "confirm", "bounce", "hold", "cancel"},
    S.VERIFIED: {"confirm", "hold", "cancel"},
    S.PENDING_APPROVAL: {"decide", "confirm", "hold", "cancel"},
    S.CONFIRMED: {"release", "invoice_back", "hold", "cancel"},
    S.RELEASED: {"withdraw", "invoice_back", "hold", "cancel"},
    S.COMPLETED: {"close", "reopen", "invoice_back"},
    S.CLOSED: {"invoice_back"},
    S.CANCELLED: set(),
}
MAY = {
    Role.CLERK: {"submit", "review", "confirm", "release", "invoice_back", "hold", "cancel", "close"},
    Role.REVIEWER: {"review", "verify", "bounce", "hold"},
    Role.APPROVER: {"decide", "hold"},
    Role.WAREHOUSE: set(),
    Role.SALESPERSON: set(),
    Role.MANAGER: {
        "submit", "review", "verify", "bounce", "confirm", "release", "withdraw", "hold", "reject", "cancel", "close",
        "reopen", "invoice_back",
    },
    Role.ADMINISTRATOR: {deed.name for deed in DEEDS},
}  # fmt: skip


@pytest.mark.parametrize("state", Status)
def test_each_role_is_offered_exactly_its_deeds_in_each_state(state):
    own = {deed.name for deed in DEEDS}
    for role in Role:
        person = make_user(role.value, role)
        order = make_order(state=state, lines=1, owner=person)
        offers = [each for each in deeds_for(order, person) if each.name in own]
        # a clerk may not close at once what is not paid: that takes a supervisor
        wanted = OFFERED[state] & MAY[role] - ({"close"} if role == Role.CLERK else set())
        assert {each.name for each in offers} == wanted, role
        assert all(each.allowed or each.reason for each in offers)


def test_the_deadline_is_base_and_rows_on_the_working_clock_without_the_pauses():
    clock = house_clock()
    start = datetime(2026, 11, 23, 9, 0, tzinfo=clock.zone)
    due, paused = due_after(clock, start, Decimal(35), [])
    assert (due - start, paused) == (timedelta(minutes=35), timedelta())
    pause = (start + timedelta(minutes=10), start + timedelta(minutes=25))
    assert due_after(clock, start, Decimal(35), [pause]) == (due + timedelta(minutes=15), timedelta(minutes=15))
    assert due_after(clock, start, Decimal(35), [(due, due + timedelta(hours=1))])[0] == due


def test_an_order_has_its_deadline_from_the_first_moment_and_the_promised_day_after_confirmation(clerk):
    received = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
    promised = datetime(2026, 11, 27, tzinfo=UTC).date()
    order = entered(clerk, received_at=received, promised_on=promised)
    assert order.due_at == received + timedelta(minutes=31)
    confirmed = confirm_order(by=clerk, order=order)
    confirmed.refresh_from_db()
    assert confirmed.due_at.astimezone(house_clock().zone).date() == promised


def test_the_pages_of_the_desk_open_and_the_phone_page_decides(client, clerk, boss):
    order, approval = over_credit(clerk)
    client.force_login(boss)
    for name, args in (
        ("approvals", []),
        ("approval", [approval.pk]),
        ("deadline", [order.pk]),
        ("detail", [order.pk]),
    ):
        assert client.get(reverse(f"orders:{name}", args=args)).status_code == 200
    abroad = make_order(
        customer=order.customer, state=S.CLOSED, currency="USD", exchange_rate=Decimal(7),
        lines=[{"unit_price": Decimal(300), "quantity": 1}],
        received_at=order.received_at - timedelta(days=9),
    )  # fmt: skip
    page = client.get(reverse("orders:approval", args=[approval.pk])).content.decode()
    assert "What is ordered" in page
    assert "1  × 100.00" in page or "1 × 100.00" in page
    assert "wb-due" in page
    assert f"1 · {abroad.total * 7:,.2f}" in page, "sums of several currencies are in the house's"
    assert "wb-due" in client.get(reverse("orders:approvals")).content.decode()
    assert client.post(reverse("orders:approval", args=[approval.pk]), {"decision": "refuse"}).status_code == 422
    client.post(reverse("orders:approval", args=[approval.pk]), {"decision": "grant"})
    order.refresh_from_db()
    assert order.state == S.CONFIRMED


def test_a_rule_shows_its_effect_before_it_is_saved_and_keeps_its_versions(client):
    client.force_login(make_user("admin", Role.ADMINISTRATOR))
    hit = make_order(state=S.CONFIRMED, lines=[{"unit_price": Decimal(900), "quantity": 1}])
    make_order(state=S.CONFIRMED, lines=1)
    rule = ApprovalRule.objects.get(kind="total")
    assert 'value="200000"' in client.get(reverse("orders:rule", args=[rule.pk])).content.decode()
    sent = {"threshold": "500", "is_active": "on", "version": rule.version, "name": ""}
    shown = client.post(reverse("orders:rule", args=[rule.pk]), sent | {"show": ""})
    assert hit.number in shown.content.decode()
    rule.refresh_from_db()
    assert rule.version == 1
    seen = shown.context["shown"]
    unseen = client.post(reverse("orders:rule", args=[rule.pk]), sent | {"save": "", "threshold": "5", "shown": seen})
    assert "2 of 2 orders" in unseen.content.decode()
    rule.refresh_from_db()
    assert rule.version == 1
    saved = client.post(reverse("orders:rule", args=[rule.pk]), sent | {"save": "", "shown": seen})
    assert saved.status_code == 302
    rule.refresh_from_db()
    assert (rule.version, rule.threshold) == (2, 500)
    assert rule.versions.first().effect["fired"] == 1


def test_orders_that_wait_go_on_when_their_rule_is_switched_off_and_are_asked_anew_when_it_changes(clerk, boss):
    order, approval = over_credit(clerk)
    admin = make_user("admin", Role.ADMINISTRATOR)
    rule = approval.rule

    def change(**values):
        said = {"name": rule.name, "threshold": Decimal(100), "is_active": True} | values
        version = ApprovalRule.objects.get(pk=rule.pk).version
        change_rule(by=admin, rule=rule, version=version, effect=effect_of(rule.kind, said["threshold"]), **said)
        run_now(Job.objects.latest("pk"))
        order.refresh_from_db()

    change(threshold=Decimal(90))
    assert order.state == S.PENDING_APPROVAL
    assert [each.state for each in order.approvals.order_by("pk")] == ["void", "open"]
    change(is_active=False)
    assert order.state == S.CONFIRMED
    assert not order.approvals.filter(state="open").exists()
    assert order.events.filter(kind="moved").latest("pk").by is None


def test_the_effect_of_a_rule_holds_each_order_against_earlier_ones_only():
    customer, product, now = make_customer(), make_product(), datetime.now(tz=UTC)
    first, second = (
        make_order(
            state=S.CONFIRMED, customer=customer, customer_po="P1", received_at=now - timedelta(days=days),
            lines=[{"product": product, "quantity": quantity}],
        )
        for days, quantity in ((9, 1), (2, 50))
    )  # fmt: skip
    assert [hit.order for hit in effect_of("duplicate_po", None).hits] == [second]
    assert [hit.order for hit in effect_of("quantity", Decimal(3)).hits] == [second]
    make_order(state=S.CONFIRMED, customer=customer, received_at=now, lines=[{"product": product, "quantity": 90}])
    assert [hit.order for hit in effect_of("quantity", Decimal(3)).hits] == [second]
    assert first.customer_po == second.customer_po


def test_the_deed_pages_ask_for_words_and_do_the_deed(client, clerk, reviewer):
    DeskRule.objects.update(four_eyes_total=50)
    product = make_product()
    order = enter_order(by=clerk, customer=make_customer(), lines=[LineEntry(Decimal(9), product=product)])
    client.force_login(reviewer)
    page = reverse("orders:bounce", args=[order.pk])
    assert client.get(page).status_code == 200
    assert client.post(page, {"place_1": "1", "field_1": "quantity"}).status_code == 422
    sent = {"place_1": "1", "field_1": "quantity", "right_1": "12"}
    assert client.post(page, sent).status_code == 302
    assert ErrorEvent.objects.get().right_value == "12"
    assert desk_rule().four_eyes_total == 50
