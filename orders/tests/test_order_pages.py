"""The pages of an order, as the people who use them meet them."""

import re
from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from customers.factories import make_customer, make_product
from orders.actions.enter import create_order
from orders.factories import make_order
from orders.models import Order, OrderReturn
from orders.rows import LineEntry
from orders.status import Status
from staff.factories import make_team, make_user
from staff.roles import Role

pytestmark = pytest.mark.django_db


@pytest.fixture
def team():
    return make_team()


@pytest.fixture
def clerk(team):
    return make_user("lin", Role.CLERK, team=team, display_name="林晓雯")


@pytest.fixture
def customer(team):
    return make_customer(code="C001", name="杭州澜庭办公用品有限公司", team=team)


@pytest.fixture
def paper():
    return make_product(code="ZP-A4", name="复印纸 A4", unit="箱", list_price=Decimal("113"), tax_rate="13")


@pytest.fixture
def page(client, clerk):
    client.force_login(clerk)
    return client


def form_of(customer="C001", rows=(), **header):
    """What a browser sends for a new order."""
    values = {
        "customer": customer,
        "form_token": str(uuid4()),
        "rows-TOTAL_FORMS": str(len(rows)),
        "rows-INITIAL_FORMS": "0",
        **header,
    }
    for place, row in enumerate(rows):
        values |= {f"rows-{place}-{name}": value for name, value in row.items()}
    return values


def edit_form(page, order):
    """What the edit page would send back unchanged."""
    answer = page.get(reverse("orders:edit", args=[order.pk]))
    desk = answer.context["desk"]
    values = {"version": str(answer.context["version"]), "rows-INITIAL_FORMS": str(order.line_count)}
    values["rows-TOTAL_FORMS"] = str(order.line_count)
    for form in (desk.header, *desk.rows.forms):
        for bound in form:
            value = bound.value()
            if value not in (None, False):
                shown = bound.field.widget.format_value(value) if hasattr(bound.field.widget, "format_value") else value
                values[bound.html_name] = shown[0] if isinstance(shown, list) else (shown or "")
    return values


# -- who sees what


def test_the_page_shows_number_customer_state_rows_and_sum(page, customer):
    order = make_order(
        customer=customer, customer_po="LT-2026", lines=[{"product_name": "台灯", "quantity": Decimal(7)}]
    )
    text = page.get(reverse("orders:detail", args=[order.pk])).content.decode()
    for wanted in (order.number, customer.name, "LT-2026", "台灯", "87.50"):
        assert wanted in text


def test_an_order_of_another_team_does_not_exist_for_a_clerk(page, clerk):
    order = make_order(customer=make_customer(team=make_team()))
    for name in ("detail", "edit", "rows_xlsx", "rows_csv"):
        assert page.get(reverse(f"orders:{name}", args=[order.pk])).status_code == 404
    assert page.post(reverse("orders:note", args=[order.pk]), {"text": "x"}).status_code == 404


def test_a_warehouse_sees_only_what_was_released_and_cannot_edit_it(client):
    client.force_login(make_user("wu", Role.WAREHOUSE))
    hidden, shown = make_order(), make_order(state=Status.RELEASED)
    assert client.get(reverse("orders:detail", args=[hidden.pk])).status_code == 404
    assert client.get(reverse("orders:detail", args=[shown.pk])).status_code == 200
    assert client.get(reverse("orders:edit", args=[shown.pk])).status_code == 403
    assert client.get(reverse("orders:create")).status_code == 403


def test_a_receivers_phone_is_masked_on_the_page(page, customer):
    order = make_order(customer=customer, ship_to="杭州", ship_to_phone="13800002061")
    text = page.get(reverse("orders:detail", args=[order.pk])).content.decode()
    assert "138****2061" in text
    assert "13800002061" not in text


def test_uncertain_returns_are_shown_as_uncertain(page, customer):
    order = make_order(customer=customer)
    OrderReturn.objects.create(order=order, source_number="US-2001", is_certain=False)
    text = page.get(reverse("orders:detail", args=[order.pk])).content.decode()
    assert "US-2001" in text
    assert "Uncertain" in text


def test_rounding_of_a_sheets_amount_is_shown(page, customer):
    row = {"amount": Decimal("129.70"), "net": Decimal("129.70"), "source_amount": Decimal("129.696"), "tax_rate": ""}
    order = make_order(customer=customer, lines=[row])
    text = page.get(reverse("orders:detail", args=[order.pk])).content.decode()
    assert "129.696" in text
    assert "0.004" in text


def test_a_page_of_five_hundred_rows_asks_no_more_than_one_of_three(page, customer):
    small, large = make_order(customer=customer, lines=3), make_order(customer=customer, lines=500)
    page.get(reverse("orders:detail", args=[small.pk]))  # what is cached once is cached for both
    counts = []
    for order in (small, large):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert page.get(reverse("orders:detail", args=[order.pk])).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1]
    assert counts[0] <= 40  # lines, diary, deeds and the panels of the desk


