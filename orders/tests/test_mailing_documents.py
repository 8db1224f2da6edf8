"""A document goes to the customer from the page: prepared, looked at, sent once, its end seen in thread and diary."""

from __future__ import annotations

import io
import re
from datetime import UTC, date, datetime
from decimal import Decimal
from html import unescape

import pytest
from django.urls import reverse
from pypdf import PdfReader

from customers.factories import make_customer
from customers.models import Contact
from orders.actions.cancel import reject_order
from orders.actions.enter import create_order
from orders.actions.review import confirm_order
from orders.models import ApprovalRule, Evidence, Order, ThreadMessage
from orders.requests.evidence import content_of_evidence, is_untouched
from orders.rows import LineEntry
from orders.status import Status
from salesops.connectors.mail.parsing import read_mail
from salesops.connectors.models import OutgoingMail
from salesops.connectors.tests.conftest import (  # noqa: F401 - fixtures
    _own_machine_is_allowed,
    certificates,
    smtp,
)
from salesops.jobs.engine import run_now
from salesops.jobs.models import Job
from staff.factories import make_team, make_user
from staff.models import Notice
from staff.roles import Role

pytestmark = pytest.mark.django_db


@pytest.fixture
def lin():
    return make_user("lin", Role.CLERK, team=make_team(), display_name="林晓雯", language="zh-hans")


@pytest.fixture
def order(lin):
    customer = make_customer(name="宁波海岚进出口有限公司", team=lin.team, clerk=lin)
    Contact.objects.create(customer=customer, name="王芳", email="wang@hailan.example")
    lines = [LineEntry(Decimal(10), product_name="台灯", unit_price=Decimal(5), unit="盏")]
    made = create_order(
        by=lin, customer=customer, lines=lines, customer_po="HL-1", remarks="客户爱拖账", promised_on=date(2026, 11, 30)
    )
    Order.objects.filter(pk=made.pk).update(state=Status.CONFIRMED)
    made.refresh_from_db()
    return made


@pytest.fixture
def page(client, lin):
    client.force_login(lin)
    return client


def form_of(page, order, **query):
    """What the page would post: every field as it is drawn."""
    markup = page.get(reverse("orders:mail", args=[order.pk]), query).content.decode()
    fields = dict(re.findall(r'<input type="(?:hidden|text|email)" name="(\w+)" value="([^"]*)"', markup))
    for name in ("document", "language"):
        select = re.search(rf'<select name="{name}".*?</select>', markup, re.DOTALL).group(0)
        fields[name] = re.search(r'value="([^"]*)" selected', select).group(1)
    fields["text"] = re.search(r"<textarea[^>]*>\n?(.*?)</textarea>", markup, re.DOTALL).group(1)
    fields.pop("csrfmiddlewaretoken", None)
    return {name: unescape(value) for name, value in fields.items()}


def send(page, order, body):
    return page.post(reverse("orders:mail", args=[order.pk]), body)


def work_off(callbacks):
    """What the worker does: run every waiting mail job."""
    with callbacks(execute=True):
        for job in Job.objects.filter(kind="mail.send", state=Job.State.QUEUED):
            run_now(job)


def order_page(page, order) -> str:
    return unescape(page.get(reverse("orders:detail", args=[order.pk])).content.decode())


def default_account(smtp):  # noqa: F811
    account = smtp.account()
    account.is_default = True
    account.save()


