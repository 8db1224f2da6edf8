"""Where customers write their orders besides a tidy sheet: in the head of a form, in the body of a mail, in a chat."""

import io
from datetime import timedelta
from email.message import EmailMessage

import pytest
from openpyxl import Workbook

from customers.factories import make_customer, make_product
from customers.models import Contact
from orders.actions.intake import receive_request
from orders.actions.take import parse_request, take_request
from orders.entry.mail_words import read_words
from orders.models import EntryDraft, Order
from orders.requests.evidence import file_evidence, paste_evidence
from orders.requests.mail_intake import take_in_eml
from salesops.numbering.numbers import house_day
from staff.factories import make_team, make_user
from staff.roles import Role

TABLE = (
    "<p>您好，请安排：</p><table><tr><th>编码</th><th>品名</th><th>数量</th><th>单位</th></tr>"
    "<tr><td>ZP-A4</td><td>复印纸</td><td>20</td><td>箱</td></tr>"
    "<tr><td>ZP-A3</td><td>复印纸</td><td>30箱</td><td>&nbsp;</td></tr>"
    "<tr><td>合计</td><td></td><td>50</td><td></td></tr></table><p>谢谢</p>"
)


@pytest.fixture
def clerk(db):
    return make_user("lin", Role.CLERK, team=make_team())


@pytest.fixture
def customer(clerk):
    for code in ("ZP-A4", "ZP-A3"):
        make_product(code=code, name=f"复印纸 {code}", unit="箱")
    return make_customer(name="杭州澜庭办公用品有限公司", team=clerk.team)


def mail(
    *, plain="", html="", subject="采购单", sender="沈岚 <shen@lanting.example>", message_id="<1@lanting.example>"
):
    made = EmailMessage()
    made["From"], made["Subject"], made["Message-ID"] = sender, subject, message_id
    made["Date"] = "Fri, 27 Nov 2026 08:12:00 +0800"
    made.set_content(plain)
    if html:
        made.add_alternative(html, subtype="html")
    return made


def arrive(made, clerk):
    return take_in_eml(bytes(made), by=clerk, file_name="mail.eml", more=[], form_token=None)


def order_form(po, day):
    """A workbook as companies print their orders: title, number and day above the rows."""
    book = Workbook()
    sheet = book.active
    sheet.append(["杭州澜庭办公用品有限公司采购订单"])
    sheet.append(["供应商：", "我们", None, "采购单号：", po])
    sheet.append(["联系人：王工", None, None, "交货日期：", day])
    sheet.append(["物料编码", "品名", "数量", "单位", "单价"])
    sheet.append(["ZP-A4", "复印纸", 20, "箱", 100])
    sheet.append(["ZP-A3", "复印纸", 30, "箱", 100])
    written = io.BytesIO()
    book.save(written)
    return file_evidence("po.xlsx", written.getvalue())


def test_the_number_and_the_day_above_the_rows_are_taken_with_their_cells(clerk, customer):
    soon = house_day() + timedelta(days=9)
    request = receive_request(
        channel=Order.Channel.SHEET,
        by=clerk,
        customer=customer,
        evidence=[order_form("CG20261127-08", soon.isoformat())],
    )
    words, origins = read_words(request)
    assert words == {"customer_po": "CG20261127-08", "requested_on": soon.isoformat()}
    place = origins["customer_po"]
    assert (place["row"], place["column"], place["text"]) == (2, "E", "CG20261127-08")
    assert place["evidence"] == request.evidence.get().pk


@pytest.mark.parametrize(
    "plain", ["", "请使用支持 HTML 的邮箱查看", "您好\n编码\n品名\n数量\n单位\nZP-A4\n复印纸\n20\n箱"]
)
def test_a_table_in_the_body_of_a_mail_becomes_draft_rows_that_lead_to_its_lines(clerk, customer, plain):
    request = arrive(mail(plain=plain, html=TABLE), clerk)
    take_request(by=clerk, request=request, customer=customer)
    rows = EntryDraft.objects.get().content["rows"]
    assert [(row["product"], row["quantity"], row["unit"]) for row in rows.values()] == [
        ("ZP-A4", "20", "箱"),
        ("ZP-A3", "30", "箱"),
    ]
    place, shown = rows["p1"]["origin"]["quantity"], request.evidence.get()
    assert place["evidence"] == shown.pk
    assert shown.text.splitlines()[place["row"] - 1].startswith("ZP-A4\t")


