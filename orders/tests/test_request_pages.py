"""The inbox and its pages, as clerks, sellers and the warehouse meet them."""

import re
from datetime import timedelta
from email.message import EmailMessage
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from customers.factories import make_customer, make_product
from customers.models import Contact
from customers.searching import write_grams
from orders.actions.intake import receive_request, take_request
from orders.errors import OrderError
from orders.factories import make_order
from orders.models import EntryDraft, Evidence, Order, Request
from orders.requests.evidence import file_evidence, note_evidence
from orders.status import Status
from salesops.connectors.models import OutgoingMail
from staff.factories import make_team, make_user
from staff.roles import Role

pytestmark = pytest.mark.django_db
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 80
SHEET = "料号,数量\nZP-A4,12\n".encode()


@pytest.fixture
def team():
    return make_team()


@pytest.fixture
def clerk(team):
    return make_user("lin", Role.CLERK, team=team, display_name="林晓雯")


@pytest.fixture
def customer(team, clerk):
    made = make_customer(code="C001", name="杭州澜庭办公用品有限公司", team=team, clerk=clerk)
    Contact.objects.create(customer=made, name="沈岚", email="shen@lanting.example", mobile="13800002061")
    write_grams([made])
    return made


@pytest.fixture
def page(client, clerk):
    client.force_login(clerk)
    return client


def upload(name, content):
    return SimpleUploadedFile(name, content)


def eml(**parts):
    mail = EmailMessage()
    mail["From"], mail["Subject"] = "沈岚 <shen@lanting.example>", "采购单"
    mail["Message-ID"] = parts.pop("message_id", "<one@lanting.example>")
    mail.set_content("见附件")
    if parts.get("html"):
        mail.add_alternative("<p>见附件</p><script>alert(1)</script><img src=http://spy.example/x>", subtype="html")
    mail.add_attachment(SHEET, maintype="text", subtype="csv", filename="po.csv")
    return bytes(mail)


def test_a_call_is_noted_in_one_line_and_its_number_finds_the_customer(page, customer):
    answer = page.post(
        reverse("orders:request_note"), {"text": "上次那个再来 40 箱 138 0000 2061", "token": str(uuid4())}
    )
    request = Request.objects.get()
    assert answer.url == reverse("orders:request", args=[request.pk])
    assert (request.channel, request.customer, request.subject) == (
        "phone",
        customer,
        "上次那个再来 40 箱 138 0000 2061",
    )
    assert request.evidence.get().kind == "note"


def test_an_empty_note_comes_back_with_a_sentence(page):
    answer = page.post(reverse("orders:request_note"), {"text": " ", "caller": "王芳"})
    assert answer.status_code == 422
    assert "王芳" in answer.content.decode()
    assert not Request.objects.exists()


def test_one_form_sent_twice_makes_one_request(page):
    body = {"text": "再来 40 箱", "token": str(uuid4())}
    first, second = (page.post(reverse("orders:request_note"), body) for _turn in range(2))
    assert first.url == second.url
    assert Request.objects.count() == 1


def test_an_uploaded_mail_is_read_with_its_sheet_and_other_files_of_the_upload(page, customer):
    page.post(reverse("orders:request_new"), {"files": [upload("mail.eml", eml()), upload("photo.png", PNG)]})
    request = Request.objects.get()
    assert (request.channel, request.customer, request.subject) == ("mail", customer, "采购单")
    assert sorted(request.evidence.values_list("kind", flat=True)) == ["mail", "picture", "sheet"]


def test_the_same_mail_uploaded_again_leads_to_where_it_is(page, customer):
    first = page.post(reverse("orders:request_new"), {"files": [upload("mail.eml", eml())]})
    second = page.post(reverse("orders:request_new"), {"files": [upload("again.eml", eml())]})
    assert first.url == second.url
    assert Request.objects.count() == 1


def test_pasted_rows_are_a_request_with_the_sender_one_names(page, customer):
    body = {"pasted": "ZP-A4\t12\n", "sender": "13800002061", "channel": "messenger", "subject": "微信"}
    page.post(reverse("orders:request_new"), body)
    request = Request.objects.get()
    assert (request.channel, request.customer, request.evidence.get().kind) == ("messenger", customer, "paste")


def test_a_customer_is_known_by_name_where_only_one_fits(page, customer, team):
    def sender(text):
        page.post(reverse("orders:request_new"), {"pasted": "再来一箱", "sender": text, "token": str(uuid4())})
        return Request.objects.latest("pk").customer

    assert sender("澜庭") == customer
    assert sender("王工") is None
    write_grams([make_customer(name="宁波澜庭酒店", team=team)])
    assert sender("澜庭") is None
    page.post(reverse("orders:request_note"), {"text": "老样子 20 箱", "caller": "杭州澜庭", "token": str(uuid4())})
    assert Request.objects.latest("pk").customer == customer


