"""Whatever is typed into a form is stored as text or refused with a sentence; it never breaks the page."""

import contextlib

import pytest
from django.urls import reverse

from customers.actions.customers import create_customer
from customers.actions.parts import save_address, save_contact, save_invoice_profile
from customers.actions.products import create_product
from customers.errors import CustomerError
from customers.factories import make_customer
from customers.forms.customer import CustomerForm
from customers.forms.parts import AddressForm, ContactForm, InvoiceProfileForm
from customers.forms.product import ProductForm
from customers.models import Customer, Product
from customers.tests.test_customer_pages import typed as customer_fields
from customers.tests.test_product_pages import typed as product_fields
from staff.factories import make_user
from staff.roles import Role

pytestmark = pytest.mark.django_db

ODD = {
    "empty": "",
    "spaces": "   ",
    "too long": "长" * 5000,
    "emoji": "👩‍👩‍👧😀",
    "right to left": "\u202eabc\u200f",
    "full width": "１２３４５６",
    "control": "a\x07\x1bb",
    "null": "a\x00b",
    "script": "<script>alert(1)</script>",
    "formula": "=1+1",
    "huge number": "9" * 400,
    "exponent": "1e400",
    "not a number": "NaN",
    "quote": "'; DROP TABLE customers_customer; --",
}


def sweep(make_form, save, fields):
    """Try each odd value in each field of a form and save what it takes; returns how many were stored and refused."""
    stored = refused = 0
    for name in make_form(fields).fields:
        for what, value in ODD.items():
            form = make_form(fields | {name: value})
            if not form.is_valid():
                refused += 1
                assert all(str(error) for errors in form.errors.values() for error in errors), (name, what)
                continue
            kept = form.values()
            text = " ".join(str(one) for one in kept.values())
            assert not {"\x00", "\x07", "\u202e"} & set(text), (name, what)
            stored += 1
            with contextlib.suppress(CustomerError):
                save(kept)
    return stored, refused


@pytest.fixture
def boss(client):
    person = make_user("boss", Role.MANAGER)
    client.force_login(person)
    return person


def test_the_customer_form_takes_or_refuses_anything_in_any_field(boss):
    stored, refused = sweep(CustomerForm, lambda kept: create_customer(by=boss, **kept), customer_fields())
    assert stored > 150
    assert refused > 100


def test_the_product_form_takes_or_refuses_anything_in_any_field(boss):
    stored, refused = sweep(
        ProductForm,
        lambda kept: create_product(by=boss, **kept | {"code": f"X{Product.objects.count()}"}),
        product_fields(),
    )
    assert stored > 70
    assert refused > 80


def test_the_parts_take_or_refuse_anything_in_any_field(boss):
    customer = make_customer()
    counts = [
        sweep(
            lambda typed: ContactForm(typed, customer=customer),
            lambda kept: save_contact(by=boss, customer_id=customer.pk, **kept),
            {"name": "沈岚", "part": "finance"},
        ),
        sweep(
            lambda typed: AddressForm(typed, customer=customer),
            lambda kept: save_address(by=boss, customer_id=customer.pk, **kept),
            {"street": "滨江路1号"},
        ),
        sweep(
            lambda typed: InvoiceProfileForm(typed, customer=customer),
            lambda kept: save_invoice_profile(by=boss, customer_id=customer.pk, **kept),
            {"title": "甲", "kind": "e_normal"},
        ),
    ]
    assert all(stored > 20 and refused > 20 for stored, refused in counts)


@pytest.mark.parametrize("page", ["customers:create", "products:create"])
def test_a_form_full_of_odd_input_comes_back_with_sentences(client, boss, page):
    fields = customer_fields() if page.startswith("customers") else product_fields()
    for what, value in ODD.items():
        answer = client.post(reverse(page), dict.fromkeys([*fields, "tax_number", "phone", "remarks", "spec"], value))
        assert answer.status_code == 422, what
        shown = answer.content.decode()
        assert 'role="alert"' in shown, what
        assert "<script>alert" not in shown


def test_what_was_stored_is_shown_as_text(client, boss):
    for name in ("<script>alert(1)</script>", "=1+1", "👩‍👩‍👧", "{{ 7|add:7 }}"):
        client.post(reverse("customers:create"), customer_fields(name=name, remarks=name, short_name=name))
        made = Customer.objects.get(name=name)
        for page in ("customers:detail", "customers:edit", "customers:history"):
            shown = client.get(reverse(page, args=[made.pk]))
            assert shown.status_code == 200
            assert "<script>alert" not in shown.content.decode()
        assert client.get(reverse("customers:list"), {"q": name}).status_code == 200


def test_the_check_while_typing_takes_anything(client, boss):
    for value in ODD.values():
        for name in ("name", "tax_number", "phone", "kind", "tax_number_kind", "except"):
            assert client.get(reverse("customers:check"), {name: value}).status_code == 200, (name, value)
