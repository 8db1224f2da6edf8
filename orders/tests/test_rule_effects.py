"""What a rule would have done last month: all of its orders are judged, at once or by a job."""

import html
import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from customers.factories import make_customer, make_product
from orders.actions.rules import ask_effect, change_rule
from orders.desk.chunk_facts import facts_looking_back
from orders.desk.facts import OrderFacts
from orders.desk.rule_effects import CHUNK, EFFECT_JOB, MOST_AT_ONCE, effect_of
from orders.desk.rules import judge
from orders.errors import OrderError
from orders.factories import make_order
from orders.models import ApprovalRule, DeskRule, Order, OrderLine, OrderReturn, ReturnLine
from orders.status import Payment, Status
from salesops.jobs.engine import ask_to_stop, run_now
from salesops.jobs.models import Job
from staff.factories import make_user
from staff.models import RoleAssignment
from staff.roles import Role

pytestmark = pytest.mark.django_db
S = Status
Kind = ApprovalRule.Kind
FACTS = (
    "lines", "sold_lines", "total", "still_to_pay", "credit", "overdue", "is_first", "same_po", "customer_po", "most_bought",
)  # fmt: skip
SPELLINGS = ["", "", "PO 7", "po7", "７", "P.O. 8", "8", "A-9"]


def decimal(chance, most, places=0):
    return Decimal(chance.randrange(1, most)) / 10**places


def random_line(chance, products):
    quantity = decimal(chance, 400, chance.choice([0, 0, 1])) * chance.choice([1, 1, 1, 1, -1])
    sign = 1 if quantity > 0 else -1
    shipped = sign * abs(quantity) * chance.choice([0, 1, Decimal("0.5"), Decimal("1.1")])
    return {
        "product": chance.choice(products),
        "quantity": quantity,
        "unit_price": chance.choice([decimal(chance, 20000, 2), decimal(chance, 20000, 2), Decimal(0)]),
        "discount": chance.choice([Decimal(0), Decimal("0.3")]),
        "cancelled_quantity": sign * chance.choice([Decimal(0), abs(quantity) / 2]),
        "shipped_quantity": shipped.quantize(Decimal("0.0001")),
        "returned_quantity": sign * chance.choice([Decimal(0), abs(shipped) / 2]).quantize(Decimal("0.0001")),
    }


def random_orders(seed, count=14):
    """Orders of few customers, products, PO numbers and moments, so that each meets what others did."""
    chance = Random(seed)
    customers = [make_customer(credit_limit=limit) for limit in (None, Decimal(0), Decimal(9000))]
    products = [make_product(floor_price=floor) for floor in (None, Decimal(90), Decimal(3))] + [None]
    now = datetime.now(tz=UTC)
    made = [
        make_order(
            customer=chance.choice(customers),
            state=chance.choice([*S, S.CONFIRMED, S.COMPLETED, S.RELEASED]),
            payment=chance.choice([*Payment, Payment.OVERDUE]),
            received_at=now - timedelta(days=chance.randrange(9)),
            customer_po=chance.choice(SPELLINGS),
            exchange_rate=chance.choice([Decimal(1), Decimal("7.1234")]),
            lines=[random_line(chance, products) for _ in range(chance.randrange(5))],
        )
        for _ in range(count)
    ]
    for order in made[: count // 2]:
        some_came_back(chance, order, chance.choice(made))
    return made


def some_came_back(chance, order, replacement):
    """Goods of one order that came back and are replaced by another."""
    back = OrderReturn.objects.create(order=order, replacement=replacement)
    for line in order.lines.all():
        accepted = chance.choice([None, Decimal(0), Decimal(150), Decimal(400)])
        ReturnLine.objects.create(order_return=back, line=line, quantity=Decimal(400), accepted=accepted)


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 10**9), counts_confirmed=st.booleans())
def test_the_facts_of_many_orders_are_those_of_each(seed, counts_confirmed):
    DeskRule.objects.update(credit_counts_confirmed=counts_confirmed)
    made = random_orders(seed)
    chosen = Random(seed).sample([order.pk for order in made], 8)
    at_once = {facts.order.pk: facts for facts in facts_looking_back(chosen)}
    assert set(at_once) == set(chosen)
    for pk in chosen:
        one = OrderFacts(Order.objects.get(pk=pk), looking_back=True)
        for fact in FACTS:
            assert getattr(at_once[pk], fact) == getattr(one, fact), fact
        for kind in Kind:
            rule = ApprovalRule(kind=kind, threshold=Decimal(1))
            assert judge(rule, at_once[pk]) == judge(rule, OrderFacts(one.order, looking_back=True)), kind


@pytest.mark.parametrize("kind", Kind)
def test_a_chunk_takes_the_same_statements_however_many_orders_it_holds(kind):
    rule = ApprovalRule(kind=kind, threshold=Decimal(0))

    def statements(count):
        orders = random_orders(count, count)
        Order.objects.filter(customer_po="").update(customer_po="B-1")
        with CaptureQueriesContext(connection) as taken:
            for facts in facts_looking_back([order.pk for order in orders]):
                judge(rule, facts)
        return len(taken)

    assert statements(8) == statements(40) <= 6


