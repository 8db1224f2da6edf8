"""Both languages are complete: every word has its translation, and no word escapes translation."""

import ast
import re

import polib
import pytest
from django.apps import apps
from django.contrib import admin
from django.utils import translation

from tests.house.words import APPS, CATALOGUE, ROOT, collect, entry_word, sources, templates

PLACES = re.compile(r"%\((\w+)\)[sd]|%[sd]")
TAGS = re.compile(r"{%-?.*?-?%}|{{.*?}}|{#.*?#}", re.DOTALL)
BLOCKS = re.compile(  # words that are translated elsewhere, or that are classes and no words
    r"{%\s*(blocktranslate|comment)\b.*?{%\s*end\1\s*%}|{%\s*block (?:shell|main)_class\s*%}.*?{%\s*endblock\s*%}",
    re.DOTALL,
)
ELEMENTS = re.compile(r"<!--.*?-->|<(style|script|kbd|code)\b.*?</\1>|<!?/?[a-zA-Z][^>]*>", re.DOTALL)
SPOKEN = re.compile(r"""\s(title|placeholder|aria-label|alt|data-confirm|value)\s*=\s*"([^"]*)\"""")
LETTERS = re.compile(r"[A-Za-z一-鿿]{2,}|[一-鿿]")
WORDS_KEYWORDS = {"label", "help_text", "verbose_name", "verbose_name_plural", "empty_label", "description", "title"}
LANGUAGE_NAMES = {"简体中文", "English", "EN", "中", "中文"}


@pytest.fixture(scope="module")
def catalogue() -> polib.POFile:
    return polib.pofile(str(CATALOGUE))


def test_every_word_has_a_chinese_translation(catalogue):
    found = collect()
    assert len(found.places) > 100, "the collector must see the product's words"
    translated = {entry_word(entry) for entry in catalogue.translated_entries()}
    missing = [f"{word.text!r} ({places[0]})" for word, places in found.places.items() if word not in translated]
    assert missing == []


def test_no_translation_is_fuzzy_or_left_over(catalogue):
    assert [entry.msgid for entry in catalogue.fuzzy_entries()] == []
    assert [entry.msgid for entry in catalogue.obsolete_entries()] == []
    used = set(collect().places)
    assert [entry.msgid for entry in catalogue if entry_word(entry) not in used] == []


def test_a_translation_keeps_the_places_of_its_source(catalogue):
    wrong = []
    for entry in catalogue:
        texts = list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]
        wanted = {place.group(0) for place in PLACES.finditer(entry.msgid_plural or entry.msgid)}
        wrong += [entry.msgid for text in texts if {place.group(0) for place in PLACES.finditer(text)} != wanted]
    assert wrong == []


def test_a_translation_with_places_can_be_filled_in(catalogue):
    """A lone percent sign in it cannot: the page would fall back to English without a word."""
    filled, wrong = 0, []
    for entry in catalogue:
        names = re.findall(r"%\((\w+)\)", entry.msgid_plural or entry.msgid)
        for text in list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]:
            if not names:
                continue
            try:
                assert text % dict.fromkeys(names, 7)
                filled += 1
            except (ValueError, TypeError):
                wrong.append(text)
    assert wrong == []
    assert filled > 300


def test_no_template_shows_a_word_outside_gettext():
    swept, found = 0, []
    for path in templates():
        swept += 1
        text = BLOCKS.sub(" ", path.read_text(encoding="utf-8"))
        text = TAGS.sub(" ", text)
        spoken = [match.group(2) for match in SPOKEN.finditer(text) if match.group(1) != "value"]
        for piece in [*ELEMENTS.sub("\n", text).splitlines(), *spoken]:
            words = piece.replace("&nbsp;", " ").strip()
            words = re.sub(r"&[a-z]+;|&#\d+;", " ", words)
            if LETTERS.search(words) and words not in LANGUAGE_NAMES:
                found.append(f"{path.relative_to(ROOT)}: {words[:80]}")
    assert swept > 20
    assert found == []


def test_no_form_or_column_carries_a_bare_literal():
    found = []
    for path in sources():
        if {"management", "serving"} & set(path.parts):
            continue  # the command line speaks English
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            for keyword in node.keywords:
                value = keyword.value
                if keyword.arg not in WORDS_KEYWORDS or not isinstance(value, ast.Constant):
                    continue
                if isinstance(value.value, str) and LETTERS.search(value.value):
                    found.append(f"{path.relative_to(ROOT)}:{value.lineno} {keyword.arg}={value.value!r}")
    assert found == []


def test_every_room_has_a_chinese_name_in_the_administration():
    with translation.override("zh-hans"):
        names = [
            str(apps.get_app_config(model._meta.app_label).verbose_name)
            for model in admin.site._registry
            if model.__module__.split(".")[0] in APPS
        ]
    assert len(set(names)) > 4
    assert [name for name in names if name.isascii()] == []