def test_the_moment_the_customer_sent_it_is_kept_apart_from_when_it_came_here(page, customer):
    sent = timezone.localtime() - timedelta(hours=9)
    body = {"pasted": "再来一箱", "sent_at": f"{sent:%Y-%m-%dT%H:%M}"}
    page.post(reverse("orders:request_new"), body)
    request = Request.objects.get()
    assert request.sent_at == sent.replace(second=0, microsecond=0)
    assert request.received_at > sent
    for wrong in (f"{timezone.localtime() + timedelta(days=1):%Y-%m-%dT%H:%M}", "0026-01-01T10:00", "gestern"):
        answer = page.post(reverse("orders:request_new"), {**body, "sent_at": wrong})
        assert (answer.status_code, answer.context["field"]) == (422, "sent_at")


@pytest.mark.parametrize(
    "body", [{}, {"files": [SimpleUploadedFile("x.csv", b"")]}, {"pasted": "x" * 600_000}, {"files": ["no file"]}]
)
def test_nothing_too_much_or_empty_is_refused_with_a_sentence(page, body):
    answer = page.post(reverse("orders:request_new"), body)
    assert answer.status_code == 422
    assert not Request.objects.exists()


def test_the_page_shows_the_sheet_with_what_is_known_and_a_click_makes_the_order_with_its_draft(page, customer):
    make_product(code="ZP-A4")
    page.post(reverse("orders:request_new"), {"files": [upload("mail.eml", eml())]})
    request = Request.objects.get()
    shown = page.get(reverse("orders:request", args=[request.pk])).content.decode()
    assert "ZP-A4" in shown
    assert customer.name in shown
    assert 'name="column-1"' in shown
    sheet = request.evidence.get(kind="sheet")
    body = {"customer": "C001", "evidence": sheet.pk, "column-0": "part_number", "column-1": "quantity"}
    answer = page.post(reverse("orders:request_take", args=[request.pk]), body)
    order = Order.objects.get()
    assert answer.status_code == 302
    assert str(order.pk) in answer.url
    draft = EntryDraft.objects.get(order=order)
    assert [row["quantity"] for row in draft.content["rows"].values()] == ["12"]
    assert page.get(answer.url).status_code == 200
    assert page.get(reverse("orders:edit", args=[order.pk])).status_code in (200, 302)
    assert "采购单" in page.get(reverse("orders:detail", args=[order.pk])).content.decode()


def test_a_customer_who_is_not_clear_is_asked_for(page, team):
    make_customer(name="杭州甲办公用品有限公司", team=team), make_customer(name="杭州乙办公用品有限公司", team=team)
    request = receive_request(channel="phone", body="40 箱", evidence=[note_evidence("40 箱")])
    answer = page.post(reverse("orders:request_take", args=[request.pk]), {"customer": "办公用品"})
    assert answer.status_code == 422
    assert answer.content.decode().count('name="customer_id"') == 2
    assert not Order.objects.exists()


def test_html_of_a_mail_never_reaches_the_page_and_its_pictures_are_not_fetched(page, customer):
    page.post(reverse("orders:request_new"), {"files": [upload("mail.eml", eml(html=True))]})
    shown = page.get(reverse("orders:request", args=[Request.objects.get().pk])).content.decode()
    assert "alert(1)" not in shown
    assert "spy.example" not in shown
    assert "见附件" in shown


HTML = b"<html><script>alert(document.cookie)</script></html>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


@pytest.mark.parametrize(
    ("name", "content", "shows"),
    [("x.png", PNG, True), ("x.pdf", b"%PDF-1.7\n", True), ("x.html", HTML, False), ("x.svg", SVG, False),
     ("photo.png", HTML, False), ("run.exe", b"MZ" + b"0" * 100, False)],
)  # fmt: skip
def test_evidence_leaves_only_as_an_attachment_in_a_sandbox_and_is_shown_only_as_picture_or_pdf(
    page, clerk, name, content, shows
):
    request = receive_request(channel="messenger", by=clerk, evidence=[file_evidence(name, content)])
    kept = request.evidence.get()
    answer = page.get(reverse("orders:evidence", args=[kept.pk]))
    assert b"".join(answer.streaming_content) == content
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer["Content-Security-Policy"]
    assert "default-src 'none'" in answer["Content-Security-Policy"]
    beside = page.get(reverse("orders:evidence_show", args=[kept.pk]))
    assert beside.status_code == (200 if shows else 404)
    if shows:
        assert beside["X-Content-Type-Options"] == "nosniff"
        assert beside["Content-Type"] in ("image/png", "application/pdf")
        assert "script-src" not in beside["Content-Security-Policy"]
    assert page.get(reverse("orders:request", args=[request.pk])).status_code == 200


