"""The demo company carries the sample's figures into the present, and its desk is at work."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import transaction
from django.db.models import Sum
from django.utils import timezone

from customers.models import Customer, Product
from customers.validation import check_tax_number
from orders.demo.desk.playing import OfficeTime
from orders.demo.loading import AlreadyInUseError, load_demo
from orders.ledger.sampling import result_of
from orders.models import (
    Amendment,
    Approval,
    ApprovalRuleVersion,
    Audit,
    CaseStub,
    ErrorEvent,
    Evidence,
    Hold,
    Order,
    OrderEvent,
    OrderLine,
    OrderReturn,
    OrderSnapshot,
    Request,
    Shipment,
    ShortClose,
    SopCheck,
    StockQuestion,
    ThreadMessage,
)
from orders.requests.evidence import is_untouched
from orders.status import Status
from salesops.worktime.queries import house_clock
from staff.models import SopVersion, User
from staff.roles import Role

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def company(django_db_setup, django_db_blocker):
    """The demo company, loaded once for the tests that only look at it."""
    with django_db_blocker.unblock(), transaction.atomic():
        load_demo()
        yield
        transaction.set_rollback(True)


def _kinds(rows, field):
    return set(rows.order_by().values_list(field, flat=True).distinct())


def test_the_history_has_the_figures_of_the_sample_and_the_dates_are_of_now(company):
    history = Order.objects.exclude(source_number="")
    lines = OrderLine.objects.filter(order__in=history)
    assert (history.count(), lines.count(), Customer.objects.count(), Product.objects.count()) == (830, 2155, 91, 77)
    assert history.aggregate(sum=Sum("total"))["sum"] == Decimal("1265793.04")
    assert history.filter(shipped_at__isnull=True).count() == 21
    newest = Order.objects.latest("received_at").received_at
    assert timezone.now() - timedelta(days=8) < newest <= timezone.now()
    assert not Order.objects.filter(received_at__gt=timezone.now()).exists()
    assert OrderSnapshot.objects.filter(order__in=history, revision=0).count() == 830
    assert OrderEvent.objects.filter(order__in=history, kind="created").count() == 830
    for customer in Customer.objects.exclude(kind=Customer.Kind.FOREIGN):
        assert check_tax_number(customer.tax_number_kind, customer.tax_number) == [], customer.name
    for role in Role:
        assert User.objects.holding(role).exists(), role


def test_the_desk_shows_every_state_and_everything_that_happens_to_an_order(company):
    own = Order.objects.filter(source_number="")
    assert (own.count(), own.aggregate(sum=Sum("total"))["sum"]) == (70, Decimal("127397.65"))
    assert _kinds(Order.objects, "state") == set(Status.values)
    assert _kinds(Request.objects, "state") == set(Request.State.values)
    assert _kinds(Request.objects, "channel") == set(Order.Channel.values)
    assert _kinds(Evidence.objects, "kind") >= {"mail", "sheet", "picture", "pdf", "note", "paste"}
    assert all(is_untouched(each) for each in Evidence.objects.all())
    assert _kinds(Hold.objects.filter(released_at__isnull=True), "kind") >= {"credit", "price"}
    assert _kinds(Approval.objects, "state") == set(Approval.State.values)
    assert _kinds(StockQuestion.objects, "answer") >= {"", "all", "part"}
    assert _kinds(Shipment.objects, "state") == set(Shipment.State.values)
    assert _kinds(CaseStub.objects, "kind") >= {"lost", "damaged", "late"}
    assert Shipment.objects.filter(state="signed", proof__kind="picture").exists()
    assert _kinds(OrderReturn.objects, "state") >= {"requested", "in_transit", "received", "refused", "closed"}
    assert _kinds(Amendment.objects, "state") >= {"submitted", "applied", "rejected", "customer_confirmed"}
    assert ShortClose.objects.filter(line__order__state=Status.COMPLETED).exists()
    assert _kinds(ThreadMessage.objects.filter(order__state="clarifying"), "direction") == {"in", "out"}
    assert ApprovalRuleVersion.objects.filter(rule__kind="total").count() == 3


def test_sops_are_in_force_read_and_once_not_kept(company):
    versions = {version.sop.title: version for version in SopVersion.objects.order_by("number")}
    assert {title: version.number for title, version in versions.items()} == {"订单处理": 2, "退货与取消": 1}
    assert all(version.readings.exists() for version in versions.values())
    assert SopCheck.objects.filter(missed_count=0).count() >= 3
    assert [check.missed for check in SopCheck.objects.deviations()] == [["单价与价目表或业务员的书面确认一致"]]


def test_two_months_of_errors_stand_in_the_ledger_against_those_who_made_them(company):
    errors = ErrorEvent.objects.all()
    assert errors.count() >= 28
    assert _kinds(errors, "origin") == {
        "verification", "amendment", "warehouse", "return", "detector", "invoice", "audit",
    }  # fmt: skip
    assert _kinds(errors, "dispute") == set(ErrorEvent.Dispute.values)
    assert _kinds(errors, "made_by__username") == {"lin", "he", "zhou", "wu", "chen"}
    assert errors.filter(is_near_miss=True).count() == 2
    span = errors.latest("caught_at").caught_at - errors.earliest("caught_at").caught_at
    assert span > timedelta(days=45)


def test_one_sample_is_compared_to_its_end_and_another_half_way(company):
    results = [result_of(audit) for audit in Audit.objects.order_by("drawn_at")]
    assert [result.waiting > 0 for result in results] == [False, True]
    assert all(result.wrong_orders for result in results)


def test_all_of_it_was_done_in_office_hours_and_in_one_order(company):
    clock = house_clock()
    for event in OrderEvent.objects.filter(order__source_number="").select_related("order"):
        moment = event.at.astimezone(clock.zone)
        assert any(a <= moment.time() <= b for a, b in clock.stretches_on(moment.date())), (event.order, event.kind)
        assert event.at <= timezone.now()
    last: dict[int, datetime] = {}
    for event in OrderEvent.objects.filter(order__source_number="").order_by("id"):
        assert event.at >= last.get(event.order_id, event.at), (event.order_id, event.kind)
        last[event.order_id] = event.at


def test_on_a_sunday_evening_the_office_closed_on_friday():
    office = OfficeTime(datetime(2026, 11, 22, 13, 0, tzinfo=UTC))
    assert office.now == datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
    assert office.ago(300) == datetime(2026, 11, 20, 3, 30, tzinfo=UTC)
    assert office.clock.add(office.ago(2000), 2000) == office.now


def test_a_company_at_work_is_left_alone(company):
    before = OrderEvent.objects.count()
    with pytest.raises(AlreadyInUseError):
        load_demo()
    assert OrderEvent.objects.count() == before
