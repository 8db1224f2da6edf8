"""Every page a person can reach by links: no axe violation, no sideways scroll, no broken link, in both languages."""

from __future__ import annotations

import re
from collections import deque
from typing import Any
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.base import AXE_SCRIPT

from tests.journeys.running import SIZES

pytestmark = pytest.mark.journey

# What a link must not do while sweeping: leave, download, or show a raw file.
SKIPPED = re.compile(r"/sign-out/|/static/|/template/|/file/|/export|\.csv|\.xlsx|\.pdf|/healthz")
FILE = re.compile(r"/evidence/\d+/$")  # what a customer sent: it comes as a file, there is no page to look at
RULES: dict[str, Any] = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],  # the rest need not be told in full, which halves the time
    "preload": False,  # only an experimental rule asks for it, and it writes styles the policy refuses
}
CONTRAST = {**RULES, "runOnly": {"type": "rule", "values": ["color-contrast"]}}
# Django's own administration breaks best practice (its tables' empty heads, its nested landmarks); the law it must keep.
ADMIN_RULES = {**RULES, "runOnly": [rule for rule in RULES["runOnly"] if rule != "best-practice"]}


def shape_of(address: str) -> str:
    """The page behind an address: numbers and queries make no new page."""
    return re.sub(r"\d+", "N", urlsplit(address).path)


def links_on(page, base: str) -> list[str]:
    found = page.eval_on_selector_all("a[href]", "links => links.map(link => link.href)")
    return [link for link in found if link.startswith(base + "/") and not SKIPPED.search(link)]


def faults_of(page, name: str, rules: dict[str, Any] = RULES) -> list[str]:
    """What axe finds on the page as it stands, and what does not fit the window."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    found = page.evaluate("async rules => (await axe.run(rules)).violations", rules)
    faults = [f"{name}: {violation['id']} {violation['nodes'][0]['html'][:160]}" for violation in found]
    width = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return [*faults, f"{name}: {width}px wider than the window"] if width > 1 else faults


def faults_in_each_look(page, name: str) -> list[str]:
    """The page wide and on a phone, light and dark. Darkness changes colours only, so only these are looked at again."""
    faults = []
    for size, window in SIZES.items():
        page.set_viewport_size(window)
        for scheme, rules in (("light", RULES), ("dark", CONTRAST)):
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            faults += faults_of(page, f"{name} ({size}, {scheme})", rules)
    page.set_viewport_size(SIZES["wide"])
    page.emulate_media(color_scheme="light")
    return faults


def sweep(desk, *, limit: int) -> tuple[dict[str, str], list[str]]:
    """One address for each page reachable by links, found by walking, and what is wrong with these pages."""
    base = desk.product.address
    waiting = deque([f"{base}/"])
    seen: dict[str, str] = {}
    faults: list[str] = []
    while waiting and len(seen) < limit:
        address = waiting.popleft()
        name = shape_of(address)
        if name in seen:
            continue
        is_file = FILE.search(address) is not None
        answer = desk.page.request.get(address) if is_file else desk.page.goto(address)
        seen[name] = address
        assert answer is not None
        if is_file and answer.status == 200:
            continue
        if answer.status != 200:
            faults.append(f"{address}: {answer.status}")
            continue
        faults += faults_in_each_look(desk.page, name)
        waiting += [link for link in links_on(desk.page, base) if shape_of(link) not in seen]
    return seen, faults


@pytest.mark.parametrize(
    ("username", "language", "least"),
    [("lin", "zh-CN", 15), ("lin", "en-US", 15), ("chen", "zh-CN", 20), ("wu", "zh-CN", 6), ("sales3", "zh-CN", 8)],
)
def test_no_page_a_person_reaches_by_links_is_broken_or_hard_to_use(open_desk, username, language, least):
    desk = open_desk(language)
    desk.sign_in(username)
    pages, faults = sweep(desk, limit=80)
    assert not faults, "\n".join(faults)
    assert len(pages) >= least, sorted(pages)


def test_the_administration_works_under_the_strict_policy(open_desk):
    desk = open_desk("zh-CN")
    desk.sign_in("admin")
    addresses = [
        f"{desk.product.address}{path}"
        for path in (
            "/admin/",
            "/admin/staff/user/",
            "/admin/staff/user/add/",
            "/admin/worktime/calendarday/",
            "/admin/worktime/weektemplate/add/",
            "/admin/customers/customer/add/",
            "/admin/documents/companyprofile/",
            "/admin/staff/sop/add/",
            "/admin/staff/sop/1/change/",
        )
    ]
    faults = []
    for address in addresses:
        answer = desk.page.goto(address)
        assert answer is not None
        assert answer.status == 200, address
        faults += faults_of(desk.page, shape_of(address), ADMIN_RULES)
    assert not faults, "\n".join(faults)
    assert "管理" in desk.page.content()
