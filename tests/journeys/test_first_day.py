"""What a newcomer does on the first day, in a real browser: a company's sheet in, an order found, one written, one sent out."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook
from playwright.sync_api import expect

from tests.journeys.running import SHARED, Desk

pytestmark = pytest.mark.journey

SUPERMARKET = SHARED / "data" / "superstore_cn" / "示例 - 超市.xls"
CUSTOMER, INITIALS, NUMBER = "巩明媚", "gmm", "CN-2017-4800042"
WORDS = {
    "zh-CN": {
        "preview": "导入预览",
        "upload": "上传并读取",
        "write": re.compile("^写入 [0-9,]+ 条记录$"),
        "lines": "10,000",
        "before": re.compile("导入过|上传过"),
        "open_first": "打开那次导入",
        "undo": "撤回这次导入",
        "search": "全局搜索",
        "enter": "录入订单",
        "save": "保存订单",
        "save_over": "以我的为准保存",
        "export": "导出",
        "download": "下载",
        "sign_out": "退出登录",
        "keys": "键盘快捷键",
    },
    "en-US": {
        "preview": "Import preview",
        "upload": "Upload and read",
        "write": re.compile("^Write [0-9,]+ records$"),
        "lines": "10,000",
        "before": re.compile("imported already|uploaded before"),
        "open_first": "Open that import",
        "undo": "Undo this import",
        "search": "Search everything",
        "keys": "Keyboard shortcuts",
    },
}


def upload(desk: Desk, path: Path, words: dict[str, Any]) -> None:
    page = desk.go("/imports/new/")
    page.set_input_files("#id_files", path)
    page.get_by_role("button", name=words["upload"]).click()


def write_sheet(path: Path, customer: str, orders: int) -> Path:
    """A small company's workbook: so many orders of two lines each."""
    book = Workbook()
    sheet = book.active
    sheet.append(["订单号", "订单日期", "客户名称", "产品编码", "产品名称", "数量", "单价", "金额"])
    for number in range(orders):
        for line in range(2):
            sheet.append(
                [
                    f"{path.stem}-{number}",
                    "2026-10-12",
                    customer,
                    f"P{line}",
                    f"样品{line}",
                    2,
                    10.5 + line,
                    21 + line * 2,
                ]
            )
    book.save(path)
    return path


@pytest.mark.parametrize("language", ["zh-CN", "en-US"])
def test_a_clerk_takes_a_company_in_and_finds_an_order_by_the_pinyin_of_its_customer(open_desk, language):
    if not SUPERMARKET.exists():
        assert not os.environ.get("CI"), f"{SUPERMARKET} must be there"
        pytest.skip(f"{SUPERMARKET} is not here")
    words = WORDS[language]
    desk = open_desk(language)
    page = desk.sign_in("lin")

    upload(desk, SUPERMARKET, words)
    expect(page.get_by_role("heading", level=1)).to_have_text(words["preview"], timeout=60_000)
    page.get_by_role("button", name=words["write"]).click()
    expect(page.locator(".wb-head .wb-state")).to_have_attribute("data-state", "done", timeout=90_000)
    expect(page.locator(".wb-sum")).to_contain_text(words["lines"])
    expect(page.locator(".wb-sum")).to_contain_text("790")
    batch = page.url

    page.keyboard.press("/")
    box = page.get_by_role("combobox", name=words["search"])
    expect(box).to_be_focused()
    box.press_sequentially(INITIALS)
    expect(page.get_by_role("option", name=re.compile(CUSTOMER)).first).to_be_visible()
    page.get_by_role("option", name=re.compile(CUSTOMER)).first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(CUSTOMER)

    desk.go("/orders/?view=all")
    page.locator("#list-text").press_sequentially(INITIALS)
    rows = page.locator("[data-row]")
    expect(rows).to_have_count(3)
    for number in range(3):
        expect(rows.nth(number)).to_contain_text(CUSTOMER)
    rows.first.locator("a").first.click()
    expect(page.locator(".wb-head")).to_contain_text(CUSTOMER)
    expect(page.locator("main")).to_contain_text(NUMBER)

    upload(desk, SUPERMARKET, words)
    expect(page.get_by_role("alert")).to_contain_text(words["before"])
    page.get_by_role("alert").get_by_role("link", name=words["open_first"]).click()
    expect(page).to_have_url(batch)

    page.get_by_role("button", name=words["undo"]).click()
    page.locator("#confirm [data-confirm-yes]").click()
    expect(page.locator(".wb-head .wb-state")).to_have_attribute("data-state", "undone", timeout=90_000)
    desk.go(f"/orders/?view=all&q={INITIALS}")
    expect(page.locator("[data-row]")).to_have_count(0)


