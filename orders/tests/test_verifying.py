"""The second pair of eyes has to look: values beside the source, every group ticked, every file opened."""

import re
from decimal import Decimal

import pytest
from django.urls import reverse

from customers.factories import make_customer
from orders.actions.enter import create_order, edit_order
from orders.actions.review import enter_order, submit_entry
from orders.actions.verify import FaultFound, bounce_order, verify_order
from orders.desk.comparing import GROUPS, sight_of_source, sources_of
from orders.errors import OrderError
from orders.models import DeskRule, Evidence, Verification
from orders.requests.evidence import file_evidence, keep_evidence, note_evidence
from orders.rows import LineEntry
from orders.status import Status
from orders.tests.looking import compare_and_pass
from staff.factories import make_user
from staff.roles import Role

pytestmark = pytest.mark.django_db


@pytest.fixture
def reviewer():
    return make_user("sun", Role.REVIEWER)


@pytest.fixture
def order(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    DeskRule.objects.update(four_eyes_total=50, sample_percent=0)
    clerk = make_user("lin", Role.CLERK)
    row = LineEntry(quantity=Decimal(4), product_name="复印纸", unit_price=Decimal(100))
    order = enter_order(by=clerk, customer=make_customer(clerk=clerk), lines=[row])
    items = [note_evidence("王经理来电：四箱复印纸"), file_evidence("drawing.dwg", b"AC1032 not for a browser")]
    keep_evidence(request=None, order=order, items=items, by=clerk, saved=[])
    return order


def ticked(order, **values):
    sources = sources_of(order)
    files = {f"file_{row.pk}": "on" for row in sources if row.kind == Evidence.Kind.OTHER}
    return {group.value: "on" for group in GROUPS} | files | {"sight": sight_of_source(order, sources)} | values


def test_the_page_shows_the_values_beside_what_the_customer_sent_and_passes_what_was_ticked(client, order, reviewer):
    client.force_login(reviewer)
    page = reverse("orders:verify", args=[order.pk])
    text = client.get(page).content.decode()
    assert "四箱复印纸" in text
    assert "drawing.dwg" in text
    assert 'name="what"' in text
    assert client.post(page, ticked(order)).status_code == 302
    order.refresh_from_db()
    assert order.state == Status.CONFIRMED
    kept = Verification.objects.get(outcome="passed").compared
    assert kept["groups"] == [group.value for group in GROUPS]
    assert kept["evidence"] == [row.pk for row in sources_of(order)]


@pytest.mark.parametrize("left_out", ["price", "file"])
def test_what_was_not_looked_at_is_not_passed(client, order, reviewer, left_out):
    client.force_login(reviewer)
    body = ticked(order)
    name = next(name for name in body if name.startswith(left_out))
    del body[name]
    answer = client.post(reverse("orders:verify", args=[order.pk]), body)
    assert answer.status_code == 422
    who = re.search(r'<input[^>]*name="who"[^>]*>', answer.content.decode())
    assert who is not None
    assert " checked" in who[0]
    order.refresh_from_db()
    assert order.state == Status.ENTERED


def test_an_order_that_was_saved_since_it_was_looked_at_is_compared_again(client, order, reviewer):
    client.force_login(reviewer)
    page = reverse("orders:verify", args=[order.pk])
    seen = ticked(order)
    line = order.lines.get()
    row = LineEntry(quantity=Decimal(40), product_name="复印纸", unit_price=Decimal(100), id=line.pk)
    edit_order(by=order.created_by, order=order, version=order.version, lines=[row])
    answer = client.post(page, seen)
    assert answer.status_code == 422
    assert "has changed since you looked" in answer.content.decode()
    assert "checked" not in answer.content.decode()
    order.refresh_from_db()
    assert client.post(page, ticked(order)).status_code == 302


def test_a_new_mail_of_the_customer_makes_the_look_before_it_worthless(order, reviewer):
    seen = sight_of_source(order, sources_of(order))
    keep_evidence(request=None, order=order, items=[note_evidence("no, five boxes")], by=reviewer, saved=[])
    with pytest.raises(OrderError, match="has changed"):
        verify_order(by=reviewer, order=order, compared=GROUPS, sight=seen)


def test_without_anything_the_customer_sent_the_verifier_says_what_was_compared(order, reviewer):
    order.evidence.all().delete()
    with pytest.raises(OrderError, match="say what you compared"):
        compare_and_pass(reviewer, order, note="")
    assert compare_and_pass(reviewer, order, note="asked Mr Wang again").state == Status.CONFIRMED


def test_who_typed_the_order_does_not_verify_it_though_somebody_else_handed_it_in(order):
    typist, colleague = make_user("both", Role.CLERK, Role.REVIEWER), make_user("other", Role.CLERK, Role.REVIEWER)
    row = LineEntry(quantity=Decimal(1), product_name="x", unit_price=Decimal(100))
    own = create_order(by=typist, customer=make_customer(), lines=[row])
    submit_entry(by=colleague, order=own)
    with pytest.raises(OrderError, match="You wrote"):
        compare_and_pass(typist, own)


def test_the_search_box_stays_empty_on_a_page_that_explains_itself(client, order, reviewer):
    client.force_login(reviewer)
    text = client.get(reverse("orders:verify", args=[order.pk])).content.decode()
    box = text[text.index('<input id="q"') :].split(">", 1)[0]
    assert 'value=""' in box


def test_the_form_asks_what_was_compared_where_nothing_is_kept(client, order, reviewer):
    order.evidence.all().delete()
    client.force_login(reviewer)
    text = client.get(reverse("orders:verify", args=[order.pk])).content.decode()
    assert "What it was compared with" in text


def test_the_diary_says_that_an_order_was_sent_back_and_not_that_it_stayed_where_it_was(client, order, reviewer):
    bounce_order(by=reviewer, order=order, faults=[FaultFound(order.lines.get(), "quantity", "40")])
    client.force_login(reviewer)
    text = client.get(reverse("orders:detail", args=[order.pk])).content.decode()
    assert "Sent back by the verifier" in text
    assert "Entered → Entered" not in text
