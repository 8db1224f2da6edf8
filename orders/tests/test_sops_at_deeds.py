"""The step of an SOP beside a deed: points ticked or a reason why not, kept with the deed or not at all."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from customers.factories import make_customer
from orders.actions.stock import LineAnswer, answer_stock, ask_stock
from orders.factories import make_order
from orders.models import Approval, ApprovalRule, DeskRule, Hold, OrderEvent, SopCheck
from orders.status import Status
from orders.tests.goods import rows
from staff.actions.sops import publish_sop
from staff.factories import make_sop, make_team, make_user
from staff.roles import Role

pytestmark = pytest.mark.django_db

HOLD = {"deed": "hold", "title": "Stop it", "text": "Say it at once.", "checklist": "Customer told\nWarehouse told"}


@pytest.fixture
def boss():
    return make_user("admin", Role.ADMINISTRATOR)


@pytest.fixture
def chen(client):
    person = make_user("chen", Role.MANAGER)
    client.force_login(person)
    return person


@pytest.fixture
def order(chen):
    return make_order(state=Status.CONFIRMED, lines=[{"quantity": Decimal(5)}], owner=chen)


def answered(clerk, order):
    question = ask_stock(by=clerk, order=order, lines=rows(order, 5))
    answer_stock(by=clerk, question=question, answers={question.lines.get().pk: LineAnswer(Decimal(5))})


def seen(client, order, deed, **query):
    """The hidden mark of the step on the page of the deed."""
    page = client.get(reverse(f"orders:{deed}", args=[order.pk], query=query))
    assert page.status_code == 200
    return page.context["sop"]["sop_seen"].value()


def post(client, order, deed, **body):
    return client.post(reverse(f"orders:{deed}", args=[order.pk]), body)


HELD = {"kind": "quality", "reason": "Smells"}


def test_every_point_ticked_needs_no_word_and_is_kept_with_the_deed(client, order, chen, boss):
    version = make_sop("Holds", HOLD, by=boss).versions.get()
    shown = client.get(reverse("orders:hold", args=[order.pk])).content.decode()
    for words in ("Holds", "Stop it", "Say it at once.", "Customer told", version.get_absolute_url()):
        assert words in shown
    mark = seen(client, order, "hold")
    answer = post(client, order, "hold", **HELD, sop_seen=mark, sop_point_0="on", sop_point_1="on")
    assert answer.status_code == 302
    kept = order.sop_checks.get()
    assert (kept.deed, kept.version, kept.step, kept.by) == ("hold", version, 1, chen)
    assert (kept.ticked, kept.missed, kept.missed_count) == (["Customer told", "Warehouse told"], [], 0)


def test_a_point_left_out_needs_a_reason_and_nothing_typed_is_lost(client, order, boss):
    version = make_sop("Holds", HOLD, by=boss).versions.get()
    body = {**HELD, "sop_seen": seen(client, order, "hold"), "sop_point_1": "on"}
    answer = post(client, order, "hold", **body)
    shown = answer.content.decode()
    assert answer.status_code == 422
    assert answer.context["sop"]["sop_reason"].errors == ["Tick every point, or say why not as the SOP says."]
    assert 'href="#id_sop_reason"' in shown
    assert "Smells" in shown
    assert answer.context["sop"]["sop_point_1"].value() is True
    assert not SopCheck.objects.exists() and not Hold.objects.exists()  # noqa: PT018
    assert post(client, order, "hold", **body, sop_reason="Customer asleep").status_code == 302
    kept = SopCheck.objects.deviations().get()
    assert (kept.ticked, kept.missed, kept.reason) == (["Warehouse told"], ["Customer told"], "Customer asleep")
    assert kept.version == version


def test_a_refused_deed_keeps_nothing(client, order, chen, boss):
    make_sop("Returns", {"deed": "cancel", "checklist": "Called back"}, by=boss)
    body = {"sop_seen": seen(client, order, "cancel"), "sop_point_0": "on", "side": "us", "reason": "other", "note": ""}
    answer = post(client, order, "cancel", **body)
    assert answer.status_code == 422
    assert answer.context["form"]["note"].errors
    assert answer.context["sop"]["sop_point_0"].value() is True
    assert not SopCheck.objects.exists()
    assert not order.events.filter(kind="sop_checked").exists()


def test_a_reason_that_cannot_be_kept_is_refused_beside_it(client, order, boss):
    make_sop("Holds", HOLD, by=boss)
    answer = post(client, order, "hold", **HELD, sop_seen=seen(client, order, "hold"), sop_reason="x" * 301)
    assert answer.status_code == 422
    assert answer.context["sop"]["sop_reason"].errors
    answer = post(client, order, "hold", **HELD, sop_seen=seen(client, order, "hold"), sop_reason="a\x07b")
    assert answer.status_code == 422
    assert answer.context["sop"]["sop_reason"].errors
    assert not Hold.objects.exists()


def test_another_step_than_the_one_that_was_read_is_ticked_anew(client, order, boss):
    sop = make_sop("Holds", HOLD, by=boss)
    body = {**HELD, "sop_seen": seen(client, order, "hold"), "sop_point_0": "on", "sop_point_1": "on"}
    sop.steps.update(checklist="Customer told\nSales told")
    publish_sop(by=boss, sop=sop)
    answer = post(client, order, "hold", **body, sop_reason="Later")
    shown = answer.content.decode()
    assert answer.status_code == 422
    assert "The SOP has changed while this page was open" in shown
    assert "Sales told" in shown
    assert "Smells" in shown
    assert [tick.value() for tick in answer.context["sop"].ticks()] == [False, False]
    assert answer.context["sop"]["sop_reason"].value() == "Later"
    assert not Hold.objects.exists()
    again = {**body, "sop_seen": answer.context["sop"]["sop_seen"].value()}
    assert post(client, order, "hold", **again).status_code == 302
    assert SopCheck.objects.get().version.number == 2


def test_a_new_version_that_says_the_same_of_this_step_does_not_stop_it(client, order, boss):
    sop = make_sop("Holds", HOLD, by=boss)
    body = {**HELD, "sop_seen": seen(client, order, "hold"), "sop_point_0": "on", "sop_point_1": "on"}
    sop.steps.create(position=2, deed="cancel", title="Call it off")
    publish_sop(by=boss, sop=sop)
    assert post(client, order, "hold", **body).status_code == 302
    assert SopCheck.objects.get().version.number == 2


def test_an_sop_switched_off_asks_for_nothing(client, order, boss):
    make_sop("Holds", HOLD, by=boss, is_active=False)
    shown = client.get(reverse("orders:hold", args=[order.pk])).content.decode()
    assert "Customer told" not in shown
    assert post(client, order, "hold", **HELD).status_code == 302
    assert not SopCheck.objects.exists()


def test_a_step_without_checklist_is_read_beside_the_deed_and_asks_for_nothing(client, order, boss):
    make_sop("Holds", HOLD | {"checklist": ""}, by=boss)
    shown = client.get(reverse("orders:hold", args=[order.pk])).content.decode()
    assert "Say it at once." in shown
    assert "id_sop_reason" not in shown
    assert post(client, order, "hold", **HELD).status_code == 302
    assert not SopCheck.objects.exists()


def test_a_release_that_needs_no_words_gets_a_page_for_its_checklist(client, order, chen, boss):
    answered(chen, order)
    make_sop("Orders", {"deed": "release", "title": "Hand over", "checklist": "Label checked"}, by=boss)
    there = reverse("orders:release", args=[order.pk], query={"from": "place"})
    answer = client.post(there)
    assert (answer.status_code, answer.url) == (302, there)
    order.refresh_from_db()
    assert order.state == Status.CONFIRMED
    shown = client.get(there)
    assert "Label checked" in shown.content.decode()
    assert "without the warehouse" not in shown.content.decode()
    mark = shown.context["sop"]["sop_seen"].value()
    assert client.post(there, {"sop_seen": mark}).status_code == 422
    assert client.post(there, {"sop_seen": mark, "sop_point_0": "on"}).status_code == 302
    order.refresh_from_db()
    assert (order.state, order.sop_checks.get().ticked) == (Status.RELEASED, ["Label checked"])


def test_a_release_whose_step_is_only_text_stays_one_press(client, order, chen, boss):
    answered(chen, order)
    make_sop("Orders", {"deed": "release", "text": "Look at the label."}, by=boss)
    post(client, order, "release")
    order.refresh_from_db()
    assert order.state == Status.RELEASED


def test_each_order_released_from_the_list_keeps_that_nobody_ticked(client, chen, boss):
    make_sop("Orders", {"deed": "release", "checklist": "Label checked\nCarrier told"}, by=boss)
    ready = [make_order(state=Status.CONFIRMED, lines=[{"quantity": Decimal(5)}], owner=chen) for _ in range(3)]
    for order in ready[:2]:
        answered(chen, order)
    client.post("/lists/orders/deeds/release/", {"id": [order.pk for order in ready]})
    kept = SopCheck.objects.deviations()
    assert {check.order for check in kept} == set(ready[:2])
    assert {(check.why, tuple(check.missed), check.by) for check in kept} == {
        ("many at once", ("Label checked", "Carrier told"), chen)
    }
    shown = client.get(reverse("orders:detail", args=[ready[0].pk])).content.decode()
    assert "because: many at once" in shown


def test_an_approval_is_decided_by_its_step(client, boss):
    approver, clerk = make_user("zhao", Role.APPROVER), make_user("lin", Role.CLERK)
    order = make_order(state=Status.PENDING_APPROVAL, lines=[{"quantity": Decimal(5)}], owner=clerk)
    ApprovalRule.objects.update(is_active=False)
    rule = ApprovalRule.objects.create(kind=ApprovalRule.Kind.TOTAL, threshold=Decimal(1), is_active=True)
    stale = Approval.objects.create(order=order, rule=rule, rule_version=1, inputs_hash="")
    make_sop("Approvals", {"deed": "decide", "checklist": "Margin read"}, by=boss)
    client.force_login(approver)
    address = reverse("orders:approval", args=[stale.pk])
    mark = client.get(address).context["sop"]["sop_seen"].value()
    unticked = client.post(address, {"decision": "grant", "sop_seen": mark, "reason": "Old friend"})
    assert unticked.status_code == 422
    assert "Old friend" in unticked.content.decode()
    ticked = {"decision": "grant", "sop_seen": mark, "sop_point_0": "on"}
    client.post(address, ticked)  # what the rule reads has changed: void, nothing is decided
    assert not SopCheck.objects.exists()
    current = order.approvals.get(state=Approval.State.OPEN)
    client.post(reverse("orders:approval", args=[current.pk]), ticked)
    current.refresh_from_db()
    assert (current.state, order.sop_checks.get().deed) == (Approval.State.GRANTED, "decide")


def test_the_history_tells_the_points_the_reason_and_the_version(client, order, boss):
    version = make_sop("Holds", HOLD, by=boss).versions.get()
    body = {**HELD, "sop_seen": seen(client, order, "hold"), "sop_point_1": "on", "sop_reason": "Customer asleep"}
    post(client, order, "hold", **body)
    page = client.get(reverse("orders:detail", args=[order.pk]))
    entry = next(each for each in page.context["page"].entries if "SOP" in each.title)
    assert entry.title == "Place a hold by the SOP: 1 of 2 points"
    assert entry.detail == "Chen · not: Customer told · because: Customer asleep"
    assert entry.files[0] == {"label": "SOP Holds v1", "url": version.get_absolute_url()}


def test_deviations_are_seen_by_who_supervises_with_the_way_to_the_order(client, order, chen, boss):
    sop = make_sop("Holds", HOLD, by=boss)
    version = sop.versions.get()
    fields = {"deed": "hold", "version": version, "step": 1, "missed": ["Customer told"], "missed_count": 1, "by": chen}
    SopCheck.objects.create(order=order, reason="Asleep", **fields)
    long_ago = make_order(lines=1)
    SopCheck.objects.create(order=long_ago, reason="Before", at=timezone.now() - timedelta(days=31), **fields)
    fields |= {"missed": [], "missed_count": 0}
    as_it_says = make_order(lines=1)
    SopCheck.objects.create(order=as_it_says, **fields)
    below = client.get(version.get_absolute_url()).content.decode()
    shown = client.get(reverse("orders:sop_deviations")).content.decode()
    for page in (below, shown):
        assert order.number in page
        assert "Asleep" in page
        assert long_ago.number not in page
        assert as_it_says.number not in page
    assert long_ago.number in client.get(reverse("orders:sop_deviations", query={"view": "all"})).content.decode()
    check = SopCheck.objects.deviations().get(order=order)
    to_order = client.get(reverse("orders:sop_check", args=[check.pk]))
    assert to_order.url == reverse("orders:detail", args=[order.pk])
    client.force_login(make_user("sun", Role.REVIEWER))
    assert "Deviations in the last 30 days" not in client.get(version.get_absolute_url()).content.decode()
    assert client.get(reverse("orders:sop_deviations")).status_code == 403


def test_the_entry_page_shows_what_the_sop_says_for_one_statement(client, boss):
    team = make_team()
    client.force_login(make_user("lin", Role.CLERK, team=team))
    customer = make_customer(team=team)
    address = reverse("orders:entry", query={"customer": customer.pk})
    client.get(address)
    with CaptureQueriesContext(connection) as without:
        client.get(address)
    make_sop("Orders", {"deed": "submit", "text": "Read the mail to its end."}, {"deed": "confirm"}, by=boss)
    with CaptureQueriesContext(connection) as taken:
        shown = client.get(address)
    assert "Read the mail to its end." in shown.content.decode()
    assert len(taken) == len(without)
    assert sum("staff_sopversion" in query["sql"] for query in taken) == 1


def test_saving_an_order_asks_nothing_of_the_sops(client, boss):
    DeskRule.objects.update(sample_percent=0)  # a drawn order waits for its verifier
    lin = make_user("lin", Role.CLERK)
    client.force_login(lin)
    make_sop("Orders", {"deed": "submit"}, {"deed": "confirm"}, {"deed": "review", "checklist": "Rows"}, by=boss)
    order = make_order(lines=1, owner=lin)
    with CaptureQueriesContext(connection) as taken:
        post(client, order, "submit")
        post(client, order, "confirm")
    order.refresh_from_db()
    assert order.state == Status.CONFIRMED
    assert not [query for query in taken if "_sop" in query["sql"]]
    assert not OrderEvent.objects.filter(kind="sop_checked").exists()
