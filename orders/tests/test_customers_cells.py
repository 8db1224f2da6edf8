"""What customers write into the cells of their sheets is read as they mean it, or named; nothing is guessed."""

import json
from datetime import date
from decimal import Decimal
from uuid import uuid4

import pytest
from django.urls import reverse

from customers.factories import make_customer, make_product
from orders.actions.intake import receive_request
from orders.actions.take import parse_request
from orders.models import Order
from orders.requests.cells import is_same_unit, read_day, read_quantity
from orders.requests.evidence import paste_evidence
from salesops.spreadsheets.faults import CellProblem
from salesops.spreadsheets.values import DateOrder
from staff.factories import make_team, make_user
from staff.roles import Role

TODAY = date(2026, 11, 27)


@pytest.fixture
def team(db):
    return make_team()


@pytest.fixture
def page(client, team):
    client.force_login(make_user("lin", Role.CLERK, team=team))
    return client


@pytest.fixture
def customer(team):
    return make_customer(name="杭州澜庭办公用品有限公司", team=team)


@pytest.fixture
def goods(db):
    for code, name in (("ZP-A4", "复印纸 A4"), ("ZP-A3", "复印纸 A3"), ("ZP-B5", "复印纸 B5")):
        make_product(code=code, name=name, unit="箱", list_price=Decimal(100), tax_rate="13")


def pasted(page, customer, text):
    """The rows as the grid gets them: what, how many, unit, price, day."""
    body = json.dumps({"text": text, "customer": customer.pk})
    told = page.post(reverse("orders:entry_paste"), body, content_type="application/json").json()
    names = ("product", "quantity", "unit", "unit_price", "due_on")
    return [tuple(row.get(name) or "" for name in names) for row in told["rows"]]


def parsed(customer, text):
    """The rows as a request gets them."""
    request = receive_request(channel=Order.Channel.SHEET, customer=customer, evidence=[paste_evidence(text)])
    return parse_request(request, customer).rows


@pytest.mark.parametrize(
    ("text", "number", "unit"),
    [
        ("20箱", "20", "箱"), ("1,200 箱", "1200", "箱"), ("２０箱", "20", "箱"), ("3.5kg", "3.5", "kg"), ("40 PCS", "40", "PCS"),
        ("20", "20", ""), ("12㎡", "12", "㎡"), ("两箱", "2", "箱"), ("十二 瓶", "12", "瓶"), ("一百零五盒", "105", "盒"),
    ],
)  # fmt: skip
def test_a_unit_behind_the_number_is_read_with_it(text, number, unit):
    found = read_quantity(text)
    assert (found[0], found[1].replace("m2", "㎡")) == (Decimal(number), unit)


@pytest.mark.parametrize(
    "text", ["12O", "12月", "约20", "20箱30瓶", "20-30箱", "20箱左右", "一百五箱", "几箱", "十", "一天"]
)
def test_what_is_no_quantity_is_named_and_not_guessed(text):
    with pytest.raises(CellProblem):
        read_quantity(text)


@pytest.mark.parametrize(
    ("text", "day"),
    [("12月10日", "2026-12-10"), ("12-10", "2026-12-10"), ("1/5", "2027-01-05"), ("2026/12/10", "2026-12-10")],
)
def test_a_day_without_a_year_is_the_next_such_day(text, day):
    assert read_day(text, DateOrder.YEAR_FIRST, TODAY) == date.fromisoformat(day)


def test_units_that_count_the_same_are_the_same():
    assert is_same_unit("箱", "CTN")
    assert is_same_unit("", "箱")
    assert is_same_unit("ＰＣＳ", "个")
    assert not is_same_unit("箱", "瓶")


SHEET = "编码\t品名\t数量\t单价\t交期\nZP-A4\t复印纸 A4\t1,200箱\t¥100.00\t12月10日\nZP-A3\t复印纸 A3\t20 箱\t\t\n"


def test_quantities_with_units_and_short_days_come_out_of_a_request(customer, goods):
    rows = parsed(customer, SHEET)
    assert [(row["quantity"], row["unit"], row["problems"]) for row in rows] == [("1200", "箱", {}), ("20", "箱", {})]
    assert rows[0]["due_on"].endswith("-12-10")
    assert rows[0]["origin"]["unit"] == {**rows[0]["origin"]["quantity"], "how": "parsed"}


def test_quantities_with_units_and_short_days_are_pasted_into_the_grid(page, customer, goods):
    first, second = pasted(page, customer, SHEET)
    assert first[:4] == ("ZP-A4", "1200", "箱", "100")
    assert first[4].endswith("-12-10")
    assert second[:3] == ("ZP-A3", "20", "箱")


