"""A whole product for the journeys: web, worker and scheduler as a newcomer starts them, and a real browser."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.journeys.running import SIZES, Desk, Product, running_browser, running_product


@pytest.fixture(scope="session")
def product(tmp_path_factory) -> Iterator[Product]:
    """The demo company on a free port."""
    with running_product(tmp_path_factory.mktemp("var")) as running:
        yield running


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One browser for all."""
    with running_browser() as chromium:
        yield chromium


@pytest.fixture
def open_desk(product, browser):
    """Makes desks: open_desk("zh-CN", "phone", "dark")."""
    desks: list[Desk] = []

    def make(language: str = "zh-CN", size: str = "wide", scheme: str = "light") -> Desk:
        context = browser.new_context(
            locale=language, viewport=SIZES[size], color_scheme=scheme, has_touch=size == "phone", accept_downloads=True
        )
        context.set_default_timeout(15_000)
        desk = Desk(product, context)
        desks.append(desk)
        return desk

    yield make
    troubles = [trouble for desk in desks for trouble in desk.troubles]
    for desk in desks:
        desk.context.close()
    assert troubles == []
