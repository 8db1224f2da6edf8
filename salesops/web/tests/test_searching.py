"""One search for everything."""

import pytest

from salesops.web.navigation import Command, NavItem, register_command, register_item
from salesops.web.searching import Hit, Source, find_commands, register_source, search

IN_BOX = {"HX-Request": "true", "HX-Target": "search-hits"}


def people(user, text, limit):
    return [Hit(f"{text} {n}", "<b>quiet</b>", f"/p/{n}/", "users") for n in range(limit + 5)]


def test_the_box_gets_the_list_alone(signed_in):
    register_source(Source("people", "People", people))
    page = signed_in("clerk").get("/search/?q=lin", headers=IN_BOX).content.decode()
    assert "<html" not in page
    assert page.count('role="option"') == 6
    assert 'href="/p/0/"' in page


def test_without_scripts_the_same_address_is_a_page(signed_in):
    register_source(Source("people", "People", people))
    page = signed_in("clerk").get("/search/?q=lin").content.decode()
    assert "<html" in page
    assert page.count('class="wb-hit"') == 25


@pytest.mark.parametrize("headers", [IN_BOX, {}])
def test_what_was_typed_and_found_is_shown_as_text(signed_in, headers):
    register_source(Source("people", "People", people))
    page = signed_in("clerk").get("/search/", {"q": "<i>x"}, headers=headers).content.decode()
    assert "<i>" not in page
    assert "<b>quiet" not in page
    assert "&lt;i&gt;x" in page


def test_nothing_found_says_so_and_what_to_try(signed_in):
    page = signed_in("clerk", language="zh-hans").get("/search/?q=zzz", headers=IN_BOX).content.decode()
    assert "没有找到“zzz”" in page


def test_before_anything_is_typed_the_box_offers_the_deeds(signed_in):
    register_command(Command("New order", "guarded", "plus", "enter_orders"))
    page = signed_in("clerk").get("/search/?q=", headers=IN_BOX).content.decode()
    assert "New order" in page


def test_deeds_and_pages_are_found_by_any_of_their_words_but_only_permitted_ones(person):
    register_command(Command("New order", "guarded", "plus", "enter_orders", words="lrdd 录入订单"))
    register_command(Command("New secret order", "guarded", "plus", "administer"))
    register_item(NavItem("orders", "Orders", "guarded", "inbox", "enter_orders"))
    clerk = person("clerk")
    assert [hit.label for hit in find_commands(clerk, "ORDER", 9)] == ["New order", "Orders"]
    assert [hit.label for hit in find_commands(clerk, "lrdd", 9)] == ["New order"]
    assert find_commands(person("warehouse"), "order", 9) == []


def test_a_deed_with_a_chinese_name_is_found_by_its_pinyin_initials(person):
    register_command(Command("录入订单", "guarded", "plus", "enter_orders"))
    assert [hit.label for hit in find_commands(person("clerk"), "lrdd", 9)] == ["录入订单"]
    assert find_commands(person("clerk"), "xyz", 9) == []


def test_sources_answer_in_their_order_and_empty_ones_are_left_out(person):
    register_source(Source("late", "Late", people, order=20))
    register_source(Source("none", "None", lambda user, text, limit: [], order=15))
    register_source(Source("early", "Early", people, order=10))
    assert [group.name for group in search(person("clerk"), " a  b ", 3)] == ["early", "late"]


def test_blank_text_asks_no_source(person):
    register_source(Source("people", "People", people))
    assert search(person("clerk"), "   ", 3) == []


def test_very_long_text_is_cut(signed_in):
    register_source(Source("people", "People", lambda user, text, limit: [Hit(f"length {len(text)}", "", "/")]))
    assert "length 100<" in signed_in("clerk").get("/search/", {"q": "x" * 5000}).content.decode()
