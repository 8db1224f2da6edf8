"""How much of a credit is used: what was and will be delivered and is not paid, row by row."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from customers.factories import make_customer
from orders.actions.cancel import reopen_order
from orders.actions.trouble import short_close
from orders.desk.credit import credit_of, still_to_pay
from orders.desk.rules import evaluate_rules
from orders.factories import make_order
from orders.models import ApprovalRule, DeskRule, Order
from orders.status import Fulfilment, Payment, Status
from staff.factories import make_user
from staff.roles import Role

pytestmark = pytest.mark.django_db
S = Status
UNPAID = [Payment.NONE, Payment.PARTIAL, Payment.OVERDUE]


def order_of(customer, *lines, **fields):
    """An order at 100 a piece, tax included; each row is (ordered, short-closed, shipped, returned)."""
    names = ("quantity", "cancelled_quantity", "shipped_quantity", "returned_quantity")
    rows = [dict(zip(names, map(Decimal, line), strict=True)) | {"unit_price": Decimal(100)} for line in lines]
    return make_order(customer=customer, lines=rows, **fields)


@pytest.mark.parametrize(
    ("line", "owed"),
    [
        ((10, 0, 0, 0), "1000.00"),  # confirmed, nothing of it has left
        ((10, 4, 0, 0), "600.00"),  # four will never be shipped
        ((10, 10, 0, 0), "0.00"),
        ((10, 0, 10, 3), "700.00"),  # three came back
        ((10, 4, 6, 6), "0.00"),
        ((10, 0, 11, 0), "1100.00"),  # one more was shipped than ordered, and is owed like the rest
        ((6, 0, 10, 4), "600.00"),  # amended down to what the customer kept: the four count once
    ],
)
@pytest.mark.parametrize("state", [S.CONFIRMED, S.RELEASED, S.COMPLETED])
def test_what_is_short_closed_or_came_back_is_not_owed(line, owed, state):
    customer = make_customer(credit_limit=Decimal(5000))
    order = order_of(customer, line, state=state)
    assert credit_of(customer).used == Decimal(owed)
    assert still_to_pay(order) == Decimal(owed)
    Order.objects.update(payment=Payment.PAID)
    assert credit_of(customer).used == 0


def test_confirmed_goods_that_have_not_left_count_only_where_the_desk_says_so():
    customer = make_customer(credit_limit=Decimal(5000))
    order_of(customer, (10, 0, 4, 1), state=S.RELEASED, fulfilment=Fulfilment.PARTIAL)
    order_of(customer, (10, 0, 0, 0), state=S.CONFIRMED)
    assert credit_of(customer).used == 1900
    DeskRule.objects.update(credit_counts_confirmed=False)
    assert credit_of(customer).used == 300


QUANTITY = st.integers(1, 40)


@st.composite
def rows_of_an_order(draw):
    """A row as deeds may leave it: closed <= ordered, returned <= shipped."""
    ordered, shipped = draw(QUANTITY), draw(st.integers(0, 44))
    return ordered, draw(st.integers(0, ordered)), shipped, draw(st.integers(0, shipped))


ORDERS = st.lists(
    st.tuples(
        st.lists(rows_of_an_order(), min_size=1, max_size=4), st.sampled_from(S), st.sampled_from(Payment),
        st.sampled_from(["1", "7.12"]),
    ),
    min_size=1, max_size=5,
)  # fmt: skip


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(orders=ORDERS)
def test_used_is_the_money_of_everything_kept_or_to_come_and_not_paid(orders):
    customer = make_customer(credit_limit=Decimal(5000))
    expected = Fraction(0)
    for lines, state, payment, rate in orders:
        made = order_of(customer, *lines, state=state, payment=payment, exchange_rate=Decimal(rate))
        pieces = sum(max(shipped, ordered - closed) - returned for ordered, closed, shipped, returned in lines)
        owed = Fraction(rate) * pieces * 100 if payment in UNPAID else Fraction(0)
        assert Fraction(still_to_pay(made)) == owed
        if state in (S.CONFIRMED, S.RELEASED, S.COMPLETED):
            expected += owed
    assert Fraction(credit_of(customer).used) == expected
    first = Order.objects.filter(customer=customer).earliest("pk")
    others = credit_of(customer, besides=first).used
    kept = still_to_pay(first) if first.state in (S.CONFIRMED, S.RELEASED, S.COMPLETED) else 0
    assert others + kept == credit_of(customer).used


def test_a_short_close_makes_room_for_the_next_order():
    ApprovalRule.objects.update(is_active=False)
    ApprovalRule.objects.create(kind=ApprovalRule.Kind.CREDIT, is_active=True)
    customer, lin = make_customer(credit_limit=Decimal(1000)), make_user("lin", Role.CLERK)
    first = order_of(customer, (8, 0, 0, 0), state=S.CONFIRMED)
    following = order_of(customer, (5, 0, 0, 0), state=S.VERIFIED)
    assert [finding.rule.kind for finding in evaluate_rules(following)] == ["credit"]
    short_close(by=lin, line=first.lines.get(), quantity=Decimal(3), reason="discontinued")
    assert evaluate_rules(following) == []


def test_an_order_of_which_nothing_is_owed_is_not_held_for_the_credit_others_use():
    ApprovalRule.objects.update(is_active=False)
    customer = make_customer(credit_limit=Decimal(1000))
    order_of(customer, (20, 0, 0, 0), state=S.CONFIRMED)
    back = order_of(customer, (5, 0, 5, 5), state=S.COMPLETED)
    order = reopen_order(by=make_user("chen", Role.MANAGER), order=back, reason="a row was forgotten")
    assert not order.holds.exists()
