"""Product pages and prices."""

from datetime import date
from decimal import Decimal

import pytest
from django.urls import reverse

from customers.actions.products import Step, set_customer_prices, set_listed_steps
from customers.factories import make_customer, make_product
from customers.models import PriceList, Product
from customers.queries import price_for
from staff.factories import make_user
from staff.roles import Role

pytestmark = pytest.mark.django_db


@pytest.fixture
def boss():
    return make_user("boss", Role.MANAGER)


def typed(**fields):
    return {"code": "A4-70", "name": "复印纸", "unit": "箱", "tax_rate": "13", "pack_size": "1"} | fields


def test_a_manager_makes_a_product_and_a_clerk_only_reads_it(client, boss):
    client.force_login(boss)
    assert client.post(reverse("products:create"), typed(list_price="118.5", floor_price="99")).status_code == 302
    product = Product.objects.get()
    assert (product.initials, product.list_price) == ("fyz", Decimal("118.5"))
    assert product.events.get().after["name"] == "复印纸"
    page = reverse("products:detail", args=[product.pk])
    form = reverse("products:edit", args=[product.pk])
    assert "99.00" in client.get(page).content.decode()
    assert form in client.get(reverse("products:list")).content.decode()
    client.force_login(make_user("alice", Role.CLERK))
    shown = client.get(page).content.decode()
    assert "118.50" in shown
    assert "99.00" not in shown
    assert form not in client.get(reverse("products:list")).content.decode()
    assert client.get(form).status_code == 403
    history = client.get(reverse("products:history", args=[product.pk])).content.decode()
    assert "floor price" not in history


def test_a_code_is_taken_once(client, boss):
    make_product(code="A4-70")
    client.force_login(boss)
    assert client.post(reverse("products:create"), typed()).status_code == 422
    assert Product.objects.count() == 1


def test_a_product_cannot_stand_in_for_itself_through_another(client, boss):
    first, second = make_product(code="A"), make_product(code="B")
    Product.objects.filter(pk=second.pk).update(substitute=first)
    client.force_login(boss)
    edit = reverse("products:edit", args=[first.pk])
    answer = client.post(edit, typed(code="A", version="1", substitute="B", is_discontinued="on"))
    assert answer.status_code == 422
    assert "stand in for itself" in answer.content.decode()


def test_a_second_save_of_a_product_is_a_conflict(client, boss):
    product = make_product(code="A4-70", name="复印纸")
    client.force_login(boss)
    edit = reverse("products:edit", args=[product.pk])
    assert client.post(edit, typed(version="1", spec="70g")).status_code == 302
    answer = client.post(edit, typed(version="1", spec="80g"))
    assert answer.status_code == 409
    assert "70g" in answer.content.decode()


@pytest.mark.parametrize(
    ("quantity", "day", "price", "kind"),
    [
        ("1", date(2026, 3, 1), "100", "list_price"),
        ("10", date(2026, 3, 1), "95", "price_list"),
        ("100", date(2026, 3, 1), "90", "price_list"),
        ("100", date(2027, 1, 1), "95", "price_list"),
        ("500", date(2026, 3, 1), "80", "customer"),
        ("-100", date(2026, 3, 1), "90", "price_list"),
    ],
)
def test_the_customers_price_goes_before_the_list_and_the_list_before_the_list_price(boss, quantity, day, price, kind):
    product = make_product(list_price=Decimal(100))
    prices = PriceList.objects.create(name="A 级")
    customer = make_customer(price_list=prices)
    year = (date(2026, 1, 1), date(2026, 12, 31))
    steps = [Step(Decimal(10), Decimal(95)), Step(Decimal(100), Decimal(90), *year)]
    set_listed_steps(by=boss, price_list_id=prices.pk, product_id=product.pk, steps=steps)
    set_customer_prices(
        by=boss, customer_id=customer.pk, product_id=product.pk, steps=[Step(Decimal(500), Decimal(80))]
    )
    found, reason = price_for(customer, product, Decimal(quantity), day)
    assert (found, reason.kind) == (Decimal(price), kind)
    assert str(reason)


def test_a_price_list_that_has_ended_does_not_count(boss):
    product = make_product(list_price=Decimal(100))
    prices = PriceList.objects.create(name="2025", valid_to=date(2025, 12, 31))
    set_listed_steps(by=boss, price_list_id=prices.pk, product_id=product.pk, steps=[Step(Decimal(0), Decimal(70))])
    customer = make_customer(price_list=prices)
    assert price_for(customer, product, Decimal(1), date(2025, 12, 31))[0] == 70
    assert price_for(customer, product, Decimal(1), date(2026, 1, 1))[0] == 100
    assert price_for(customer, make_product(list_price=None), Decimal(1), date(2026, 1, 1))[0] is None


def test_steps_are_written_on_the_page_and_clashing_ones_refused(client, boss):
    product = make_product()
    prices = PriceList.objects.create(name="A 级")
    client.force_login(boss)
    page = reverse("products:listed_steps", args=[product.pk, prices.pk])
    head = {"form-TOTAL_FORMS": "3", "form-INITIAL_FORMS": "0"}
    rows = {"form-0-from_quantity": "0", "form-0-price": "95", "form-1-from_quantity": "10", "form-1-price": "90"}
    assert client.post(page, head | rows).status_code == 302
    assert [(int(step.from_quantity), int(step.price)) for step in prices.prices.all()] == [(0, 95), (10, 90)]
    clash = client.post(page, head | rows | {"form-2-from_quantity": "10", "form-2-price": "89"})
    assert clash.status_code == 422
    assert "Two steps" in clash.content.decode()
    assert client.post(page, {"form-TOTAL_FORMS": "99999", "form-INITIAL_FORMS": "0"}).status_code == 422
    assert prices.prices.count() == 2
    assert product.events.get(kind="prices").after["steps"] == [["0", "95", None, None], ["10", "90", None, None]]
