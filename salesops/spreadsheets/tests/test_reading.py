"""What people's sheets look like, and what the reader makes of them (I6, I8-I10, and the real files)."""

import os
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
import xlsxwriter

from salesops.spreadsheets.faults import SheetRefused
from salesops.spreadsheets.layout import HIDDEN_ROW, REPEATED_HEADINGS, TOTALS_ROW
from salesops.spreadsheets.reading import read_file
from salesops.spreadsheets.tables import CellFault
from salesops.spreadsheets.tests import files

SHARED = Path(__file__).resolve().parents[4] / "shared" / "data"


def shared(name: str) -> Path:
    path = SHARED / name
    if not path.exists():
        if os.environ.get("CI"):
            pytest.fail(f"{name} must be there in CI")
        pytest.skip(f"the shared file {name} is not here")
    return path


def only(path, tmp_path, **options):
    tables = read_file(path, tmp_path / "out", options=options).tables
    assert len(tables) == 1
    return tables[0]


def text_file(tmp_path, text, encoding="utf-8", name="list.csv"):
    path = tmp_path / name
    path.write_bytes(text.encode(encoding))
    return path


LINES = "客户名称,城市,数量\n北京文具有限公司,北京,3\n上海𠮷祥商行,上海,5\n武汉楚衡贸易有限公司,武汉,7\n"


@pytest.mark.parametrize(
    ("encoding", "shown"),
    [
        ("utf-8", "UTF-8"),
        ("utf-8-sig", "UTF-8"),
        ("utf-16", "UTF-16"),
        ("utf-16-le", "UTF-16 LE"),
        ("utf-16-be", "UTF-16 BE"),
        ("gb18030", "GB18030 (GBK)"),
    ],
)
def test_chinese_text_is_read_in_the_encoding_it_was_written_in(encoding, shown, tmp_path):
    read = read_file(text_file(tmp_path, LINES, encoding), tmp_path / "out")
    assert read.encoding == shown
    table = read.tables[0]
    assert table.headings == ["客户名称", "城市", "数量"]
    assert [cells[0] for _, cells in table.rows()] == ["北京文具有限公司", "上海𠮷祥商行", "武汉楚衡贸易有限公司"]


def test_traditional_chinese_is_read_as_big5(tmp_path):
    lines = "客戶名稱,城市,數量\n臺北文具股份有限公司,臺北,3\n高雄貿易商行,高雄,5\n臺中國際實業,臺中,7\n"
    read = read_file(text_file(tmp_path, lines, "big5"), tmp_path / "out")
    assert read.encoding == "Big5"
    assert next(cells[0] for _, cells in read.tables[0].rows()) == "臺北文具股份有限公司"


def test_accented_names_of_excel_in_europe_are_read_as_windows_1252(tmp_path):
    lines = "Name;City;Note\nMüller & Söhne;Köln;“good”\nAna Trujillo;Constitución;–\nFrançois;Orléans;5 €\n"
    read = read_file(text_file(tmp_path, lines, "cp1252"), tmp_path / "out")
    assert read.encoding == "Windows-1252"
    assert next(cells[:2] for _, cells in read.tables[0].rows()) == ["Müller & Söhne", "Köln"]


def test_a_file_written_in_two_encodings_names_the_line(tmp_path):
    path = tmp_path / "mixed.csv"
    path.write_bytes("客户名称,数量\n北京文具,1\n".encode("gbk") + "上海商行有限公司,2\n".encode())
    with pytest.raises(SheetRefused) as caught:
        read_file(path, tmp_path / "out")
    assert caught.value.values == {"line": 3}


def test_the_encoding_can_be_chosen_by_hand(tmp_path):
    path = text_file(tmp_path, "a,b\nKöln,1\n", "cp1252")
    assert list(only(path, tmp_path, encoding="cp1252").rows()) == [(2, ["Köln", "1"])]
    with pytest.raises(SheetRefused, match="line 2"):
        read_file(path, tmp_path / "out", options={"encoding": "utf-8"})


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
def test_the_delimiter_is_told_by_the_lines(mark, tmp_path):
    lines = [["客户", "地址", "数量"], ["甲", '"路1号, 3;4 室"', "1"], ["乙", '"a|b"', "2"], ["丙", "x", "3"]]
    table = only(text_file(tmp_path, "\n".join(mark.join(line) for line in lines)), tmp_path)
    assert table.headings == ["客户", "地址", "数量"]
    assert [cells[1] for _, cells in table.rows()] == ["路1号, 3;4 室", "a|b", "x"]


