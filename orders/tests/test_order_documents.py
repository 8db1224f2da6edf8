"""What a customer and a warehouse can rely on in the documents of an order."""

from __future__ import annotations

import io
from datetime import date
from decimal import Decimal
from urllib.parse import unquote

import pytest
from django.urls import reverse
from pypdf import PdfReader

from customers.factories import make_customer
from orders.documents.building import (
    LineQuantity,
    amendment_of,
    confirmation_of,
    delivery_note_of,
    open_quantities,
    return_note_of,
)
from orders.documents.contents import Recipient, Validity
from orders.documents.rendering import file_name, lay_out, render_pdf
from orders.factories import make_order
from orders.models import Order, OrderSnapshot
from orders.snapshots import content_of
from orders.status import Status
from salesops.documents.models import CompanyProfile
from staff.factories import make_team, make_user
from staff.roles import Role

pytestmark = pytest.mark.django_db

WORDS = {
    "1409.50": "人民币壹仟肆佰零玖元伍角整",
    "6007.14": "人民币陆仟零柒元壹角肆分",
    "107000.53": "人民币壹拾万柒仟元伍角叁分",
    "325.04": "人民币叁佰贰拾伍元零肆分",
    "100010000": "人民币壹亿零壹万元整",
    "1000000001.10": "人民币壹拾亿零壹元壹角整",
}


@pytest.fixture
def team():
    return make_team()


@pytest.fixture
def order(team):
    customer = make_customer(name="宁波海岚进出口有限公司", team=team, tax_number="91330200MA2XXXXX1Y")
    return make_order(
        customer=customer,
        number="SO-20261119-0151",
        state=Status.CONFIRMED,
        customer_po="HL-EX-2291",
        ship_to="宁波市北仑区港通路 18 号",
        ship_to_receiver="王芳",
        ship_to_phone="13800138000",
        printed_remarks="外箱贴唛头",
        remarks="客户爱拖账",
        promised_on=date(2026, 11, 25),
        lines=[
            {"product_code": "TJ-LED-12", "product_name": "台灯 LED 12W 白", "quantity": Decimal(600), "unit_price": Decimal("7.85")},
            {"product_code": "TJ-LED-18", "product_name": "台灯 LED 18W 白", "quantity": Decimal(400), "unit_price": Decimal("9.6")},
        ],
    )  # fmt: skip


@pytest.fixture
def page(client, team):
    client.force_login(make_user("lin", Role.CLERK, team=team))
    return client


def text_of(pdf: bytes) -> str:
    text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)
    return "".join(letter for letter in text if not letter.isspace() and letter != "\u200b")


def test_a_confirmation_says_who_what_how_much_where_and_when(order):
    text = text_of(render_pdf(confirmation_of(order, 2), languages=("zh",)))
    for word in (
        "订单确认书", "SO-20261119-0151", "HL-EX-2291", "宁波海岚进出口有限公司", "91330200MA2XXXXX1Y", "修订2", "TJ-LED-12",
        "台灯LED12W白", "4,710.00", "3,840.00", "8,550.00", "2026-11-25", "王芳13800138000", "外箱贴唛头", "13%",
    ):  # fmt: skip
        assert word in text, word
    assert "客户爱拖账" not in text


def test_each_language_says_it_alone_and_both_say_it_together(order):
    document = confirmation_of(order, 0)
    chinese, english, both = (
        text_of(render_pdf(document, languages=languages)) for languages in (("zh",), ("en",), ("zh", "en"))
    )
    assert "订单确认书" in chinese
    assert "Order" not in chinese
    assert "Orderconfirmation" in english
    assert "订单" not in english
    assert "订单确认书" in both
    assert "Orderconfirmation" in both
    assert "修订" not in both, "the first save is no revision"


@pytest.mark.parametrize(("total", "words"), WORDS.items())
def test_an_order_in_yuan_tells_its_total_in_words(team, total, words):
    line = {"quantity": Decimal(1), "unit_price": Decimal(total), "tax_rate": ""}
    order = make_order(customer=make_customer(team=team), lines=[line])
    assert words in text_of(render_pdf(confirmation_of(order, 0), languages=("zh",)))


def test_an_order_in_dollars_has_no_words_but_the_sign_of_its_currency(team):
    order = make_order(customer=make_customer(team=team), currency="USD", lines=[{"tax_rate": "exempt"}])
    text = text_of(render_pdf(confirmation_of(order, 0)))
    assert "人民币" not in text
    assert "US$12.50" in text
    assert "免税" in text