def test_a_file_name_from_outside_never_becomes_a_path_or_a_header(page, clerk):
    item = file_evidence("../../etc/pa\r\nSet-Cookie: x=1.png", PNG)
    kept = receive_request(channel="messenger", by=clerk, evidence=[item]).evidence.get()
    assert ".." not in kept.file.name
    assert "pa" not in kept.file.name.rsplit("/", 1)[1]
    answer = page.get(reverse("orders:evidence", args=[kept.pk]))
    assert "\n" not in answer["Content-Disposition"]
    assert "Set-Cookie" not in answer


def test_evidence_of_another_team_does_not_exist_for_me(client, clerk, customer):
    kept = receive_request(channel="phone", by=clerk, customer=customer, evidence=[file_evidence("a.png", PNG)])
    client.force_login(make_user("wang", Role.CLERK, team=make_team()))
    for name, pk in (
        ("evidence", kept.evidence.get().pk),
        ("evidence_show", kept.evidence.get().pk),
        ("request", kept.pk),
    ):
        assert client.get(reverse(f"orders:{name}", args=[pk])).status_code == 404


def test_the_inbox_shows_waiting_ones_first_with_masked_senders(page, clerk, customer):
    waiting = receive_request(channel="phone", by=clerk, sender_address="13911112222", subject="甲")
    done = receive_request(channel="phone", by=clerk, customer=customer, subject="乙")
    take_request(by=clerk, request=done, customer=customer)
    shown = page.get(reverse("orders:requests")).content.decode()
    assert waiting.number in shown
    assert done.number not in shown
    assert "139****2222" in shown
    assert "13911112222" not in shown
    everything = page.get(reverse("orders:requests") + "?view=all").content.decode()
    assert done.number in everything


def test_a_call_is_noted_from_a_phone_too(page):
    shown = page.get(reverse("orders:requests")).content.decode()
    (button,) = re.findall(rf'<a class="(btn[^"]*)" href="{reverse("orders:request_note")}" data-key="c"', shown)
    assert "hide-sm" not in button.split()


def test_the_same_file_twice_is_warned_about(page, clerk):
    first, second = (
        receive_request(channel="sheet", by=clerk, evidence=[file_evidence("po.csv", SHEET)]) for _turn in range(2)
    )
    shown = page.get(reverse("orders:request", args=[second.pk])).content.decode()
    assert first.number in shown


def test_my_day_shows_what_arrived(page, clerk, customer):
    receive_request(channel="mail", customer=customer, subject="11月第四周采购单")
    shown = page.get(reverse("home")).content.decode()
    assert "11月第四周采购单" in shown
    assert 'data-key="c"' in shown


def test_asking_answering_and_writing_go_through_the_orders_page(page, clerk, customer):
    order = make_order(customer=customer, state=Status.RECEIVED)
    page.post(reverse("orders:ask", args=[order.pk]), {"question": "颜色？", "to": "shen@lanting.example"})
    order.refresh_from_db()
    assert order.state == Status.CLARIFYING
    assert OutgoingMail.objects.count() == 1
    assert "颜色？" in page.get(reverse("orders:detail", args=[order.pk])).content.decode()
    page.post(reverse("orders:answer", args=[order.pk]), {"answer": "黑色"})
    order.refresh_from_db()
    assert order.state == Status.RECEIVED
    page.post(reverse("orders:write", args=[order.pk]), {"text": "收到，谢谢"})
    assert OutgoingMail.objects.count() == 2


def test_what_was_typed_comes_back_when_a_mail_is_refused(page, customer):
    order = make_order(customer=customer, state=Status.RECEIVED)
    page.post(reverse("orders:write", args=[order.pk]), {"text": "一封长信", "to": "no address"})
    assert not OutgoingMail.objects.exists()
    assert "一封长信" in page.get(reverse("orders:detail", args=[order.pk])).content.decode()


def test_filing_refusing_and_putting_away_from_the_page(page, clerk, customer):
    order = make_order(customer=customer, state=Status.RECEIVED)
    one, two, three = (receive_request(channel="phone", by=clerk, customer=customer, subject=text) for text in "甲乙丙")
    assert page.post(reverse("orders:request_file", args=[one.pk]), {"order": "SO-NONE"}).status_code == 422
    page.post(reverse("orders:request_file", args=[one.pk]), {"order": order.number.lower()})
    page.post(reverse("orders:request_refuse", args=[two.pk]), {"reason": "停产"})
    page.post(reverse("orders:request_dismiss", args=[three.pk]))
    assert list(Request.objects.order_by("pk").values_list("state", flat=True)) == ["filed", "refused", "no_order"]
    for one in Request.objects.all():
        assert page.get(reverse("orders:request", args=[one.pk])).status_code == 200
    assert Evidence.objects.count() == 0


