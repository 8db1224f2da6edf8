"""Where a value came from stays known once its order is saved: beside it, with the place in what the customer sent."""

import json
from decimal import Decimal
from urllib.parse import quote
from uuid import uuid4

import pytest
from django.urls import reverse

from customers.factories import make_customer, make_product
from orders.actions.enter import edit_order
from orders.actions.intake import receive_request, take_request
from orders.models import DeskRule, EntryDraft, Order, OrderLine
from orders.origins import kept_origins
from orders.requests.evidence import file_evidence
from orders.rows import LineEntry
from orders.status import Status
from staff.factories import make_team, make_user
from staff.roles import Role

pytestmark = pytest.mark.django_db
SHEET = "料号\t数量\t单价\nZP-A4\t120\t\nBX-05\t30\t9.90\n"


@pytest.fixture
def team():
    return make_team()


@pytest.fixture
def clerk(team):
    return make_user("lin", Role.CLERK, team=team)


@pytest.fixture
def customer(team, clerk):
    return make_customer(name="杭州澜庭办公用品有限公司", team=team, clerk=clerk)


@pytest.fixture
def goods(db):
    DeskRule.objects.update(four_eyes_total=50, sample_percent=0)
    paper = make_product(code="ZP-A4", name="复印纸 A4", unit="箱", list_price=Decimal("113"), tax_rate="13")
    pen = make_product(code="BX-05", name="中性笔", unit="盒", list_price=Decimal("9.90"), tax_rate="13")
    return paper, pen


@pytest.fixture
def page(client, clerk):
    client.force_login(clerk)
    return client


def post(page, name, **body):
    answer = page.post(reverse(f"orders:entry_{name}"), json.dumps(body), content_type="application/json")
    assert answer.status_code == 200, answer.content.decode()
    return answer.json()


def begun(page, order):
    return page.get(reverse("orders:entry_of", args=[order.pk])).context["begin"]


def sent(row):
    """A row as the page sends it: places the draft has do not travel again."""
    return {name: value for name, value in row.items() if name != "origin"}


@pytest.fixture
def from_sheet(page, clerk, customer, goods):
    """An order out of a customer's sheet, saved from the page with one quantity typed over."""
    asked = receive_request(
        channel="sheet", by=clerk, customer=customer, evidence=[file_evidence("采购.tsv", SHEET.encode())]
    )
    order = take_request(by=clerk, request=asked, customer=customer)
    begin = begun(page, order)
    rows = [sent(row) for row in begin["rows"]]
    rows[0] |= {"quantity": "100", "from": rows[0]["from"] | {"quantity": "typed"}}
    body = {"token": begin["token"], "order": order.pk, "version": begin["version"], "rows": rows}
    post(page, "submit", **body, header=begin["header"], total="11597.00")
    order.refresh_from_db()
    return order


def test_a_saved_order_knows_where_each_value_came_from(from_sheet):
    sheet = from_sheet.evidence.get()
    first, second = from_sheet.lines.all()
    kept = kept_origins(from_sheet)
    places = kept.of_line(second)
    assert (places["quantity"]["how"], places["quantity"]["evidence"]) == ("parsed", sheet.pk)
    assert (places["quantity"]["row"], places["quantity"]["column"], places["quantity"]["text"]) == (3, "B", "30")
    assert places["unit_price"]["column"] == "C"
    assert {name: place["how"] for name, place in kept.of_line(first).items()} == {
        "product": "parsed", "product_name": "default", "quantity": "typed", "unit": "default", "unit_price": "default",
    }  # fmt: skip
    assert kept.of_line(first)["quantity"]["text"] == "120"
    assert kept.of_header(from_sheet)["channel"]["how"] == "parsed"
    assert kept.of_header(from_sheet)["payment_terms"] == {"how": "default", "from": "customer"}


def test_the_page_of_a_saved_order_opens_the_cell_a_value_stood_in(page, from_sheet):
    sheet, asked = from_sheet.evidence.get(), from_sheet.requests.get()
    shown = page.get(reverse("orders:detail", args=[from_sheet.pk])).content.decode()
    name = kept_origins(from_sheet).of_line(from_sheet.lines.all()[1])["quantity"]["sheet"]
    place = f"{reverse('orders:request', args=[asked.pk])}?sheet={quote(name)}#e{sheet.pk}.3.B"
    assert f'href="{place}"' in shown
    assert "wb-prov--typed" in shown
    assert "wb-prov--default" in shown
    assert f'id="e{sheet.pk}.3.B"' in page.get(place).content.decode()


