"""What replaces goods that came back costs nothing, and no rule on prices fires for that; what goes beyond it counts."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from customers.factories import make_product
from orders.actions.amend import findings_of
from orders.actions.enter import edit_order
from orders.actions.returns import (
    Inspection,
    ReturnedRow,
    authorise_return,
    inspect_return,
    receive_return,
    request_return,
    resolve_return,
)
from orders.amending.rows import changes_of
from orders.desk.approval_pages import approval_page
from orders.desk.facts import OrderFacts
from orders.desk.rule_effects import effect_of
from orders.desk.rules import evaluate_rules, judge
from orders.entry.rows import read_rows
from orders.factories import make_order
from orders.models import Approval, ApprovalRule, Order
from orders.rows import LineEntry
from orders.status import Status
from orders.tests.goods import rows, send
from staff.factories import make_user
from staff.roles import Role

pytestmark = pytest.mark.django_db
Kind = ApprovalRule.Kind
ON_PRICES = (Kind.BELOW_FLOOR, Kind.DISCOUNT, Kind.MARGIN)


@pytest.fixture
def clerk():
    return make_user("lin", Role.CLERK)


@pytest.fixture
def paper():
    return make_product(code="ZP-A4", name="复印纸", list_price=Decimal(100), floor_price=Decimal(90))


@pytest.fixture
def lamp():
    return make_product(code="TD-1", name="台灯", list_price=Decimal(50), floor_price=Decimal(40))


@pytest.fixture(autouse=True)
def strict_rules():
    ApprovalRule.objects.update(is_active=False)
    for kind, threshold in ((Kind.BELOW_FLOOR, 0), (Kind.DISCOUNT, 5), (Kind.MARGIN, 1)):
        ApprovalRule.objects.filter(kind=kind).update(is_active=True, threshold=threshold)


@pytest.fixture
def replacement(clerk, paper):
    """Three of ten came back and were accepted: they go once more."""
    keeper = make_user("wu", Role.WAREHOUSE)
    sold = make_order(
        state=Status.RELEASED, lines=[{"product": paper, "unit_price": Decimal(100), "quantity": Decimal(10)}]
    )
    send(clerk, keeper, sold, 10)
    back = request_return(by=clerk, order=sold, lines={line: ReturnedRow(Decimal(3)) for line in rows(sold, 3)})
    authorise_return(by=clerk, order_return=back)
    receive_return(by=keeper, order_return=back)
    part = back.lines.get()
    inspect_return(by=keeper, order_return=back, findings={part.pk: Inspection(Decimal(3), Decimal(0))})
    return resolve_return(by=clerk, order_return=back, resolution="replace").replacement


def entry_of(order, **values):
    line = order.lines.get()
    return replace(LineEntry(line.quantity, id=line.pk, product=line.product, unit_price=line.unit_price), **values)


def changed(clerk, order, *entries):
    order = Order.objects.get(pk=order.pk)
    return edit_order(by=clerk, order=order, version=order.version, lines=entries)


def fired(order):
    return {finding.rule.kind for finding in evaluate_rules(Order.objects.get(pk=order.pk))}


def effect(order, kind):
    """Whether the preview of a rule's effect counts the order."""
    Order.objects.filter(pk=order.pk).update(state=Status.CONFIRMED)
    threshold = {Kind.BELOW_FLOOR: 0, Kind.DISCOUNT: 5, Kind.MARGIN: 1}[kind]
    return order.pk in {hit.order.pk for hit in effect_of(kind, Decimal(threshold)).hits}


@pytest.mark.parametrize("kind", ON_PRICES)
def test_the_rules_on_prices_and_their_preview_leave_it_alone(replacement, kind):
    assert replacement.lines.get().list_price == 100
    assert fired(replacement) == set()
    assert not effect(replacement, kind)


@pytest.mark.parametrize("kind", ON_PRICES)
def test_a_price_written_instead_counts(clerk, replacement, kind):
    changed(clerk, replacement, entry_of(replacement, unit_price=Decimal(80)))
    assert fired(replacement) == set(ON_PRICES)
    assert effect(replacement, kind)


