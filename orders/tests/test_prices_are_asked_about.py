"""A price far from what the customer paid last needs a reason wherever a person writes it, in the same words."""

from decimal import Decimal
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from customers.factories import make_customer, make_product
from orders.actions.enter import create_order
from orders.models import Amendment, ApprovalRule, Order
from orders.origins import kept_origins
from orders.rows import LineEntry
from orders.status import Status
from staff.factories import make_team, make_user
from staff.roles import Role

pytestmark = pytest.mark.django_db

ASKED = "140.00 is 40 % above this customer&#x27;s last price (100.00). Write why it is right, or change it."


@pytest.fixture
def lin():
    return make_user("lin", Role.CLERK, team=make_team())


@pytest.fixture
def customer(lin):
    return make_customer(code="C001", team=lin.team)


@pytest.fixture
def paper():
    return make_product(code="ZP-A4", unit="箱", list_price=Decimal(100))


@pytest.fixture(autouse=True)
def bought_for_a_hundred(lin, customer, paper):
    ApprovalRule.objects.update(is_active=False)
    create_order(by=lin, customer=customer, lines=[LineEntry(Decimal(5), product=paper, unit_price=Decimal(100))])


@pytest.fixture
def page(client, lin):
    client.force_login(lin)
    return client


def row_form(price, why="", **header):
    """What a browser sends for one row at this price."""
    return {
        "customer": "C001",
        "form_token": str(uuid4()),
        "rows-TOTAL_FORMS": "1",
        "rows-INITIAL_FORMS": "0",
        "rows-0-product": "ZP-A4",
        "rows-0-quantity": "5",
        "rows-0-unit_price": price,
        "rows-0-why": why,
        **header,
    }


def saved_form(page, url):
    """What the page of a saved order would send back unchanged."""
    desk = page.get(url).context["desk"]
    values = {"version": "1", "rows-INITIAL_FORMS": "1", "rows-TOTAL_FORMS": "1"}
    for form in (desk.header, desk.rows.forms[0]):
        for bound in form:
            shown = bound.field.widget.format_value(bound.value())
            values[bound.html_name] = (shown[0] if isinstance(shown, list) else shown) or ""
    return values


def newest():
    return Order.objects.latest("pk")


def confirmed(lin, customer, paper):
    order = create_order(
        by=lin, customer=customer, lines=[LineEntry(Decimal(5), product=paper, unit_price=Decimal(100))]
    )
    Order.objects.filter(pk=order.pk).update(state=Status.CONFIRMED, confirmed_at=timezone.now())
    return order


def test_the_plain_form_asks_why_and_keeps_the_reason(page):
    answer = page.post(reverse("orders:create"), row_form("140"))
    assert answer.status_code == 422
    assert answer.content.decode().count(ASKED) == 2  # on top and beside the row
    assert 'name="rows-0-why"' in answer.content.decode()
    assert Order.objects.count() == 1
    page.post(reverse("orders:create"), row_form("140", "Agreed by phone with Ms Wang"))
    line = newest().lines.get()
    assert line.unit_price == 140
    assert kept_origins(newest()).reason_of(line) == "Agreed by phone with Ms Wang"
    shown = page.get(reverse("orders:detail", args=[newest().pk])).content.decode()
    assert "Reason: Agreed by phone with Ms Wang" in shown


@pytest.mark.parametrize("price", ["100", "115", "85"])
def test_nothing_is_asked_of_a_price_near_the_last(page, price):
    assert page.post(reverse("orders:create"), row_form(price)).status_code == 302


def test_a_price_without_tax_and_one_in_another_currency_are_not_held_against_the_last(page):
    assert page.post(reverse("orders:create"), row_form("20", price_basis="no")).status_code == 302
    other = row_form("14", currency="USD", exchange_rate="7.1")
    assert page.post(reverse("orders:create"), other).status_code == 302


def test_a_discount_that_far_is_asked_about_too(page):
    answer = page.post(reverse("orders:create"), row_form("100") | {"rows-0-percent": "20"})
    assert answer.status_code == 422
    assert "80.00 is 20 % below this customer" in answer.content.decode()


