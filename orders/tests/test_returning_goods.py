"""Goods that come back: never more than left, looked at, settled, and put to the right account."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.urls import reverse

from orders.actions.returns import (
    Inspection,
    ReturnedRow,
    authorise_return,
    close_return,
    inspect_return,
    receive_return,
    refuse_return,
    request_return,
    resolve_return,
    send_return,
)
from orders.errors import OrderError
from orders.models import ErrorEvent, Order, OrderReturn
from orders.status import Returning, Status
from orders.tests.goods import released, rows, send
from staff.factories import make_user
from staff.roles import Role

pytestmark = pytest.mark.django_db


@pytest.fixture
def clerk():
    return make_user("lin", Role.CLERK)


@pytest.fixture
def keeper():
    return make_user("wu", Role.WAREHOUSE)


@pytest.fixture
def order(clerk, keeper):
    """Shipped whole: 10 and 4."""
    made = released(10, 4)
    send(clerk, keeper, made, 10, 4)
    return made


def asked(clerk, order, *quantities, **more):
    wanted = {line: ReturnedRow(quantity) for line, quantity in rows(order, *quantities).items()}
    return request_return(by=clerk, order=order, lines=wanted, **more)


def received(clerk, keeper, order, *quantities, **more):
    made = asked(clerk, order, *quantities, **more)
    authorise_return(by=clerk, order_return=made)
    send_return(by=clerk, order_return=made, note="顺丰 SF1")
    return receive_return(by=keeper, order_return=made)


def inspected(clerk, keeper, order, *quantities, **more):
    made = received(clerk, keeper, order, *quantities, **more)
    findings = {part.pk: Inspection(part.quantity, Decimal(0)) for part in made.lines.all()}
    return inspect_return(by=keeper, order_return=made, findings=findings)


def test_a_return_goes_its_way_and_the_axis_follows(clerk, keeper, order):
    made = asked(clerk, order, 3)
    order.refresh_from_db()
    assert (order.returning, made.state) == (Returning.OPEN, "requested")
    assert made.number.startswith("RT-")
    authorise_return(by=clerk, order_return=made)
    receive_return(by=keeper, order_return=made)
    part = made.lines.get()
    with pytest.raises(OrderError, match="together must be 3"):
        inspect_return(by=keeper, order_return=made, findings={part.pk: Inspection(Decimal(2), Decimal(0))})
    inspect_return(by=keeper, order_return=made, findings={part.pk: Inspection(Decimal(2), Decimal(1))})
    assert order.lines.first().returned_quantity == 2
    resolve_return(by=clerk, order_return=made, resolution="refund", red_invoice="25442000000012345678")
    order.refresh_from_db()
    assert order.returning == Returning.PARTIAL
    close_return(by=clerk, order_return=made, cause="quality")
    made.refresh_from_db()
    assert (made.state, made.cause, made.red_invoice) == ("closed", "quality", "25442000000012345678")
    steps = ("requested", "authorised", "received", "inspected", "resolved", "closed")
    assert [event.kind for event in order.events.order_by("pk")][-6:] == [f"return_{step}" for step in steps]


def test_more_than_was_shipped_never_comes_back(clerk, keeper, order):
    asked(clerk, order, 6)
    with pytest.raises(OrderError, match="Row 1: 4 can still come back"):
        asked(clerk, order, 5)
    asked(clerk, order, 4)


def test_what_was_inspected_counts_once(clerk, keeper, order):
    inspected(clerk, keeper, order, 6)
    with pytest.raises(OrderError, match="Row 1: 4 can still"):
        asked(clerk, order, 5)


def test_what_was_not_accepted_may_be_asked_for_again(clerk, keeper, order):
    made = received(clerk, keeper, order, 10)
    part = made.lines.get()
    inspect_return(by=keeper, order_return=made, findings={part.pk: Inspection(Decimal(0), Decimal(10))})
    again = asked(clerk, order, 10)
    assert (again.lines.get().quantity, order.returns.count()) == (10, 2)


def test_a_refused_return_frees_its_quantities_and_says_why(clerk, order):
    made = asked(clerk, order, 10)
    with pytest.raises(OrderError, match="Say why"):
        refuse_return(by=clerk, order_return=made, reason="")
    refuse_return(by=clerk, order_return=made, reason="已过 30 天")
    order.refresh_from_db()
    assert order.returning == Returning.NONE
    asked(clerk, order, 10)


def test_everything_back_is_a_full_return(clerk, keeper, order):
    made = inspected(clerk, keeper, order, 10, 4)
    resolve_return(by=clerk, order_return=made, resolution="credit")
    order.refresh_from_db()
    assert order.returning == Returning.FULL


def test_a_replacement_is_a_linked_order_at_no_price(clerk, keeper, order):
    made = inspected(clerk, keeper, order, 3, 1)
    made = resolve_return(by=clerk, order_return=made, resolution="replace")
    assert made.replacement is not None
    new = Order.objects.get(pk=made.replacement.pk)
    assert (new.total, new.state, new.customer_id) == (0, Status.RECEIVED, order.customer_id)
    assert [line.quantity for line in new.lines.all()] == [3, 1]
    assert list(new.replaces.all()) == [made]


def test_what_we_entered_wrong_stands_in_the_ledger_with_the_customer_who_caught_it(clerk, keeper, order):
    made = inspected(clerk, keeper, order, 3)
    resolve_return(by=clerk, order_return=made, resolution="refund")
    with pytest.raises(OrderError, match="say which field"):
        close_return(by=clerk, order_return=made, cause="our_entry")
    assert ErrorEvent.objects.count() == 0
    part = made.lines.get()
    close_return(by=clerk, order_return=made, cause="our_entry", rows={part.pk: ("product_code", "TJ-18")})
    error = ErrorEvent.objects.get()
    assert (error.field, error.wrong_value, error.right_value) == ("product_code", "P001", "TJ-18")
    assert (error.origin, error.caught_stage, error.order_return_id) == ("return", "customer", made.pk)
    assert error.is_customer_visible


def test_what_the_warehouse_shipped_wrong_stands_against_who_shipped_it(clerk, keeper, order):
    made = inspected(clerk, keeper, order, 3, note="收到 TJ-18")
    resolve_return(by=clerk, order_return=made, resolution="refund")
    close_return(by=clerk, order_return=made, cause="our_shipment")
    error = ErrorEvent.objects.get()
    assert (error.made_stage, error.made_by) == ("warehouse", keeper)


@pytest.mark.parametrize("cause", ["quality", "transport", "customer"])
def test_causes_of_others_leave_the_ledger_alone(clerk, keeper, order, cause):
    made = inspected(clerk, keeper, order, 3)
    resolve_return(by=clerk, order_return=made, resolution="refund")
    close_return(by=clerk, order_return=made, cause=cause)
    assert ErrorEvent.objects.count() == 0


def test_a_return_is_not_closed_while_nobody_knows_why(clerk, keeper, order):
    made = inspected(clerk, keeper, order, 3)
    resolve_return(by=clerk, order_return=made, resolution="refund")
    with pytest.raises(OrderError, match="Choose one"):
        close_return(by=clerk, order_return=made, cause="unknown")


def test_returns_a_sheet_noted_stay_as_they_are(clerk, order):
    OrderReturn.objects.create(order=order, source_number="C1", state=OrderReturn.State.NOTED)
    order.returning = Returning.FULL
    order.save()
    send_again = order.returns.get()
    with pytest.raises(OrderError, match="cannot become"):
        authorise_return(by=clerk, order_return=send_again)
    order.refresh_from_db()
    assert order.returning == Returning.FULL


def test_a_closed_order_is_locked_for_returns_too(client, clerk, keeper, order):
    page, form = reverse("orders:detail", args=[order.pk]), reverse("orders:request_return", args=[order.pk])
    Order.objects.filter(pk=order.pk).update(state=Status.COMPLETED)
    client.force_login(clerk)
    assert form in client.get(page).content.decode()
    Order.objects.filter(pk=order.pk).update(state=Status.CLOSED)
    assert form not in client.get(page).content.decode()
    said = client.get(form).content.decode()
    assert "This order is closed: nothing comes back to it any more." in said
    assert 'name="q-' not in said
    with pytest.raises(OrderError, match="is closed"):
        asked(clerk, order, 3)
    order.refresh_from_db()
    assert (order.returning, order.returns.count()) == (Returning.NONE, 0)


def test_a_return_under_way_is_settled_though_its_order_was_closed(clerk, keeper, order):
    made = inspected(clerk, keeper, order, 3)
    resolve_return(by=clerk, order_return=made, resolution="refund")
    Order.objects.filter(pk=order.pk).update(state=Status.CLOSED)
    assert close_return(by=clerk, order_return=made, cause="quality").state == "closed"
