"""The sampling audit: drawn by a seed anybody can draw with again, compared once, its errors in the ledger."""

import re
from datetime import timedelta
from html import unescape

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils import timezone

from orders.actions.audits import AUDITED_HEADER, AuditFault, compare_audited, draw_audit
from orders.actions.errors import dispute_error, rule_error
from orders.actions.verify import FaultFound, bounce_order
from orders.desk.comparing import sight_of_source, sources_of
from orders.errors import OrderError
from orders.ledger.sampling import draw, hash_of, population, result_of, wilson
from orders.models import AuditedOrder, ErrorEvent, Order, Verification
from orders.status import Status
from orders.tests.test_error_ledger import edit, entered
from orders.tests.test_error_pages import rows_behind
from salesops.numbering.numbers import house_day
from staff.factories import make_team, make_user
from staff.roles import Role

pytestmark = pytest.mark.django_db


@pytest.fixture
def team():
    return make_team()


@pytest.fixture
def lin(team):
    return make_user("lin", Role.CLERK, team=team)


@pytest.fixture
def sun(team):
    return make_user("sun", Role.REVIEWER, team=team)


def confirmed(by):
    order = entered(by)
    Order.objects.filter(pk=order.pk).update(state=Status.CONFIRMED)
    return Order.objects.get(pk=order.pk)


def drawn(by, *, size=50, person=None):
    today = house_day()
    return draw_audit(by=by, first=today - timedelta(days=6), last=today, size=size, person=person)


def compare(by, place, *faults, compared=tuple(AUDITED_HEADER), note="与邮件逐项对过"):
    order = place.order
    return compare_audited(
        by=by, place=place, compared=compared, faults=faults, sight=sight_of_source(order, sources_of(order)), note=note
    )


def row_fault(place, field, right, row=1):
    return AuditFault(place.order.lines.get(position=row), field, right)


@pytest.mark.parametrize(
    ("wrong", "base", "low", "high"),
    [(0, 50, 92.9, 100), (1, 50, 89.5, 99.6), (2, 100, 93.0, 99.4), (2, 200, 96.4, 99.7), (5, 400, 97.1, 99.5)],
)
def test_the_interval_is_the_one_of_the_tables(wrong, base, low, high):
    assert tuple(round(bound, 1) for bound in wilson(wrong, base)) == (low, high)


def test_the_same_seed_draws_the_same_orders_and_another_seed_others():
    ids = range(1, 301)
    first = draw(ids, "a1", 20)
    assert first == draw(reversed(ids), "a1", 20) == draw(ids, "a1", 50)[:20]
    assert len(set(first)) == 20
    assert set(first) != set(draw(ids, "a2", 20))
    times = [sum(pk in draw(ids, str(seed), 100) for seed in range(300)) for pk in (1, 150, 300)]
    assert all(70 < count < 130 for count in times)


def test_what_is_drawn_is_recorded_so_that_it_can_be_drawn_again(lin, sun, team):
    for _place in range(8):
        confirmed(lin)
    entered(lin)  # not passed on yet
    confirmed(make_user("wang", Role.CLERK, team=team))
    Order.objects.filter(pk=confirmed(lin).pk).update(state=Status.CANCELLED)
    Order.objects.filter(pk=confirmed(lin).pk).update(entered_at=timezone.now() - timedelta(days=9))
    audit = drawn(sun, size=5, person=lin)
    assert (audit.population, audit.size, audit.drawn_by, audit.number[:3]) == (8, 5, sun, "AU-")
    ids = list(population(audit.first, audit.last, lin).values_list("pk", flat=True))
    assert hash_of(ids) == audit.population_hash
    assert list(audit.orders.values_list("order_id", flat=True)) == draw(ids, audit.seed, 5)
    assert drawn(sun).population == 9
    assert drawn(sun, size=5).seed != audit.seed


def test_a_draw_that_makes_no_sense_is_refused(lin, sun):
    today = house_day()
    for first, last, size in (
        (today, today - timedelta(days=1), 5),
        (today, today + timedelta(days=1), 5),
        (today, today, 0),
        (today, today, 5),
    ):
        with pytest.raises(OrderError):
            draw_audit(by=sun, first=first, last=last, size=size)
    confirmed(lin)
    with pytest.raises(PermissionDenied):
        drawn(lin)


