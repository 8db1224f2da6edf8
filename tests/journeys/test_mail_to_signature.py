"""A customer's mail with a sheet becomes a signed delivery, and nobody types a row of it again."""

from __future__ import annotations

import base64
import io
import json
import re
from collections.abc import Iterator
from email.message import EmailMessage
from email.policy import SMTP
from uuid import uuid4

import pytest
from openpyxl import Workbook
from playwright.sync_api import Page, expect

from salesops.connectors.tests.mail_servers import PASSWORD, Certificates, Dovecot, Postbox, dovecot_or_skip
from tests.journeys.running import Desk, Product

pytestmark = pytest.mark.journey

MOST_KEYS = 10
ROWS = (("SP1001", 3), ("SP1002", 4), ("SP2003", 5))
HEADINGS = {"zh-CN": ("产品编码", "数量", "单位"), "en-US": ("Product code", "Quantity", "Unit")}
TRACKING = "SF1402233445566"
PICTURE = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAoAAAAKCAIAAAACUFjqAAAAEklEQVR4nGP4z8CAB+GTG8HSALfKY52fTcuYAAAAAElFTkSuQmCC"
)
OPEN_MAILBOX = """
import json, sys
from customers.models import Customer
from salesops.connectors.models import MailAccount, Security
told = json.loads(sys.stdin.read())
contact = Customer.objects.get(name__contains="阿福").contacts.first()
contact.email = told["sender"]
contact.save()
account = MailAccount(name=told["name"], is_active=False, address="orders@example.cn", imap_host="127.0.0.1",
                      imap_port=told["port"], imap_security=Security.TLS, username=told["name"],
                      ca_certificate=told["authority"])
account.password = told["password"]
account.save()
"""


@pytest.fixture(scope="module")
def dovecot(tmp_path_factory) -> Iterator[Dovecot]:
    with dovecot_or_skip(Certificates(tmp_path_factory.mktemp("certificates"))) as server:
        yield server


@pytest.fixture
def mailbox(product: Product, dovecot: Dovecot) -> Postbox:
    """A mailbox that is read when the test says so, not by the clock; its customer writes from buy@afu.example."""
    box = dovecot.mailbox(f"orders{uuid4().hex[:8]}")
    told = {
        "name": box.name,
        "port": dovecot.tls_port,
        "authority": dovecot.certificates.authority,
        "password": PASSWORD,
        "sender": "buy@afu.example",
    }
    product.manage("shell", "-c", OPEN_MAILBOX, text=json.dumps(told))
    return box


def letter_with_sheet(subject: str, headings: tuple[str, ...]) -> bytes:
    """The customer's mail: a greeting, and the rows in a workbook."""
    book = Workbook()
    book.active.append(headings)
    for code, quantity in ROWS:
        book.active.append((code, quantity, "箱"))
    kept = io.BytesIO()
    book.save(kept)
    mail = EmailMessage()
    mail["From"], mail["To"] = "采购 <buy@afu.example>", "orders@example.cn"
    mail["Date"], mail["Subject"] = "Mon, 23 Nov 2026 10:00:00 +0800", subject
    mail["Message-ID"] = f"<{uuid4().hex}@afu.example>"
    mail.set_content("您好，请按附件发货，谢谢。")
    kind = "vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    mail.add_attachment(kept.getvalue(), maintype="application", subtype=kind, filename="订单.xlsx")
    return mail.as_bytes(policy=SMTP)


class Keys:
    """A keyboard that counts; a chord is two keys."""

    def __init__(self, page: Page) -> None:
        self.page, self.count = page, 0

    def press(self, keys: str) -> None:
        self.count += len(keys.split("+"))
        self.page.keyboard.press(keys)


def save_from_mail(desk: Desk, subject: str) -> tuple[str, int]:
    """The clerk's part, by keyboard: inbox, request, rows, saved. Returns the order's path and the keys it took."""
    page = desk.go("/orders/requests/?q=" + subject)
    keys = Keys(page)
    keys.press("j")
    keys.press("Enter")
    page.wait_for_url(re.compile(r"/orders/requests/\d+/"))
    keys.press("g")
    page.wait_for_selector("body[data-entry=ready]")
    for place, (code, quantity) in enumerate(ROWS):
        assert page.locator("input[data-field=product]").nth(place).input_value() == code
        assert page.locator("input[data-field=quantity]").nth(place).input_value() == str(quantity)
    keys.press("Control+Enter")
    page.wait_for_url(re.compile(r"/orders/\d+/$"))
    return page.url.removeprefix(desk.product.address), keys.count