# -- a sheet in which nothing says how many

UNNAMED = "ZP-A4,复印纸,40,7\nZP-A3,复印纸,25,9\n"


@pytest.fixture
def unnamed(page, customer, clerk):
    """Rows pasted without headings: two columns of numbers, and no word which of them is the quantity."""
    make_product(code="ZP-A4")
    pasted = UNNAMED.replace(",", "\t")
    page.post(reverse("orders:request_new"), {"pasted": pasted, "sender": customer.name})
    return Request.objects.get()


def chosen(shown):
    """What the page's form says each column is."""
    found = re.findall(r'<select[^>]*name="column-(\d+)".*?</select>', shown, re.DOTALL)
    parts = re.findall(r'<select[^>]*name="column-\d+".*?</select>', shown, re.DOTALL)
    picked = [re.search(r'value="(\w+)" selected', part) for part in parts]
    return {name[1]: int(place) for place, name in zip(found, picked, strict=True) if name}


def test_a_guessed_quantity_is_said_and_another_column_is_one_click_away(page, customer, unnamed):
    url = reverse("orders:request", args=[unnamed.pk])
    shown = page.get(url).content.decode()
    assert "No heading says how many. Column C is taken for the quantity (40, 25)." in shown
    assert re.search(r'<button[^>]*name="quantity" value="3" form="take"', shown)
    form = {"customer": "C00", "evidence": unnamed.evidence.get().pk, "sheet": ""}
    form |= {f"column-{place}": name for name, place in chosen(shown).items()}
    take = reverse("orders:request_take", args=[unnamed.pk])
    answer = page.post(take, form | {"quantity": "3"})
    assert answer.status_code == 200
    shown = answer.content.decode()
    assert "Column D is taken for the quantity (7, 9)." in shown
    assert 'value="C00"' in shown, "what was typed stays"
    assert chosen(shown)["quantity"] == 3
    assert chosen(shown)["part_number"] == 0
    assert not Order.objects.exists()
    form |= {"customer": "C001"} | {f"column-{place}": "" for place in range(4)}
    form |= {f"column-{place}": name for name, place in chosen(shown).items()}
    assert page.post(take, form).status_code == 302
    rows = EntryDraft.objects.get().content["rows"].values()
    assert [row["quantity"] for row in rows] == ["7", "9"]


def test_a_guess_is_not_taken_without_its_page_and_what_a_clerk_said_is_no_guess(page, clerk, customer, unnamed):
    own = reverse("orders:request", args=[unnamed.pk])
    assert page.get(reverse("orders:entry"), {"request": unnamed.pk}).url == own
    assert not Order.objects.exists()
    assert "No heading of the sheet says how many." in page.get(own).content.decode()
    with pytest.raises(OrderError, match="No heading of the sheet says how many"):
        take_request(by=clerk, request=unnamed, customer=customer)
    said = {"part_number": 0, "quantity": 3}
    take_request(by=clerk, request=unnamed, customer=customer, evidence=unnamed.evidence.get(), columns=said)
    page.post(reverse("orders:request_new"), {"pasted": UNNAMED.replace(",", "\t") + " ", "sender": customer.name})
    again = Request.objects.latest("pk")
    shown = page.get(reverse("orders:request", args=[again.pk])).content.decode()
    assert "is taken for the quantity" not in shown
    assert chosen(shown)["quantity"] == 3


def test_a_heading_that_says_how_many_leaves_nothing_to_say(page, customer):
    page.post(reverse("orders:request_new"), {"pasted": "料号\t数量\t单价\nZP-A4\t5\t100\n", "sender": customer.name})
    assert "No heading" not in page.get(reverse("orders:request", args=[Request.objects.get().pk])).content.decode()


def test_two_columns_for_one_thing_are_refused_with_a_sentence_and_stay_as_chosen(page, customer, unnamed):
    form = {"customer": "C001", "evidence": unnamed.evidence.get().pk, "column-2": "quantity", "column-3": "quantity"}
    answer = page.post(reverse("orders:request_take", args=[unnamed.pk]), form)
    assert answer.status_code == 422
    shown = answer.content.decode()
    assert "Two columns are taken for “Quantity”: choose one of them." in shown
    assert re.findall(r'value="quantity" selected', shown) == ['value="quantity" selected'] * 2
    assert not Order.objects.exists()


@pytest.mark.parametrize("column", ["", "x", "99", "150", "-1", "9" * 30])
def test_a_column_that_is_not_there_breaks_nothing(page, unnamed, column):
    form = {"customer": "C001", "evidence": unnamed.evidence.get().pk, "quantity": column}
    assert page.post(reverse("orders:request_take", args=[unnamed.pk]), form).status_code == 200