def test_a_wrong_value_stands_against_whoever_wrote_it_and_the_rest_is_right(lin, sun, team):
    wang = make_user("wang", Role.CLERK, team=team)
    order = entered(lin)
    edit(wang, order, 0, quantity=12)
    Order.objects.filter(pk=order.pk).update(state=Status.RELEASED)
    confirmed(lin)
    audit = drawn(sun)
    place, other = audit.orders.get(order=order), audit.orders.exclude(order=order).get()
    place = compare(
        sun, place, row_fault(place, "quantity", "21"), AuditFault(None, "line", "油 1"),
        AuditFault(None, "customer_po", "PO-7"), AuditFault(None, "customer_id", "乙公司"),
    )  # fmt: skip
    compare(sun, other)
    made = {error.field: error for error in place.errors.all()}
    quantity = made["quantity"]
    assert (quantity.made_by, quantity.made_stage, quantity.wrong_value) == (wang, "entry", "12")
    assert (quantity.origin, quantity.caught_stage, quantity.caught_by, quantity.severity) == (
        "audit", "audit", sun, "S3",
    )  # fmt: skip
    assert (made["line"].made_by, made["line"].type) == (lin, ErrorEvent.Type.OMISSION)
    assert (made["customer_po"].made_by, made["customer_po"].type) == (lin, ErrorEvent.Type.OMISSION)
    assert made["customer_id"].wrong_value == order.customer_name
    assert made["customer_id"].type == ErrorEvent.Type.WRONG_CUSTOMER
    told = order.events.get(kind="audited")
    assert told.after["number"] == audit.number
    result = result_of(audit)
    assert (result.orders.right, result.orders.base, result.waiting) == (1, 2, 0)
    # header: customer, PO, row that lacks, currency, day, 4 of the address, terms; 2 rows of 6: none has a profile
    assert (result.fields.base, result.wrong_fields, result.fields.right) == (2 * (10 + 12), 4, 40)


def test_only_what_was_compared_counts(lin, sun):
    confirmed(lin)
    place = drawn(sun).orders.get()
    with pytest.raises(OrderError, match="Tick the group"):
        compare(sun, place, row_fault(place, "unit_price", "7"), compared=["who", "what"])
    with pytest.raises(OrderError, match="at least one group"):
        compare(sun, place, compared=[])
    place = compare(sun, place, compared=["what"])
    assert (place.fields, place.outcome, place.groups) == (7, "right", ["what"])


def test_an_order_is_compared_once_and_as_it_was_seen(lin, sun):
    order = confirmed(lin)
    place = drawn(sun).orders.get()
    with pytest.raises(OrderError, match="what you compared"):
        compare(sun, place, note="")
    with pytest.raises(OrderError, match="what stands there"):
        compare(sun, place, row_fault(place, "quantity", "10"))
    sight = sight_of_source(order, [])
    Order.objects.filter(pk=order.pk).update(version=9)
    with pytest.raises(OrderError, match="has changed"):
        compare_audited(by=sun, place=place, compared=["who"], faults=(), sight=sight, note="x")
    place = AuditedOrder.objects.get(pk=place.pk)
    compare(sun, place)
    with pytest.raises(OrderError, match="compared already"):
        compare(sun, place, row_fault(place, "quantity", "21"))


def test_nobody_compares_what_they_wrote_or_passed(lin, sun, team):
    chen = make_user("chen", Role.MANAGER, team=team)
    order = confirmed(chen)
    place = drawn(sun).orders.get()
    with pytest.raises(OrderError, match="You wrote"):
        compare(chen, place)
    with pytest.raises(PermissionDenied):
        compare(lin, place)
    Verification.objects.create(order=order, outcome="passed", reason="sample", by=sun)
    with pytest.raises(OrderError, match="You verified"):
        compare(sun, place)
    assert compare(make_user("ge", Role.REVIEWER, team=team), place).outcome == "right"


