"""One person at one window, with the keyboard alone or pointing: a journey tells the same steps for both."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Locator, Page, expect

from tests.journeys.running import PASSWORD, Desk

MOST_TABS = 200
POINTED = "addEventListener('pointerdown', () => console.error('something was pointed at'), true)"
IN_A_FIELD = """() => { const here = document.activeElement;
return here.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(here.tagName); }"""
WHERE = """node => node === document.activeElement ? 'here'
: document.activeElement.matches('.wb-skip') && node.closest('main') ? 'past the menu' : ''"""


class Hands:
    """How a person uses what a page shows; with ``keyboard`` nothing is ever pointed at, which the window watches."""

    def __init__(self, desk: Desk, username: str, *, keyboard: bool) -> None:
        self.desk, self.keyboard = desk, keyboard
        self.page: Page = desk.page
        if keyboard:
            self.page.add_init_script(POINTED)
        self._sign_in(username)

    def _sign_in(self, username: str) -> None:
        self.desk.go("/sign-in/")
        self.write(self.page.locator("input[name=username]"), username)
        self.write(self.page.locator("input[name=password]"), PASSWORD)
        self.page.keyboard.press("Enter")
        self.page.wait_for_url(lambda url: "/sign-in/" not in url)

    @property
    def here(self) -> str:
        """The address of the page that is shown, for somebody else to open."""
        return urlsplit(self.page.url).path

    def go(self, path: str) -> Page:
        """Open a page by its address, as from a bookmark or a notice."""
        return self.desk.go(path)

    def press(self, target: Locator) -> None:
        """Use a link or a button: by its own key, or by walking to it."""
        expect(target).to_be_visible()
        self.page.wait_for_load_state("load")  # keys work once the scripts are there
        if not self.keyboard:
            target.click()
            return
        key = target.get_attribute("data-key")
        if key and not self.page.evaluate(IN_A_FIELD):
            self.page.keyboard.press(key)
            return
        self._reach(target)
        self.page.keyboard.press("Enter")

    def enter(self, target: Locator) -> None:
        """Put the cursor into a field."""
        if self.keyboard:
            self._reach(target)
        else:
            target.click()

    def write(self, target: Locator, text: str) -> None:
        """Replace what stands in a field."""
        if not self.keyboard:
            target.fill(text)
            return
        self._reach(target)
        self.page.keyboard.press("Control+a")
        self.page.keyboard.type(text)

    def choose(self, target: Locator, value: str) -> None:
        """Pick an entry of a drop-down list by its value."""
        if not self.keyboard:
            target.select_option(value)
            return
        place = target.evaluate("(list, value) => [...list.options].findIndex(one => one.value === value)", value)
        assert place >= 0, f"{value} is not offered"
        self._reach(target)
        self.page.keyboard.press("Home")
        for _step in range(place):
            self.page.keyboard.press("ArrowDown")
        expect(target).to_have_value(value)

    def tick(self, target: Locator) -> None:
        """Choose a radio button of a group nothing is chosen in, or tick a box."""
        if not self.keyboard:
            target.check()
            return
        self._reach(target)
        self.page.keyboard.press("Space")
        expect(target).to_be_checked()

    def hand_over(self, target: Locator, path: Path) -> None:
        """Give a file to its field."""
        with self.page.expect_file_chooser() as asked:
            if self.keyboard:
                self._reach(target)
                self.page.keyboard.press("Enter")
            else:
                target.click()
        asked.value.set_files(path)

    def _reach(self, target: Locator) -> None:
        """Walk to it with Tab, past the menu by the link made for that."""
        expect(target).to_be_visible()
        wanted = target.element_handle()
        assert wanted is not None
        for _step in range(MOST_TABS):
            place = wanted.evaluate(WHERE)
            if place == "here":
                return
            self.page.keyboard.press("Enter" if place == "past the menu" else "Tab")
        raise AssertionError(f"the keyboard does not come to {target}")


def expect_state(page: Page, state: str, words: str = "") -> None:
    """The badge beside the heading tells this state, in these words where they are given."""
    badge = page.locator(".wb-head h1 .wb-state")
    expect(badge).to_have_attribute("data-state", state)
    if words:
        expect(badge).to_contain_text(words)
