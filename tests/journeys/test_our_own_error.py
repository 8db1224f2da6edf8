"""Goods come back because we entered them wrong: the error reaches the ledger against whoever entered them."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.journeys.hands import Hands, expect_state
from tests.journeys.steps import LANGUAGES, WORDS

pytestmark = pytest.mark.journey


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_return_for_our_own_wrong_entry_reaches_the_ledger(product, open_desk, language):
    words, keyboard = WORDS[language], language == "zh-CN"
    scene = product.lay_out("signed_order", rows=[["SP1001", "20"], ["SP1002", "6"]])
    order = f"/orders/{scene['order']}/"

    lin = Hands(open_desk(language), "lin", keyboard=keyboard)
    page = lin.go(order)
    lin.press(page.locator("a[href$='/return/']"))
    lin.write(page.locator("input[name^=q-]").first, "8")
    lin.choose(page.locator("#cause"), "our_entry")
    lin.write(page.locator("#note"), "只订了 12 箱")
    lin.press(page.locator(".wh-foot .btn-primary"))
    expect_state(page, "requested")
    back = lin.here

    chen = Hands(open_desk(language), "chen", keyboard=keyboard)
    page = chen.go(back)
    chen.press(page.locator("form[action$='/authorise/'] button"))
    expect_state(page, "authorised")

    wu = Hands(open_desk(language, "phone"), "wu", keyboard=keyboard)
    page = wu.go(back)
    wu.press(page.locator("form[action$='/receive/'] button"))
    expect_state(page, "received")
    wu.press(page.locator("#inspect button"))
    expect_state(page, "inspected")

    page = lin.go(back)
    lin.tick(page.locator("input[name=resolution][value=refund]"))
    lin.press(page.locator("form[action$='/resolve/'] button"))
    expect_state(page, "resolved")
    lin.choose(page.locator("select[name^=field-]"), "quantity")
    lin.write(page.locator("input[name^=right-]"), "12")
    lin.press(page.locator("form[action$='/close/'] button"))
    expect_state(page, "closed")
    number = page.locator("p .code", has_text=re.compile("^ER-")).inner_text()

    page = chen.go("/orders/errors/")
    chen.press(page.locator("[data-row] a", has_text=number))
    pair = page.locator(".er-pair")
    expect(pair.locator("del")).to_contain_text("20")
    expect(pair.locator("ins")).to_contain_text("12")
    expect_state(page, "S1")
    facts = page.locator("section[aria-labelledby=h-what] dd")
    expect(facts.nth(0)).to_contain_text("林晓雯")
    expect(facts.nth(0)).to_contain_text(words["entry"])
    expect(facts.nth(1)).to_contain_text(words["customer"])
    chen.press(page.locator(".wb-head__m a", has_text=scene["number"]))
    expect(page).to_have_url(product.address + order)
    expect(page.locator("section[aria-labelledby=h-errors]")).to_contain_text(number)
