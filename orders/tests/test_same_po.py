"""The same customer PO twice: it is noticed however it was typed, and never across customers."""

from __future__ import annotations

import pytest

from customers.factories import make_customer
from orders.desk.rules import evaluate_rules
from orders.entry.checks import check_po
from orders.factories import make_order
from orders.models import ApprovalRule
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