@pytest.mark.parametrize(
    "text", ["ZP-A4\t20箱\nZP-A3\t30箱\n", "ZP-A4\t20\nZP-A3\t30\n", "复印纸 A4\t20箱\n复印纸 A3\t30箱\n"]
)
def test_rows_copied_without_their_headings_lose_none(page, customer, goods, text):
    assert [row["quantity"] for row in parsed(customer, text)] == ["20", "30"]
    assert [row["product"] for row in parsed(customer, text)] == ["ZP-A4", "ZP-A3"]
    assert [row[1] for row in pasted(page, customer, text)] == ["20", "30"]


def test_a_counting_column_is_no_quantity(page, customer, goods):
    text = "1\tZP-A4\t20\t100\n2\tZP-A3\t30\t100\n3\tZP-B5\t40\t100\n"
    assert [row[:2] for row in pasted(page, customer, text)] == [("ZP-A4", "20"), ("ZP-A3", "30"), ("ZP-B5", "40")]
    assert [row["quantity"] for row in parsed(customer, text)] == ["20", "30", "40"]


def test_a_column_of_phone_numbers_is_no_quantity(customer, goods):
    assert parsed(customer, "名称\t联系人\t电话\n客户甲\t小梁\t13000000000\n客户乙\t小魏\t15000000000\n") == []


def test_totals_and_signatures_below_the_rows_are_no_rows(page, customer, goods):
    text = "编码\t品名\t数量\t单价\nZP-A4\t复印纸 A4\t20\t100\nZP-A3\t复印纸 A3\t30\t100\n合计\t\t50\t\n采购员：王工\t\t\t审核：李经理\n"
    assert [row[0] for row in pasted(page, customer, text)] == ["ZP-A4", "ZP-A3"]
    assert [row["product"] for row in parsed(customer, text)] == ["ZP-A4", "ZP-A3"]


def test_words_out_of_a_chat_are_no_sheet(customer, goods):
    assert parsed(customer, "王工：老样子\nPO 12345678，12月8日前送到\n") == []


def test_another_unit_than_the_products_is_never_taken_for_it_in_silence(page, customer, goods):
    body = json.dumps({"text": "编码\t数量\t单位\nZP-A4\t20\t包\nZP-A3\t5\tCTN\n", "customer": customer.pk})
    told = page.post(reverse("orders:entry_paste"), body, content_type="application/json").json()
    other, same = told["answers"]
    assert [(check["level"], check["field"]) for check in other["checks"]] == [("error", "unit")]
    assert [remedy["value"] for remedy in other["checks"][0]["remedies"]] == ["箱"]
    assert same["checks"] == []
    assert [row["unit"] for row in parsed(customer, "编码\t数量\t单位\nZP-A4\t20\t包\n")] == ["包"]


def typed(page, customer, quantity, product="ZP-A4", **values):
    """What the grid is told of a row with this in its quantity cell."""
    row = {"key": "a", "product": product, "quantity": quantity, "from": {"product": "typed"}, **values}
    body = {"token": str(uuid4()), "sequence": 1, "customer": customer.pk, "rows": [row]}
    return page.post(reverse("orders:entry_keep"), json.dumps(body), content_type="application/json").json()["rows"][0]


@pytest.mark.parametrize("text", ["20箱", "20 箱", "２０箱", "20CTN", "二十箱"])
def test_a_quantity_with_its_unit_is_read_in_the_grid_as_in_a_sheet(page, customer, goods, text):
    told = typed(page, customer, text)
    assert told["checks"] == []
    assert (told["quantity"], told["amount"]) == ("20", "2000.00")


def test_another_unit_typed_behind_a_number_is_the_same_error_as_in_a_sheet(page, customer, goods):
    (check,) = typed(page, customer, "20瓶")["checks"]
    assert (check["level"], check["field"]) == ("error", "unit")
    assert [(remedy["field"], remedy["value"]) for remedy in check["remedies"]] == [("unit", "箱")]
    row = {"key": "a", "product": "ZP-A4", "quantity": "20瓶", "from": {"unit_price": "default"}}
    body = {"token": str(uuid4()), "customer": customer.pk, "rows": [row], "header": {}, "total": "2000.00"}
    answer = page.post(reverse("orders:entry_submit"), json.dumps(body), content_type="application/json")
    assert [fault["field"] for fault in answer.json()["faults"]] == ["unit"]


@pytest.mark.parametrize("text", ["12O", "12月", "20箱30瓶", "x", "二十"])
def test_what_is_no_quantity_is_still_refused_in_the_grid(page, customer, goods, text):
    assert [(check["level"], check["field"]) for check in typed(page, customer, text)["checks"]] == [
        ("error", "quantity")
    ]


def test_a_pasted_row_has_the_number_it_has_in_the_sheet(page, customer, goods):
    text = "\r\n编码\t数量\r\n\r\nZP-A4\t20\r\n\t\r\n\r\nZP-A3\t12O\r\n"
    body = json.dumps({"text": text, "customer": customer.pk})
    told = page.post(reverse("orders:entry_paste"), body, content_type="application/json").json()
    assert [row["origin"]["quantity"]["row"] for row in told["rows"]] == [4, 7]
    assert told["left_out"] == 0