def press_on(page: Page, key: str, then: str) -> None:
    """Press a key of the page and wait for where it leads."""
    expect(page.locator("main")).to_be_visible()
    page.keyboard.press(key)
    page.wait_for_url(re.compile(then))


def tap(page: Page, step: str) -> None:
    """Tap the button of the shipment's next step, and wait until the page is there again."""
    with page.expect_navigation():
        page.locator(f"form[action$='/{step}/'] button, button[form='{step}']").last.tap()


@pytest.mark.parametrize("language", ["zh-CN", "en-US"])
def test_a_mail_with_a_sheet_goes_to_a_signed_delivery_without_retyping_a_row(open_desk, product, mailbox, language):
    subject = f"十一月订单 {mailbox.name}"
    mailbox.put(letter_with_sheet(subject, HEADINGS[language]))
    assert "1 delivered" in product.manage("read_mail", "--account", mailbox.name)

    clerk = open_desk(language)
    clerk.sign_in("lin")
    order, keys = save_from_mail(clerk, mailbox.name)
    assert keys <= MOST_KEYS

    second = open_desk(language)
    page = second.sign_in("sun")
    second.go(order)
    press_on(page, "g", "/verify/$")
    for tick in page.locator("main form input[type=checkbox]").all():
        tick.focus()
        page.keyboard.press("Space")
    press_on(page, "Control+Enter", order + "$")
    expect(page.locator("[data-state=confirmed]").first).to_be_visible()

    # The warehouse is asked, answers on its phone, and the order is released and to be shipped.
    page = clerk.page
    clerk.go(order)
    press_on(page, "w", "/stock-question/")
    press_on(page, "g", order + "$")
    keeper = open_desk(language, "phone")
    phone = keeper.sign_in("wu")
    keeper.go("/orders/warehouse/?list=answer")
    number = page.locator("h1").inner_text().split()[0]
    phone.get_by_text(number).first.tap()
    expect(phone.locator("[data-count=left]")).to_contain_text(str(len(ROWS)))
    phone.locator("[data-answer-rest]").tap()
    expect(phone.locator("[data-count=done]")).to_contain_text(str(len(ROWS)))
    expect(phone.locator("[data-count=left]")).to_be_hidden()
    with phone.expect_navigation():
        phone.locator("#answer button.btn-primary").tap()
    clerk.go(order)
    press_on(page, "g", order + "$")
    expect(page.locator("[data-state=released]").first).to_be_visible()
    press_on(page, "s", "/shipment/")
    press_on(page, "g", r"/orders/(shipments/)?\d+/$")

    # The warehouse takes it, packs it, gives it to the carrier, and photographs the signed receipt.
    keeper.go("/orders/warehouse/?list=pick")
    phone.get_by_text(number).first.tap()
    phone.wait_for_url(re.compile(r"/orders/shipments/\d+/"))
    tap(phone, "accept")
    tap(phone, "pick")
    tap(phone, "pack")
    phone.fill("#carrier", "顺丰")
    hint = phone.locator("#tracking-hint")
    expect(hint).to_be_hidden()
    phone.fill("#tracking", f"{TRACKING} ＳＦ14022")
    expect(hint).to_contain_text("SF14022")
    expect(hint).to_contain_text("顺丰")
    phone.fill("#tracking", TRACKING)
    expect(hint).to_be_hidden()
    tap(phone, "ship")
    tap(phone, "deliver")
    phone.fill("#signed", "王海燕")
    phone.set_input_files("#photo", {"name": "receipt.png", "mimeType": "image/png", "buffer": PICTURE})
    tap(phone, "sign")

    clerk.go(order)
    expect(page.get_by_text(TRACKING).first).to_be_visible()
    expect(page.locator("[data-state=completed]").first).to_be_visible()
    for code, quantity in ROWS:
        row = page.locator("tr", has_text=code).first
        # Each value carries the mark of where it came from: the words are read without them.
        row.locator(".wb-prov").evaluate_all("marks => marks.forEach(mark => mark.remove())")
        expect(row).to_contain_text(f"{quantity} 箱")
