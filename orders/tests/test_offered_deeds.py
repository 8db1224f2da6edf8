"""What the page of an order offers next: amending, asking, shipping; the main one first, a refused one with why."""

from __future__ import annotations

import re
from html import unescape

import pytest
from django.urls import reverse

from customers.factories import make_customer
from orders.actions.amend import write_amendment
from orders.actions.clarify import ask_customer
from orders.actions.ship import request_shipment
from orders.actions.stock import LineAnswer, answer_stock, ask_stock
from orders.factories import make_order
from orders.models import Hold
from orders.rows import LineEntry
from orders.status import Status
from orders.tests.goods import released, rows
from staff.factories import make_team, make_user
from staff.roles import Role

pytestmark = pytest.mark.django_db


@pytest.fixture
def lin():
    return make_user("lin", Role.CLERK, team=make_team())


@pytest.fixture
def page(client, lin):
    client.force_login(lin)
    return client


def offers(page, order, **query):
    """(label, address or "", reason or "", is it the main one) of each deed, in their order."""
    markup = unescape(page.get(reverse("orders:detail", args=[order.pk]), query).content.decode())
    found = []
    for part in re.findall(r'<(?:div|form) class="wb-deed".*?</(?:div|form)>', markup, re.DOTALL):
        address = re.search(r'<(?:a|form)[^>]*(?:href|action)="([^"]*)"', part)
        reason = re.search(r'wb-deed__why"[^>]*>([^<]*)<', part)
        label = re.sub(r"<span class=\"wb-deed__why.*", "", part, flags=re.DOTALL)
        label = re.sub(r"<svg.*?</svg>|<kbd>.*?</kbd>|<[^>]+>", "", label, flags=re.DOTALL).strip()
        found.append(
            (label, address.group(1) if address else "", reason.group(1) if reason else "", "btn-primary" in part)
        )
    return found


def offer(page, order, label):
    return next((each for each in offers(page, order) if each[0] == label), None)


def test_a_released_order_is_shipped_next(page, lin):
    order = released(10, team=lin.team)
    first = offers(page, order)[0]
    assert first == ("Ship", reverse("orders:request_shipment", args=[order.pk]), "", True)
    assert page.get(first[1]).status_code == 200


def test_shipping_says_why_not(page, lin):
    order = released(10, team=lin.team)
    request_shipment(by=lin, order=order, lines=rows(order, 10))
    assert offer(page, order, "Ship")[1:] == (
        "",
        "Everything is shipped or on its way. Report at its shipment what did not arrive.",
        False,
    )
    held = released(10, team=lin.team)
    Hold.objects.create(order=held, kind=Hold.Kind.CREDIT, reason="12 days overdue")
    assert "12 days overdue" in offer(page, held, "Ship")[2]
    waiting = make_order(customer=make_customer(team=lin.team), state=Status.CONFIRMED)
    assert offer(page, waiting, "Ship")[2] == "Release the order first."


def test_a_confirmed_order_is_asked_about_first_and_released_when_the_warehouse_has_answered(page, lin):
    order = make_order(customer=make_customer(team=lin.team), state=Status.CONFIRMED, lines=1)
    asking = reverse("orders:ask_stock", args=[order.pk])
    assert [(each[0], each[3]) for each in offers(page, order)[:2]] == [("Ask the warehouse", True), ("Release", False)]
    assert offer(page, order, "Ask the warehouse")[1] == asking
    question = ask_stock(by=lin, order=order, lines=rows(order, order.lines.get().quantity))
    assert offer(page, order, "Ask the warehouse")[1:3] == ("", "The warehouse was asked and has not answered yet.")
    answers = {row.pk: LineAnswer(row.quantity) for row in question.lines.all()}
    answer_stock(by=make_user("wu", Role.WAREHOUSE), question=question, answers=answers)
    assert (offers(page, order)[0][0], offer(page, order, "Ask the warehouse")) == ("Release", None)


def test_amending_leads_to_the_form_or_to_the_amendment_in_hand_or_says_it_is_too_late(page, lin):
    order = released(10, team=lin.team)
    assert offer(page, order, "Amend")[1] == reverse("orders:amend", args=[order.pk])
    line = order.lines.get()
    made = write_amendment(
        by=lin, order=order, version=order.version, cause="supply", reason="less", header={},
        lines=[LineEntry(line.quantity - 1, id=line.pk, product_name=line.product_name, unit_price=line.unit_price)],
    )  # fmt: skip
    assert offer(page, order, "Amendment in hand")[1] == reverse("orders:amendment", args=[made.pk])
    done = make_order(customer=make_customer(team=lin.team), state=Status.COMPLETED)
    assert "Only a confirmed or released order is amended" in offer(page, done, "Amend")[2]
    entered = make_order(customer=make_customer(team=lin.team), state=Status.ENTERED)
    assert offer(page, entered, "Amend") is None


def test_asking_the_customer_opens_the_box_with_the_focus_in_it(page, lin):
    order = make_order(customer=make_customer(team=lin.team), state=Status.RECEIVED)
    assert "autofocus></textarea" not in page.get(reverse("orders:detail", args=[order.pk])).content.decode()
    box = page.get(offer(page, order, "Ask the customer")[1]).content.decode()
    asked = re.search(r"<details open><summary[^>]*>.*?<textarea[^>]*autofocus>", box, re.DOTALL)
    assert asked is not None
    assert 'id="question"' in asked.group(0)
    ask_customer(by=lin, order=order, question="A4 or A3?", to="")
    assert offer(page, order, "Ask the customer")[1:] == ("", "A question is open already.", False)


def test_a_place_in_a_list_travels_along_with_every_deed(page, lin):
    order = make_order(customer=make_customer(team=lin.team), state=Status.RECEIVED)
    address = next(each[1] for each in offers(page, order, **{"from": "x=1"}) if each[0] == "Ask the customer")
    assert address == f"{reverse('orders:detail', args=[order.pk])}?box=ask&from=x%3D1"


@pytest.mark.parametrize("role", [Role.REVIEWER, Role.APPROVER, Role.SALESPERSON])
def test_who_may_not_is_offered_nothing_of_it(client, lin, role):
    person = make_user("other", role, team=lin.team)
    customer = make_customer(team=lin.team, salesperson=person)
    client.force_login(person)
    for state in (Status.RECEIVED, Status.CONFIRMED, Status.RELEASED, Status.REJECTED):
        labels = {each[0] for each in offers(client, make_order(customer=customer, state=state))}
        assert not labels & {"Ship", "Amend", "Ask the customer", "Send the confirmation", "Tell the customer"}