def test_a_changed_price_of_a_saved_order_is_asked_about_and_an_old_one_is_not(page, lin, customer, paper):
    order = create_order(
        by=lin, customer=customer, lines=[LineEntry(Decimal(5), product=paper, unit_price=Decimal(130))]
    )
    url = reverse("orders:edit", args=[order.pk])
    form = saved_form(page, url)
    assert page.post(url, form | {"rows-0-quantity": "6"}).status_code == 302
    form = saved_form(page, url) | {"rows-0-unit_price": "140", "version": "2"}
    answer = page.post(url, form)
    assert answer.status_code == 422
    assert ASKED in answer.content.decode()
    assert page.post(url, form | {"rows-0-why": "New price list"}).status_code == 302
    assert saved_form(page, url)["rows-0-why"] == "New price list"


def test_a_later_save_of_the_plain_form_keeps_where_the_values_came_from(page, lin, customer, paper):
    entries = [LineEntry(Decimal(5), product=paper, unit_price=Decimal(100))]
    order = create_order(by=lin, customer=customer, lines=entries)
    place = {"how": "parsed", "row": 4, "column": "C", "text": "5"}
    save = order.snapshots.get()
    line = order.lines.get()
    told = {"header": {}, "lines": {str(line.pk): {"quantity": place, "unit_price": place}}, "reasons": {}}
    save.content |= {"origin": told}
    save.save()
    url = reverse("orders:edit", args=[order.pk])
    page.post(url, saved_form(page, url) | {"rows-0-unit_price": "140", "rows-0-why": "By mail"})
    line.refresh_from_db()
    kept = kept_origins(newest())
    assert kept.reason_of(line) == "By mail"
    assert kept.of_line(line)["quantity"] == place
    assert kept.of_line(line)["unit_price"]["how"] == "typed"


def test_an_amendment_asks_why_and_shows_the_reason_to_who_decides_but_not_to_the_customer(page, lin, customer, paper):
    order = confirmed(lin, customer, paper)
    url = reverse("orders:amend", args=[order.pk])
    form = saved_form(page, url) | {"cause": "customer_change", "reason": "by mail", "rows-0-unit_price": "140"}
    answer = page.post(url, form | {"draft": "1"})
    assert answer.status_code == 422
    assert answer.content.decode().count(ASKED) == 2
    assert not Amendment.objects.exists()
    answer = page.post(url, form | {"draft": "1", "rows-0-why": "Steel went up"})
    draft = Amendment.objects.get()
    assert answer.url == reverse("orders:amendment", args=[draft.pk])
    assert "Reason: Steel went up" in page.get(answer.url).content.decode()
    again = saved_form(page, url)
    assert again["rows-0-why"] == "Steel went up"
    page.post(url, again | {"submit": "1"})
    page.post(reverse("orders:amendment_decide", args=[draft.pk]), {"seen": page.get(answer.url).context["seen"]})
    link = page.post(reverse("orders:amendment_link_make", args=[draft.pk]), {"show": "1"}).context["address"]
    seen = page.get(link).content.decode()
    assert "140" in seen
    assert "Steel went up" not in seen


def test_an_amended_quantity_and_an_added_row_at_the_usual_price_are_not_asked_about(page, lin, customer, paper):
    order = confirmed(lin, customer, paper)
    url = reverse("orders:amend", args=[order.pk])
    form = saved_form(page, url) | {"cause": "customer_change", "reason": "by mail", "draft": "1"}
    added = {"rows-TOTAL_FORMS": "2", "rows-1-product": "ZP-A4", "rows-1-quantity": "2"}
    assert page.post(url, form | {"rows-0-quantity": "7"} | added).status_code == 302
    far = form | added | {"rows-1-unit_price": "140"}
    assert page.post(url, far).status_code == 422
    assert page.post(url, far | {"rows-1-why": "Rush order"}).status_code == 302
    assert Amendment.objects.get().rows.get(field="line_added").reason == "Rush order"