def test_a_quotation_mark_left_open_names_its_line_and_swallows_nothing(tmp_path):
    path = text_file(tmp_path, 'a,b\n1,2\n"3,4\n5,6\n7,8\n')
    with pytest.raises(SheetRefused, match="line 3"):
        read_file(path, tmp_path / "out")


def test_cells_over_several_lines_keep_the_row_numbers_of_the_file(tmp_path):
    table = only(text_file(tmp_path, 'name,note\nA,"one\ntwo"\nB,x\n'), tmp_path)
    assert list(table.rows()) == [(2, ["A", "one\ntwo"]), (4, ["B", "x"])]


def test_headings_are_found_under_notes_and_blank_rows(tmp_path):
    rows = [
        ["2026年11月 销售明细表"],
        [],
        ["制表人：林晓雯"],
        [],
        ["*客户", "产品", "数量", "单价"],
        ["甲", "纸", 3, 4.5],
    ]
    table = only(files.workbook(tmp_path / "t.xlsx", rows), tmp_path)
    assert (table.header_row, table.headings) == (5, ["*客户", "产品", "数量", "单价"])
    assert list(table.rows()) == [(6, ["甲", "纸", Decimal(3), Decimal("4.5")])]


def test_the_row_of_headings_can_be_given_by_hand(tmp_path):
    path = text_file(tmp_path, "a,b\nc,d\n1,2\n")
    assert only(path, tmp_path, header_row=2).headings == ["c", "d"]
    table = only(path, tmp_path, header_row=0)
    assert (table.headings, table.row_count, table.header_row) == (["A", "B"], 3, 0)


def test_rows_without_headings_are_not_taken_for_headings(tmp_path):
    table = only(text_file(tmp_path, "1001,2,3.5\n1002,4,5.5\n"), tmp_path)
    assert (table.header_row, table.row_count, table.headings) == (0, 2, ["A", "B", "C"])


def test_two_rows_of_headings_become_one(tmp_path):
    with xlsxwriter.Workbook(str(tmp_path / "t.xlsx")) as book:
        sheet = book.add_worksheet()
        sheet.merge_range(0, 0, 1, 0, "订单号")
        sheet.merge_range(0, 1, 0, 2, "客户")
        sheet.merge_range(0, 3, 1, 3, "数量")
        sheet.write_row(1, 1, ["名称", "城市"])
        sheet.write_row(2, 0, ["A1", "甲", "北京", 3])
    table = only(tmp_path / "t.xlsx", tmp_path)
    assert table.headings == ["订单号", "名称", "城市", "数量"]
    assert [number for number, _ in table.rows()] == [3]


def test_blank_and_repeated_headings_get_names_of_their_own(tmp_path):
    table = only(text_file(tmp_path, "名称,,名称,数量\n甲,1,乙,2\n"), tmp_path)
    assert table.headings == ["名称", "B", "名称 (2)", "数量"]


def test_totals_rows_and_repeated_headings_are_named_and_not_imported(tmp_path):
    rows = [["客户", "产品", "数量"], ["甲", "纸", 3], ["客户", "产品", "数量"], ["乙", "笔", 4], ["合 计：", None, 7]]
    table = only(files.workbook(tmp_path / "t.xlsx", rows), tmp_path)
    assert [cells[0] for _, cells in table.rows()] == ["甲", "乙"]
    assert table.left_out_count == {TOTALS_ROW: 1, REPEATED_HEADINGS: 1}
    assert [(p.row, p.reason) for p in table.left_out_problems()] == [(3, REPEATED_HEADINGS), (5, TOTALS_ROW)]


def test_a_customer_whose_name_is_total_is_not_a_totals_row(tmp_path):
    table = only(text_file(tmp_path, "customer,product,quantity\nTotal,paper,3\nA,b,4\n"), tmp_path)
    assert table.row_count == 2


