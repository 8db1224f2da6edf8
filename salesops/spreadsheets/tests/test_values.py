"""I10 and I11: what a cell says, and what it does not."""

from datetime import date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesops.spreadsheets.faults import CellProblem
from salesops.spreadsheets.tables import CellFault
from salesops.spreadsheets.values import (
    DateOrder,
    detect_date_order,
    to_code,
    to_date,
    to_decimal,
    to_flag,
    to_moment,
    to_text,
    uses_decimal_comma,
)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("１２３．５", "123.5"),
        ("￥1,234.50", "1234.50"),
        ("¥ 1,234.50", "1234.50"),
        ("$-3.20", "-3.20"),
        ("-€3.20", "-3.20"),
        ("1,234.50元", "1234.50"),
        ("(1,234.50)", "-1234.50"),
        ("（1,234.50）", "-1234.50"),
        ("1,234.50-", "-1234.50"),
        ("−5", "-5"),
        ("1.38E+10", "13800000000"),
        ("12%", "0.12"),
        ("１２％", "0.12"),
        ("\u200b 12\u3000", "12"),
        ("1 234.5", "1234.5"),
        ("1,234,567", "1234567"),
        (".5", "0.5"),
        ("0", "0"),
    ],
)
def test_a_number_is_read_however_it_is_written(text, number):
    assert to_decimal(text) == Decimal(number)


@pytest.mark.parametrize(
    "text", ["两百", "待定", "1,23", "12,50", "1.2.3", "--5", "1e999", "NaN", "Infinity", "٣x", "5 箱", "1/2"]
)
def test_what_is_no_number_is_refused_with_its_value(text):
    with pytest.raises(CellProblem) as caught:
        to_decimal(text)
    assert caught.value.values["value"] == text


def test_empty_cells_are_none_and_faults_are_problems():
    assert to_decimal(None) is None
    assert to_decimal(" \u3000") is None
    assert to_date("") is None
    assert to_text(None) == ""
    for read in (to_decimal, to_date, to_moment, to_text, to_code, to_flag):
        with pytest.raises(CellProblem, match="never calculated"):
            read(CellFault("formula"))
        with pytest.raises(CellProblem, match="#REF!"):
            read(CellFault("error", "#REF!"))


def test_a_column_with_decimal_commas_says_so():
    assert uses_decimal_comma(["12,50", "1.234,00"])
    assert not uses_decimal_comma(["1,234.00", "12.50"])
    assert not uses_decimal_comma(["1,234", "5,678"])
    assert to_decimal("1.234,50", decimal_comma=True) == Decimal("1234.50")


@given(st.decimals(min_value=-(10**12), max_value=10**12, places=4))
def test_any_amount_survives_being_written_with_separators(number):
    assert to_decimal(f"{number:,}") == number
    assert to_decimal(f"￥{number:,}") == number


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026年1月2日", date(2026, 1, 2)),
        ("2026年01月02日 星期五", date(2026, 1, 2)),
        ("２０２６/１/２", date(2026, 1, 2)),
        ("2017/4/27", date(2017, 4, 27)),
        ("2026.1.2", date(2026, 1, 2)),
        ("2026-01-02 10:11", date(2026, 1, 2)),
        ("2026-01-02T10:11:12Z", date(2026, 1, 2)),
        ("20260102", date(2026, 1, 2)),
        ("46024", date(2026, 1, 2)),
        ("2-Jan-2026", date(2026, 1, 2)),
        ("Jan 2, 2026", date(2026, 1, 2)),
        ("13/2/2026", date(2026, 2, 13)),
    ],
)
def test_a_date_is_read_however_it_is_written(text, day):
    order = DateOrder.DAY_FIRST if text.startswith("13/") else DateOrder.YEAR_FIRST
    assert to_date(text, order) == day


@pytest.mark.parametrize("text", ["2026/2/30", "2026-13-01", "2025-02-29", "31/4/2026", "20260231"])
def test_a_day_that_does_not_exist_is_refused(text):
    order = DateOrder.DAY_FIRST if text.endswith("2026") else DateOrder.YEAR_FIRST
    with pytest.raises(CellProblem, match="does not exist"):
        to_date(text, order)


