"""A document on a phone: every cell can be read without moving it sideways; on paper it stays a table."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.journey

ROWS = (("SP1001", "24"), ("SP1002", "3"))
SIDEWAYS = "() => [...document.querySelectorAll('.pp-scroll')].map(part => part.scrollWidth - part.clientWidth)"
OUTSIDE = """() => [...document.querySelectorAll('.pp-sheet td, .pp-sheet th[scope=row]')].filter(cell => {
const box = cell.getBoundingClientRect(); return box.width && (box.left < 0 || box.right > innerWidth); }).length"""


@pytest.mark.parametrize("languages", ["both", "en"])
@pytest.mark.parametrize("paper", ["confirmation", "delivery-note"])
def test_a_document_fits_a_phone_and_a_narrow_window(product, open_desk, languages, paper):
    order = product.lay_out("signed_order", rows=ROWS)["order"]
    desk = open_desk("zh-CN", "phone")
    desk.sign_in("chen")
    page = desk.go(f"/orders/{order}/{paper}/?languages={languages}")
    for width in (320, 390, 740):
        page.set_viewport_size({"width": width, "height": 844})
        assert page.evaluate(SIDEWAYS) == [0], width
        assert page.evaluate(OUTSIDE) == 0, width


def test_each_value_says_what_it_is_and_printing_keeps_the_table(product, open_desk):
    order = product.lay_out("signed_order", rows=ROWS)["order"]
    desk = open_desk("zh-CN", "phone")
    desk.sign_in("chen")
    page = desk.go(f"/orders/{order}/confirmation/")
    first = page.get_by_role("row").filter(has_text="SP1001").get_by_role("cell").filter(has_text="24")
    label = first.first.evaluate("cell => getComputedStyle(cell, '::before').content")
    assert label not in ("none", "normal", '""')
    page.emulate_media(media="print")
    assert page.locator(".pp-sheet tbody tr").first.evaluate("row => getComputedStyle(row).display") == "table-row"
    assert first.first.evaluate("cell => getComputedStyle(cell, '::before').content") == "none"