def test_trailing_blanks_and_blank_rows_inside_do_not_count(tmp_path):
    with xlsxwriter.Workbook(str(tmp_path / "t.xlsx")) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["客户", "数量"])
        sheet.write_row(1, 0, ["甲", 1])
        sheet.write_row(4, 0, ["乙", 2])
        blank = book.add_format({"bg_color": "yellow"})
        for row in range(5, 10_000):
            sheet.write_blank(row, 0, None, blank)
        sheet.write_blank(3, 400, None, blank)
    table = only(tmp_path / "t.xlsx", tmp_path)
    assert [number for number, _ in table.rows()] == [2, 5]
    assert len(table.headings) == 2


def test_hidden_rows_and_columns_are_told_and_left_out_only_when_asked(tmp_path):
    with xlsxwriter.Workbook(str(tmp_path / "t.xlsx")) as book:
        sheet = book.add_worksheet()
        for place, row in enumerate([["客户", "底价", "数量"], ["甲", 1, 2], ["乙", 3, 4], ["丙", 5, 6]]):
            sheet.write_row(place, 0, row)
        sheet.set_row(2, None, None, {"hidden": True})
        sheet.set_column(1, 1, None, None, {"hidden": True})
    table = only(tmp_path / "t.xlsx", tmp_path)
    assert (table.row_count, table.hidden_rows, table.hidden_columns) == (3, 1, ["底价"])
    left = only(tmp_path / "t.xlsx", tmp_path, hidden="leave")
    assert (left.row_count, left.left_out_count) == (2, {HIDDEN_ROW: 1})


def test_rows_of_a_hidden_sheet_are_hidden_rows(tmp_path):
    path = tmp_path / "b.xlsx"
    with xlsxwriter.Workbook(path) as book:
        for name in ("今年", "去年"):
            sheet = book.add_worksheet(name)
            sheet.write_row(0, 0, ["客户", "数量"])
            sheet.write_row(1, 0, ["甲", 1])
        sheet.hide()
    whole = read_file(path, tmp_path / "out")
    assert [(table.name, table.hidden_rows) for table in whole.tables] == [("今年", 0), ("去年", 1)]
    assert "is hidden" in whole.tables[1].notes[0].text
    shown = read_file(path, tmp_path / "out", options={"hidden": "leave"})
    assert [table.name for table in shown.tables] == ["今年"]
    assert "left out" in shown.notes[0].text


def test_a_block_merged_over_rows_gives_each_row_its_value(tmp_path):
    with xlsxwriter.Workbook(str(tmp_path / "t.xlsx")) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["订单号", "产品", "数量"])
        sheet.merge_range(1, 0, 3, 0, "SO-1")
        for row, product in enumerate(["纸", "笔", "墨", "夹"], 1):
            sheet.write_row(row, 1, [product, row])
        sheet.write(4, 0, "SO-2")
    table = only(tmp_path / "t.xlsx", tmp_path)
    assert [cells[0] for _, cells in table.rows()] == ["SO-1", "SO-1", "SO-1", "SO-2"]
    assert any("merged" in note.text for note in table.notes)


def test_a_formula_without_its_value_and_an_error_are_faults_not_empty_cells(tmp_path):
    with xlsxwriter.Workbook(str(tmp_path / "t.xlsx")) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["客户", "金额", "比"])
        sheet.write(1, 0, "甲")
        sheet.write_formula(1, 1, "=SUM(A1:A9)", None, "")
        sheet.write_formula(1, 2, "=1/0", None, "#DIV/0!")
        sheet.write(2, 0, "乙")
        sheet.write_formula(2, 1, "=3*4", None, 12)
    table = only(tmp_path / "t.xlsx", tmp_path)
    first, second = [cells for _, cells in table.rows()]
    assert first == ["甲", CellFault("formula"), CellFault("error", "#DIV/0!")]
    assert second == ["乙", Decimal(12), None]


def test_numbers_dates_and_flags_keep_their_kind(tmp_path):
    with xlsxwriter.Workbook(str(tmp_path / "t.xlsx")) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["号", "额", "日", "刻", "是"])
        sheet.write_number(1, 0, 123.0)
        sheet.write_number(1, 1, 129.69600000000003)
        sheet.write_datetime(1, 2, datetime(2026, 1, 2), book.add_format({"num_format": "yyyy-mm-dd"}))
        sheet.write_datetime(1, 3, datetime(2026, 1, 2, 10, 11), book.add_format({"num_format": "yyyy-mm-dd hh:mm"}))
        sheet.write_boolean(1, 4, True)
    table = only(tmp_path / "t.xlsx", tmp_path)
    [(_, cells)] = table.rows()
    assert cells == [Decimal(123), Decimal("129.696"), date(2026, 1, 2), datetime(2026, 1, 2, 10, 11), True]
    assert str(cells[0]) == "123"