def test_the_confirmation_is_prepared_sent_once_and_kept_as_the_customer_got_it(
    page, order, smtp, django_capture_on_commit_callbacks  # noqa: F811
):  # fmt: skip
    default_account(smtp)
    body = form_of(page, order)
    assert (body["document"], body["language"], body["to"]) == ("confirmation", "zh", "wang@hailan.example")
    assert body["subject"] == f"订单确认 {order.number}，PO HL-1"
    assert "承诺交期：2026-11-30" in body["text"]
    assert "客户爱拖账" not in body["text"]
    assert not ThreadMessage.objects.exists(), "looking at it sends nothing"
    first, second = (send(page, order, body) for _turn in range(2))
    assert first.url == second.url == reverse("orders:detail", args=[order.pk]) + "#thread"
    assert smtp.mails == [], "nothing leaves before the worker takes it"
    work_off(django_capture_on_commit_callbacks)
    assert smtp.receivers == [["wang@hailan.example"]]
    mail = read_mail(smtp.mails[0])
    assert (mail.subject, mail.text.strip()) == (body["subject"], body["text"].strip())
    message = ThreadMessage.objects.get()
    assert (message.purpose, message.state, message.evidence.kind) == ("confirmation", "sent", "paper")
    kept = Evidence.objects.get(kind="paper")
    assert is_untouched(kept)
    attached = mail.attachments[0]
    assert attached.name == message.evidence.file_name == f"订单确认书 {order.number}.pdf"
    assert attached.content == content_of_evidence(kept)
    assert "订单确认书" in PdfReader(io.BytesIO(attached.content)).pages[0].extract_text()
    assert list(order.events.filter(kind__startswith="mail").values_list("kind", flat=True)) == [
        "mail_left",
        "mail_sent",
    ]
    shown = order_page(page, order)
    assert message.evidence.file_name in shown
    assert "邮件已发出" in shown


def test_a_mail_that_fails_says_why_and_is_sent_again_under_its_old_identity(
    page, order, smtp, lin, django_capture_on_commit_callbacks  # noqa: F811
):  # fmt: skip
    default_account(smtp)
    smtp.refused = {"wang@hailan.example": "550 5.1.1 unknown"}
    send(page, order, form_of(page, order))
    work_off(django_capture_on_commit_callbacks)
    message = ThreadMessage.objects.get()
    assert message.state == "failed"
    shown = order_page(page, order)
    assert shown.count("5.1.1 unknown") == 2, "in the thread and in the diary"
    again = reverse("orders:mail_again", args=[message.pk])
    assert again in shown
    assert order.events.filter(kind="mail_failed").count() == 1
    assert Notice.objects.filter(user=lin, url__endswith="#thread").count() == 1
    assert "发送确认书" in shown, "what failed was not sent"
    smtp.refused = {}
    for _turn in range(2):
        page.post(again)
    work_off(django_capture_on_commit_callbacks)
    message.refresh_from_db()
    assert message.state == "sent"
    assert [read_mail(raw).message_id for raw in smtp.mails] == [message.message_id]
    assert list(order.events.filter(kind__startswith="mail").values_list("kind", flat=True)[:2]) == [
        "mail_left",
        "mail_again",
    ]


@pytest.mark.parametrize(
    "to",
    [
        "wang@hailan.example\nBcc: spy@evil.example",
        "wang@hailan.example, spy@evil.example",
        "no address",
        "",
        "<a@b.example>",
    ],
)
def test_an_address_that_is_more_than_one_address_is_refused_and_the_words_are_kept(page, order, to):
    answer = send(page, order, form_of(page, order) | {"to": to, "text": "王经理，请查收。"})
    assert answer.status_code == 422
    assert "王经理，请查收。" in answer.content.decode()
    assert not OutgoingMail.objects.exists()


def test_a_subject_cannot_smuggle_a_header(page, order):
    send(page, order, form_of(page, order) | {"subject": "确认\r\nBcc: spy@evil.example"})
    assert OutgoingMail.objects.get().subject == "确认 Bcc: spy@evil.example"
    assert OutgoingMail.objects.get().to == ["wang@hailan.example"]


def test_another_language_proposes_its_own_words_before_anything_is_sent(page, order):
    answer = send(page, order, form_of(page, order) | {"language": "en"})
    shown = unescape(answer.content.decode())
    assert f"Confirmation of your order {order.number}" in shown
    assert "Good day," in shown
    assert not OutgoingMail.objects.exists()