def test_a_clerk_creates_a_customer_and_writes_an_order_without_the_mouse(open_desk):
    words = WORDS["zh-CN"]
    desk = open_desk()
    page = desk.sign_in("lin")

    desk.go("/customers/new/")
    page.locator("#id_name").fill("宁波海曙清风茶业有限公司")
    page.locator("#id_tax_number").fill("91310115775405601X")
    page.locator("#id_tax_number").press("Tab")
    suggestion = page.locator("[data-take=id_tax_number]").first
    code = suggestion.inner_text()
    suggestion.click()
    expect(page.locator("#id_tax_number")).to_have_value(code)
    page.locator(".cu-bar button.btn-primary").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("宁波海曙清风茶业有限公司")
    expect(page.locator("main")).to_contain_text(code)

    desk.go("/orders/new/")
    expect(page.get_by_role("heading", level=1)).to_have_text(words["enter"])
    expect(page.locator("[name=customer]")).to_be_focused()
    page.locator("[name=customer]").press_sequentially("nbhs")
    expect(page.get_by_role("option", name=re.compile("宁波海曙清风"))).to_be_visible()
    page.keyboard.press("Enter")
    first = page.locator("[name=rows-0-product]")
    expect(first).to_be_focused()
    first.press_sequentially("SP1001")
    expect(page.get_by_role("option", name=re.compile("SP1001"))).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.locator("[name=rows-0-quantity]")).to_be_focused()
    page.keyboard.type("12")
    expect(page.locator("[data-sum-total]")).to_have_text("216.00")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".wb-head")).to_contain_text("宁波海曙清风茶业有限公司")
    expect(page.locator(".or-sums .grand")).to_have_text("216.00")

    page.goto(page.url.split("?")[0] + "edit/")
    other = desk.context.new_page()
    other.goto(page.url)
    other.locator("[name=rows-0-quantity]").fill("20")
    page.locator("[name=rows-0-quantity]").fill("30")
    other.keyboard.press("Control+Enter")
    expect(other.locator(".or-sums .grand")).to_have_text("360.00")
    page.keyboard.press("Control+Enter")
    conflict = page.get_by_role("alert").filter(has=page.locator("table"))
    expect(conflict).to_contain_text("20")
    expect(conflict).to_contain_text("30")
    expect(page.locator("[name=rows-0-quantity]")).to_have_value("30")
    page.get_by_role("button", name=words["save_over"]).click()
    expect(page.locator(".or-sums .grand")).to_have_text("540.00")


def test_a_small_sheet_comes_in_and_goes_out_as_it_is_filtered(open_desk, tmp_path):
    words = WORDS["zh-CN"]
    desk = open_desk()
    page = desk.sign_in("lin")
    upload(desk, write_sheet(tmp_path / "QF.xlsx", "温州鹿城听雨轩餐饮有限公司", 3), words)
    expect(page.get_by_role("heading", level=1)).to_have_text(words["preview"], timeout=60_000)
    page.get_by_role("button", name=words["write"]).click()
    expect(page.locator(".wb-head .wb-state")).to_have_attribute("data-state", "done", timeout=60_000)

    desk.go("/orders/?view=all&q=wzlctyx")
    expect(page.locator("[data-row]")).to_have_count(3)
    numbers = sorted(page.locator("[data-row] a:visible").all_inner_texts())
    page.locator("summary", has_text=words["export"]).click()
    page.locator("[data-list-export] button[value=xlsx]").click()
    link = page.locator("main").get_by_role("link", name=words["download"])
    expect(link).to_be_visible(timeout=60_000)
    with page.expect_download() as taken:
        link.click()
    kept = tmp_path / taken.value.suggested_filename
    taken.value.save_as(kept)
    rows = list(load_workbook(kept, read_only=True).active.iter_rows(values_only=True))
    assert sorted(row[0] for row in rows[1:]) == numbers
    assert all("温州鹿城听雨轩餐饮有限公司" in row for row in rows[1:])


def test_keys_walk_a_list_and_the_language_changes_in_place(open_desk):
    desk = open_desk()
    page = desk.sign_in("zhou")  # the chosen language stays with the person: nobody else here signs in as her
    desk.go("/orders/?view=all")
    rows = page.locator("[data-row]")
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(rows.nth(1)).to_have_class(re.compile("is-cursor"))
    page.keyboard.press("k")
    expect(rows.nth(0)).to_have_class(re.compile("is-cursor"))
    bulk = page.locator("[data-bulk]")
    page.keyboard.press("x")
    expect(bulk).to_be_visible()
    expect(bulk.locator("[data-selected]")).to_have_text("1")
    page.keyboard.press("x")
    expect(bulk).to_be_hidden()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name=WORDS["zh-CN"]["keys"])).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    number = rows.nth(1).locator("a").first.inner_text()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text(number)
    here = page.url
    page.locator("header").get_by_role("button", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page).to_have_url(here)
    expect(page.get_by_role("heading", level=1)).to_contain_text(number)
    page.go_back()
    desk.go("/orders/?view=all")
    expect(page.get_by_role("heading", level=1)).to_have_text("Orders")
    page.locator("header").get_by_role("button", name="简体中文").click()
    expect(page.locator("html")).to_have_attribute("lang", "zh-hans")

    page.locator("summary", has_text="周佳宁").click()
    page.get_by_role("button", name=WORDS["zh-CN"]["sign_out"]).click()
    desk.go("/orders/")
    expect(page).to_have_url(re.compile("/sign-in/"))
