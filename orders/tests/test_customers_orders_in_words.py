"""What a customer orders in words becomes rows with their lines; what orders nothing never becomes a quantity."""

import json
from datetime import date
from decimal import Decimal

import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from customers.factories import make_customer, make_product
from customers.models import CustomerPartNumber
from orders.actions.intake import receive_request, take_request
from orders.actions.take import parse_request
from orders.models import Evidence, Order
from orders.requests.evidence import NewEvidence, file_evidence, note_evidence, paste_evidence
from orders.requests.word_items import items_in
from staff.factories import make_team, make_user
from staff.roles import Role


def said(line):
    return [(item.names[0], item.quantity, item.unit) for item in items_in(line)]


@pytest.mark.parametrize(
    ("line", "items"),
    [
        ("红茶 20箱, 绿茶 5箱", [("红茶", "20", "箱"), ("绿茶", "5", "箱")]),
        ("红茶20箱，绿茶５件。", [("红茶", "20", "箱"), ("绿茶", "5", "件")]),
        ("红茶20箱和绿茶5箱", [("红茶", "20", "箱"), ("和绿茶", "5", "箱")]),
        ("红茶两箱 绿茶三盒", [("红茶", "2", "箱"), ("绿茶", "3", "盒")]),
        ("红茶 x 20", [("红茶", "20", "")]),
        ("红茶x20", [("红茶", "20", "")]),
        ("红茶×20箱", [("红茶", "20", "箱")]),
        ("20*红茶", [("红茶", "20", "")]),
        ("20箱*红茶", [("红茶", "20", "箱")]),
        ("麻烦发20箱红茶，谢谢", [("红茶", "20", "箱")]),
        ("来20箱红茶5箱绿茶", [("红茶", "20", "箱"), ("绿茶", "5", "箱")]),
        ("红茶：20箱", [("红茶", "20", "箱")]),
        ("王工: 红茶 20箱", [("红茶", "20", "箱")]),
        ("1、红茶20箱", [("红茶", "20", "箱")]),
        ("红茶、绿茶和白茶各20箱", [("红茶", "20", "箱"), ("绿茶", "20", "箱"), ("白茶", "20", "箱")]),
        ("红茶，20箱", [("红茶", "20", "箱")]),
        ("红茶 1,200箱", [("红茶", "1200", "箱")]),
        ("红茶 500g 20箱", [("红茶 500g", "20", "箱")]),
        ("红茶 20箱(每箱12瓶)", [("红茶", "20", "箱")]),
        ("ZP-A4*20", [("ZP-A4", "20", "")]),
        ("A4纸 x 20", [("A4纸", "20", "")]),
        ("12月10日红茶20箱", [("红茶", "20", "箱")]),
    ],
)
def test_words_that_order_something(line, items):
    assert said(line) == items


@pytest.mark.parametrize("line", ["红茶 20-30箱", "红茶约20箱", "红茶 20箱左右", "红茶 20箱 12瓶", "红茶 大概 20箱"])
def test_a_number_nobody_is_sure_of_is_left_open(line):
    (item,) = items_in(line)
    assert "红茶" in item.names
    assert item.quantity == ""
    assert "20" in item.said


@pytest.mark.parametrize(
    "line",
    [
        "12月10日前送到", "2026-12-01 10:30", "电话 13800138000", "138-0013-8000", "0571-88886666转2", "PO 12345678，12月8日前送到",
        "2个工作日内", "3个月账期", "下午3点前", "纸箱 60x40x30", "60 x 40", "12瓶/箱", "红茶20块", "¥20", "满20包邮",
        "第2箱破损", "合计 25箱", "一共25箱", "3号仓5楼", "8.5折", "https://x.example/20箱", "1. 2. 3.", "每箱12瓶",
    ],
)  # fmt: skip
def test_what_orders_nothing(line):
    assert [item for item in items_in(line) if item.quantity and not item.needs_product] == []


WIDE = {ord("0") + digit: 0xFF10 + digit for digit in range(10)}
NAMES = st.sampled_from(["红茶", "复印纸 A4", "ZP-A4", "中性笔（黑）", "头抽酱油", "LT-1001", "500ml 洗手液"])
UNITS = st.sampled_from(["箱", "件", "个", "盒", "瓶", "桶", "pcs", "CTN"])
SHAPES = st.sampled_from(
    ["{name} {number}{unit}", "{name} {number} {unit}", "{name}：{number}{unit}", "{name} x{number}", "{name} × {number}",
     "{name} *{number}{unit}", "来{number}{unit}{name}", "{number}{unit}{name}", "- {name} {number}{unit}"]
)  # fmt: skip