def test_the_letterhead_and_the_account_to_pay_to_are_the_companys(order):
    CompanyProfile(
        name_zh="杭州示例科技有限公司", bank_zh="中国银行杭州高新支行", account="3561 8899", swift="BKCH"
    ).save()
    text = text_of(render_pdf(confirmation_of(order, 0), languages=("zh",)))
    assert "杭州示例科技有限公司" in text
    assert "中国银行杭州高新支行35618899" in text
    assert "BKCH" not in text, "the SWIFT code is for money from abroad"


@pytest.mark.parametrize(
    ("state", "validity", "stamp"),
    [
        (Status.ENTERED, Validity.DRAFT, "草稿"),
        (Status.PENDING_APPROVAL, Validity.DRAFT, "草稿"),
        (Status.CANCELLED, Validity.CANCELLED, "已取消"),
        (Status.REJECTED, Validity.REJECTED, "不接单"),
    ],
)
def test_what_is_not_confirmed_cannot_be_taken_for_a_confirmation(order, state, validity, stamp):
    order.state = state
    document = confirmation_of(order, 0)
    assert document.validity is validity
    assert stamp in text_of(render_pdf(document, languages=("zh",)))


def test_a_confirmed_order_carries_no_stamp(order):
    assert lay_out(confirmation_of(order, 0)).stamp == ()


def test_a_delivery_note_has_no_price_anywhere(order):
    note = delivery_note_of(
        order, open_quantities(order), number="SH-1", carrier="顺丰速运", tracking_numbers=["SF1"], packages=3
    )
    text = text_of(render_pdf(note))
    for word in ("送货单", "SH-1", "TJ-LED-12", "600", "1,000", "顺丰速运", "SF1", "王芳13800138000"):
        assert word in text, word
    for money in ("7.85", "9.6", "4,710", "3,840", "8,550", "金额", "单价", "Amount", "price", "¥", "13%"):
        assert money not in text, money


def test_a_delivery_note_lists_what_is_left_to_ship(order):
    first, second = order.lines.all()
    first.shipped_quantity, second.cancelled_quantity = Decimal(150), Decimal(400)
    first.save()
    second.save()
    assert [(each.line, each.quantity) for each in open_quantities(order)] == [(first, Decimal(450))]
    first.shipped_quantity = Decimal(600)
    first.save()
    assert [(each.line, each.quantity) for each in open_quantities(order)] == [(first, Decimal(600))]


def test_an_amendment_tells_the_customer_what_changes_and_nothing_internal(order):
    before = content_of(order, order.lines.all())
    line = order.lines.get(position=2)
    line.quantity, line.amount = Decimal(500), Decimal(4800)
    order.promised_on, order.remarks, order.total = date(2026, 11, 30), "赔钱货", Decimal("9510")
    after = content_of(order, [order.lines.get(position=1), line])
    document = amendment_of(order, before, after, revision=3, amended_on=date(2026, 11, 20), cause="客户改单")
    assert [(change.position, change.before, change.after) for change in document.changes] == [
        (None, "2026-11-25", "2026-11-30"),
        (2, "400", "500"),
    ]
    text = text_of(render_pdf(document))
    for word in (
        "订单变更单",
        "修订3",
        "客户改单",
        "数量",
        "Quantity",
        "8,550.00",
        "9,510.00",
        "TJ-LED-18",
        "2026-11-30",
    ):
        assert word in text, word
    assert "赔钱货" not in text


def test_a_row_that_came_and_a_row_that_went_are_told_whole(order):
    before = content_of(order, order.lines.all())
    after = {**before, "lines": [before["lines"][0], {**before["lines"][1], "id": None}]}
    document = amendment_of(order, before, after, revision=1, amended_on=date(2026, 11, 20), cause="")
    told = [(str(change.what), str(change.before), str(change.after)) for change in document.changes]
    row = "台灯 LED 18W 白 400 件 × 9.60"
    assert told == [("row dropped", row, ""), ("row added", "", row)]


def test_a_return_note_sums_what_is_credited(order):
    first = order.lines.get(position=1)
    note = return_note_of(
        order,
        [LineQuantity(first, Decimal(2), "外壳裂", Decimal("15.70"))],
        number="RT-1",
        returned_on=date(2026, 11, 21),
        cause="质量",
        return_to=Recipient("余杭 9 号仓"),
    )
    text = text_of(render_pdf(note, languages=("zh",)))
    for word in ("退货单", "RT-1", "外壳裂", "¥15.70", "余杭9号仓", "质量"):
        assert word in text, word


