"""The frame around every page."""

import re
from html.parser import HTMLParser

import pytest
from django.test import Client
from django.utils import timezone

from salesops.web.navigation import Command, NavItem, register_command, register_item
from salesops.web.panels import register_panel

VOID_HANDLERS = re.compile(r"^on[a-z]+$")


class InlineFinder(HTMLParser):
    """Collects what a strict content security policy would block."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = dict(attrs)
        if tag == "style" or (tag == "script" and not names.get("src")):
            self.found.append(tag)
        self.found += [name for name in names if name == "style" or VOID_HANDLERS.match(name)]


@pytest.mark.parametrize(("language", "word"), [("en", "My day"), ("zh-hans", "今日工作台")])
def test_the_frame_speaks_the_language_of_the_person(signed_in, language, word):
    register_item(NavItem("today", "x", "home", "home"))
    page = signed_in("clerk", language=language).get("/").content.decode()
    assert f'<html lang="{language}"' in page
    assert f"<title>{word}" in page
    assert re.search(rf"<h1>{word}\s*</h1>", page)
    assert page.count("<h1") == 1


def test_the_content_can_be_reached_without_walking_the_menu(signed_in):
    page = signed_in("clerk").get("/").content.decode()
    assert '<a class="wb-skip" href="#main">' in page
    assert re.search(r'<main [^>]*id="main" tabindex="-1"', page)


def test_the_menu_shows_only_what_the_person_may_open(signed_in):
    register_item(NavItem("orders", "For clerks", "guarded", "inbox", "enter_orders"))
    register_item(NavItem("settings", "For administrators", "guarded_new", "settings", "administer"))
    page = signed_in("clerk").get("/").content.decode()
    assert "For clerks" in page
    assert "For administrators" not in page
    assert "<h2>Settings</h2>" not in page


def test_one_of_several_permissions_is_enough_for_a_way(signed_in):
    register_item(NavItem("orders", "For both", "guarded", "inbox", ("ship_orders", "enter_orders")))
    assert "For both" in signed_in("warehouse").get("/").content.decode()


def test_a_way_whose_address_is_gone_is_left_out(signed_in):
    register_item(NavItem("orders", "Nowhere", "no:such", "inbox"))
    assert "Nowhere" not in signed_in("clerk").get("/").content.decode()


def test_counts_stand_beside_their_way_and_none_is_not_shown(signed_in):
    register_item(NavItem("orders", "Waiting", "guarded", "inbox", count=lambda user: 7, urgent=True))
    register_item(NavItem("orders", "Quiet", "guarded_new", "inbox", count=lambda user: 0))
    page = signed_in("clerk").get("/").content.decode()
    assert re.findall(r'<span class="wb-count([^"]*)">(\d+)</span>', page) == [(" wb-count--bad", "7")]


def test_the_longest_address_that_leads_here_is_the_current_way(signed_in):
    register_item(NavItem("orders", "Orders", "guarded", "inbox"))
    register_item(NavItem("orders", "New", "guarded_new", "plus"))
    register_item(NavItem("today", "Day", "home", "home"))
    page = signed_in("clerk").get("/orders/new/nothing/").content.decode()
    current = re.findall(r'href="([^"]*)"[^>]*aria-current="page"', page)
    assert current == ["/orders/new/"]


def test_unknown_groups_are_refused():
    with pytest.raises(ValueError, match="no group"):
        register_item(NavItem("nonsense", "x", "home", "home"))


def test_unread_notices_are_counted_at_the_bell(signed_in, person):
    client = signed_in("clerk")
    user = client.get("/").wsgi_request.user
    user.notices.create(text_key="Import")
    user.notices.create(text_key="Import", read_at=timezone.now())
    page = client.get("/").content.decode()
    assert 'aria-label="Notices, 1 unread"' in page


def test_only_administrators_see_the_way_to_the_administration(signed_in, client):
    assert "Administration" not in signed_in("clerk").get("/").content.decode()


@pytest.mark.parametrize(("theme", "painted"), [("dark", "dark"), ("light", "light"), ("system", "light")])
def test_the_chosen_theme_is_painted_by_the_server(signed_in, theme, painted):
    page = signed_in("clerk", theme=theme).get("/").content.decode()
    assert f'data-theme="{theme}" data-bs-theme="{painted}"' in page


def test_single_keys_are_off_for_those_who_switched_them_off(signed_in):
    assert 'data-shortcuts="off"' in signed_in("clerk", shortcuts=False).get("/").content.decode()


def test_the_narrow_menu_is_remembered_in_the_browser(signed_in):
    client = signed_in("clerk")
    answer = client.post("/frame/", {"rail": "1", "next": "/search/?q=a"})
    assert answer.headers["Location"] == "/search/?q=a"
    assert "wb-shell wb-shell--rail" in client.get("/").content.decode()
    client.post("/frame/", {"rail": "0"})
    assert "wb-shell wb-shell--rail" not in client.get("/").content.decode()


def test_the_frame_leads_to_no_other_site(signed_in):
    answer = signed_in("clerk").post("/frame/", {"rail": "1", "next": "//evil.example/"})
    assert answer.headers["Location"] == "/"


def test_an_empty_day_offers_what_could_be_begun(signed_in):
    register_command(Command("New thing", "guarded", "plus", "enter_orders"))
    register_command(Command("Secret thing", "guarded", "plus", "administer"))
    page = signed_in("clerk").get("/").content.decode()
    assert "Nothing waits for you" in page
    assert "New thing" in page
    assert "Secret thing" not in page


def test_the_day_is_made_of_the_panels_the_rooms_registered(signed_in):
    register_panel("today", 20, lambda request, person: f"<p>second for {person}</p>")
    register_panel("today", 10, lambda request, person: "<p>first</p>")
    register_panel("today", 30, lambda request, person: None)
    register_panel("today", 5, lambda request, person: "<p>beside</p>", column="side")
    page = signed_in("clerk").get("/").content.decode()
    assert page.index("<p>first</p>") < page.index("<p>second for Lin</p>") < page.index("<p>beside</p>")
    assert "Nothing waits for you" not in page


@pytest.mark.parametrize("address", ["/", "/search/?q=a", "/nowhere/", "/denied/", "/odd/"])
def test_no_page_carries_inline_script_or_style_and_all_carry_the_policy(signed_in, address):
    answer = signed_in("clerk").get(address)
    finder = InlineFinder()
    finder.feed(answer.content.decode())
    assert finder.found == []
    policy = answer.headers["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy


def test_the_inline_finder_finds():
    finder = InlineFinder()
    finder.feed('<p style="x" onclick="y"></p><script>z</script><style></style><script src="a"></script>')
    assert sorted(finder.found) == ["onclick", "script", "style", "style"]


def test_who_is_not_signed_in_is_sent_to_sign_in(db):
    assert Client().get("/search/?q=a").headers["Location"].startswith("/sign-in/")
