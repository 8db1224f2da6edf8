"""An order by phone is written down wrong, sent back by its verifier and put right; the ledger knows who, where and why."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.journeys.hands import Hands
from tests.journeys.steps import LANGUAGES, WORDS, expect_order, save_entry, verify

pytestmark = pytest.mark.journey


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_bounced_phone_order_stands_in_the_ledger_against_who_typed_it(product, open_desk, language):
    words, keyboard = WORDS[language], language == "zh-CN"
    scene = product.lay_out("customer")
    said = f"货照上周电话里说的发，周五要，{scene['phone']}"  # no row can be read out of it: she types it herself

    lin = Hands(open_desk(language), "lin", keyboard=keyboard)
    page = lin.go("/orders/requests/")
    lin.press(page.locator("a[href$='/requests/note/']").first)
    lin.write(page.locator("#text"), said)
    page.keyboard.press("Enter")
    expect(page.locator("#take #customer")).to_have_value(scene["name"])
    lin.press(page.locator("#take button.btn-primary"))
    expect(page.locator("#entry-evidence")).to_contain_text(said)
    save_entry(lin, [("SP1001", "14")])
    expect_order(page, "entered", words)
    order = lin.here

    sun = Hands(open_desk(language), "sun", keyboard=keyboard)
    page = sun.go(order)
    sun.press(page.locator("a[href*='/bounce/']"))
    expect(page.locator("main")).to_contain_text(said)
    sun.choose(page.locator("#id_place_1"), "1")
    sun.choose(page.locator("#id_field_1"), "quantity")
    sun.write(page.locator("#id_right_1"), "41")
    sun.press(page.locator(".dk-form button.btn-primary"))
    expect_order(page, "entered", words)

    page = lin.go(order)
    lin.press(page.locator("a[data-key=e]"))
    page.wait_for_selector("body[data-entry=ready]")
    lin.write(page.locator("#entry-rows input[data-field=quantity]").first, "41")
    save_entry(lin)
    expect(page.locator(".or-lines tbody tr").first).to_contain_text("41")

    page = verify(sun, order)
    expect_order(page, "confirmed", words)
    number = page.locator("h1 .code").inner_text()

    chen = Hands(open_desk(language), "chen", keyboard=keyboard)
    page = chen.go("/orders/errors/figures/")
    made = page.locator("section[aria-labelledby=h-made]")
    row = made.locator("tbody tr", has=page.get_by_role("rowheader", name=words["quantity"], exact=True))
    chen.press(row.locator("a[href*='made=entry']"))
    found = page.locator("[data-row]", has_text=number)
    expect(found).to_contain_text("林晓雯")
    chen.press(found.locator("a").first)
    pair = page.locator(".er-pair")
    expect(pair.locator("del")).to_contain_text("14")
    expect(pair.locator("ins")).to_contain_text("41")
    facts = page.locator("section[aria-labelledby=h-what] dd")
    expect(facts.nth(0)).to_contain_text("林晓雯")
    expect(facts.nth(0)).to_contain_text(words["entry"])
    expect(facts.nth(1)).to_contain_text("孙丽娟")
    expect(facts.nth(1)).to_contain_text(words["verification"])
    expect(page.locator("section[aria-labelledby=h-evidence]")).to_contain_text(said)
    chen.press(page.locator(".wb-head__m a", has_text=number))
    expect(page).to_have_url(product.address + order)
    expect(page.locator("section[aria-labelledby=h-errors]")).to_contain_text("林晓雯")