def test_a_return_note_without_amounts_shows_no_money(order):
    note = return_note_of(
        order, [LineQuantity(order.lines.get(position=1), Decimal(2))], returned_on=date(2026, 11, 21)
    )
    assert note.total is None
    assert "金额" not in text_of(render_pdf(note))


def test_a_file_is_named_for_its_document_number_and_revision(order):
    document = confirmation_of(order, 2)
    assert file_name(document) == "订单确认书 SO-20261119-0151 修订 2.pdf"
    assert file_name(document, languages=("en",)) == "Order confirmation SO-20261119-0151 Revision 2.pdf"
    order.number = '../..\\x"\n<y>'
    assert file_name(confirmation_of(order, 0)) == "订单确认书 .._.._x_y_.pdf"


def test_the_file_comes_with_its_chinese_name(page, order):
    OrderSnapshot.objects.create(order=order, revision=4, content={})
    answer = page.get(reverse("orders:confirmation_pdf", args=[order.pk]), {"languages": "zh"})
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/pdf"
    kind, _, name = answer["Content-Disposition"].partition("; filename*=utf-8''")
    assert kind == "attachment"
    assert unquote(name) == "订单确认书 SO-20261119-0151 修订 4.pdf"
    assert "SO-20261119-0151" in text_of(answer.content)


def test_the_page_for_printing_says_what_the_pdf_says(page, order):
    markup = page.get(reverse("orders:confirmation_page", args=[order.pk])).content.decode()
    for word in (
        "订单确认书",
        "Order confirmation",
        "TJ-LED-18",
        "3,840.00",
        "8,550.00",
        "人民币捌仟伍佰伍拾元整",
        "外箱贴唛头",
    ):
        assert word in markup, word
    assert "客户爱拖账" not in markup


def test_what_is_typed_is_not_markup_on_the_page_either(page, order):
    Order.objects.filter(pk=order.pk).update(printed_remarks="<script>alert(1)</script>")
    markup = page.get(reverse("orders:confirmation_page", args=[order.pk])).content.decode()
    assert "<script>alert" not in markup
    assert "&lt;script&gt;alert(1)" in markup


@pytest.mark.parametrize("name", ["confirmation_pdf", "confirmation_page", "delivery_note_pdf", "delivery_note_page"])
def test_nobody_learns_of_an_order_of_another_team(client, order, name):
    client.force_login(make_user("he", Role.CLERK, team=make_team()))
    assert client.get(reverse(f"orders:{name}", args=[order.pk])).status_code == 404


def test_a_language_that_is_not_offered_is_not_found(page, order):
    for name in ("confirmation_pdf", "confirmation_page"):
        assert page.get(reverse(f"orders:{name}", args=[order.pk]), {"languages": "fr"}).status_code == 404


def test_the_page_of_an_order_leads_to_its_documents(page, order):
    markup = page.get(reverse("orders:detail", args=[order.pk])).content.decode()
    for name in ("confirmation", "delivery_note"):
        pdf = reverse(f"orders:{name}_pdf", args=[order.pk])
        assert f'href="{pdf}?languages=zh"' in markup
        assert f'href="{pdf}?languages=en"' in markup
        assert f'href="{pdf}"' in markup
        assert f'href="{reverse(f"orders:{name}_page", args=[order.pk])}"' in markup


def test_the_letterhead_is_written_in_the_administration(client, order):
    client.force_login(make_user("admin", Role.ADMINISTRATOR))
    answer = client.post(reverse("admin:documents_companyprofile_add"), {"name_zh": "杭州示例科技有限公司"})
    assert answer.status_code == 302
    assert lay_out(confirmation_of(order, 0)).letterhead.names == ("杭州示例科技有限公司",)
    picture = io.BytesIO(b"GIF89a nothing")
    picture.name = "logo.gif"
    change = reverse("admin:documents_companyprofile_change", args=[1])
    refused = client.post(change, {"name_zh": "杭州示例科技有限公司", "logo_file": picture})
    assert refused.status_code == 200
    assert "PNG" in refused.content.decode()
    assert bytes(CompanyProfile.objects.get().logo) == b""