def test_rows_come_as_a_file_in_which_nothing_runs(page, customer):
    order = make_order(customer=customer, lines=[{"product_name": "=cmd()", "remarks": "@x"}])
    answer = page.get(reverse("orders:rows_csv", args=[order.pk]))
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    assert "'=cmd()" in text
    answer = page.get(reverse("orders:rows_xlsx", args=[order.pk]))
    assert b"".join(answer.streaming_content).startswith(b"PK")
    assert order.number in answer["Content-Disposition"]


def test_a_note_is_kept_and_a_wrong_one_comes_back_with_its_words(page, customer):
    order = make_order(customer=customer)
    assert page.post(reverse("orders:note", args=[order.pk]), {"text": "周三前到"}).status_code == 302
    assert "周三前到" in page.get(reverse("orders:detail", args=[order.pk])).content.decode()
    answer = page.post(reverse("orders:note", args=[order.pk]), {"text": "长" * 2001})
    assert answer.status_code == 422
    assert "长" * 2001 in answer.content.decode()


# -- entering


def test_a_clerk_writes_an_order_with_codes_and_quantities_alone(page, clerk, customer, paper):
    answer = page.post(
        reverse("orders:create"), form_of(rows=[{"product": "zp-a4", "quantity": "２"}, {}], customer_po="P1")
    )
    order = Order.objects.get()
    assert answer["Location"] == reverse("orders:detail", args=[order.pk])
    assert (order.customer, order.customer_po, order.total, order.line_count) == (customer, "P1", Decimal("226.00"), 1)
    assert order.created_by == clerk


@pytest.mark.parametrize("typed", ["C001", "c001", "杭州澜庭办公用品有限公司", "澜庭", "hzlt"])
def test_the_customer_is_found_by_code_name_part_of_it_or_initials(page, customer, paper, typed):
    page.post(reverse("orders:create"), form_of(customer=typed, rows=[{"product": "ZP-A4", "quantity": "1"}]))
    assert Order.objects.get().customer == customer


def test_when_several_customers_fit_their_codes_are_offered(page, team, customer):
    make_customer(code="C002", name="杭州澜庭酒店", team=team)
    answer = page.post(reverse("orders:create"), form_of(customer="澜庭", rows=[]))
    assert answer.status_code == 422
    text = answer.content.decode()
    assert "C001" in text
    assert "C002" in text


def test_a_customer_of_another_team_cannot_be_written_to(page, paper):
    other = make_customer(code="X9", name="别组客户", team=make_team())
    rows = [{"product": "ZP-A4", "quantity": "1"}]
    answer = page.post(reverse("orders:create"), form_of(customer="X9", rows=rows))
    assert answer.status_code == 422
    answer = page.post(reverse("orders:create"), form_of(customer="别组客户", rows=rows, customer_id=str(other.pk)))
    assert answer.status_code == 422
    assert not Order.objects.exists()


def test_errors_name_row_and_field_lead_to_it_and_lose_nothing(page, customer, paper):
    rows = [{"product": "ZP-A4", "quantity": "1"}, {"product": "NIX", "quantity": "3", "remarks": "急"}]
    answer = page.post(reverse("orders:create"), form_of(rows=rows, remarks="内部话"))
    assert answer.status_code == 422
    text = answer.content.decode()
    assert 'href="#id_rows-1-product"' in text
    assert 'id="id_rows-1-product"' in text
    for kept in ("NIX", "急", "内部话", "C001"):
        assert kept in text


def test_a_row_without_a_price_says_so_beside_the_price(page, customer):
    make_product(code="NP", list_price=None)
    answer = page.post(reverse("orders:create"), form_of(rows=[{"product": "NP", "quantity": "1"}]))
    assert 'href="#id_rows-0-unit_price"' in answer.content.decode()


def test_more_rows_come_without_a_script_and_without_a_complaint(page, customer):
    rows = [{"product": "half-typed", "quantity": "x"}]
    answer = page.post(reverse("orders:create"), form_of(rows=rows, more="1", remarks="stays", is_urgent="on"))
    text = answer.content.decode()
    assert answer.status_code == 200
    assert 'id="id_rows-5-product"' in text
    assert 'value="half-typed"' in text
    assert "stays" in text
    assert 'id="errors"' not in text
    assert re.search(r'name="is_urgent"[^>]*checked', text)


def test_sending_the_same_form_twice_makes_one_order(page, customer, paper):
    sent = form_of(rows=[{"product": "ZP-A4", "quantity": "1"}])
    first, second = (page.post(reverse("orders:create"), sent)["Location"] for _ in range(2))
    assert first == second
    changed = page.post(reverse("orders:create"), {**sent, "rows-0-quantity": "9"})
    assert changed.status_code == 422
    assert Order.objects.count() == 1


def test_a_copy_brings_rows_and_leaves_prices_to_the_price_list(page, clerk, customer, paper):
    order = create_order(
        by=clerk, customer=customer, lines=[LineEntry(quantity=Decimal(4), product=paper, unit_price=Decimal(99))]
    )
    text = page.get(reverse("orders:create"), {"copy": order.pk}).content.decode()
    assert 'value="ZP-A4"' in text
    assert 'value="4"' in text
    assert 'value="99"' not in text


# -- editing


