"""How moments, amounts and quantities are written, and toasts."""

import json
import re
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
import time_machine
from django.conf import settings
from django.contrib.messages.storage.cookie import CookieStorage
from django.http import HttpResponse
from django.template import Context, Template
from django.test import RequestFactory
from django.utils import timezone, translation
from hypothesis import given
from hypothesis import strategies as st

from salesops.web import navigation
from salesops.web.context import toasts_of
from salesops.web.templatetags.workbench import dash, icon, moment, moment_weekday, money, quantity, state_badge, when
from salesops.web.toasts import toast, toast_now

# What the rooms registered at start; each test begins with empty registries.
REGISTERED = [(item.icon, item.url_name) for item in navigation._items.values()]
REGISTERED += [(command.icon, command.url_name) for command in navigation._commands.values()]
NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)  # 12:00 in Shanghai, a Monday


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (datetime(2026, 11, 20, 7, 10, tzinfo=UTC), "11-20 15:10"),
        (datetime(2026, 11, 22, 23, 41, tzinfo=UTC), "today 07:41"),
        (datetime(2025, 11, 3, 0, 0, tzinfo=UTC), "2025-11-03 08:00"),
        (date(2026, 11, 25), "11-25"),
        (date(2025, 11, 3), "2025-11-03"),
        (None, "—"),
    ],
)
def test_a_moment_is_written_in_the_zone_of_the_reader(value, written):
    with time_machine.travel(NOON, tick=False), timezone.override("Asia/Shanghai"):
        assert moment(value) == written


def test_a_reader_elsewhere_reads_another_clock():
    with time_machine.travel(NOON, tick=False), timezone.override("Europe/Berlin"):
        assert moment(datetime(2026, 11, 20, 7, 10, tzinfo=UTC)) == "11-20 08:10"


def test_a_deadline_names_its_weekday_in_the_language_of_the_reader():
    with time_machine.travel(NOON, tick=False), timezone.override("Asia/Shanghai"):
        assert moment_weekday(date(2026, 11, 25)) == "11-25 Wed"
        with translation.override("zh-hans"):
            assert moment_weekday(datetime(2026, 11, 25, 10, 0, tzinfo=UTC)) == "11-25 周三 18:00"


def test_a_time_element_tells_machines_the_zone():
    with time_machine.travel(NOON, tick=False), timezone.override("Asia/Shanghai"):
        assert 'datetime="2026-11-20T15:10:00+08:00"' in when(datetime(2026, 11, 20, 7, 10, tzinfo=UTC))
    assert when(None) == "—"


@pytest.mark.parametrize(
    ("amount", "currency", "written"),
    [
        (Decimal("1234.5"), "CNY", "1,234.50"),
        (Decimal("-1200"), "", "−1,200.00"),
        (Decimal("24340"), "USD", "US$ 24,340.00"),
        (Decimal("-5"), "EUR", "€ −5.00"),
        (Decimal("1000"), "JPY", "JP¥ 1,000"),
        (Decimal("-0.001"), "CNY", "0.00"),
        (0, "CNY", "0.00"),
        (None, "CNY", "—"),
        ("", "CNY", "—"),
        (Decimal("NaN"), "CNY", "—"),
    ],
)
def test_an_amount_shows_its_currency_only_where_it_is_foreign(amount, currency, written):
    assert settings.HOUSE_CURRENCY == "CNY"
    assert money(amount, currency) == written


@pytest.mark.parametrize(
    ("value", "written"),
    [(Decimal("1200.0000"), "1,200"), (Decimal("0.5000"), "0.5"), (Decimal("-3.10"), "−3.1"), (100, "100"), (0, "0")],
)
def test_a_quantity_has_no_trailing_zeros(value, written):
    assert quantity(value) == written


@given(st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**12), max_value=10**12))
def test_a_written_quantity_is_still_the_same_number(value):
    assert Decimal(quantity(value).replace(",", "").replace("−", "-")) == value


def test_nothing_is_a_dash_and_zero_is_not_nothing():
    assert [dash(value) for value in (None, "", 0, "a")] == ["—", "—", 0, "a"]


def test_words_in_badges_are_escaped():
    assert "&lt;b&gt;" in state_badge("x", "<b>", "ok", "check")
    assert "wb-state--nonsense" not in state_badge("x", "y", "nonsense")


def test_an_icon_with_a_label_is_read_aloud_and_one_without_is_not():
    assert 'aria-label="Late"' in icon("clock", label="Late")
    assert 'aria-hidden="true"' in icon("clock")


def test_every_icon_the_pages_and_the_menu_name_is_in_the_sprite():
    sprite = (settings.BASE_DIR / "static/img/icons.svg").read_text(encoding="utf-8")
    known = set(re.findall(r'<symbol id="i-([^"]+)"', sprite))
    named = {
        (name, path.name)
        for path in (settings.BASE_DIR / "templates").rglob("*.html")
        for name in re.findall(r'{% icon "([^"]+)"', path.read_text(encoding="utf-8"))
    }
    named |= set(REGISTERED)
    assert len(named) > 20
    assert {(name, path) for name, path in named if name not in known} == set()


def request_with_messages():
    request = RequestFactory().get("/")
    setattr(request, "_messages", CookieStorage(request))  # noqa: B010  # where Django's middleware keeps them
    return request


def test_a_toast_brings_its_way_back_and_is_told_once():
    request = request_with_messages()
    toast(request, "Handed over", undo_url="/orders/undo/7/")
    [told] = toasts_of(request)
    assert (told["text"], told["undo_url"], told["tone"]) == ("Handed over", "/orders/undo/7/", "ok")
    page = Template('{% include "components/toast.html" %}').render(Context({"toast": told}))
    assert '<form method="post" action="/orders/undo/7/">' in page


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example/", "javascript:x"])
def test_a_way_back_never_leads_to_another_site(elsewhere):
    request = request_with_messages()
    toast(request, "Handed over", undo_url=elsewhere)
    assert toasts_of(request)[0]["undo_url"] is None


def test_a_toast_can_come_with_a_fragment():
    sent = json.loads(toast_now(HttpResponse(), "Saved", tone="warn").headers["HX-Trigger"])
    assert sent["wb:toast"] == {"text": "Saved", "tone": "warn", "undo": None}


def test_an_unknown_tone_is_a_mistake_of_the_programmer():
    with pytest.raises(KeyError):
        toast(request_with_messages(), "x", tone="loud")