def test_what_the_verifier_found_already_is_not_counted_twice(lin, sun, team):
    order = entered(lin)
    (caught,) = bounce_order(by=sun, order=order, faults=[FaultFound(order.lines.first(), "quantity", "100")])
    Order.objects.filter(pk=order.pk).update(state=Status.CONFIRMED)
    ge = make_user("ge", Role.REVIEWER, team=team)
    place = drawn(ge).orders.get()
    compare(ge, place, row_fault(place, "quantity", "100"))
    assert ErrorEvent.objects.get() == caught
    assert place.errors.get() == caught
    assert result_of(place.audit).wrong_orders == 1


def test_an_error_that_a_ruling_withdrew_counts_as_right(lin, sun, team):
    confirmed(lin)
    place = drawn(sun).orders.get()
    compare(sun, place, row_fault(place, "quantity", "21"))
    error = place.errors.get()
    assert result_of(place.audit).orders.right == 0
    dispute_error(by=lin, error=error, reason="原件就是 10")
    rule_error(by=make_user("boss", Role.MANAGER, team=team), error=error, upheld=False, ruling="是 10")
    result = result_of(place.audit)
    assert (result.orders.right, result.orders.base, result.wrong_fields) == (1, 1, 0)


def test_a_reviewer_draws_compares_and_every_number_opens_what_it_counts(client, lin, sun):
    for _place in range(4):
        confirmed(lin)
    client.force_login(sun)
    today = house_day()
    assert client.post(reverse("orders:audit_new"), {"first": today, "last": "", "size": 3}).status_code == 422
    answer = client.post(reverse("orders:audit_new"), {"first": today, "last": today, "size": 3, "person": lin.pk})
    audit = AuditedOrder.objects.first().audit
    assert answer.url == reverse("orders:audit", args=[audit.pk])
    first, second, third = audit.orders.all()
    address = reverse("orders:audited", args=[first.pk])
    page = client.get(address).content.decode()
    sight = re.search(r'name="sight" value="(\w+)"', page)[1]
    ticks = dict.fromkeys(AUDITED_HEADER, "on") | {"sight": sight, "note": "电话录音"}
    refused = client.post(address, {"sight": sight, "note": "x", "right_1_quantity": "21"})
    assert refused.status_code == 422
    assert 'value="21"' in refused.content.decode()
    answer = client.post(address, ticks | {"right_1_quantity": "21"})
    assert answer.url == reverse("orders:audited", args=[second.pk])
    compare(sun, second)
    assert "21" in client.get(address).content.decode()
    page = unescape(client.get(reverse("orders:audit", args=[audit.pk]), {"again": "1"}).content.decode())
    assert "Yes: the seed draws the same orders again." in page
    numbers = re.findall(r'href="([^"]*\?show=(?:right|wrong|waiting|compared))">(\d+)', page)
    assert {(link.split("show=")[1], int(number)) for link, number in numbers} == {
        ("right", 1), ("wrong", 1), ("waiting", 1), ("compared", 2),
    }  # fmt: skip
    for link, number in numbers:
        assert len(client.get(link).context["places"]) == int(number), link
    behind = re.search(r'href="([^"]*audit=\d+[^"]*)">(\d+) wrong', page)
    assert rows_behind(behind[1], sun) == int(behind[2]) == 1
    for place in (first, second, third):
        assert reverse("orders:detail", args=[place.order_id]) in page
    assert reverse("orders:error", args=[first.errors.get().pk]) in page


def test_a_clerk_learns_of_a_sample_only_by_its_errors(client, lin, sun):
    order = confirmed(lin)
    place = drawn(sun).orders.get()
    compare(sun, place, row_fault(place, "quantity", "21"))
    client.force_login(lin)
    assert client.get(reverse("orders:audits")).status_code == 403
    error = place.errors.get()
    assert lin.notices.count() == 1
    page = client.get(reverse("orders:error", args=[error.pk])).content.decode()
    assert reverse("orders:detail", args=[order.pk]) in page
    assert client.get(reverse("orders:errors"), {"audit": place.audit_id}).status_code == 200