def many_orders(count, **values):
    """So many confirmed orders of one customer, of one row each, received minute by minute."""
    made = make_order(state=S.CONFIRMED, lines=[{"unit_price": Decimal(100), "quantity": 1}], **values)
    now = datetime.now(tz=UTC)
    line = made.lines.get()
    made = Order.objects.get(pk=made.pk)
    orders = []
    for place in range(1, count):
        values = {field.attname: getattr(made, field.attname) for field in Order._meta.concrete_fields}
        values |= {"id": None, "number": f"M-{place:05d}", "received_at": now - timedelta(minutes=place)}
        orders.append(Order(**values))
    Order.objects.bulk_create(orders)
    rows = [{field.attname: getattr(line, field.attname) for field in OrderLine._meta.concrete_fields} for _ in orders]
    OrderLine.objects.bulk_create(
        OrderLine(**values | {"id": None, "order_id": order.pk}) for order, values in zip(orders, rows, strict=True)
    )
    return made


def test_every_order_of_the_month_is_judged_and_the_newest_that_fired_are_listed():
    newest = many_orders(CHUNK + 60)
    make_order(state=S.CONFIRMED, received_at=newest.received_at - timedelta(days=31))
    told = []
    effect = effect_of("total", Decimal(100), tell=lambda done, total: told.append((done, total)))
    assert (effect.looked_at, effect.fired) == (CHUNK + 60, CHUNK + 60)
    assert told == [(CHUNK, CHUNK + 60), (CHUNK + 60, CHUNK + 60)]
    numbers = [newest.number, *(f"M-{place:05d}" for place in range(1, 50))]
    assert effect.content() == {"looked_at": CHUNK + 60, "fired": CHUNK + 60, "orders": numbers}


@pytest.fixture
def admin():
    return make_user("admin", Role.ADMINISTRATOR)


@pytest.fixture
def page(client, admin):
    client.force_login(admin)
    rule = ApprovalRule.objects.get(kind="total")
    address = reverse("orders:rule", args=[rule.pk])

    class Page:
        def __init__(self):
            self.rule = rule

        def get(self):
            return client.get(address)

        def post(self, button, **values):
            said = {"threshold": "100", "is_active": "on", "version": "1", "name": "大单"} | values
            return client.post(address, said | {button: ""})

    return Page()


@pytest.fixture
def long_month():
    return many_orders(MOST_AT_ONCE + 1)


def test_a_long_month_is_judged_by_a_job_and_saved_with_the_effect_that_was_shown(page, long_month, admin):
    answer = page.post("show")
    assert (answer.status_code, answer["Location"]) == (302, reverse("orders:rule", args=[page.rule.pk]))
    job = Job.objects.get(kind=EFFECT_JOB)
    assert (job.owner, job.state) == (admin, Job.State.QUEUED)
    waiting = page.get()
    assert 'id="job-progress"' in waiting.content.decode()
    assert 'name="save"' not in waiting.content.decode()
    assert page.post("show").status_code == 302
    assert Job.objects.filter(kind=EFFECT_JOB).count() == 1, "asked twice, it is judged once"

    run_now(job)
    assert (job.state, job.done_units, job.total_units) == (Job.State.DONE, MOST_AT_ONCE + 1, MOST_AT_ONCE + 1)
    assert job.result_url == reverse("orders:rule", args=[page.rule.pk])
    shown = page.get()
    text = shown.content.decode()
    assert f"{MOST_AT_ONCE + 1:,} of {MOST_AT_ONCE + 1:,} orders" in text
    assert long_month.number in text
    assert "Listed are the newest 50." in text
    assert 'value="大单"' in text, "what was typed is there again"

    many = Order.objects.filter(number__startswith="M-")
    many.update(state=S.CANCELLED)
    assert page.post("save", shown=shown.context["shown"], threshold="100.0").status_code == 302
    page.rule.refresh_from_db()
    assert (page.rule.version, page.rule.threshold, page.rule.name) == (2, 100, "大单")
    kept = page.rule.versions.get(version=2).effect
    assert (kept["looked_at"], kept["fired"], len(kept["orders"])) == (MOST_AT_ONCE + 1, MOST_AT_ONCE + 1, 50)
    assert 'id="h-effect"' not in page.get().content.decode(), "the saved rule begins anew"


def test_while_the_job_runs_and_when_it_ends_the_form_is_left_alone(page, long_month, client):
    page.post("show")
    job = Job.objects.get(kind=EFFECT_JOB)
    waiting = page.get().content.decode()
    assert 'http-equiv="refresh"' not in waiting, "a page that loads itself anew forgets what is typed"
    asked = html.unescape(re.search(r'id="job-progress" hx-get="([^"]+)"', waiting)[1])
    going = client.get(asked)
    assert 'id="job-progress"' in going.content.decode()
    assert not {"HX-Refresh", "HX-Retarget"} & set(going.headers)
    run_now(job)
    over = client.get(asked)
    assert "HX-Refresh" not in over.headers
    assert (over["HX-Retarget"], over["HX-Reswap"]) == ("#rule-effect", "outerHTML")
    part = over.content.decode()
    assert part.count('id="rule-effect"') == 1
    assert "<form" not in part
    assert f"{MOST_AT_ONCE + 1:,} of {MOST_AT_ONCE + 1:,} orders" in part
    assert re.search(r'<button[^>]*name="save"[^>]*form="rule-form"', part)
    shown = re.search(r'name="shown" value="([^"]+)" form="rule-form"', part)[1]
    assert page.post("save", shown=shown).status_code == 302
    page.rule.refresh_from_db()
    assert (page.rule.version, page.rule.threshold) == (2, 100)


