"""Holding the database against the model: everything that must be true after every deed."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from django.apps import apps
from django.db import connection
from django.db.models import Model

from orders.models import Amendment, Approval, ErrorEvent, Order, OrderReturn, Shipment
from orders.snapshots import compare, content_of
from orders.status import WAREHOUSE_STATES, Status
from orders.tests.desk_model import GONE, ModelDesk, ModelOrder
from salesops.numbering.models import Counter
from staff.models import Notice

_MODELS: list[type[Model]] = [*apps.get_app_config("orders").get_models(), Counter, Notice]
_TABLES = [each._meta.db_table for each in _MODELS]
_WRITES_CONTENT = ("changed", "amended")
_NOT_COMPARED = ("due_at",)


def every_row() -> dict[str, list[tuple[Any, ...]]]:
    """All rows of the orders room, the numbers given and the notices: a refused deed leaves them as they were."""
    found = {}
    with connection.cursor() as cursor:
        for table in _TABLES:
            cursor.execute(f'SELECT * FROM "{table}" ORDER BY 1')
            found[table] = cursor.fetchall()
    return found


def check_desk(desk: ModelDesk) -> None:
    """Numbers without gaps, and no order the model does not know."""
    numbers = defaultdict(list)
    for numbered in (Order, Shipment, OrderReturn, ErrorEvent):
        for number in numbered.objects.order_by("number").values_list("number", flat=True):
            stem, _, place = number.rpartition("-")
            numbers[stem].append(int(place))
    for stem, places in numbers.items():
        assert places == list(range(1, len(places) + 1)), stem
    assert set(Order.objects.values_list("pk", flat=True)) == set(desk.orders)


def check_order(expected: ModelOrder) -> Order:
    """State, sums, goods and approvals as the model has them; the diary tells all of it."""
    order = Order.objects.get(pk=expected.pk)
    assert Status(order.state) == expected.state
    _check_rows(order, expected)
    held = Approval.objects.filter(order=order, state__in=(Approval.State.OPEN, Approval.State.GRANTED))
    assert sorted(held.values_list("rule__kind", "state")) == sorted(
        (kind, state) for kind, (_values, state) in expected.live.items()
    )
    assert set(order.holds.filter(released_at=None).values_list("pk", flat=True)) == expected.holds
    if order.state in (Status.CANCELLED, Status.REJECTED):
        assert nothing_waits(order)
    check_diary(order)
    return order


def nothing_waits(order: Order) -> bool:
    """Whether nobody has anything left to decide, answer, release or settle about it."""
    waiting = (
        order.amendments.filter(state__in=Amendment.IN_HAND),
        order.approvals.filter(state=Approval.State.OPEN),
        order.holds.filter(released_at=None),
        order.stock_questions.filter(answer="", waived_reason=""),
        order.clarifications.filter(answered_at=None),
        order.case_stubs.filter(closed_at=None),
    )
    return not any(each.exists() for each in waiting)


def _check_rows(order: Order, expected: ModelOrder) -> None:
    lines = list(order.lines.all())
    assert {line.pk for line in lines} == set(expected.rows)
    assert (order.total, order.line_count) == (expected.total, len(lines))
    assert order.net == sum(line.net for line in lines)
    assert order.tax == sum(line.tax for line in lines)
    for line in lines:
        row = expected.rows[line.pk]
        assert (line.quantity, line.unit_price, line.amount) == (row.quantity, row.price, row.amount)
        assert line.net + line.tax == line.amount
        goods = (line.shipped_quantity, line.returned_quantity, line.cancelled_quantity)
        assert goods == (row.shipped, row.returned, row.closed)
        assert 0 <= line.returned_quantity <= line.shipped_quantity
        assert line.returned_quantity + expected.announced(line.pk) <= line.shipped_quantity
        assert line.shipped_quantity - line.returned_quantity <= row.most
    for shipment in order.shipments.all():
        parcel = expected.shipments[shipment.pk]
        assert (shipment.state, shipment.trouble) == (parcel.state, parcel.trouble)
        assert dict(shipment.lines.values_list("line_id", "quantity")) == parcel.parts
    gone = [each for each in expected.shipments.values() if each.state in GONE]
    for pk, row in expected.rows.items():
        assert row.shipped == sum(each.parts.get(pk, 0) - each.missing.get(pk, 0) for each in gone)
    assert dict(order.returns.values_list("pk", "state")) == {pk: one.state for pk, one in expected.returns.items()}


def check_diary(order: Order) -> None:
    """The way of the states is whole and ends where the order stands; every change of content is told."""
    events = list(order.events.order_by("pk"))
    assert events[0].kind == "created"
    state = Status.RECEIVED.value
    for event in events:
        if event.kind == "moved":
            assert event.before == {"state": state}
            state = event.after["state"]
    assert state == order.state
    kept = list(order.snapshots.order_by("revision"))
    told = [event for event in events if event.kind in _WRITES_CONTENT]
    assert len(kept) == len(told) + 1
    for event, earlier, later in zip(told, kept, kept[1:], strict=False):
        for side, said in zip(compare(earlier.content, later.content), (event.before, event.after), strict=True):
            assert _plain(said) == _plain(side)
        assert event.by_id is not None
    now = content_of(order, order.lines.all())
    untold = [_plain(side) for side in compare(kept[-1].content, now)]
    assert untold == [{}, {}], untold
    assert kept[-1].content["total"] == now["total"]


def _plain(side: dict[str, Any]) -> dict[str, Any]:
    """Without the deadline, which the house's clock writes."""
    return {key: value for key, value in side.items() if key not in _NOT_COMPARED}


def check_sight(desk: ModelDesk, stranger: Any, keeper: Any) -> None:
    """A salesperson of another team sees nothing, the warehouse only what was released."""
    assert not Order.objects.visible_to(stranger).exists()
    shown = set(Order.objects.visible_to(keeper).values_list("pk", flat=True))
    assert shown == {pk for pk, each in desk.orders.items() if each.state in WAREHOUSE_STATES}
