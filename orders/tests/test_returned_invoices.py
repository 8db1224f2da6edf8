"""An invoice comes back because of our data: the ledger knows who wrote the value, in the order or in the profile."""

from dataclasses import replace
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from customers.actions.parts import save_invoice_profile
from customers.factories import make_customer
from customers.models import InvoiceProfile
from orders.actions.enter import edit_order
from orders.actions.invoices import InvoiceFault, record_returned_invoice
from orders.errors import OrderError
from orders.factories import make_order
from orders.models import ErrorEvent, Order
from orders.status import Status
from orders.tests.test_error_ledger import entered, entries_of
from staff.factories import make_team, make_user
from staff.roles import Role

pytestmark = pytest.mark.django_db
Stage = ErrorEvent.Stage


@pytest.fixture
def team():
    return make_team()


@pytest.fixture
def lin(team):
    return make_user("lin", Role.CLERK, team=team)


@pytest.fixture
def wang(team):
    return make_user("wang", Role.CLERK, team=team)


@pytest.fixture
def order(lin, wang):
    """Entered by Lin, its first quantity changed by Wang, confirmed since; its profile was written by both in turn."""
    made = entered(lin)
    profile = save_invoice_profile(
        by=lin, customer_id=made.customer_id, title="杭州示例商贸有限公司", tax_number="91110000802100433B"
    )
    profile = save_invoice_profile(
        by=wang, customer_id=made.customer_id, line=profile.line, tax_number="91440300708461136T"
    )
    rows = entries_of(made)
    rows[0] = replace(rows[0], quantity=Decimal(12))
    edit_order(by=wang, order=made, version=made.version, lines=rows, invoice_profile_id=profile.pk)
    Order.objects.filter(pk=made.pk).update(state=Status.COMPLETED)
    return Order.objects.get(pk=made.pk)


def sent_back(by, order, *faults, number="26332000000123456789"):
    return record_returned_invoice(by=by, order=order, invoice_number=number, faults=faults, note="退票")


def fault(order, field, right, *, row=0, wrong="", cause="fatigue"):
    return InvoiceFault(order.lines.get(position=row) if row else None, field, right, cause, wrong)


def test_a_wrong_value_of_a_row_stands_against_whoever_wrote_it(order, lin, wang):
    (error,) = sent_back(lin, order, fault(order, "quantity", "21", row=1))
    assert (error.origin, error.caught_stage, error.caught_by) == ("invoice", Stage.CUSTOMER, lin)
    assert (error.made_by, error.made_stage, error.wrong_value, error.right_value) == (wang, Stage.ENTRY, "12", "21")
    assert (error.cause, error.invoice_number, error.severity) == ("fatigue", "26332000000123456789", "S2")
    assert error.is_customer_visible
    assert error in ErrorEvent.objects.counted()
    told = order.events.get(kind="invoice_back")
    assert told.after == {"number": "26332000000123456789", "errors": [error.number]}


def test_a_wrong_value_of_the_profile_stands_against_whoever_wrote_that_version(order, lin, wang):
    number, title = sent_back(
        lin, order, fault(order, "profile_tax_number", "9144030071526726XG"), fault(order, "profile_title", "杭州示例")
    )
    assert (number.made_by, number.made_stage, number.wrong_value) == (wang, Stage.RECORD, "91440300708461136T")
    assert (title.made_by, title.type) == (lin, ErrorEvent.Type.INVOICE_PROFILE)
    order.invoice_profile.refresh_from_db()
    assert order.invoice_profile.check_state == InvoiceProfile.Check.REFUSED


def test_what_was_printed_and_put_right_since_is_found_in_the_diary(order, lin):
    (error,) = sent_back(lin, order, fault(order, "quantity", "12", row=1, wrong="10.0"))
    assert (error.made_by, error.wrong_value, error.right_value) == (lin, "10", "12")
    (older,) = sent_back(lin, order, fault(order, "profile_tax_number", "X", wrong="91110000802100433B"))
    assert (older.made_by, older.wrong_value) == (lin, "91110000802100433B")


