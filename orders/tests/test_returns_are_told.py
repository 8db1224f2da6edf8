"""Whoever comes next with a return hears of it: who decides, who asked, who settles it."""

from __future__ import annotations

import pytest
from django.urls import reverse

from orders.actions.returns import (
    Inspection,
    ReturnedRow,
    authorise_return,
    inspect_return,
    receive_return,
    refuse_return,
    request_return,
)
from orders.tests.goods import released, rows, send
from staff.factories import make_team, make_user
from staff.roles import Role

pytestmark = pytest.mark.django_db


@pytest.fixture
def people():
    team = make_team()
    roles = {"lin": Role.CLERK, "zhou": Role.CLERK, "wu": Role.WAREHOUSE, "chen": Role.MANAGER, "gao": Role.APPROVER}
    return {name: make_user(name, role, team=team) for name, role in roles.items()}


@pytest.fixture
def requested(people, django_capture_on_commit_callbacks):
    order = released(5, team=people["lin"].team, clerk=people["lin"])
    type(order).objects.filter(pk=order.pk).update(owner=people["lin"])
    order.refresh_from_db()
    send(people["lin"], people["wu"], order, 5)
    wanted = {line: ReturnedRow(quantity) for line, quantity in rows(order, 2).items()}
    for person in people.values():
        person.notices.all().delete()
    with django_capture_on_commit_callbacks(execute=True):
        return request_return(by=people["zhou"], order=order, lines=wanted)


def told(people):
    """Who has heard of it, and where each notice leads."""
    return {(name, notice.url) for name, person in people.items() for notice in person.notices.all()}


def test_who_may_decide_hears_of_a_return_and_who_asked_hears_the_decision(people, requested):
    page = reverse("orders:return", args=[requested.pk])
    assert told(people) == {("chen", page), ("gao", page)}
    authorise_return(by=people["chen"], order_return=requested)
    assert told(people) == {("chen", page), ("gao", page), ("zhou", page)}


def test_who_asked_reads_why_it_was_refused(people, requested):
    refuse_return(by=people["chen"], order_return=requested, reason="促销品不退")
    notice = people["zhou"].notices.get()
    assert notice.text_values["reason"] == "促销品不退"


def test_the_orders_clerk_hears_that_it_was_inspected_and_is_to_be_settled(people, requested):
    authorise_return(by=people["chen"], order_return=requested)
    receive_return(by=people["wu"], order_return=requested)
    found = {part.pk: Inspection(part.quantity, part.quantity - part.quantity) for part in requested.lines.all()}
    inspect_return(by=people["wu"], order_return=requested, findings=found)
    assert ("lin", reverse("orders:return", args=[requested.pk])) in told(people)


def test_nobody_is_told_of_what_they_did_themselves(people, requested):
    people["chen"].notices.all().delete()
    requested.noted_by = people["chen"]
    requested.save(update_fields=["noted_by"])
    authorise_return(by=people["chen"], order_return=requested)
    assert not people["chen"].notices.exists()