def test_dates_counted_from_1904_are_the_same_days(tmp_path):
    with xlsxwriter.Workbook(str(tmp_path / "t.xlsx"), {"date_1904": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["客户", "日期"])
        sheet.write(1, 0, "甲")
        sheet.write_datetime(1, 1, datetime(2026, 1, 2), book.add_format({"num_format": "yyyy-mm-dd"}))
    [(_, cells)] = only(tmp_path / "t.xlsx", tmp_path).rows()
    assert cells[1] == date(2026, 1, 2)


def test_a_table_that_begins_away_from_the_corner_keeps_rows_and_columns(tmp_path):
    with xlsxwriter.Workbook(str(tmp_path / "t.xlsx")) as book:
        sheet = book.add_worksheet()
        sheet.write_row(4, 2, ["客户", "数量"])
        sheet.write_row(5, 2, ["甲", 1])
    table = only(tmp_path / "t.xlsx", tmp_path)
    assert (table.header_row, table.headings) == (5, ["A", "B", "客户", "数量"])
    assert list(table.rows()) == [(6, [None, None, "甲", Decimal(1)])]


def test_several_files_are_one_workbook_under_the_names_people_gave_them(tmp_path):
    folder = tmp_path / "set"
    folder.mkdir()
    text_file(folder, "订单号,客户\n1,甲\n", name="00.csv")
    files.workbook(folder / "01.xlsx", [["订单号", "产品"], ["1", "纸"]], "Sheet1")
    read = read_file(folder, tmp_path / "out", options={"names": {"00.csv": "订单.csv", "01.xlsx": "明细.xlsx"}})
    assert [(table.name, table.row_count) for table in read.tables] == [("订单", 1), ("明细", 1)]


def test_the_watch_is_told_how_far_reading_is(tmp_path):
    told = []
    path = text_file(tmp_path, "a,b\n" + "1,2\n" * 20_000)
    read_file(path, tmp_path / "out", watch=lambda done, total, step: told.append((done, step)))
    assert told[-1][0] > 16_000


def test_the_superstore_workbook_is_read_whole(tmp_path):
    read = read_file(shared("superstore_cn/示例 - 超市.xls"), tmp_path / "out")
    assert [(t.name, t.row_count) for t in read.tables] == [("订单", 10_000), ("退货", 296), ("销售人员", 6)]
    sales = read.tables[0].headings.index("销售额")
    amounts = [Decimal(str(cells[sales])) for _, cells in read.tables[0].rows()]
    assert sum(amounts, Decimal(0)).quantize(Decimal("0.01")) == Decimal("16117548.24")
    assert Decimal("129.696") in amounts


def test_its_gbk_variant_holds_the_same_rows(tmp_path):
    read = read_file(shared("superstore_cn/derived/订单_gbk.csv"), tmp_path / "out")
    table = read.tables[0]
    assert (read.encoding, table.row_count, len(table.headings)) == ("GB18030 (GBK)", 10_000, 20)
    sales = table.headings.index("销售额")
    assert sum((Decimal(str(c[sales])) for _, c in table.rows()), Decimal(0)).quantize(Decimal("0.01")) == Decimal(
        "16117548.24"
    )


def test_northwinds_folder_is_one_workbook(tmp_path):
    read = read_file(shared("northwind/csv"), tmp_path / "out")
    counts = {table.name: table.row_count for table in read.tables}
    assert (counts["orders"], counts["order_details"], counts["customers"]) == (830, 2155, 91)
    customers = next(table for table in read.tables if table.name == "customers")
    assert any("Constitución" in str(cells) for _, cells in customers.rows())


def test_the_erp_templates_have_their_headings_under_the_note(tmp_path):
    for path in sorted(shared("jsherp_cn").glob("*.xls")):
        table = only(path, tmp_path)
        assert (table.header_row, table.row_count) == (2, 2)
        assert any("*" in heading for heading in table.headings)