def test_what_is_typed_meanwhile_stays_when_one_stops_it_or_looks_again(page, long_month):
    page.post("show")
    job = Job.objects.get(kind=EFFECT_JOB)
    looked = page.post("look", threshold="7x", name="").content.decode()
    assert 'value="7x"' in looked
    assert 'id="job-progress"' in looked
    stopped = page.post("stop", threshold="250", name="大大单").content.decode()
    assert 'value="250"' in stopped
    assert 'value="大大单"' in stopped
    assert "stopped before its end" in stopped
    job.refresh_from_db()
    assert job.state == Job.State.CANCELLED


def test_an_effect_that_comes_while_another_threshold_is_typed_says_which_it_is_of(page, long_month):
    page.post("show")
    run_now(Job.objects.get(kind=EFFECT_JOB))
    seen = page.post("look", threshold="5").content.decode()
    assert 'value="5"' in seen
    assert "100" in re.search(r'id="h-effect".*?<p>([^<]*)</p>', seen, re.DOTALL)[1]


def test_only_what_was_shown_of_this_very_threshold_and_version_can_be_saved(page, long_month):
    assert page.post("save", shown="").status_code == 302
    first = Job.objects.get(kind=EFFECT_JOB)
    assert page.post("save", shown="").status_code == 302
    assert page.post("save", shown=f"1:100:{first.pk}").status_code == 302, "it is not done"
    run_now(first)
    seen = page.get().context["shown"]
    assert page.post("save", shown=seen, threshold="5").status_code == 302
    second = Job.objects.latest("pk")
    assert second.arguments["threshold"] == "5"
    run_now(second)
    assert page.post("save", shown="", threshold="5").status_code == 302
    assert page.post("save", shown=seen, threshold="5").status_code == 302
    assert page.post("save", shown=f"1:5:{first.pk}", threshold="5").status_code == 302
    page.rule.refresh_from_db()
    assert page.rule.version == 1
    run_now(Job.objects.latest("pk"))
    assert page.post("save", shown=page.get().context["shown"], threshold="5").status_code == 302
    page.rule.refresh_from_db()
    assert (page.rule.version, page.rule.threshold) == (2, 5)


def test_a_threshold_typed_while_another_is_judged_stops_that_one(page, long_month):
    page.post("show")
    first = Job.objects.get(kind=EFFECT_JOB)
    page.post("show", threshold="7")
    first.refresh_from_db()
    second = Job.objects.latest("pk")
    assert (first.state, second.state) == (Job.State.CANCELLED, Job.State.QUEUED)
    assert 'value="7"' in page.get().content.decode()
    ask_to_stop(second)
    stopped = page.get().content.decode()
    assert "stopped before its end" in stopped
    assert 'name="show"' in stopped
    assert 'name="save"' not in stopped


def test_a_job_that_failed_says_why_and_can_be_asked_again(page, long_month, admin):
    page.post("show")
    job = Job.objects.get(kind=EFFECT_JOB)
    held = RoleAssignment.objects.filter(user=admin)
    held.update(role=Role.MANAGER)
    run_now(job)
    held.update(role=Role.ADMINISTRATOR)
    assert job.state == Job.State.FAILED
    failed = page.get().content.decode()
    assert "The effect is not known." in failed
    assert "You may not change approval rules." in failed
    assert page.post("show").status_code == 302
    assert Job.objects.filter(kind=EFFECT_JOB).count() == 2


def test_a_rule_that_somebody_changed_meanwhile_is_not_judged(page, long_month, admin):
    page.post("show")
    job = Job.objects.get(kind=EFFECT_JOB)
    effect = effect_of("total", Decimal(9))
    change_rule(by=admin, rule=page.rule, version=1, name="", threshold=Decimal(9), is_active=True, effect=effect)
    run_now(job)
    assert (job.state, job.error) == (Job.State.FAILED, "Somebody changed this rule in the meantime. Look at it again.")
    assert page.post("show").status_code == 409
    with pytest.raises(OrderError, match="Somebody changed"):
        ask_effect(by=admin, rule=page.rule, version=1, name="", threshold=None, is_active=True)
    assert Job.objects.filter(kind=EFFECT_JOB).count() == 1


def test_what_somebody_else_asked_is_not_shown(page, long_month, client):
    page.post("show")
    run_now(Job.objects.get(kind=EFFECT_JOB))
    client.force_login(make_user("other", Role.ADMINISTRATOR))
    assert 'id="h-effect"' not in page.get().content.decode()