def test_what_never_stood_in_our_records_is_no_error_of_ours(order, lin):
    with pytest.raises(OrderError, match="never stood there"):
        sent_back(lin, order, fault(order, "quantity", "12", row=1, wrong="99"))
    with pytest.raises(OrderError, match="never stood there"):
        sent_back(lin, order, fault(order, "profile_title", "甲", wrong="乙"))
    assert not ErrorEvent.objects.exists()


def test_the_same_invoice_twice_and_what_the_detector_found_count_once(order, lin):
    wrong = fault(order, "unit_price", "6", row=1)
    (first,) = sent_back(lin, order, wrong)
    with pytest.raises(OrderError, match=first.number):
        sent_back(lin, order, wrong)
    both = sent_back(lin, order, wrong, fault(order, "unit_price", "9", row=2), number="26332000000123456790")
    assert both[0] == first
    assert ErrorEvent.objects.count() == 2
    assert order.events.filter(kind="invoice_back").count() == 2


@pytest.mark.parametrize(
    "faults",
    [
        [],
        [("quantity", "", 1)],
        [("quantity", "12", 1)],
        [("ship_to", "杭州", 0)],
        [("profile_bank", "x", 1)],
    ],
)
def test_what_says_nothing_is_refused_with_a_sentence(order, lin, faults):
    with pytest.raises(OrderError):
        sent_back(lin, order, *(fault(order, field, right, row=row) for field, right, row in faults))
    with pytest.raises(OrderError):
        sent_back(lin, order, fault(order, "quantity", "21", row=1), number=" ")


@pytest.mark.parametrize(
    "typed", ["26332000000123456789", " 2633 2000 0001 2345 6789 ", "２６３３２００００００１２３４５６７８９"]
)
def test_the_number_of_an_invoice_is_kept_as_its_digits(order, lin, typed):
    (error,) = sent_back(lin, order, fault(order, "quantity", "21", row=1), number=typed)
    assert error.invoice_number == "26332000000123456789"


@pytest.mark.parametrize("typed", ["HZ000012", "1234567", "2633200000012345678", "١٢٣٤٥٦٧٨"])
def test_what_is_no_invoice_number_is_refused_and_comes_back_with_everything_typed(client, order, lin, typed):
    client.force_login(lin)
    form = {"invoice_number": typed, "place_1": "1", "field_1": "quantity", "right_1": "21,7", "cause_1": "fatigue"}
    answer = client.post(reverse("orders:invoice_back", args=[order.pk]), form)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "is no invoice number: it has 20 digits" in page
    assert f'value="{typed}"' in page
    assert 'value="21,7"' in page
    assert not ErrorEvent.objects.exists()


def test_only_a_confirmed_order_has_an_invoice_and_only_clerks_write_it_down(order, lin, team):
    young = make_order(customer=make_customer(team=team), lines=1, state=Status.ENTERED)
    with pytest.raises(OrderError, match="before it is confirmed"):
        sent_back(lin, young, fault(young, "quantity", "7", row=1))
    with pytest.raises(PermissionDenied):
        sent_back(make_user("ge", Role.REVIEWER, team=team), order, fault(order, "quantity", "21", row=1))


def test_it_is_written_down_on_the_orders_page_and_leads_to_its_errors(client, order, lin):
    client.force_login(lin)
    address = reverse("orders:invoice_back", args=[order.pk])
    assert address in client.get(reverse("orders:detail", args=[order.pk])).content.decode()
    page = client.get(address).content.decode()
    assert "91440300708461136T" in page
    typed = {
        "invoice_number": "12345678", "place_1": "0", "field_1": "profile_tax_number", "right_1": "9144030071526726XG",
        "cause_1": "master_data", "place_2": "1", "field_2": "profile_title", "right_2": "x", "cause_2": "unknown",
    }  # fmt: skip
    refused = client.post(address, typed)
    assert refused.status_code == 422
    assert "9144030071526726XG" in refused.content.decode()
    done = client.post(address, typed | {"place_2": "0"}, follow=True)
    assert "stand in the ledger. It is now" not in done.content.decode()
    assert "stand in the ledger." in done.content.decode()
    error = ErrorEvent.objects.get(field="profile_tax_number")
    shown = client.get(reverse("orders:error", args=[error.pk])).content.decode()
    assert "12345678" in shown
    assert reverse("orders:detail", args=[order.pk]) in shown
