"""Several waiting orders from the list: each on its own, refusals told one by one, releases taken back at once."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from orders.actions.stock import LineAnswer, answer_stock, ask_stock
from orders.factories import make_order
from orders.models import ReviewCheck
from orders.status import Status
from orders.tests.goods import rows
from staff.factories import make_user
from staff.roles import Role

pytestmark = pytest.mark.django_db


@pytest.fixture
def manager():
    return make_user("chen", Role.MANAGER)


def confirmed(clerk, *, answered=True):
    order = make_order(state=Status.CONFIRMED, lines=[{"quantity": Decimal(5)}], owner=clerk)
    if answered:
        question = ask_stock(by=clerk, order=order, lines=rows(order, 5))
        answer_stock(by=clerk, question=question, answers={question.lines.get().pk: LineAnswer(Decimal(5))})
    return order


def states(*orders):
    for order in orders:
        order.refresh_from_db()
    return [order.state for order in orders]


def do(client, deed, orders):
    return client.post(f"/lists/orders/deeds/{deed}/", {"id": [order.pk for order in orders]}, follow=True)


def test_a_reviewer_reviews_what_is_right_and_is_told_of_each_that_is_not(client):
    reviewer = make_user("sun", Role.REVIEWER)
    good, also, doubtful, done = (make_order(lines=1) for _ in range(4))
    ReviewCheck.objects.create(order=doubtful, question="price", is_right=False, note="?", by=reviewer)
    type(done).objects.filter(pk=done.pk).update(state=Status.ENTERED)
    client.force_login(reviewer)
    text = do(client, "review", [good, also, doubtful, done]).content.decode()
    assert states(good, also, doubtful, done) == ["reviewed", "reviewed", "received", "entered"]
    assert good.review_checks.filter(is_right=True, by=reviewer).count() == 7
    assert f"{doubtful.number}: Something was not right" in text
    assert f"{done.number}: " in text


def test_who_supervises_takes_a_release_of_many_back_with_one_press(client, manager):
    ready, other, silent = confirmed(manager), confirmed(manager), confirmed(manager, answered=False)
    client.force_login(manager)
    text = do(client, "release", [ready, other, silent]).content.decode()
    assert states(ready, other, silent) == ["released", "released", "confirmed"]
    assert f"{silent.number}: The warehouse has not answered" in text
    undo = f"/orders/withdraw-releases/?orders={ready.pk}%2C{other.pk}"
    assert f'action="{undo}"' in text
    assert client.get(undo).status_code == 405
    client.post(undo)
    assert states(ready, other) == ["confirmed", "confirmed"]


def test_a_clerk_releases_many_and_is_offered_no_way_back_that_is_a_managers(client):
    clerk = make_user("lin", Role.CLERK)
    order = confirmed(clerk)
    client.force_login(clerk)
    assert "withdraw-releases" not in do(client, "release", [order]).content.decode()
    assert states(order) == ["released"]
    assert client.post(f"/orders/withdraw-releases/?orders={order.pk}").status_code == 403


def test_an_undo_leaves_alone_what_the_warehouse_has_begun_and_what_nobody_asked_for(client, manager):
    order = make_order(state=Status.RELEASED, lines=[{"quantity": Decimal(5)}])
    order.lines.update(shipped_quantity=1)
    client.force_login(manager)
    text = client.post(f"/orders/withdraw-releases/?orders={order.pk},x,{2**70}", follow=True).content.decode()
    assert "begun to pick" in text
    assert states(order) == ["released"]


def test_of_many_refusals_the_first_twelve_are_told_and_the_rest_counted(client, manager):
    old = timezone.now() - timedelta(days=1)
    orders = [make_order(lines=1, state=Status.CLOSED, received_at=old) for _ in range(15)]
    client.force_login(manager)
    text = do(client, "release", orders).content.decode()
    assert orders[11].number + ": " in text
    assert "and 3 more" in text
