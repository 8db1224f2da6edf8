"""Checks of numbers, with the vectors the standards give."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from customers.validation import (
    MAX_SUGGESTIONS,
    USCC_ALPHABET,
    check_bank_account,
    check_bank_number,
    check_phone,
    check_postcode,
    check_quantity,
    check_tax_category,
    check_tax_number,
    check_text,
    check_uscc,
    is_uscc,
    suggest_uscc,
    uscc_check_character,
)

VALID = (
    "91110000802100433B", "91440300708461136T", "9144030071526726XG", "914403001922038216", "91330100799655058B",
    "91310000132260250X",
)  # fmt: skip


@pytest.mark.parametrize("code", VALID)
def test_valid_codes_pass_both_checks(code):
    assert check_uscc(code) == []
    assert check_uscc(f" {code[:6].lower()} {code[6:].lower()}") == []
    assert check_uscc("".join(chr(ord(sign) + 0xFEE0) for sign in code)) == []


def test_the_standards_own_printed_example_is_refused():
    assert check_uscc("91350100M000100Y4Z")[0].level == "error"
    assert uscc_check_character("91350100M000100Y4") == "3"


@pytest.mark.parametrize("code", VALID)
def test_every_single_slip_is_caught_and_the_right_code_suggested(code):
    tried = 0
    wrong = [code[:at] + sign + code[at + 1 :] for at in range(18) for sign in USCC_ALPHABET if sign != code[at]]
    wrong += [code[:at] + code[at + 1] + code[at] + code[at + 2 :] for at in range(17) if code[at] != code[at + 1]]
    for typed in wrong[:: 5 if code != VALID[0] else 1]:
        assert not is_uscc(typed)
        suggestions = suggest_uscc(typed)
        assert code in suggestions
        assert len(suggestions) <= MAX_SUGGESTIONS
        tried += 1
    assert tried > 100


@given(st.sampled_from(VALID), st.integers(0, 17), st.sampled_from(USCC_ALPHABET))
@settings(max_examples=200)
def test_any_substitution_leads_back(code, at, sign):
    typed = code[:at] + sign + code[at + 1 :]
    assert typed == code or (check_uscc(typed)[0].level == "error" and code in check_uscc(typed)[0].suggestions)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("9I110000802100433B", "91110000802100433B"),
        ("9111OOOO8O21OO433B", "91110000802100433B"),
        ("9133010079965S058B", "91330100799655058B"),
        ("91310000132Z60250X", "91310000132260250X"),
    ],
)
def test_letters_that_look_like_digits_are_offered_as_digits(typed, meant):
    assert check_uscc(typed)[0].suggestions == (meant,)


def test_a_character_too_few_or_too_many_is_counted_and_mended():
    short = check_uscc("9111000080210043B")[0]
    assert short.values == {"count": 17}
    assert VALID[0] in short.suggestions
    assert VALID[0] in check_uscc("911100000802100433B")[0].suggestions


@pytest.mark.parametrize(
    ("kind", "number", "right"),
    [
        ("none", "", True),
        ("none", "123", False),
        ("uscc", "", False),
        ("old", "110108802100433", True),
        ("old", "11010880210043312345", True),
        ("old", "1101", False),
        ("foreign", "DE 811-907-980", True),
        ("foreign", "公司", False),
    ],
)
def test_other_tax_numbers_pass_only_under_their_own_kind(kind, number, right):
    assert (check_tax_number(kind, number) == []) is right


@pytest.mark.parametrize(
    ("number", "level"),
    [
        ("13800001234", ""), ("+86 138-0000-1234", ""), ("0086 13800001234", ""), ("19200001234", ""),
        ("16600001234", ""), ("１３８００００１２３４", ""), ("14500001234", "note"), ("1380000123", "error"),
        ("12800001234", "error"), ("0571-88886600", ""), ("(0571) 88886600", ""), ("0571-88886600-801", ""),
        ("0571-88886600转801", ""), ("010-6552 9988", ""), ("+86 571 88886600", ""), ("400-820-8820", ""),
        ("8008208820", ""), ("88886600", "note"), ("+44 20 7946 0958", ""), ("+44 1", "error"), ("hello", "error"),
        ("13800001234/13900001234", ""), ("", ""),
    ],
)  # fmt: skip
def test_phones(number, level):
    assert [problem.level for problem in check_phone(number)] == ([level] if level else [])


def test_a_foreign_buyers_odd_phone_is_only_noted():
    assert [problem.level for problem in check_phone("(5) 555-4729", foreign=True)] == ["note"]


def test_bank_numbers_postcodes_and_tax_categories():
    assert check_bank_account("6222 0202-00012345") == []
    assert check_bank_account("abc")[0].level == "note"
    assert check_bank_number("102331002345") == []
    assert check_bank_number("10233100234")[0].level == "error"
    assert check_postcode("310051") == []
    assert check_postcode("31005")[0].level == "error"
    assert check_postcode("SW1A 1AA", foreign=True) == []
    assert check_tax_category("1060105020000000000") == []
    assert check_tax_category("10601")[0].values == {"count": 5}


def test_quantities_are_held_against_packs_minimum_and_habit():
    assert check_quantity(Decimal(24), pack_size=Decimal(12), minimum=Decimal(12)) == []
    odd = check_quantity(Decimal(30), pack_size=Decimal(12))
    assert (odd[0].level, odd[0].suggestions) == ("note", ("24", "36"))
    assert check_quantity(Decimal(6), minimum=Decimal(12))[0].suggestions == ("12",)
    assert check_quantity(Decimal(301), usual_maximum=Decimal(100))
    assert check_quantity(Decimal(300), usual_maximum=Decimal(100)) == []


def test_signs_that_cannot_be_printed_are_refused():
    assert check_text("澜庭 👩‍👩‍👧\t=1+1", "name") == []
    assert check_text("a\nb", "name")[0].level == "error"
    assert check_text("a\nb", "remarks", lines=True) == []
    assert check_text("a\x07", "name")[0].level == "error"
    assert check_text("a\ud800", "name")[0].level == "error"


@given(st.text(max_size=60))
def test_no_check_breaks_on_any_text(text):
    for problem in [*check_uscc(text), *check_phone(text), *check_bank_account(text), *check_text(text, "x")]:
        assert problem.sentence
