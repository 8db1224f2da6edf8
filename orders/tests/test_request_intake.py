"""What comes in becomes a request once, with its evidence, its customer when certain, and its deadline."""

from datetime import datetime
from decimal import Decimal
from email.message import EmailMessage
from zoneinfo import ZoneInfo

import pytest
from django.db import connection

from customers.factories import make_customer, make_product
from customers.models import Contact, CustomerPartNumber
from customers.searching import write_grams
from orders.actions.clarify import ask_customer, write_to_customer
from orders.actions.enter import edit_order
from orders.actions.intake import dismiss_request, file_request, receive_request, refuse_request, take_request
from orders.actions.take import parse_request
from orders.errors import OrderError
from orders.factories import make_order
from orders.models import Clarification, EntryDraft, Evidence, Order, Request, ThreadMessage
from orders.requests.evidence import content_of_evidence, file_evidence, is_untouched, note_evidence, paste_evidence
from orders.requests.mail_intake import receive_mail
from orders.rows import LineEntry
from orders.status import Status
from salesops.connectors.mail.parsing import parse_mail
from salesops.connectors.models import OutgoingMail
from staff.factories import make_team, make_user
from staff.roles import Role

pytestmark = pytest.mark.django_db
SHANGHAI = ZoneInfo("Asia/Shanghai")
SHEET = "料号\t品名\t数量\t单位\nLT-1001\tA4 复印纸 70g\t120\t箱\nLT-9999\t没见过的\t5\t盒\n"


@pytest.fixture
def team():
    return make_team()


@pytest.fixture
def clerk(team):
    return make_user("lin", Role.CLERK, team=team, display_name="林晓雯")


@pytest.fixture
def customer(team, clerk):
    made = make_customer(code="C001", name="杭州澜庭办公用品有限公司", team=team, clerk=clerk)
    Contact.objects.create(customer=made, name="沈岚", email="shen.lan@lanting.example", mobile="138 0000 2061")
    return made


def mail(*, sender="沈岚 <shen.lan@lanting.example>", subject="11月第四周采购单", text="附件是本周采购单", **headers):
    """A mail as bytes; headers by name with _ for -."""
    made = EmailMessage()
    files = headers.pop("files", [])
    made["From"], made["To"], made["Subject"] = sender, "orders@us.example", subject
    made["Date"] = "Mon, 23 Nov 2026 07:41:00 +0800"
    made["Message-ID"] = headers.pop("message_id", "<first@lanting.example>")
    for name, value in headers.items():
        made[name.replace("_", "-")] = value
    made.set_content(text)
    for name, content in files:
        made.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    return bytes(made)


def arrive(raw):
    """The mail as the mailbox hands it over; the newest request."""
    receive_mail(parse_mail(raw), raw)
    return Request.objects.order_by("-id").first()


def test_a_mail_of_a_known_contact_waits_for_its_customers_clerk_with_the_original_untouched(customer, clerk):
    raw = mail(files=[("澜庭1123.tsv", SHEET.encode())])
    request = arrive(raw)
    assert (request.customer, request.owner, request.team) == (customer, clerk, customer.team)
    assert (request.state, request.channel) == ("waiting", "mail")
    assert request.sent_at == datetime(2026, 11, 23, 7, 41, tzinfo=SHANGHAI)
    assert request.due_at is not None
    assert request.due_at > request.received_at
    original, sheet = request.evidence.all()
    assert content_of_evidence(original) == raw
    assert is_untouched(original)
    assert (sheet.kind, sheet.file_name) == ("sheet", "澜庭1123.tsv")
    assert "本周采购单" in original.text


def test_the_same_mail_from_two_mailboxes_is_one_request(customer):
    first = arrive(mail())
    second = arrive(b"Received: from another.example\r\n" + mail())
    assert first == second
    assert Request.objects.count() == 1


def test_a_stranger_who_repeats_a_message_id_does_not_swallow_a_mail(customer):
    arrive(mail())
    arrive(mail(sender="evil@else.example", text="something else"))
    assert Request.objects.count() == 2


def test_an_address_two_customers_share_names_neither(customer, team):
    other = make_customer(team=team)
    Contact.objects.create(customer=other, name="沈岚", email="SHEN.LAN@lanting.example")
    assert arrive(mail()).customer is None


def test_a_contact_who_left_no_longer_speaks_for_the_customer(customer):
    Contact.objects.update(has_left=True)
    assert arrive(mail()).customer is None


@pytest.mark.parametrize("typed", ["13800002061", "+86 138-0000-2061", "008613800002061"])
def test_a_phone_number_finds_its_customer_however_it_is_written(customer, typed):
    write_grams([customer])
    called = receive_request(channel="phone", sender_address=typed, body="再来 40 箱", evidence=[note_evidence("x")])
    assert called.customer == customer


