"""Steps that more than one journey takes, told as what the person sees and uses."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.journeys.hands import Hands, expect_state

WORDS = {
    "zh-CN": {
        "entered": "已录入",
        "confirmed": "已确认",
        "pending_approval": "待审批",
        "released": "已下达",
        "completed": "已完成",
        "quantity": "数量",
        "entry": "录入",
        "verification": "复核",
        "customer": "客户",
        "credit": "信用额度",
    },
    "en-US": {
        "entered": "Entered",
        "confirmed": "Confirmed",
        "pending_approval": "Pending approval",
        "released": "Released",
        "completed": "Completed",
        "quantity": "Quantity",
        "entry": "Entry",
        "verification": "Verification",
        "customer": "Customer",
        "credit": "Credit limit",
    },
}
LANGUAGES = tuple(WORDS)
ORDER_PAGE = re.compile(r"/orders/\d+/(\?.*)?(#.*)?$")


def save_entry(hands: Hands, rows: Iterable[tuple[str, str]] = ()) -> Page:
    """On the entry page: type these rows into the first blank one and those after it, then save."""
    page = hands.page
    page.wait_for_selector("body[data-entry=ready]")
    for code, quantity in rows:
        hands.enter(page.locator("#entry-rows input[data-field=product]").last)
        page.keyboard.type(code, delay=15)
        page.keyboard.press("Enter")
        expect(page.locator("input[data-field=quantity]:focus")).to_have_count(1)
        page.keyboard.type(quantity)
        page.keyboard.press("Enter")
        expect(page.locator("input[data-field=product]:focus")).to_have_count(1)
    page.keyboard.press("Control+Enter")
    page.wait_for_url(ORDER_PAGE)
    return page


def expect_order(page: Page, state: str, words: dict[str, str]) -> None:
    """The order's page tells its state, in the reader's language."""
    expect_state(page, state, words[state])


def expect_to_fit(page: Page) -> None:
    """Nothing stands outside the window at the right: a phone is never scrolled sideways."""
    expect(page.locator("main")).to_be_visible()
    assert page.evaluate("() => document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 1


def bring_on(clerk: Hands, fetch_verifier: Callable[[], Hands], state: str) -> None:
    """On the page of an entered order: confirm it, or where a second person must look first, have them look."""
    page = clerk.page
    confirm = page.locator("form[action*='/confirm/'] button")
    expect(confirm.or_(page.locator("#why-confirm"))).to_be_visible()
    if confirm.is_visible():
        clerk.press(confirm)
    else:
        verify(fetch_verifier(), clerk.here)
        page.reload()
    expect_state(page, state)


def verify(verifier: Hands, order: str) -> Page:
    """Compare an order with what the customer sent, and say that it is right."""
    page = verifier.go(order)
    verifier.press(page.locator("[data-key=g]"))
    form = page.locator(".dk-compare form")
    expect(form.locator("input[type=checkbox]").first).to_be_visible()
    for tick in form.locator("input[type=checkbox]").all():
        verifier.tick(tick)
    verifier.write(form.locator("#id_note"), "电话核对")
    verifier.press(form.locator(".btn-primary"))
    page.wait_for_url(ORDER_PAGE)
    return page


def ship(keeper: Hands, shipment: str, tracking: str) -> None:
    """On the warehouse's phone: accept, pick, pack, and hand it to a carrier."""
    page = keeper.go(shipment)
    expect_to_fit(page)
    keeper.press(page.locator("form[action$='/accept/'] button"))
    expect_state(page, "accepted")
    keeper.press(page.locator("button[form=pick]"))
    expect_state(page, "picked")
    keeper.press(page.locator("form[action$='/pack/'] button"))
    expect_state(page, "packed")
    keeper.write(page.locator("#carrier"), "顺丰")
    keeper.write(page.locator("#tracking"), tracking)
    expect_to_fit(page)
    keeper.press(page.locator("form[action$='/ship/'] button"))
    expect_state(page, "shipped")
    expect(page.locator("main")).to_contain_text(tracking)


def sign(person: Hands, photo: Path | None = None) -> None:
    """On a shipment's page: it was delivered, and somebody signed for it."""
    page = person.page
    person.press(page.locator("form[action$='/deliver/'] button"))
    expect_state(page, "delivered")
    person.write(page.locator("#signed"), "周敏")
    if photo is not None:
        person.hand_over(page.locator("#photo"), photo)
    person.press(page.locator("form[action$='/sign/'] button"))
    expect_state(page, "signed")
