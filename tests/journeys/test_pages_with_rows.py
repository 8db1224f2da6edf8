"""Pages the sweep meets empty or not at all, with rows in them: no fault of axe, nothing cut off, in each look."""

from __future__ import annotations

import pytest

from tests.journeys.test_every_page import faults_in_each_look

pytestmark = pytest.mark.journey

ROWS = (("SP1001", "24"), ("SP1002", "3"))
CUT_OFF = "() => { const way = document.querySelector('.wb-pathwrap'); return way.scrollWidth - way.clientWidth; }"


@pytest.mark.parametrize("language", ["en-US", "zh-CN"])
def test_lines_without_a_customer(product, open_desk, language):
    waiting = product.lay_out("waiting_lines", orders=3)
    desk = open_desk(language)
    desk.sign_in("lin")
    page = desk.go("/orders/unassigned/")
    assert waiting["numbers"][0] in page.content()
    faults = faults_in_each_look(page, "lines without a customer")
    page = desk.go(f"/orders/unassigned/?order={waiting['first']}")
    assert not [*faults, *faults_in_each_look(page, "the lines of one order")]


@pytest.mark.parametrize("language", ["en-US", "zh-CN"])
def test_a_question_with_an_answer_for_each_row(product, open_desk, language):
    order = product.lay_out("answered_question", rows=ROWS)
    desk = open_desk(language)
    desk.sign_in("wu")
    page = desk.go(f"/orders/questions/{order['question']}/")
    assert page.locator(".wh-asked .wb-state").count() == len(ROWS)
    assert not faults_in_each_look(page, "an answered question")


@pytest.mark.parametrize("language", ["en-US", "zh-CN"])
@pytest.mark.parametrize("width", [1024, 1280, 1440])
def test_the_way_of_an_order_fits_its_page(product, open_desk, language, width):
    order = product.lay_out("signed_order", rows=ROWS)["order"]
    desk = open_desk(language)
    desk.page.set_viewport_size({"width": width, "height": 900})
    desk.sign_in("chen")
    assert desk.go(f"/orders/{order}/").evaluate(CUT_OFF) == 0


@pytest.mark.parametrize("language", ["en-US", "zh-CN"])
def test_a_sample_and_an_invoice_that_came_back(product, open_desk, language):
    order = product.lay_out("signed_order", rows=ROWS)["order"]
    desk = open_desk(language)
    desk.sign_in("chen")
    faults = faults_in_each_look(desk.go(f"/orders/{order}/invoice_back/"), "an invoice that came back")
    page = desk.go("/orders/errors/audits/")
    page.locator("main tbody a").first.click()
    page.wait_for_load_state("load")
    faults += faults_in_each_look(page, "a sample")
    page.locator("a[href*='/audits/orders/']").last.click()
    page.wait_for_load_state("load")
    assert not [*faults, *faults_in_each_look(page, "an order of a sample")]