def test_taking_makes_a_received_order_with_the_requests_moments_and_a_draft_that_says_where_values_stood(
    customer, clerk
):
    paper = make_product(code="ZP-A4", name="复印纸 A4", unit="箱")
    CustomerPartNumber.objects.create(customer=customer, product=paper, number="LT-1001")
    request = arrive(mail(files=[("po.tsv", SHEET.encode())]))
    order = take_request(by=clerk, request=request, customer=customer)
    request.refresh_from_db()
    assert (request.state, request.order) == ("taken", order)
    assert (order.state, order.channel, order.line_count) == (Status.RECEIVED, "mail", 0)
    assert (order.sent_at, order.received_at, order.due_at) == (request.sent_at, request.received_at, request.due_at)
    draft = EntryDraft.objects.get(order=order)
    rows = [draft.content["rows"][key] for key in draft.content["keys"]]
    known, unknown = rows
    assert (known["product"], known["quantity"], known["matched_by"]) == ("ZP-A4", "120", "part_number")
    assert known["origin"]["quantity"] == {
        "how": "parsed",
        "evidence": request.evidence.get(kind="sheet").pk,
        "file": "po.tsv",
        "sheet": "po",
        "row": 2,
        "column": "C",
        "heading": "数量",
        "text": "120",
    }
    assert known["origin"]["product_name"]["how"] == "default"
    assert unknown["product_id"] is None
    assert (unknown["product"], unknown["customer_part_number"]) == ("LT-9999", "LT-9999")
    assert (unknown["product_name"], unknown["quantity"]) == ("没见过的", "5")
    assert unknown["problems"]["product"][1] == {"text": "LT-9999"}
    assert request.evidence.first().order == order


def test_what_a_clerk_assigns_to_a_part_number_is_known_the_next_time(
    customer, clerk, django_capture_on_commit_callbacks
):
    pen = make_product(code="BX-05", name="中性笔", list_price=Decimal("2"))
    order = take_request(by=clerk, request=arrive(mail(files=[("po.tsv", SHEET.encode())])), customer=customer)
    row = LineEntry(quantity=Decimal(5), product=pen, customer_part_number="LT-9999")
    with django_capture_on_commit_callbacks(execute=True):
        edit_order(by=clerk, order=order, version=order.version, lines=[row])
    again = arrive(mail(message_id="<second@lanting.example>", files=[("po.tsv", SHEET.encode())]))
    parsed = parse_request(again, customer)
    assert [row["product"] for row in parsed.rows] == ["LT-1001", "BX-05"]
    assert parsed.rows[1]["matched_by"] == "part_number"


def test_a_layout_a_clerk_put_right_is_understood_at_once_the_next_time(customer, clerk):
    odd = "甲\t乙\t丙\nX1\t7\t好\n"
    paper = make_product(code="X1")
    first = receive_request(channel="sheet", customer=customer, evidence=[paste_evidence(odd)])
    columns = {"part_number": 0, "quantity": 1, "remarks": 2}
    take_request(by=clerk, request=first, customer=customer, evidence=first.evidence.get(), columns=columns)
    second = receive_request(channel="sheet", customer=customer, evidence=[paste_evidence(odd.replace("7", "9"))])
    row = parse_request(second, customer).rows[0]
    assert (row["product_id"], row["quantity"], row["remarks"]) == (paper.pk, "9", "好")
    assert row["matched_by"] == "code"
    assert row["customer_part_number"] == ""


@pytest.mark.parametrize(
    ("sheet", "found"),
    [
        ("条码,数量\n6901234567892,3\n", "barcode"),
        ("品名,数量\n独一无二的笔,3\n", "name"),
        ("编码,数量\nzp-a4,3\n", "code"),
        ("6901234567892\t3\n", "barcode"),
    ],
)
def test_a_product_is_found_by_code_barcode_or_whole_name(customer, sheet, found):
    make_product(code="ZP-A4", barcode="6901234567892", name="独一无二的笔")
    request = receive_request(channel="sheet", evidence=[file_evidence("po.csv", sheet.encode())])
    row = parse_request(request, customer).rows[0]
    assert (row["product"], row["quantity"], row["matched_by"]) == ("ZP-A4", "3", found)


def test_a_name_two_products_share_names_neither(customer):
    make_product(name="中性笔"), make_product(name="中性笔")
    request = receive_request(channel="sheet", evidence=[file_evidence("po.csv", "品名,数量\n中性笔,3\n".encode())])
    row = parse_request(request, customer).rows[0]
    assert row["product_id"] is None
    assert "Several" in row["problems"]["product"][0]


