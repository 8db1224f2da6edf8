"""States change along the one table, with a moment and a diary entry; everything else is refused in words."""

import pytest

from orders.actions.move import MOMENTS, move_order
from orders.errors import OrderError
from orders.factories import make_order
from orders.status import MOVES, Status, may_move
from staff.factories import make_user
from staff.roles import Role


@pytest.mark.django_db
@pytest.mark.parametrize("source", Status)
@pytest.mark.parametrize("target", Status)
def test_an_order_moves_exactly_where_the_table_says(source, target):
    by = make_user("lin", Role.CLERK)
    order = make_order(state=source, lines=1)
    if not may_move(source, target):
        with pytest.raises(OrderError) as refusal:
            move_order(by=by, order=order, to=target)
        assert str(source.label) in str(refusal.value)
        order.refresh_from_db()
        assert (order.state, order.version, order.events.count()) == (source, 1, 0)
        return
    moved = move_order(by=by, order=order, to=target, note="because")
    assert (moved.state, moved.version) == (target, 2)
    event = order.events.get()
    assert (event.kind, event.before, event.after, event.by, event.note) == (
        "moved",
        {"state": source.value},
        {"state": target.value},
        by,
        "because",
    )
    if target in MOMENTS:
        assert getattr(moved, MOMENTS[target]) is not None


def test_every_state_can_be_reached_from_the_first():
    reached, waiting = set(), [Status.RECEIVED]
    while waiting:
        state = waiting.pop()
        if state not in reached:
            reached.add(state)
            waiting.extend(MOVES[state])
    assert reached == set(Status)
