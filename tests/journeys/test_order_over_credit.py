"""An order over its customer's credit: held, approved on a phone, part-shipped, amended with the customer's yes, short-closed."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.journeys.hands import Hands, expect_state
from tests.journeys.steps import LANGUAGES, WORDS, bring_on, expect_order, expect_to_fit, ship, sign

pytestmark = pytest.mark.journey


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_order_over_credit_goes_to_its_end_in_parts(product, open_desk, language):
    words, keyboard = WORDS[language], language == "zh-CN"
    scene = product.lay_out("entered_order", rows=[["SP1001", "400"], ["SP1002", "30"]], limit="5000")
    order = f"/orders/{scene['order']}/"

    lin = Hands(open_desk(language), "lin", keyboard=keyboard)
    page = lin.go(order)
    bring_on(lin, lambda: Hands(open_desk(language), "sun", keyboard=keyboard), "pending_approval")
    expect_order(page, "pending_approval", words)
    expect(page.locator("section[aria-labelledby=h-desk]")).to_contain_text(words["credit"])

    chen = Hands(open_desk(language, "phone"), "chen", keyboard=keyboard)
    held = chen.go("/orders/approvals/")
    expect_to_fit(held)
    card = held.locator("article", has_text=scene["number"])
    expect(card).to_contain_text("5,000.00")
    chen.press(card.locator("a.dk-big"))
    expect_to_fit(held)
    chen.press(held.locator("button[value=grant]"))
    expect(held.locator("article", has_text=scene["number"])).to_have_count(0)

    lin.go(order)
    expect_order(page, "confirmed", words)
    lin.press(page.locator("a[href*='/release/']").first)
    lin.write(page.locator("#id_waived_reason"), "货在库")
    lin.press(page.locator(".dk-form .btn-primary"))
    expect_order(page, "released", words)
    lin.press(page.locator("a[href$='/shipment/']").first)
    lin.write(page.locator("input[name^=q-]").nth(0), "250")
    lin.write(page.locator("input[name^=q-]").nth(1), "30")
    lin.press(page.locator(".wh-foot .btn-primary"))
    lin.press(page.locator("section[aria-labelledby=h-shipments] td a"))
    expect_state(page, "requested")
    shipment = lin.here
    ship(Hands(open_desk(language, "phone"), "wu", keyboard=keyboard), shipment, "SF7000000000001")
    lin.go(shipment)
    sign(lin)

    lin.go(order)
    expect_order(page, "released", words)
    lin.press(page.locator("a[href$='/amend/']").first)
    lin.write(page.locator("[name=rows-0-quantity]"), "300")
    lin.choose(page.locator("#id_cause"), "customer_change")
    lin.write(page.locator("#id_reason"), "客户只要 300 箱")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#h-decide")).to_be_visible()
    amendment = lin.here

    chen.go(amendment)
    expect(held.locator(".wb-diff ins")).to_have_text("300")
    chen.press(held.locator("button[value=approve]"))
    expect(held.locator("#h-decide")).to_have_count(0)

    lin.go(amendment)
    lin.press(page.locator("button[name=show]"))
    link = page.locator(".am-link").inner_text()
    customer = open_desk(language, "phone").page
    customer.goto(link)
    expect_to_fit(customer)
    expect(customer.locator(".wb-diff ins")).to_have_text("300")
    customer.locator("#name").fill("周敏")
    customer.keyboard.press("Enter")
    expect(customer.locator("main [role=status]")).to_contain_text("周敏")

    lin.go(order)
    expect(page.locator("section[aria-labelledby=h-amendments]")).to_contain_text("周敏")
    lin.press(page.locator("a[href$='/short-close/']").first)
    expect(page.locator("input[name^=q-]")).to_have_count(1)
    lin.write(page.locator("input[name^=q-]"), "50")
    lin.write(page.locator("#text"), "余下不再发")
    lin.press(page.locator(".wh-foot .btn-primary"))
    expect_order(page, "completed", words)