def test_who_compares_finds_the_place_beside_the_value(client, from_sheet, team):
    assert from_sheet.state == Status.ENTERED
    client.force_login(make_user("sun", Role.REVIEWER, team=team))
    shown = client.get(reverse("orders:verify", args=[from_sheet.pk])).content.decode()
    sheet = from_sheet.evidence.get()
    assert f'href="#e{sheet.pk}.3.B"' in shown
    assert f'id="e{sheet.pk}.3.B"' in shown


def test_an_order_opened_again_still_shows_its_marks_and_what_is_typed_now_is_told_apart(page, from_sheet):
    begin = begun(page, from_sheet)
    first, second = begin["rows"]
    assert second["origin"]["quantity"]["how"] == "parsed"
    assert second["from"] == {}  # nobody touched it here
    assert begin["origin"]["channel"]["how"] == "parsed"
    changed = {**sent(first), "quantity": "101", "touched": True, "from": {"quantity": "typed"}}
    kept_draft = {"token": begin["token"], "sequence": 1, "order": from_sheet.pk, "rows": [changed], "version": 1}
    post(page, "keep", **kept_draft)
    again = begun(page, from_sheet)
    assert again["origin"]["channel"]["how"] == "parsed"
    assert "channel" not in again["header"]["from"]
    post(page, "discard", token=begin["token"])
    second |= {"quantity": "31", "touched": True, "from": {"quantity": "typed"}}
    body = {"token": str(uuid4()), "order": from_sheet.pk, "version": begin["version"]}
    post(page, "submit", **body, rows=[sent(first), sent(second)], header=begin["header"], total="11606.90")
    from_sheet.refresh_from_db()
    kept = kept_origins(from_sheet)
    places = kept.of_line(from_sheet.lines.all()[1])
    assert (places["quantity"]["how"], places["quantity"]["text"]) == ("typed", "30")
    assert places["unit_price"]["how"] == "parsed"
    assert kept.of_line(from_sheet.lines.all()[0])["product"]["how"] == "parsed"
    assert kept.of_header(from_sheet)["channel"]["how"] == "parsed"


def test_a_value_somebody_wrote_later_no_longer_claims_to_stand_in_the_sheet(from_sheet, clerk):
    lines = [
        LineEntry(id=line.pk, product=line.product, quantity=line.quantity + line.position - 1, remarks=line.remarks)
        for line in from_sheet.lines.all()
    ]
    edit_order(by=clerk, order=from_sheet, version=from_sheet.version, lines=lines)
    first, second = OrderLine.objects.filter(order=from_sheet)
    kept = kept_origins(from_sheet)
    assert kept.of_line(second)["quantity"] == {"how": "typed", "from": "later"}
    assert kept.of_line(first)["product"]["how"] == "parsed"


def test_a_typed_order_says_what_was_typed_and_what_came_with_product_and_customer(page, customer, goods):
    row = {"key": "a", "product": "ZP-A4", "quantity": "2", "from": {"product": "typed", "unit_price": "default"}}
    body = {"token": str(uuid4()), "customer": customer.pk, "rows": [row], "total": "226.00"}
    post(page, "submit", **body, header={"customer_po": "P-1", "from": {"customer_po": "typed"}})
    order = Order.objects.get()
    kept = kept_origins(order)
    assert {name: place["how"] for name, place in kept.of_line(order.lines.get()).items()} == {
        "product": "typed", "product_name": "default", "quantity": "typed", "unit": "default", "unit_price": "default",
    }  # fmt: skip
    assert kept.of_header(order)["customer_po"]["how"] == "typed"
    assert not EntryDraft.objects.exists()


def test_places_of_other_orders_evidence_lead_nowhere(page, from_sheet, customer, clerk, goods):
    foreign = {"how": "parsed", "evidence": from_sheet.evidence.get().pk, "row": 2, "column": "B", "text": "5"}
    row = {"key": "a", "product": "ZP-A4", "quantity": "2", "origin": {"quantity": foreign}}
    row["from"] = {"unit_price": "default", "quantity": "parsed"}
    post(page, "submit", token=str(uuid4()), customer=customer.pk, rows=[row], header={}, total="226.00")
    order = Order.objects.exclude(pk=from_sheet.pk).get()
    shown = page.get(reverse("orders:detail", args=[order.pk])).content.decode()
    assert "#e" not in shown
    assert "wb-prov--parsed" in shown