def test_an_unchanged_form_changes_nothing(page, clerk, customer, paper):
    order = create_order(
        by=clerk,
        customer=customer,
        lines=[LineEntry(quantity=Decimal("1.5"), product=paper, discount=Decimal("0.125"))],
        ship_to="杭州",
    )
    answer = page.post(reverse("orders:edit", args=[order.pk]), edit_form(page, order))
    assert answer.status_code == 302
    order.refresh_from_db()
    assert order.version == 1


def test_a_row_is_changed_one_removed_and_one_added(page, clerk, customer, paper):
    entries = [LineEntry(quantity=Decimal(place), product=paper) for place in (1, 2)]
    order = create_order(by=clerk, customer=customer, lines=entries)
    sent = edit_form(page, order) | {
        "rows-0-quantity": "10",
        "rows-1-DELETE": "on",
        "rows-TOTAL_FORMS": "3",
        "rows-2-product_name": "手写的货",
        "rows-2-quantity": "1",
        "rows-2-unit_price": "5",
    }
    assert page.post(reverse("orders:edit", args=[order.pk]), sent).status_code == 302
    assert [(line.product_name, line.quantity) for line in order.lines.all()] == [("复印纸 A4", 10), ("手写的货", 1)]


def test_another_product_in_an_old_row_takes_its_own_price(page, clerk, customer, paper):
    make_product(code="TD-1", name="台灯", list_price=Decimal("50"), tax_rate="9")
    order = create_order(by=clerk, customer=customer, lines=[LineEntry(quantity=Decimal(1), product=paper)])
    sent = edit_form(page, order) | {"rows-0-product": "TD-1"}
    assert page.post(reverse("orders:edit", args=[order.pk]), sent).status_code == 302
    line = order.lines.get()
    assert (line.product_code, line.unit_price, line.tax_rate) == ("TD-1", 50, "9")


def test_of_two_clerks_the_second_sees_both_versions_and_may_save_over(page, client, clerk, team, customer, paper):
    order = create_order(by=clerk, customer=customer, lines=[LineEntry(quantity=Decimal(2), product=paper)])
    sent = edit_form(page, order)
    page.force_login(make_user("wang", Role.CLERK, team=team, display_name="王芳"))
    page.post(reverse("orders:edit", args=[order.pk]), sent | {"rows-0-quantity": "3", "customer_po": "THEIRS"})
    page.force_login(clerk)
    mine = sent | {"rows-0-quantity": "4", "customer_po": "MINE"}
    refused = page.post(reverse("orders:edit", args=[order.pk]), mine)
    text = refused.content.decode()
    assert refused.status_code == 409
    for wanted in ("王芳", "THEIRS", "MINE", 'name="over"'):
        assert wanted in text
    order.refresh_from_db()
    assert order.customer_po == "THEIRS"
    saved = page.post(reverse("orders:edit", args=[order.pk]), mine | {"over": "2"})
    assert saved.status_code == 302
    order.refresh_from_db()
    assert (order.customer_po, order.lines.get().quantity) == ("MINE", 4)


def test_a_verified_order_leads_back_to_its_page(page, customer):
    order = make_order(customer=customer, state=Status.VERIFIED)
    answer = page.get(reverse("orders:edit", args=[order.pk]), follow=True)
    assert answer.redirect_chain[0][0] == reverse("orders:detail", args=[order.pk])
    assert "no longer" in answer.content.decode()


# -- while typing


def test_products_come_with_the_customers_price(page, customer, paper):
    customer.own_prices.create(product=paper, price=Decimal("100.5"))
    hits = page.get(reverse("orders:find_products"), {"q": "fyz", "customer": customer.pk}).json()["hits"]
    assert [(hit["code"], hit["price"]) for hit in hits] == [("ZP-A4", "100.5")]


def test_only_own_customers_are_offered(page, customer):
    make_customer(name="澜庭别组", team=make_team())
    hits = page.get(reverse("orders:find_customers"), {"q": "澜庭"}).json()["hits"]
    assert [hit["name"] for hit in hits] == [customer.name]


def test_the_card_of_a_blocked_customer_says_so(page, team):
    customer = make_customer(team=team, is_blocked=True, blocked_reason="欠款")
    text = page.get(reverse("orders:customer_card"), {"customer": customer.pk}).content.decode()
    assert "欠款" in text


@pytest.mark.parametrize("asked", ["", "\0", "x" * 500, "'; drop", "９９", "%_", "😀"])
def test_strange_questions_get_an_answer(page, asked):
    for name in ("find_products", "find_customers", "customer_card"):
        answer = page.get(reverse(f"orders:{name}"), {"q": asked, "customer": asked})
        assert answer.status_code == 200


def test_a_deadline_far_ahead_names_its_day_once(page, customer):
    order = make_order(customer=customer)
    Order.objects.filter(pk=order.pk).update(due_at=timezone.now() + timedelta(days=40))
    order.refresh_from_db()
    shown = page.get(reverse("orders:detail", args=[order.pk])).content.decode()
    deadline = re.search(r'<a class="or-due.*?</a>', shown, re.DOTALL).group()
    assert deadline.count(f"{timezone.localtime(order.due_at):%m-%d}") == 1
