"""I7 and I14: no cell we write is ever a formula, and what goes out comes back the same."""

import csv
from datetime import date, datetime
from decimal import Decimal

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from salesops.spreadsheets.reading import read_file
from salesops.spreadsheets.writing import Sheet, escape, unescape, write_csv, write_sheets, write_xlsx

PAYLOADS = [
    "=1+1",
    "=cmd|' /C calc'!A0",
    '=HYPERLINK("http://x.example","click")',
    "+1+1",
    "-1+1",
    "@SUM(1)",
    "\t=1+1",
    "\r=1+1",
    "＝1+1",
    ";=1+1",
    "'=1+1",
    "''=1+1",
    "http://x.example",
]


def test_no_payload_becomes_a_formula_or_a_link_in_a_workbook(tmp_path):
    path = tmp_path / "out.xlsx"
    write_xlsx(path, PAYLOADS, [[text] for text in PAYLOADS], title="=x")
    book = openpyxl.load_workbook(path)
    for row in book.active.iter_rows():
        for cell in row:
            assert cell.data_type in ("s", "n")
            assert cell.hyperlink is None
    texts = [str(row[0].value).replace("_x000D_", "\r") for row in book.active.iter_rows(min_row=2)]
    assert texts == PAYLOADS


def test_every_payload_is_prefixed_in_a_text_file_and_comes_back_as_it_was(tmp_path):
    path = tmp_path / "out.csv"
    write_csv(path, ["name", "n"], [[text, Decimal("-5.50")] for text in PAYLOADS])
    with path.open(encoding="utf-8-sig", newline="") as opened:
        rows = list(csv.reader(opened))[1:]
    assert all(not row[0].startswith(("=", "+", "-", "@", "\t", "\r", "＝", ";")) for row in rows)
    assert {row[1] for row in rows} == {"-5.50"}
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    read = read_file(path, tmp_path / "in").tables[0]
    assert [cells[0] for _, cells in read.rows()] == PAYLOADS


@given(st.text())
def test_taking_our_prefix_off_gives_back_what_was_written(text):
    assert unescape(escape(text)) == text or not text.startswith("'")
    assert unescape(escape(text)) == text or unescape(text) != text


def test_numbers_dates_and_text_are_typed(tmp_path):
    path = tmp_path / "out.xlsx"
    row = ["文本", Decimal("-1234.50"), 7, date(2026, 1, 2), datetime(2026, 1, 2, 10, 11), True, None, "123"]
    write_xlsx(path, list("abcdefgh"), [row], title="订单")
    cells = next(openpyxl.load_workbook(path).active.iter_rows(min_row=2))
    assert [cell.value for cell in cells] == [
        "文本",
        -1234.5,
        7,
        datetime(2026, 1, 2),
        datetime(2026, 1, 2, 10, 11),
        True,
        None,
        "123",
    ]
    assert openpyxl.load_workbook(path).active.freeze_panes == "A2"


def test_sheets_of_one_name_are_kept_apart(tmp_path):
    path = tmp_path / "out.xlsx"
    count = write_sheets(path, [Sheet("a/b", ["x"], [[1]]), Sheet("a/b", ["x"], [[2]])])
    assert count == 2
    assert openpyxl.load_workbook(path).sheetnames == ["a b", "a b 2"]


def test_what_a_workbook_cannot_hold_is_left_out_of_text(tmp_path):
    path = tmp_path / "out.xlsx"
    write_xlsx(path, ["a"], [["x\0\x01y\ufffe"], ["长" * 40_000], [Decimal("1234567890123456789")]], title="t")
    values = [row[0].value for row in openpyxl.load_workbook(path).active.iter_rows(min_row=2)]
    assert values == ["xy", "长" * 32_767, "1234567890123456789"]


TEXT = st.text(
    st.characters(blacklist_categories=("Cs", "Cc", "Zs", "Zl", "Zp", "Cf", "Cn", "Co")), min_size=1, max_size=12
)
TEXT = TEXT.filter(lambda text: text not in ("#REF!",) and not text.startswith("'"))
NUMBERS = st.decimals(min_value=-(10**9), max_value=10**9, places=3)
ROWS = st.lists(
    st.tuples(TEXT, NUMBERS, st.dates(min_value=date(1955, 1, 1), max_value=date(2100, 1, 1))), min_size=1, max_size=6
)


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=ROWS)
def test_a_table_goes_out_and_comes_back_equal(kind, rows, tmp_path):
    path = tmp_path / f"t.{kind}"
    headings = ["客户名称", "金额", "订单日期"]
    if kind == "xlsx":
        write_xlsx(path, headings, rows, title="t")
    else:
        write_csv(path, headings, rows)
    table = read_file(path, tmp_path / "in").tables[0]
    assert table.headings == headings
    back = [cells for _, cells in table.rows()]
    if kind == "xlsx":
        assert back == [[text, number, day] for text, number, day in rows]
    else:
        assert [[text, Decimal(str(number)), date.fromisoformat(str(day))] for text, number, day in back] == [
            list(r) for r in rows
        ]