@pytest.mark.parametrize("cell", ["待定", "12", Decimal("1.5"), Decimal(12), True, "2026-01-02 25:00", "明天"])
def test_what_is_no_date_is_refused(cell):
    with pytest.raises(CellProblem):
        to_date(cell)


def test_a_moment_keeps_its_offset_and_its_afternoon():
    assert to_moment("2026/1/2 下午3:05") == datetime(2026, 1, 2, 15, 5)
    assert to_moment("1/2/2026 12:30 AM", DateOrder.MONTH_FIRST) == datetime(2026, 1, 2, 0, 30)
    aware = to_moment("2026-01-02T10:11:12+08:00")
    assert aware == datetime(2026, 1, 2, 10, 11, 12, tzinfo=timezone(timedelta(hours=8)))
    assert to_moment(Decimal("46024.5")) == datetime(2026, 1, 2, 12, 0)


def test_the_whole_column_decides_which_number_is_the_month():
    assert detect_date_order(["7/4/1996", "7/16/1996"]).order is DateOrder.MONTH_FIRST
    assert detect_date_order(["4/7/1996", "16/7/1996"]).order is DateOrder.DAY_FIRST
    assert not detect_date_order(["7/4/1996", "7/16/1996"]).ambiguous
    assert detect_date_order(["3/4/2026", "5/6/2026"]).ambiguous
    assert detect_date_order(["26.1.2"]).ambiguous
    assert not detect_date_order(["2026/1/2", None, date(2026, 1, 2)]).ambiguous
    assert not detect_date_order(["5/5/2026"]).ambiguous
    assert detect_date_order(["13/5/2026", "5/13/2026"]).ambiguous
    assert detect_date_order(["31-12-2014", "3/4/2014"]).ambiguous, "two programs wrote this column"
    assert not detect_date_order(["31-12-2014", "30/4/2014"]).ambiguous


def test_one_impossible_date_among_many_does_not_turn_the_order():
    cells = [f"{month}/{day}/2026" for month in range(1, 13) for day in (14, 20)] + ["2/30/2026"]
    evidence = detect_date_order(cells)
    assert (evidence.order, evidence.ambiguous, evidence.contradicts) == (DateOrder.MONTH_FIRST, False, True)


@given(st.dates(min_value=date(1970, 1, 1), max_value=date(2069, 12, 31)))
def test_every_day_is_read_back_in_each_order(day):
    assert to_date(f"{day.year}年{day.month}月{day.day}日") == day
    assert to_date(f"{day.month}/{day.day}/{day.year}", DateOrder.MONTH_FIRST) == day
    assert to_date(f"{day.day}.{day.month}.{day.year}", DateOrder.DAY_FIRST) == day
    assert to_date(f"{day.year % 100:02d}-{day.month}-{day.day}", DateOrder.YEAR_FIRST) == day


def test_names_keep_their_full_width_signs_and_lose_what_cannot_be_seen():
    assert to_text("\u3000（张三）\u200b") == "（张三）"
    assert to_text("\ufeff北京，文具") == "北京，文具"
    assert to_text("👨‍👩‍👧 family") == "👨‍👩‍👧 family"
    assert to_text("a\u202eb") == "ab"


def test_control_characters_and_overlong_text_are_refused():
    with pytest.raises(CellProblem, match=r"U\+0000"):
        to_text("a\0b")
    with pytest.raises(CellProblem, match="5 characters"):
        to_text("abcde", max_length=4)


def test_codes_keep_their_zeros_and_lose_no_digit():
    assert to_code(Decimal("123")) == "123"
    assert to_code(Decimal("123.0")) == "123"
    assert to_code("００１２３") == "00123"
    assert to_code("１３８００１３８０００") == "13800138000"
    with pytest.raises(CellProblem, match="lost"):
        to_code(Decimal("913101157654321000"))


def test_yes_and_no_in_the_words_people_use():
    assert [to_flag(word) for word in ("是", "Y", "√", "1", True, Decimal(1))] == [True] * 6
    assert [to_flag(word) for word in ("否", "no", "0", False, "停用")] == [False] * 5
    assert to_flag("") is None
    with pytest.raises(CellProblem):
        to_flag("也许")
