"""The same customer PO twice: it is noticed however it was typed, and never across customers."""

from __future__ import annotations

import pytest

from customers.factories import make_customer
from orders.desk.rules import evaluate_rules
from orders.entry.checks import check_po
from orders.factories import make_order
from orders.models import ApprovalRule, OrderReturn
from orders.status import Status

pytestmark = pytest.mark.django_db


@pytest.fixture
def customer():
    ApprovalRule.objects.exclude(kind="duplicate_po").update(is_active=False)
    return make_customer()


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("LND-1187", "lnd-1187"),
        ("LND-1187", "ＬＮＤ－１１８７"),
        ("LND-1187", "LND-1187 "),
        ("LND-1187", "LND - 1187"),
        ("4500017", "PO 4500017"),
        ("PO-4500017", "4500017"),
        ("po4500017", "PO#4500017"),
        ("P.O. 4500017", "P.O.4500017"),
    ],
)
def test_the_same_po_is_noticed_however_it_was_typed(customer, first, second):
    earlier = make_order(customer=customer, state=Status.CONFIRMED, customer_po=first)
    later = make_order(customer=customer, state=Status.ENTERED, customer_po=second)
    assert earlier.number in "".join(check.text for check in check_po(customer, second, later))
    assert [finding.values["orders"] for finding in evaluate_rules(later)] == [earlier.number]


@pytest.mark.parametrize(("first", "second"), [("4500017", "45000170"), ("A-17", "B-17"), ("PO", "P")])
def test_another_po_is_another_po(customer, first, second):
    make_order(customer=customer, state=Status.CONFIRMED, customer_po=first)
    assert check_po(customer, second, None) == []


def test_it_is_the_customers_own_and_a_cancelled_order_does_not_count(customer):
    make_order(customer=make_customer(), state=Status.CONFIRMED, customer_po="lnd-1187")
    make_order(customer=customer, state=Status.CANCELLED, customer_po="lnd-1187")
    assert check_po(customer, "LND-1187", None) == []


def replaced(order):
    """The order that goes out again for what came back of this one, as a return links it."""
    made = make_order(customer=order.customer, state=Status.ENTERED, customer_po=order.customer_po)
    OrderReturn.objects.create(order=order, replacement=made)
    return made


def named(order):
    """Which orders the check of the entry page names, and which the rule does; they agree."""
    said = "".join(check.text for check in check_po(order.customer, order.customer_po, order))
    ruled = [finding.values["orders"] for finding in evaluate_rules(order)]
    return said, ruled


def test_what_a_replacement_replaces_is_no_second_order(customer):
    """However often goods were replaced, and seen from the first order too: nobody orders twice here."""
    first = make_order(customer=customer, state=Status.COMPLETED, customer_po="LND-1187")
    second = replaced(first)
    for order in (first, second, replaced(first), replaced(second)):
        assert named(order) == ("", [])


def test_another_order_with_the_po_of_a_replacement_still_counts(customer):
    first = make_order(customer=customer, state=Status.COMPLETED, customer_po="LND-1187")
    second = replaced(first)
    other = make_order(customer=customer, state=Status.CONFIRMED, customer_po="lnd-1187")
    said, ruled = named(second)
    assert other.number in said
    assert first.number not in said
    assert ruled == [other.number]
    assert named(other)[1] == [f"{second.number}, {first.number}"]
