"""The page of an order says what is left of its time and offers no button that can never be pressed."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from orders.desk.deadlines import keep_deadline
from orders.factories import make_order
from orders.models import DeadlineRule, DeskRule
from orders.status import Status
from staff.factories import make_team, make_user
from staff.roles import Role

pytestmark = pytest.mark.django_db


@pytest.fixture
def shown(client):
    clerk = make_user("lin", Role.CLERK)
    client.force_login(clerk)

    def show(**values):
        order = make_order(lines=1, owner=clerk, **values)
        return order, client.get(reverse("orders:detail", args=[order.pk])).content.decode()

    return show


@pytest.mark.parametrize(
    ("ahead", "state", "tone", "words"),
    [(-3, Status.ENTERED, "late", "over"), (-3, Status.CLARIFYING, "paused", "paused")],
)
def test_the_page_says_in_words_and_colour_what_is_left_and_leads_to_why(shown, ahead, state, tone, words):
    order, text = shown(state=state, due_at=timezone.now() + timedelta(hours=ahead))
    due = text.split('class="wb-due', 1)[1].split("</a>", 1)[0]
    assert due.startswith(f' wb-due--{tone}"')
    assert words in due
    assert f'href="{reverse("orders:deadline", args=[order.pk])}"' in text


def test_the_page_of_a_deadline_says_when_the_rules_have_changed_since(client, shown):
    order, _text = shown(state=Status.ENTERED)
    keep_deadline(order)
    page = reverse("orders:deadline", args=[order.pk])
    assert "keeps its target" not in client.get(page).content.decode()
    DeadlineRule.objects.update(base_minutes=900)
    assert "keeps its target" in client.get(page).content.decode()


def test_an_order_that_is_done_has_no_time_left(shown):
    _order, text = shown(state=Status.COMPLETED, due_at=timezone.now() - timedelta(hours=3))
    assert "wb-due" not in text


def test_what_is_no_longer_edited_leaves_no_grey_button_and_says_why_in_the_menu(shown):
    _order, text = shown(state=Status.CONFIRMED)
    assert "no longer edited in place" in text
    assert 'aria-describedby="why-edit"' not in text


def panel_of(page, title):
    return page.split(title, 1)[1].split("</section>", 1)[0]


@pytest.mark.parametrize(
    ("role", "title"), [(Role.MANAGER, "Late orders of colleagues</h2>"), (Role.CLERK, "My late orders <")]
)
def test_the_late_orders_of_today_say_how_long_they_are_late_in_as_many_statements_however_many(
    client, django_assert_num_queries, role, title
):
    DeskRule.objects.update(sample_percent=0)  # an order drawn for a second look is told of in one statement more
    person, lin = make_user("chen", role, team=make_team()), make_user("lin", Role.CLERK)
    owner = lin if role == Role.MANAGER else person
    client.force_login(person)

    def late(days):
        due_at = timezone.now() - timedelta(days=days)
        return make_order(lines=1, owner=owner, team=person.team, state=Status.ENTERED, due_at=due_at)

    late(100)
    client.get(reverse("home"))
    with CaptureQueriesContext(connection) as one:
        panel = panel_of(client.get(reverse("home")).content.decode(), title)
    assert "100 d over" in panel
    assert "wb-due--late" in panel
    for days in range(9):
        late(101 + days)
    with django_assert_num_queries(len(one)):
        panel = panel_of(client.get(reverse("home")).content.decode(), title)
    assert panel.count(" d over") == 10
