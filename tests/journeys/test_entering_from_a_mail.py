"""From a mail with a sheet to a saved order: what the customer's first sheet taught, the second one needs no more."""

from __future__ import annotations

import io
import re
from email.message import EmailMessage

import pytest
from openpyxl import Workbook
from playwright.sync_api import expect

from tests.journeys.test_entering import Keyboard

pytestmark = pytest.mark.journey

MOST_KEYS = 10
CUSTOMER = 9
HEADINGS = {"zh-CN": ("物资代号", "品名", "要多少"), "en-US": ("Ref", "Thing", "How many")}  # none that is known
CODES = ("SP1001", "SP1002", "SP2003")


def theirs(language: str, code: str) -> str:
    """What the customer calls our product; another name in each language, so that neither knows what the other taught."""
    return f"{language[:2].upper()}-{code[-2:]}"


def mail_with_sheet(language: str, sender: str, subject: str, quantities: tuple[int, ...]) -> bytes:
    """An .eml with an .xlsx whose headings and part numbers are the customer's own."""
    book = Workbook()
    sheet = book.active
    sheet.append(HEADINGS[language])
    for code, quantity in zip(CODES, quantities, strict=False):
        sheet.append([theirs(language, code), "", quantity])
    written = io.BytesIO()
    book.save(written)
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = f"沈岚 <{sender}>", "orders@us.example", subject
    mail["Date"], mail["Message-ID"] = "Mon, 23 Nov 2026 07:41:00 +0800", f"<{subject}-{sender}>"
    mail.set_content(f"附件是采购单，PO 号 {subject}。")
    mail.add_attachment(
        written.getvalue(),
        maintype="application",
        subtype="vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        filename="采购.xlsx",
    )
    return bytes(mail)


def arrive(desk, mail: bytes) -> None:
    page = desk.go("/orders/requests/new/")
    page.locator("input[type=file]").set_input_files({"name": "mail.eml", "mimeType": "message/rfc822", "buffer": mail})
    page.locator("main form button.btn-primary").click()
    page.wait_for_url(re.compile(r"/requests/\d+/$"))


def teach(page, language: str) -> None:
    """The first sheet: the clerk says what its columns are and which products are meant, and saves."""
    for column, field in (("0", "part_number"), ("1", "name"), ("2", "quantity")):
        page.locator(f"[name=column-{column}]").select_option(field)
    page.locator("#take button.btn-primary").click()
    page.wait_for_selector("body[data-entry=ready]")
    codes = page.locator("input[data-field=product]")
    for place, code in enumerate(CODES):
        codes.nth(place).fill("")
        codes.nth(place).press_sequentially(code)
        page.wait_for_selector("#entry-list:not([hidden])")
        codes.nth(place).press("Enter")
        expect(page.locator("input[data-field=customer_part_number]").nth(place)).to_have_value(theirs(language, code))
    page.keyboard.press("Control+Enter")
    page.wait_for_url(re.compile(r"/orders/\d+/$"))


COPY = """names => { const data = new DataTransfer();
for (const name of names) data.items.add(new File([new Uint8Array([137, 80, 78, 71, 13, 10, 26, 10, 1])], name));
document.activeElement.dispatchEvent(new ClipboardEvent('paste', {clipboardData: data, bubbles: true})); }"""


def test_copied_pictures_are_pasted_into_a_request_one_after_the_other(open_desk):
    desk = open_desk("zh-CN")
    page = desk.sign_in("lin")
    page = desk.go("/orders/requests/new/")
    page.evaluate(COPY, ["image.png"])
    page.evaluate(COPY, ["image2.png"])
    page.locator("main form button.btn-primary").click()
    page.wait_for_url(re.compile(r"/requests/\d+/$"))
    expect(page.locator("main .wb-file")).to_have_text([re.compile("image.png"), re.compile("image2.png")])


@pytest.mark.parametrize("language", ["zh-CN", "en-US"])
def test_from_a_mail_with_a_sheet_to_a_saved_order_takes_few_keys_and_no_mouse(open_desk, language):
    desk = open_desk(language)
    page = desk.sign_in("lin")
    sender = f"buyer@{language.lower()}.example"
    desk.go(f"/customers/{CUSTOMER}/contacts/new/")
    page.locator("[name=name]").fill("沈岚")
    page.locator("[name=email]").fill(sender)
    page.locator("main form button.btn-primary").click()
    page.wait_for_url(re.compile(rf"/customers/{CUSTOMER}/"))
    arrive(desk, mail_with_sheet(language, sender, f"JX-{language[:2]}-1101", (12, 6, 4)))
    teach(page, language)

    arrive(desk, mail_with_sheet(language, sender, f"JX-{language[:2]}-1123", (10, 5, 4)))
    desk.go("/orders/requests/?sort=-received")  # by deadline the others of the inbox may stand above it
    keys = Keyboard(page)
    keys.press("j")
    keys.press("Enter")
    page.wait_for_url(re.compile(r"/requests/\d+/"))
    keys.press("g")
    page.wait_for_selector("body[data-entry=ready]")
    assert "已找回" not in page.locator("main").inner_text()
    expect(page.locator("[data-head=customer_po]")).to_have_value(f"JX-{language[:2]}-1123")
    keys.press("Control+Enter")
    page.wait_for_url(re.compile(r"/orders/\d+/$"))
    assert keys.count <= MOST_KEYS, keys.count
    expect(page.locator("main")).to_contain_text(f"JX-{language[:2]}-1123")
    for code in CODES:
        expect(page.locator("main")).to_contain_text(code)


def test_a_mark_leads_to_the_cell_or_line_its_value_was_read_from(open_desk):
    desk = open_desk("zh-CN")
    page = desk.sign_in("lin")
    arrive(desk, mail_with_sheet("zh-CN", "nobody@else.example", "JX-1999", (10, 5)))
    page.locator("[name=customer]").fill("阿福")
    page.locator("#take button.btn-primary").click()
    page.wait_for_selector("body[data-entry=ready]")
    page.locator("[data-mark=quantity]:visible").nth(1).click()
    told = page.locator("#entry-where")
    expect(told).to_have_text("数量：Sheet 第 3 行“要多少”列：“5”")
    expect(page.locator("td.is-here")).to_have_text("5")
    page.locator("[data-head=customer_po]").focus()
    page.keyboard.press("Alt+o")
    expect(told).to_contain_text("原始单据第 1 行")
    expect(page.locator(".en-words .is-here")).to_contain_text("JX-1999")
    page.locator("input[data-field=quantity]").first.fill("11")
    page.keyboard.press("Control+s")
    page.wait_for_url(re.compile(r"draft="))
    page.reload()
    page.wait_for_selector("body[data-entry=ready]")
    page.locator("[data-mark=quantity]:visible").first.click()
    expect(told).to_contain_text("手工录入")
    expect(told).to_contain_text("“10”")