@given(name=NAMES, number=st.integers(1, 99_999), unit=UNITS, shape=SHAPES, is_wide=st.booleans())
def test_a_number_comes_out_as_it_was_written(name, number, unit, shape, is_wide):
    if shape.index("{number}") < shape.index("{name}") and (unit.isascii() or name[0].isdigit()):
        return  # 20pcsZP-A4: nobody writes so
    digits = str(number).translate(WIDE) if is_wide else str(number)
    (item,) = items_in(shape.format(name=name, number=digits, unit=unit))
    assert item.quantity == str(number)
    assert item.unit in (unit, "")
    assert any(one in (name, name.replace("（", "(").replace("）", ")")) for one in item.names)


@given(
    day=st.dates(date(2020, 1, 1), date(2035, 12, 31)),
    shape=st.sampled_from(["{0.year}-{0.month}-{0.day}", "{0.year}年{0.month}月{0.day}日", "{0.month}月{0.day}日前到", "{0.month}/{0.day}送"]),
    phone=st.from_regex(r"1[3-9]\d{9}", fullmatch=True),
    gap=st.sampled_from(["", " ", "-"]),
)  # fmt: skip
def test_days_and_phone_numbers_are_never_quantities(day, shape, phone, gap):
    told = f"{phone[:3]}{gap}{phone[3:7]}{gap}{phone[7:]}"
    for line in (shape.format(day), told, f"沈岚 {told}", f"{shape.format(day)}，找 {told}", f"电话{told}"):
        assert [item for item in items_in(line) if item.quantity and not item.needs_product] == [], line
    (item,) = items_in(f"红茶 20箱 {told}")
    assert item.quantity == "20"


@given(st.text(max_size=300))
def test_no_words_break_the_reading(text):
    for item in items_in(text):
        assert item.names
        assert not item.quantity or float(item.quantity) >= 0


pytest_db = pytest.mark.django_db


@pytest.fixture
def clerk():
    return make_user("lin", Role.CLERK, team=make_team())


@pytest.fixture
def customer(clerk):
    return make_customer(name="杭州澜庭办公用品有限公司", team=clerk.team, clerk=clerk)


@pytest.fixture
def goods(db):
    black = make_product(code="HC-01", name="红茶", unit="箱", list_price=Decimal(100), tax_rate="13")
    green = make_product(code="LC-02", name="绿茶", unit="箱", list_price=Decimal(90), tax_rate="13")
    return black, green


def mail(text):
    return NewEvidence(Evidence.Kind.MAIL, content=b"raw", file_name="m.eml", content_type="message/rfc822", text=text)


CHAT = "老板好\n红茶 20箱, 绿茶 5箱\n黑芝麻糊 3箱\n红茶 20-30箱\n明天送到，13800138000"


@pytest_db
@pytest.mark.parametrize("make", [paste_evidence, note_evidence, mail])
def test_a_chat_a_note_and_a_mail_become_rows_with_their_lines(customer, goods, make):
    channel = Order.Channel.MAIL if make is mail else Order.Channel.MESSENGER
    asked = receive_request(channel=channel, customer=customer, body=CHAT, evidence=[make(CHAT)])
    rows = parse_request(asked, customer).rows
    assert [(row["product"], row["quantity"], row["unit"]) for row in rows] == [
        ("HC-01", "20", "箱"), ("LC-02", "5", "箱"), ("黑芝麻糊", "3", "箱"), ("HC-01", "", "箱"),
    ]  # fmt: skip
    assert [row["origin"]["quantity"]["line"] for row in rows] == [2, 2, 3, 4]
    assert rows[0]["origin"]["quantity"]["evidence"] == asked.evidence.get().pk
    assert [sorted(row["problems"]) for row in rows] == [[], [], ["product"], ["quantity"]]
    assert {row["from"]["quantity"] for row in rows[:3]} == {"parsed"}


@pytest_db
def test_a_product_is_found_by_code_and_the_customers_own_number_and_what_is_older_is_left(customer, goods):
    CustomerPartNumber.objects.create(customer=customer, product=goods[1], number="LT-9")
    text = "hc-01 x 4\nLT-9 7箱\n> 红茶 99箱"
    asked = receive_request(channel="mail", customer=customer, body=text, evidence=[mail(text)])
    rows = parse_request(asked, customer).rows
    assert [(row["product"], row["quantity"], row["matched_by"]) for row in rows] == [
        ("HC-01", "4", "code"), ("LC-02", "7", "part_number"),
    ]  # fmt: skip
    assert rows[1]["customer_part_number"] == "LT-9"