def test_an_attached_sheet_goes_before_a_table_in_the_text(clerk, customer):
    made = mail(html=TABLE)
    made.add_attachment("物料编码,数量\nZP-A3,7\n".encode("gb18030"), maintype="text", subtype="csv", filename="单.csv")
    request = arrive(made, clerk)
    assert [row["quantity"] for row in parse_request(request, customer).rows] == ["7"]


def test_tables_of_a_signature_or_an_older_mail_are_no_rows(clerk, customer):
    signature = (
        "<p>见附件</p><table><tr><td>电话</td><td>0571-1234</td></tr><tr><td>地址</td><td>滨江</td></tr></table>"
    )
    assert parse_request(arrive(mail(html=signature), clerk), customer).rows == []
    older = f"<p>收到，谢谢</p><p>-----原始邮件-----</p>{TABLE}<p>采购单号：PO-11111</p>"
    answer = arrive(mail(html=older, subject="回复：采购单", message_id="<2@lanting.example>"), clerk)
    assert parse_request(answer, customer).rows == []
    assert read_words(answer)[0] == {}
    passed_on = arrive(mail(html=older, subject="转发：采购单", message_id="<3@lanting.example>"), clerk)
    assert len(parse_request(passed_on, customer).rows) == 2
    assert read_words(passed_on)[0] == {"customer_po": "PO-11111"}


def test_the_words_of_a_chat_are_read_like_those_of_a_mail(clerk, customer):
    text = "王工：老样子\nPO 12345678，要 20 箱"
    request = receive_request(
        channel=Order.Channel.MESSENGER, by=clerk, customer=customer, evidence=[paste_evidence(text)]
    )
    words, origins = read_words(request)
    assert words == {"customer_po": "12345678"}
    assert origins["customer_po"]["line"] == 2


HEADS = [
    "------ 转发的邮件 ------\n发件人: 沈岚 <shen@lanting.example>\n日期: 2026年11月26日 22:10\n收件人: we@us.example\n",
    "From: 沈岚 <shen@lanting.example>\nSent: Thu, 26 Nov 2026 22:10:00 +0800\nTo: we@us.example\nSubject: order\n",
]


@pytest.mark.parametrize("head", HEADS)
def test_a_mail_somebody_passed_on_is_the_customers(clerk, customer, head):
    Contact.objects.create(customer=customer, name="沈岚", email="shen@lanting.example")
    text = f"帮忙录一下\n\n{head}\n请发 20 箱，PO 77120。"
    request = arrive(mail(plain=text, subject="转发: 采购单", sender="业务 <sales@us.example>"), clerk)
    assert (request.customer, request.sender_name) == (customer, "沈岚")
    assert f"{request.sent_at:%d %H:%M}" == "26 14:10"
    assert read_words(request)[0] == {"customer_po": "77120"}
    answer = arrive(mail(plain=text, subject="价格", sender="x <x@else.example>", message_id="<9@x>"), clerk)
    assert answer.customer is None


def test_a_mail_in_a_mail_is_opened_with_its_sheet(clerk, customer):
    Contact.objects.create(customer=customer, name="沈岚", email="shen@lanting.example")
    inner = mail(plain="附件是采购单，PO 88101")
    inner.add_attachment(
        "物料编码,数量\nZP-A3,7\n".encode("gb18030"), maintype="text", subtype="csv", filename="单.csv"
    )
    outer = mail(plain="见附件", subject="采购单", sender="业务 <sales@us.example>", message_id="<8@us>")
    outer.add_attachment(inner)
    request = arrive(outer, clerk)
    assert request.customer == customer
    assert sorted(request.evidence.values_list("kind", flat=True)) == ["mail", "mail", "sheet"]
    assert [row["quantity"] for row in parse_request(request, customer).rows] == ["7"]
    assert read_words(request)[0] == {"customer_po": "88101"}