def test_an_order_is_made_of_a_request_only_once(customer, clerk):
    request = arrive(mail())
    order = take_request(by=clerk, request=request, customer=customer)
    with pytest.raises(OrderError, match=request.number):
        take_request(by=clerk, request=request, customer=customer)
    with pytest.raises(OrderError):
        refuse_request(by=clerk, request=request, reason="too late")
    assert Order.objects.count() == 1
    assert order.snapshots.get().revision == 0


def test_nothing_is_sold_to_a_blocked_customer_and_the_request_goes_on_waiting(customer, clerk):
    customer.is_blocked, customer.blocked_reason = True, "欠款"
    customer.save()
    request = arrive(mail())
    with pytest.raises(OrderError, match="欠款"):
        take_request(by=clerk, request=request, customer=customer)
    request.refresh_from_db()
    assert request.state == "waiting"
    assert not Order.objects.exists()


def test_a_request_is_put_away_with_a_reason_and_its_evidence_stays(customer, clerk):
    request = arrive(mail())
    with pytest.raises(OrderError):
        refuse_request(by=clerk, request=request, reason="  ")
    refuse_request(by=clerk, request=request, reason="不做这个")
    request.refresh_from_db()
    assert (request.state, request.end_reason) == ("refused", "不做这个")
    other = arrive(mail(message_id="<x@y.example>", text="谢谢"))
    dismiss_request(by=clerk, request=other)
    other.refresh_from_db()
    assert other.state == "no_order"
    assert Evidence.objects.count() == 2


def asked_order(customer, clerk):
    """An order from a mail, with a question to the customer on its way."""
    order = take_request(by=clerk, request=arrive(mail()), customer=customer)
    question = ask_customer(by=clerk, order=order, question="第 3 行要黑色还是红色？")
    order.refresh_from_db()
    return order, question


def test_a_question_stops_the_clock_and_goes_to_whoever_wrote_in_their_thread(customer, clerk):
    order, question = asked_order(customer, clerk)
    assert order.state == Status.CLARIFYING
    sent = OutgoingMail.objects.get()
    assert sent.to == ["shen.lan@lanting.example"]
    assert sent.in_reply_to == "<first@lanting.example>"
    assert "<first@lanting.example>" in sent.references
    assert order.number in sent.subject
    assert "11月第四周采购单" in sent.subject
    assert (question.message.state, question.message.message_id) == ("queued", sent.message_id)


@pytest.mark.parametrize("by", ["reference", "number"])
def test_the_customers_answer_is_filed_with_its_order_answers_the_question_and_the_clock_goes_on(customer, clerk, by):
    order, question = asked_order(customer, clerk)
    named = {"In_Reply_To": question.message.message_id} if by == "reference" else {}
    subject = "回复" if by == "reference" else f"回复：{order.number}"
    request = arrive(mail(message_id="<answer@lanting.example>", subject=subject, text="黑色", **named))
    assert (request.state, request.order) == ("filed", order)
    order.refresh_from_db()
    question.refresh_from_db()
    assert order.state == Status.RECEIVED
    assert question.answered_at is not None
    assert question.answer.strip() == "黑色"
    assert list(order.thread_messages.values_list("direction", flat=True)) == ["in", "out", "in"]
    assert order.due_at is not None


def test_an_order_number_from_a_stranger_files_nothing(customer, clerk):
    order, question = asked_order(customer, clerk)
    request = arrive(mail(message_id="<z@z.example>", sender="who@ever.example", subject=f"Re: {order.number}"))
    assert request.state == "waiting"
    question.refresh_from_db()
    assert question.answered_at is None


def test_an_automatic_answer_is_kept_in_the_thread_and_answers_nothing(customer, clerk):
    order, question = asked_order(customer, clerk)
    request = arrive(
        mail(message_id="<auto@x.example>", In_Reply_To=question.message.message_id, Auto_Submitted="auto-replied")
    )
    assert (request.state, request.order) == ("filed", order)
    order.refresh_from_db()
    assert order.state == Status.CLARIFYING
    alone = arrive(mail(message_id="<auto2@x.example>", Auto_Submitted="auto-replied", text="不在办公室"))
    assert alone.state == "no_order"


def test_a_late_mail_about_a_finished_order_waits_for_a_person(customer, clerk):
    order = make_order(customer=customer, state=Status.COMPLETED)
    assert arrive(mail(subject=f"又要 {order.number} 一样的")).state == "waiting"


def test_filing_by_hand_brings_the_mail_into_the_thread_and_refuses_another_customers_order(customer, clerk, team):
    request = arrive(mail(subject="补充"))
    with pytest.raises(OrderError, match="another customer"):
        file_request(by=clerk, request=request, order=make_order(customer=make_customer(team=team)))
    order = make_order(customer=customer, state=Status.RECEIVED)
    file_request(by=clerk, request=request, order=order)
    request.refresh_from_db()
    assert (request.state, request.order) == ("filed", order)
    assert order.thread_messages.get().evidence == request.evidence.get(kind="mail")
    assert order.evidence.count() == 1


