"""Whatever is typed or pasted into an order's form, the answer is a page or an order, never an error of ours."""

from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import transaction
from django.http import QueryDict
from django.urls import reverse

from customers.factories import make_customer, make_product
from orders.actions.enter import create_order, edit_order
from orders.errors import OrderError
from orders.factories import make_order
from orders.forms.order import CustomerPick, OrderForm
from orders.forms.rows import LineForm, OrderRows
from orders.models import Order
from orders.rows import LineEntry
from staff.factories import make_team, make_user
from staff.roles import Role

pytestmark = pytest.mark.django_db

HOSTILE = {
    "empty": "",
    "spaces": "   ",
    "too long": "长" * 5000,
    "emoji": "📦👩‍👩‍👧",
    "right to left": "\u202eתורידה\u202c",
    "full-width digits": "１２３",
    "control": "a\x07b\x1b[31m",
    "null": "a\0b",
    "script": "<script>alert(1)</script>",
    "formula": "=cmd|'/c calc'!A1",
    "quotes": "'; DROP TABLE orders_order; --",
    "half a character": "\ud800",
    "number": "1e999999",
    "not a number": "NaN",
    "negative": "-1",
    "huge": "9" * 40,
    "a day long gone": "0001-01-01",
    "a day to come": "9999-12-31T23:59",
    "percent": "%(name)s {{ 7 }} {% load x %}",
}
ROW_FIELDS = [*LineForm.base_fields, "DELETE"]
HEADER_FIELDS = [*OrderForm.base_fields, "customer", "customer_id", "form_token", "version", "over"]


@pytest.fixture
def page(client):
    team = make_team()
    client.user = make_user("lin", Role.CLERK, team=team)
    client.force_login(client.user)
    client.customer = make_customer(code="C1", team=team)
    client.product = make_product(code="P1", list_price=Decimal(10))
    return client


def sent(**changes):
    return {
        "customer": "C1",
        "form_token": str(uuid4()),
        "rows-TOTAL_FORMS": "1",
        "rows-INITIAL_FORMS": "0",
        "rows-0-product": "P1",
        "rows-0-quantity": "2",
    } | changes


def on_the_wire(value):
    """Browsers cannot send half a character; other programs can send its bytes."""
    return b"\xed\xa0\x80" if value == "\ud800" else value


def check(answer):
    assert answer.status_code in (302, 409, 422)
    if answer.status_code == 302:
        return
    text = answer.content.decode()
    assert "<script>alert(1)" not in text
    assert 'role="alert"' in text


def write(page, order=None, **changes):
    """What the pages do with one form, without drawing them: an order, or False where the form refuses."""
    values = QueryDict(mutable=True)
    values.update(sent(**changes))
    customer = page.customer
    pick = CustomerPick(values, user=page.user)
    header = OrderForm(values, instance=order, customer=customer if order else None)
    rows = OrderRows(values, order=order, customer=customer)
    if not (pick.is_valid() and header.is_valid() and rows.is_valid()):
        return False
    try:
        with transaction.atomic():
            if order is None:
                token = pick.cleaned_data["form_token"]
                chosen, entries = pick.found, rows.entries()
                assert chosen is not None
                return create_order(by=page.user, customer=chosen, lines=entries, form_token=token, **header.header())
            return edit_order(by=page.user, order=order, version=1, lines=rows.entries(), **header.header())
    except OrderError:
        return False


@pytest.mark.parametrize("value", HOSTILE.values(), ids=HOSTILE)
def test_each_field_of_a_new_order_survives_it_alone(page, value):
    for field in HEADER_FIELDS + [f"rows-0-{name}" for name in ROW_FIELDS]:
        order = write(page, **{field: value})
        assert order is False or order.line_count == 1
    order = Order.objects.first()
    if order is not None:
        assert page.get(reverse("orders:detail", args=[order.pk])).status_code == 200


@pytest.mark.parametrize("value", HOSTILE.values(), ids=HOSTILE)
def test_each_field_of_an_edited_order_survives_it_alone(page, value):
    for field in HEADER_FIELDS + [f"rows-0-{name}" for name in ROW_FIELDS]:
        order = make_order(customer=page.customer, lines=[{"product": page.product, "quantity": Decimal(2)}])
        kept = {"rows-0-id": str(order.lines.get().pk), "rows-INITIAL_FORMS": "1"}
        written = write(page, order, **kept | {field: value})
        stored = Order.objects.get(pk=order.pk)
        assert stored.line_count == 1, field
        assert written or (stored.version, stored.total) == (order.version, order.total), field


@pytest.mark.parametrize("value", HOSTILE.values(), ids=HOSTILE)
def test_the_pages_survive_it_in_all_fields_at_once(page, value):
    wire = on_the_wire(value)
    order = make_order(customer=page.customer, lines=[{"product": page.product, "quantity": Decimal(2)}])
    everywhere = dict.fromkeys(HEADER_FIELDS, wire) | {f"rows-0-{name}": wire for name in ROW_FIELDS}
    check(page.post(reverse("orders:create"), sent(**everywhere)))
    check(page.post(reverse("orders:create"), sent(**{"customer": wire, "rows-0-product": wire})))
    answer = page.post(reverse("orders:edit", args=[order.pk]), sent(**everywhere))
    assert answer.status_code in (302, 409, 422)


@pytest.mark.parametrize("value", HOSTILE.values(), ids=HOSTILE)
def test_the_addresses_and_counts_of_a_form_survive_it(page, value):
    wire = on_the_wire(value)
    order = make_order(customer=page.customer, lines=1)
    for name in ("rows-TOTAL_FORMS", "more"):
        assert page.post(reverse("orders:create"), sent(**{name: wire})).status_code in (200, 302, 422)
    assert page.get(reverse("orders:create"), {"customer": wire, "copy": wire}).status_code == 200
    assert page.get(reverse("orders:detail", args=[order.pk]), {"from": wire}).status_code == 200
    assert page.post(reverse("orders:note", args=[order.pk]), {"text": wire}).status_code in (302, 422)


def test_full_width_numbers_are_read_as_numbers(page):
    row = {"rows-0-quantity": "１，２３４．５", "rows-0-unit_price": "￥ ２", "rows-0-percent": "５０％"}
    page.post(reverse("orders:create"), sent(**row))
    line = Order.objects.get().lines.get()
    assert (line.quantity, line.unit_price, line.discount) == (Decimal("1234.5"), 2, Decimal("0.5"))


@pytest.mark.parametrize("typed", ["1,5", "1.234,50", "12,34", "一百"])
def test_a_number_that_could_mean_two_things_is_refused(page, typed):
    assert page.post(reverse("orders:create"), sent(**{"rows-0-quantity": typed})).status_code == 422


def test_a_thousand_rows_are_the_most(page):
    assert OrderRows(sent(**{"rows-TOTAL_FORMS": "1000000"})).total_form_count() == 1000
    row = LineEntry(quantity=Decimal(1), product_name="x", unit_price=Decimal(1))
    with pytest.raises(OrderError) as refusal:
        create_order(by=page.user, customer=page.customer, lines=[row] * 1001)
    assert "1000 rows" in str(refusal.value)