@pytest_db
def test_a_known_product_without_a_number_is_a_row_that_still_needs_one(customer, goods):
    text = "红茶, 绿茶 5箱\n红茶\n老样子, 谢谢"
    asked = receive_request(channel="messenger", customer=customer, evidence=[paste_evidence(text)])
    rows = parse_request(asked, customer).rows
    assert [(row["product"], row["quantity"]) for row in rows] == [("HC-01", ""), ("LC-02", "5"), ("HC-01", "")]


@pytest_db
def test_an_attached_sheet_goes_before_the_words(customer, goods):
    sheet = file_evidence("po.csv", "编码,数量\nHC-01,3\n".encode())
    asked = receive_request(channel="mail", customer=customer, body="红茶 20箱", evidence=[mail("红茶 20箱"), sheet])
    assert [row["quantity"] for row in parse_request(asked, customer).rows] == ["3"]


@pytest_db
def test_the_lines_stand_beside_the_grid_taken_or_to_be_looked_at(client, clerk, customer, goods):
    asked = receive_request(channel="messenger", customer=customer, by=clerk, evidence=[paste_evidence(CHAT)])
    client.force_login(clerk)
    own = client.get(reverse("orders:request", args=[asked.pk])).content.decode()
    order = take_request(by=clerk, request=asked, customer=customer)
    answer = client.get(reverse("orders:entry_of", args=[order.pk]))
    chat = asked.evidence.get().pk
    for shown in (own, answer.content.decode()):
        assert f'<div id="e{chat}.1">老板好' in shown
        assert f'<div id="e{chat}.2" class="p">红茶 20箱' in shown
        assert f'<div id="e{chat}.3" class="q">黑芝麻糊' in shown
    begin = answer.context["begin"]
    checks = {told["key"]: [check["field"] for check in told["checks"]] for told in begin["answers"]}
    assert checks["p3"] == ["product"]
    assert checks["p4"] == ["quantity"]


@pytest_db
def test_words_pasted_into_the_grid_become_rows(client, clerk, customer, goods):
    client.force_login(clerk)
    body = json.dumps({"text": CHAT, "customer": customer.pk})
    told = client.post(reverse("orders:entry_paste"), body, content_type="application/json").json()
    assert [(row["product"], row.get("quantity", "")) for row in told["rows"]] == [
        ("HC-01", "20"), ("LC-02", "5"), ("黑芝麻糊", "3"), ("HC-01", ""),
    ]  # fmt: skip
    assert (told["left_out"], told["said"]) == (2, True)
    assert told["rows"][0]["origin"]["quantity"] == {
        "how": "parsed",
        "row": 2,
        "column": "A",
        "text": "红茶 20箱, 绿茶 5箱",
    }
    assert [check["field"] for check in told["answers"][3]["checks"]] == ["quantity"]


@pytest_db
def test_a_column_of_codes_is_still_a_column_of_codes(client, clerk, customer, goods):
    client.force_login(clerk)
    body = json.dumps({"text": "HC-01\nLC-02\n", "customer": customer.pk})
    told = client.post(reverse("orders:entry_paste"), body, content_type="application/json").json()
    assert [row["product"] for row in told["rows"]] == ["HC-01", "LC-02"]
    assert not told["said"]


@pytest_db
def test_a_line_beside_a_sheet_that_orders_more_is_framed_and_no_row_twice(client, clerk, customer, goods):
    text = "品名\t数量\n红茶\t3箱\n另加绿茶 2箱\n谢谢\n-- \n红茶 99箱"
    asked = receive_request(channel="mail", customer=customer, by=clerk, body=text, evidence=[mail(text)])
    client.force_login(clerk)
    shown = client.get(reverse("orders:request", args=[asked.pk])).content.decode()
    pk = asked.evidence.get().pk
    assert f'<div id="e{pk}.3" class="q">另加绿茶' in shown
    assert f'<div id="e{pk}.6">红茶 99箱' in shown
    assert [(row["product"], row["quantity"]) for row in parse_request(asked, customer).rows] == [("HC-01", "3")]


def test_a_question_about_a_quantity_orders_nothing():
    text = "上次那5箱红茶有破损，能换吗？另外20箱以上有没有优惠？"
    assert [item for item in items_in(text) if not item.needs_product] == []