def test_a_customers_number_that_says_po_itself_is_not_told_so_twice(page, order):
    Order.objects.filter(pk=order.pk).update(customer_po="PO11070")
    assert form_of(page, order)["subject"].endswith("，PO11070")


def test_a_printed_order_says_its_state_and_whole_dates(page, order):
    Order.objects.filter(pk=order.pk).update(received_at=datetime(2026, 11, 23, 1, 20, tzinfo=UTC))
    shown = order_page(page, order)
    head = re.search(r'class="only-print">(.*?)</div>', shown, re.DOTALL).group(1)
    for word in ("状态: 已确认", "2026-11-23 09:20", "2026-11-30"):
        assert word in head, word
    assert order.customer_name not in head, "it stands above already"


def test_words_somebody_wrote_survive_a_change_of_language_unless_new_ones_are_asked_for(page, order):
    body = form_of(page, order) | {"language": "en", "text": "My own words"}
    assert "My own words" in send(page, order, body).content.decode()
    assert "My own words" not in send(page, order, body | {"propose": "1"}).content.decode()


def test_a_letter_written_about_an_order_that_changed_since_is_looked_at_once_more(page, order):
    body = form_of(page, order)
    Order.objects.filter(pk=order.pk).update(version=order.version + 1)
    answer = send(page, order, body)
    assert answer.status_code == 422
    assert not ThreadMessage.objects.exists()
    assert not Evidence.objects.filter(kind="paper").exists()


@pytest.mark.parametrize("key", ["shipment-1", "amendment-99", "delivery", "../etc", "confirmation-0"])
def test_only_a_document_the_order_has_goes_along(page, order, key):
    assert send(page, order, form_of(page, order) | {"document": key}).status_code == 422


def test_a_draft_is_never_sent_as_a_confirmation(page, order):
    body = form_of(page, order)
    Order.objects.filter(pk=order.pk).update(state=Status.ENTERED)
    assert send(page, order, body).status_code == 422
    assert form_of(page, order)["document"] == ""


def test_confirming_sends_nothing_but_offers_the_letter_until_it_was_sent(page, order, lin):
    ApprovalRule.objects.update(is_active=False)
    Order.objects.filter(pk=order.pk).update(state=Status.VERIFIED)
    order.refresh_from_db()
    confirm_order(by=lin, order=order)
    assert Order.objects.get(pk=order.pk).state == Status.CONFIRMED
    assert not OutgoingMail.objects.exists()
    letter = f"{reverse('orders:mail', args=[order.pk])}?document=confirmation"
    shown = order_page(page, order)
    assert "发送确认书" in shown
    assert letter in shown
    assert "尚未发送" in shown
    send(page, order, form_of(page, order))
    assert "发送确认书" not in order_page(page, order)


def test_after_a_refusal_the_letter_says_why_and_nothing_that_was_said_inside(page, order, lin):
    boss = make_user("boss", Role.MANAGER)
    Order.objects.filter(pk=order.pk).update(state=Status.RECEIVED)
    order.refresh_from_db()
    reject_order(by=boss, order=order, reason="no_stock", note="仓库乱，别说")
    shown = order_page(page, order)
    assert "告知客户" in shown
    body = form_of(page, order, document="")
    assert body["document"] == ""
    assert "很抱歉，我方无法承接此订单。\n所订货品无法供货。" in body["text"]
    assert "仓库乱" not in body["text"]
    send(page, order, body)
    assert ThreadMessage.objects.get().purpose == "rejection"
    assert "告知客户" not in order_page(page, order)


def test_what_we_sent_does_not_stand_among_what_the_customer_sent(page, order):
    send(page, order, form_of(page, order))
    shown = order_page(page, order)
    name = ThreadMessage.objects.get().evidence.file_name
    assert name in shown
    assert shown.count(reverse("orders:evidence", args=[Evidence.objects.get().pk])) == 1