def test_a_reply_without_any_known_address_is_refused_with_a_sentence(clerk, team):
    order = make_order(customer=make_customer(team=team))
    with pytest.raises(OrderError, match="No mail address"):
        write_to_customer(by=clerk, order=order, text="您好")
    assert not ThreadMessage.objects.exists()


def test_a_question_by_phone_needs_no_mail(customer, clerk):
    order = make_order(customer=customer, state=Status.RECEIVED)
    ask_customer(by=clerk, order=order, question="颜色？", to="")
    assert not OutgoingMail.objects.exists()
    assert Clarification.objects.get().message is None


def test_an_order_that_is_entered_already_is_not_asked_about_in_this_way(customer, clerk):
    order = make_order(customer=customer, state=Status.CONFIRMED)
    with pytest.raises(OrderError):
        ask_customer(by=clerk, order=order, question="颜色？")
    assert not Clarification.objects.exists()
    assert not OutgoingMail.objects.exists()


def test_a_failure_on_the_way_leaves_no_request_and_no_file(customer, monkeypatch, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path

    class TornError(Exception):
        pass

    def tear(*_args, **_kwargs):
        raise TornError

    monkeypatch.setattr(Evidence, "save", tear)
    with pytest.raises(TornError):
        receive_request(channel="sheet", evidence=[file_evidence("po.csv", b"a,b\n1,2\n")])
    assert not Request.objects.exists()
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
    assert connection.in_atomic_block


HOSTILE = [
    b"",
    b"\x00\xff" * 500,
    b"From: " + b"=?utf-8?B?" + b"A" * 5000,
    b"Subject: \r\nContent-Type: multipart/mixed; boundary=\r\n\r\n----\r\n",
    b"From: a@b\r\nMessage-ID: <" + b"x" * 3000 + b">\r\nSubject: " + "\u202e\x00测".encode() * 300 + b"\r\n\r\nhi",
    b"Content-Type: text/html\r\nFrom: <script>@x\r\nSubject: <b>\r\n\r\n<script>alert(1)</script><p>hello</p>",
    b"From: a@b.c\r\nReferences: " + b"<a@b> " * 5000 + b"\r\n\r\nx",
]


@pytest.mark.parametrize("raw", HOSTILE)
def test_no_mail_however_broken_stops_the_intake_and_its_bytes_are_kept(raw):
    receive_mail(parse_mail(raw), raw)
    request = Request.objects.get()
    assert "<script" not in request.body
    original = request.evidence.get(kind="mail")
    assert content_of_evidence(original) == raw


@pytest.mark.parametrize(
    "content",
    [b"PK\x03\x04" + b"\x00" * 200, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600, b"\x00" * 300, b"<html>"],
)
def test_a_damaged_sheet_is_told_in_a_sentence_and_the_order_is_taken_all_the_same(customer, clerk, content):
    request = receive_request(channel="sheet", evidence=[file_evidence("po.xlsx", content)])
    order = take_request(by=clerk, request=request, customer=customer)
    assert EntryDraft.objects.get(order=order).content["rows"] == {}


def test_quantities_that_are_none_are_left_empty_and_named(customer):
    sheet = "料号,数量,交期\nA1,12O,2026-13-45\nA2,0,2026-11-25\nA3,1e30,\n"
    request = receive_request(channel="sheet", evidence=[file_evidence("po.csv", sheet.encode())])
    rows = parse_request(request, customer).rows
    assert [row["quantity"] for row in rows] == ["", "", ""]
    assert all("quantity" in row["problems"] for row in rows)
    assert "due_on" in rows[0]["problems"]
    assert rows[1]["due_on"] == "2026-11-25"
    assert rows[0]["read"]["quantity"] == "12O"


def test_each_person_sees_the_requests_of_their_customers_and_a_team_those_of_nobody(customer, clerk, team):
    other = make_user("wang", Role.CLERK, team=make_team())
    seller = make_user("zhao", Role.SALESPERSON)
    customer.salesperson = seller
    customer.save()
    ours = arrive(mail())
    nobodys = arrive(mail(message_id="<n@n.example>", sender="new@else.example"))
    assert set(Request.objects.visible_to(clerk)) == {ours, nobodys}
    assert set(Request.objects.visible_to(other)) == {nobodys}
    assert set(Request.objects.visible_to(seller)) == {ours}
    assert not Request.objects.visible_to(make_user("ku", Role.WAREHOUSE)).exists()
