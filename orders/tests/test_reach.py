"""What a press on the entry page or a button reaches is exactly what its person sees in lists."""

from __future__ import annotations

import pytest

from customers.factories import make_customer
from customers.models import Customer
from orders.entry.reach import customer_for
from orders.factories import make_order
from orders.models import Order
from orders.sight import order_to_do
from orders.status import Status
from staff.factories import make_team, make_user
from staff.roles import Role

pytestmark = pytest.mark.django_db


@pytest.fixture
def house():
    """Customers of a team, of another and of none, some with a salesperson; an order of each, received and released."""
    east, west = make_team("East"), make_team("West")
    seller = make_user("seller", Role.SALESPERSON, team=east)
    for place, (team, salesperson) in enumerate(
        [(east, seller), (east, None), (west, seller), (west, None), (None, None)]
    ):
        customer = make_customer(code=f"C{place}", name=f"客户{place}", team=team, salesperson=salesperson)
        for state in (Status.RECEIVED, Status.RELEASED):
            make_order(customer=customer, team=team, salesperson=salesperson, state=state)
    people = [make_user(f"{role}-{team}", role, team=team) for role in Role for team in (east, west, None)]
    return [
        *people,
        seller,
        make_user("nobody", team=east),
        make_user("both", Role.WAREHOUSE, Role.SALESPERSON, team=west),
    ]


def test_a_press_reaches_what_its_person_sees_and_nothing_else(house):
    met = set()
    for person in house:
        seen = set(Customer.objects.visible_to(person).values_list("pk", flat=True))
        reached = {pk for pk in Customer.objects.values_list("pk", flat=True) if customer_for(person, pk)}
        assert reached == seen, person.username
        orders = set(Order.objects.visible_to(person).values_list("pk", flat=True))
        to_do = {pk for pk in Order.objects.values_list("pk", flat=True) if order_to_do(person, pk)}
        assert to_do == orders, person.username
        met.add((person.reach[0], bool(seen), bool(orders)))
    assert len(Order.objects.all()) == 10
    assert {reach for reach, _customers, _orders in met} == {"all", "team", "no_team", "own", "released", "none"}
