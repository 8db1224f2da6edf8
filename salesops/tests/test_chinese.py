"""Chinese text as an office needs it."""

import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesops.chinese import (
    amount_in_words,
    mask_account,
    mask_email,
    mask_name,
    mask_phone,
    normalise_company_name,
    pinyin_initials,
    to_half_width,
)

DIGITS = "零壹贰叁肆伍陆柒捌玖"


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        ("1409.50", "人民币壹仟肆佰零玖元伍角整"),
        ("6007.14", "人民币陆仟零柒元壹角肆分"),
        ("1680.32", "人民币壹仟陆佰捌拾元叁角贰分"),
        ("107000.53", "人民币壹拾万柒仟元伍角叁分"),
        ("16409.02", "人民币壹万陆仟肆佰零玖元零贰分"),
        ("325.04", "人民币叁佰贰拾伍元零肆分"),
        ("0", "人民币零元整"),
        ("100010000", "人民币壹亿零壹万元整"),
        ("1000000001.10", "人民币壹拾亿零壹元壹角整"),
        ("0.05", "人民币伍分"),
        ("0.5", "人民币伍角整"),
        ("1.005", "人民币壹元零壹分"),
        ("-12.30", "人民币负壹拾贰元叁角整"),
        ("1000100000000", "人民币壹万零壹亿元整"),
    ],
)
def test_an_amount_stands_in_words_as_banks_write_it(amount, words):
    assert amount_in_words(Decimal(amount)) == words


def value_of(text):
    """Read 壹仟零伍 back: written on its own, to hold the other direction against."""
    if not text:
        return 0
    for word, base in (("亿", 10**8), ("万", 10**4), ("仟", 1000), ("佰", 100), ("拾", 10)):
        if word in text:
            before, _, after = text.rpartition(word) if base >= 10**4 else text.partition(word)
            return value_of(before) * base + value_of(after.lstrip("零"))
    return DIGITS.index(text)


@given(st.decimals(min_value=0, max_value=10**15, places=2, allow_nan=False))
def test_words_read_back_are_the_amount(amount):
    words = amount_in_words(amount)
    found = re.fullmatch(r"人民币(?:(.+)元)?零?(?:(.)角)?(?:(.)分)?整?", words)
    assert found, words
    yuan, jiao, fen = found.groups()
    read = (0 if yuan in {None, "零"} else value_of(yuan)) * 100
    read += DIGITS.index(jiao or "零") * 10 + DIGITS.index(fen or "零")
    assert Decimal(read) / 100 == amount
    assert "零零" not in words
    assert words.endswith("整") == (fen is None)


def test_an_amount_too_large_for_words_says_so():
    with pytest.raises(ValueError, match="too large"):
        amount_in_words(Decimal(10) ** 16)


@pytest.mark.parametrize(
    ("text", "initials"),
    [
        ("北京中关村", "bjzgc"),
        ("重庆火锅", "cqhg"),
        ("厦门朝阳贸易有限公司", "xmcymyyxgs"),
        ("长沙银行", "csyh"),
        ("三一重工", "syzg"),
        ("曾国藩", "zgf"),
        ("曾经", "cj"),
        ("单雄信", "sxx"),
        ("单位", "dw"),
        ("尉迟恭", "ycg"),
        ("3M 中国", "3mzg"),
        ("Königlich Essen", "koniglichessen"),
        ("", ""),
        ("😀", ""),
    ],
)
def test_initials_are_what_people_type(text, initials):
    assert pinyin_initials(text) == initials


@given(st.text(max_size=60))
def test_initials_are_always_plain_lower_case(text):
    assert re.fullmatch(r"[a-z0-9]*", pinyin_initials(text))


@given(st.text(max_size=60))
def test_folding_twice_is_folding_once(text):
    assert to_half_width(to_half_width(text)) == to_half_width(text)


def test_numbers_are_folded_to_half_width():
    assert to_half_width("ＡＢ１２－（３）　x") == "AB12-(3) x"


@pytest.mark.parametrize(
    ("phone", "masked"),
    [
        ("13800001234", "138****1234"),
        ("+86 138 0000 1234", "138****1234"),
        ("0571-88886600", "0571-****6600"),
        ("88886600", "****6600"),
        ("400-820-8820", "400-****8820"),
        ("+44 20 7946 0958", "+44-****0958"),
        ("110", "***"),
        ("", ""),
    ],
)
def test_a_phone_keeps_its_ends(phone, masked):
    assert mask_phone(phone) == masked


@given(st.text(alphabet="0123456789+- ()", max_size=30))
def test_a_mask_never_shows_the_number_whole(phone):
    digits = re.sub(r"\D", "", phone)
    shown = re.sub(r"\D", "", mask_phone(phone))
    assert len(shown) < max(len(digits), 1)


def test_accounts_mails_and_names_keep_little():
    assert mask_account("6222 0202 0001 2345") == "****2345"
    assert mask_email("lin@example.com") == "l***@example.com"
    assert mask_email("broken") == "***"
    assert mask_name("张三丰") == "张*"


@pytest.mark.parametrize(
    "spelled",
    [
        "杭州澜庭（中国）有限责任公司",
        "杭州 澜庭(中国)有限公司",
        "杭州澜庭【中国】有限公司 ",
        "杭州澜庭（中国）有限公司。",
    ],
)
def test_spellings_of_one_company_meet(spelled):
    assert normalise_company_name(spelled) == normalise_company_name("杭州澜庭（中国）有限公司")


def test_other_companies_stay_apart():
    assert normalise_company_name("杭州澜庭有限公司") != normalise_company_name("杭州澜庭股份有限公司")
    assert normalise_company_name("ＡＢＣ Co., Ltd.") == normalise_company_name("abc co ltd")