@pytest.mark.parametrize("kind", ON_PRICES)
def test_a_cheap_row_added_counts_by_itself(clerk, replacement, lamp, kind):
    changed(clerk, replacement, entry_of(replacement), LineEntry(Decimal(2), product=lamp, unit_price=Decimal(30)))
    assert fired(replacement) == set(ON_PRICES)
    assert effect(replacement, kind)
    told = judge(ApprovalRule(kind=kind, threshold=Decimal(5)), OrderFacts(replacement))
    assert [row["position"] for row in told.rows] == ([] if kind == Kind.MARGIN else [2])


@pytest.mark.parametrize("kind", ON_PRICES)
def test_a_row_added_at_its_full_price_asks_nobody(clerk, replacement, lamp, kind):
    changed(clerk, replacement, entry_of(replacement), LineEntry(Decimal(2), product=lamp, unit_price=Decimal(50)))
    assert fired(replacement) == set()
    assert not effect(replacement, kind)
    asked = Approval.objects.create(order=replacement, rule=ApprovalRule.objects.get(kind=kind), rule_version=1)
    assert approval_page(asked, clerk).margin == 20


@pytest.mark.parametrize("kind", [Kind.BELOW_FLOOR, Kind.DISCOUNT])
def test_more_at_no_price_than_came_back_is_given_away(clerk, replacement, lamp, kind):
    changed(clerk, replacement, entry_of(replacement, quantity=Decimal(4)))
    assert kind in fired(replacement)
    assert effect(replacement, kind)
    gift = LineEntry(Decimal(1), product=lamp, unit_price=Decimal(0))
    Order.objects.filter(pk=replacement.pk).update(state=Status.RECEIVED)
    changed(clerk, replacement, entry_of(replacement, quantity=Decimal(3)), gift)
    assert kind in fired(replacement)


@pytest.mark.parametrize("kind", [Kind.BELOW_FLOOR, Kind.DISCOUNT])
def test_an_order_at_no_price_without_a_return_is_a_discount(paper, kind):
    given = make_order(
        state=Status.CONFIRMED,
        lines=[{"product": paper, "unit_price": Decimal(0), "list_price": Decimal(100), "quantity": Decimal(3)}],
    )
    assert kind in fired(given)
    assert effect(given, kind)


def test_what_is_replaced_by_its_name_is_known_too(clerk, paper, replacement):
    paper.is_discontinued = True
    paper.save()
    by_name = LineEntry(Decimal(3), product_name=paper.name, unit_price=Decimal(0))
    changed(clerk, replacement, by_name)
    facts = OrderFacts(Order.objects.get(pk=replacement.pk))
    assert facts.sold_lines == []


def test_an_amendment_of_a_replacement_is_judged_alike(clerk, replacement, lamp):
    Order.objects.filter(pk=replacement.pk).update(state=Status.CONFIRMED)
    order = Order.objects.get(pk=replacement.pk)
    stored = order.lines_with_products()
    added = LineEntry(Decimal(2), product=lamp, unit_price=Decimal(50))
    assert findings_of(order, stored, changes_of(order, stored, [entry_of(order), added], {})) == []
    cheap = replace(added, unit_price=Decimal(20))
    found = findings_of(order, stored, changes_of(order, stored, [entry_of(order), cheap], {}))
    assert {finding.rule.kind for finding in found} == set(ON_PRICES)


def test_the_entry_page_says_nothing_of_its_price_and_asks_of_any_other(replacement):
    line = replacement.lines.get()
    row = {"key": "l1", "id": line.pk, "product": "ZP-A4", "quantity": "3", "unit_price": "0"}

    def said(**values):
        answer = read_rows([row | values], customer=replacement.customer, order=replacement)[0]
        return [(check["level"], check["field"]) for check in answer["checks"]]

    assert said() == []
    assert ("hold", "unit_price") in said(quantity="4")
    assert ("hold", "unit_price") in said(unit_price="50")


def test_an_order_with_prices_asks_nothing_about_returns(paper):
    sold = make_order(lines=[{"product": paper, "unit_price": Decimal(100), "quantity": Decimal(3)}])
    with CaptureQueriesContext(connection) as taken:
        evaluate_rules(sold)
    assert not [query for query in taken if "orders_orderreturn" in query["sql"]]
