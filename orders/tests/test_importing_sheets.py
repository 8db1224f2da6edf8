"""Sheets as other people make them: nothing is dropped, merged or guessed."""

import json
import zipfile
from decimal import Decimal
from io import StringIO

import pytest
import xlsxwriter
from django.core.management import CommandError, call_command
from django.db.models import Sum
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from customers.factories import make_customer, make_product
from customers.models import Customer, Product
from orders.actions.enter import add_note
from orders.importing.amounts import Figures, worth_of
from orders.importing.discounts import decide_meaning, spoken_fraction
from orders.importing.planning import Rounder
from orders.models import Order, OrderLine, UnassignedLine
from orders.status import Fulfilment, Status
from orders.tests.sheets import bring_in, write_sheet
from salesops.money import round_money
from salesops.numbering.models import VoidNumber
from salesops.spreadsheets.faults import SheetRefused
from salesops.spreadsheets.models import ImportBatch
from salesops.spreadsheets.tables import IMPORTERS
from staff.factories import make_user
from staff.models import Team
from staff.roles import Role

pytestmark = pytest.mark.django_db

RETAIL = ["InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID", "Country"]
CHINESE = ["单据编号", "单据日期", "往来单位", "商品编码", "品名", "数量", "单价", "金额"]


def test_a_retailers_year_with_cancellations_and_missing_customers(tmp_path):
    rows = [
        RETAIL,
        ["536365", "85123A", "HEART", "6", "12/1/2010 8:26", "2.55", "17850", "United Kingdom"],
        ["536365", "71053", "LANTERN", "6", "12/1/2010 8:27", "3.39", "17850", "United Kingdom"],
        ["536366", "22633", "WARMER", "6", "12/13/2010 8:28", "1.85", "", "United Kingdom"],
        ["C536379", "85123A", "HEART", "-1", "12/1/2010 9:41", "2.55", "14527", "France"],
        ["536370", "GIFT", "FREE", "2", "12/1/2010 9:41", "0", "14527", "France"],
        ["536370", "D", "DISCOUNT", "-1", "12/1/2010 9:41", "5", "14527", "France"],
        ["536371", "X", "NOTHING", "0", "12/1/2010 9:41", "5", "14527", "France"],
        ["536372", "X", "NO PRICE", "3", "12/1/2010 9:41", "", "14527", "France"],
    ]
    report = bring_in(write_sheet(tmp_path, rows))
    assert report == {
        "orders": 3,
        "lines": 5,
        "customers": 2,
        "products": 4,
        "unassigned_lines": 1,
        "refused": {"The quantity is missing or zero.": 1, "Both the price and the amount are missing.": 1},
        "conflicts": 0,
        "net_total": "28.09",
    }
    sale = Order.objects.get(source_number="536365")
    assert sale.line_count == 2
    assert sale.received_at.isoformat() == "2010-12-01T00:26:00+00:00"
    back = Order.objects.get(source_number="C536379")
    assert (back.kind, back.state, back.total) == ("return", Status.COMPLETED, Decimal("-2.55"))
    mixed = Order.objects.get(source_number="536370")
    assert (mixed.kind, mixed.total) == ("sale", Decimal("-5.00"))
    waiting = UnassignedLine.objects.get()
    assert (waiting.source_number, waiting.row, waiting.amount) == ("536366", 4, Decimal("11.10"))


def test_one_number_for_two_customers_or_two_days_is_three_orders_in_any_row_order(tmp_path):
    rows = [
        CHINESE,
        ["X1", "2026-03-02", "甲公司", "A", "甲货", "1", "10", "10"],
        ["X1", "2026-03-02", "乙公司", "A", "甲货", "2", "10", "20"],
        ["X1", "2026-03-03", "甲公司", "A", "甲货", "3", "10", "30"],
        ["X1", "2026-03-02", " 甲公司 ", "B", "乙货", "4", "10", "40"],
    ]
    report = bring_in(write_sheet(tmp_path, rows))
    assert (report["orders"], report["lines"], report["conflicts"]) == (3, 4, 0)
    totals = {(o.customer_name, str(o.received_at.date())): o.total for o in Order.objects.all()}
    assert totals == {("甲公司", "2026-03-01"): 50, ("乙公司", "2026-03-01"): 20, ("甲公司", "2026-03-02"): 30}
    assert Customer.objects.count() == 2
    assert not Order.objects.filter(number__startswith="SO-20260302-0003").exists()


def test_a_dry_run_leaves_nothing_behind(tmp_path):
    rows = [CHINESE, ["X1", "2026-03-02", "甲公司", "A", "甲货", "1", "10", "10"]]
    assert bring_in(write_sheet(tmp_path, rows), dry_run=True)["orders"] == 1
    assert not any(m.objects.exists() for m in (Order, Customer, Product, ImportBatch, UnassignedLine))


def test_states_come_from_the_words_of_the_sheet(tmp_path):
    head = [
        "ORDERNUMBER",
        "QUANTITYORDERED",
        "PRICEEACH",
        "SALES",
        "ORDERDATE",
        "STATUS",
        "PRODUCTCODE",
        "CUSTOMERNAME",
    ]
    words = ["Shipped", "Cancelled", "On Hold", "In Process", "Disputed", "Resolved", "待审核", "胡说"]
    rows = [
        [str(n), "2", "100", "250.5", "2/24/2003 0:00", word, "S10", "Land of Toys"] for n, word in enumerate(words)
    ]
    report = bring_in(write_sheet(tmp_path, [head, *rows]))
    assert report["refused"] == {"This word for the state of an order is not known.": 1}
    states = dict(Order.objects.order_by("source_number").values_list("source_number", "state"))
    assert list(states.values()) == [
        "completed", "cancelled", "clarifying", "confirmed", "completed", "completed", "received",
    ]  # fmt: skip
    assert Order.objects.get(source_number="4").fulfilment == Fulfilment.EXCEPTION
    assert set(OrderLine.objects.values_list("amount", flat=True)) == {Decimal("250.50")}
    assert ImportBatch.objects.get().report["details"]["cancelled_total"] == "250.50"


def test_orders_without_a_day_of_shipping_stay_confirmed_where_the_sheet_has_such_days(tmp_path):
    head = ["订单编号", "下单日期", "发货日期", "客户名称", "产品名称", "数量", "金额"]
    rows = [["1", "2026/3/2", "2026/3/4", "甲", "货", "1", "5"], ["2", "2026/3/2", "", "甲", "货", "1", "5"]]
    bring_in(write_sheet(tmp_path, [head, *rows]))
    done, waiting = Order.objects.order_by("source_number")
    assert (done.state, done.fulfilment, int(done.lines.get().shipped_quantity)) == ("completed", "shipped", 1)
    assert (waiting.state, waiting.fulfilment, int(waiting.lines.get().shipped_quantity)) == ("confirmed", "none", 0)


def test_tax_is_only_what_the_sheet_says(tmp_path):
    head = [*CHINESE, "税率", "税额", "价税合计"]
    rows = [
        ["1", "2026-03-02", "甲", "A", "货", "2", "50", "100", "13%", "13", "113"],
        ["2", "2026-03-02", "甲", "A", "货", "2", "50", "100", "", "", ""],
    ]
    report = bring_in(write_sheet(tmp_path, [head, *rows]))
    assert report["net_total"] == "200.00"
    taxed, plain = Order.objects.order_by("source_number")
    assert [taxed.net, taxed.tax, taxed.total] == [100, 13, 113]
    assert not taxed.prices_include_tax
    assert [plain.net, plain.tax] == [100, 0]
    assert plain.lines.get().tax_rate == ""


def test_a_known_customer_is_met_by_code_or_name_and_several_of_a_name_wait_in_the_list(tmp_path):
    known = make_customer(code="K1", name="老客户有限公司", former_names=["旧名公司"])
    make_customer(code="K2", name="同名公司")
    make_customer(code="K3", name="同名公司")
    rows = [["1", "2026-03-02", name, "A", "货", "1", "5", "5"] for name in ("老客户有限公司", "旧名公司", "同名公司")]
    report = bring_in(write_sheet(tmp_path, [CHINESE, *rows]))
    assert (report["orders"], report["unassigned_lines"], report["conflicts"]) == (2, 1, 1)
    assert set(Order.objects.values_list("customer", flat=True)) == {known.pk}
    assert Customer.objects.count() == 3


def test_customers_of_another_team_are_refused_and_no_column_changes_rights(tmp_path):
    ours, theirs = Team.objects.create(name="一组"), Team.objects.create(name="二组")
    clerk = make_user("lin", Role.CLERK, team=ours)
    make_customer(code="K9", name="别组客户", team=theirs)
    head = [*CHINESE, "is_staff", "team", "业务员"]
    rows = [
        ["1", "2026-03-02", "别组客户", "A", "货", "1", "5", "5", "1", "二组", "lin"],
        ["2", "2026-03-02", "新客户", "A", "货", "1", "5", "5", "1", "二组", "lin"],
    ]
    report = bring_in(write_sheet(tmp_path, [head, *rows]), user="lin")
    assert report["refused"] == {"The customer belongs to another team.": 1}
    assert Order.objects.get().team == ours
    assert Customer.objects.get(name="新客户").team == ours
    clerk.refresh_from_db()
    assert not clerk.is_staff
    make_user("warehouse", Role.WAREHOUSE)
    with pytest.raises(CommandError, match="may not import"):
        bring_in(write_sheet(tmp_path, [CHINESE, rows[1][:8]], "other.csv"), user="warehouse")


def test_the_same_content_is_refused_under_another_name_until_it_is_undone_or_meant(tmp_path):
    rows = [CHINESE, ["X1", "2026-03-02", "甲公司", "A", "甲货", "1", "10", "10"]]
    bring_in(write_sheet(tmp_path, rows))
    again = write_sheet(tmp_path, rows, "renamed.csv")
    with pytest.raises(CommandError, match=r"sheet\.csv"):
        bring_in(again)
    bring_in(again, again=True)
    assert Order.objects.count() == 2


def test_undo_takes_the_whole_batch_back_and_keeps_its_numbers_void(tmp_path):
    make_product(code="A", name="甲货")
    rows = [CHINESE, ["X1", "2026-03-02", "甲公司", "A", "甲货", "1", "10", "10"]]
    bring_in(write_sheet(tmp_path, rows))
    batch, number = ImportBatch.objects.get(), Order.objects.get().number
    IMPORTERS["orders"].undo(batch=batch, by=None)
    assert batch.state == ImportBatch.State.UNDONE
    assert not Order.objects.exists()
    assert not Customer.objects.exists()
    assert Product.objects.get().code == "A"
    assert VoidNumber.objects.get().number == number
    bring_in(write_sheet(tmp_path, rows))
    assert Order.objects.get().number != number


def test_undo_is_refused_when_somebody_worked_on_an_order(tmp_path):
    rows = [CHINESE, ["X1", "2026-03-02", "甲公司", "A", "甲货", "1", "10", "10"]]
    bring_in(write_sheet(tmp_path, rows))
    order = Order.objects.get()
    add_note(by=make_user("he", Role.MANAGER), order=order, text="客户来电")
    with pytest.raises(SheetRefused) as refusal:
        IMPORTERS["orders"].undo(batch=ImportBatch.objects.get(), by=None)
    assert order.number in str(refusal.value)
    assert Order.objects.count() == 1


def test_importing_customers_only_fills_what_is_empty(tmp_path):
    known = make_customer(code="K1", name="老客户", city="杭州")
    rows = [
        ["客户编号", "客户名称", "城市", "省份"],
        ["K1", "老客户", "上海", "浙江"],
        ["K2", "新客户", "宁波", ""],
        ["", "", "宁波", ""],
    ]
    path = write_sheet(tmp_path, rows)
    report = bring_in(path, command="import_customers")
    assert (report["customers"], report["refused"]) == (2, {"The name is missing.": 1})
    known.refresh_from_db()
    assert (known.city, known.province) == ("杭州", "浙江")
    bring_in(path, command="import_customers", again=True, update=True)
    known.refresh_from_db()
    assert known.city == "上海"


def test_english_headings_that_shorten_their_words_are_understood(tmp_path):
    rows = [
        ["Doc #", "Doc Dt", "Sold-To", "Sold-To Name", "Material", "Mat Descr", "Ord Qty", "Net Price", "Net Value"],
        ["1001", "2026-03-01", "C01", "Acme Ltd", "M1", "Widget", "5", "1.234,50", "6.172,50"],
        ["1002", "2026-03-02", "C02", "Beta GmbH", "M2", "Bolt", "1", "99,90", "99,90"],
        ["Grand Total", "", "", "", "", "", "6", "", "6.272,40"],
    ]
    report = bring_in(write_sheet(tmp_path, rows))
    assert (report["orders"], report["lines"], report["net_total"]) == (2, 2, "6272.40")
    assert report["refused"] == {"This is a totals row; it is not imported.": 1}
    assert set(Customer.objects.values_list("code", "name")) == {("C01", "Acme Ltd"), ("C02", "Beta GmbH")}
    rows = [
        ["SO No", "Posting Dt", "Bill To", "Item #", "Item Desc", "Qty Shipped", "Unit $", "Ext. Amt"],
        ["S1", "03/25/2026", "Gamma Inc", "M1", "Widget", "5", "$1,234.50", "$6,172.50"],
        ["S2", "03/26/2026", "Gamma Inc", "M1", "Widget", "1", "($1,234.50)", "($1,234.50)"],
    ]
    report = bring_in(write_sheet(tmp_path, rows))
    assert (report["orders"], report["lines"], report["net_total"]) == (2, 2, "4938.00")
    assert Order.objects.get(source_number="S1").customer_name == "Gamma Inc"


def test_a_printed_list_with_its_title_page_sums_and_signatures_comes_in_whole(tmp_path):
    path = tmp_path / "printed.xlsx"
    headings = ["销货单号", "开单时间", "购货单位", "货号", "货品名称", "销售数量", "含税销售单价", "价税合计金额"]
    rows = [
        ["华东区2026年3月销售出库明细表（内部）"],
        ["制表：王芳　　日期：2026-03-31"],
        headings,
        ["XS-001", 46083, "杭州甲公司", "P1", "文具", "１０", "￥1,234.50", "￥12,345.00"],
        ["XS-001", "2026年3月2日", "杭州甲公司", "P2", "纸", "2", "¥10.00", "20.00元"],
        ["XS-002", "2026/3/3", "宁波乙公司", "P1", "文具", "-1", "1,234.50", "-1,234.50"],
        [None, None, None, None, "本页小计", 11, None, 11130.5],
        headings,
        ["XS-003", "20260304", "温州丙公司", "P3", "笔", "3", "5.00", "15.00"],
        ["合计（元）：", None, None, None, None, 14, None, 11145.5],
        ["审核：          主管：        制表："],
    ]
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet("明细")
        for place, row in enumerate(rows):
            sheet.write_row(place, 0, row)
    report = bring_in(path)
    assert (report["orders"], report["lines"], report["unassigned_lines"]) == (3, 4, 0)
    assert report["net_total"] == "11145.50"
    assert report["refused"] == {
        "This is a totals row; it is not imported.": 2,
        "The headings are repeated here; this row is not imported.": 1,
        "The quantity is missing or zero.": 1,
    }
    assert Order.objects.get(source_number="XS-001").received_at.date().isoformat() in {"2026-03-01", "2026-03-02"}


def test_an_archive_of_csv_files_is_one_set_of_tables(tmp_path):
    orders = "订单编号,订单日期,客户名称\n1,2026-03-02,甲\n2,2026-03-03,乙\n".encode("gbk")
    details = "订单编号,商品编码,数量,单价\n1,A,2,10\n1,B,1,5\n2,A,1,10\n".encode("gbk")
    path = tmp_path / "set.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("outs/head.csv", orders)
        archive.writestr("outs/rows.csv", details)
    raw = path.read_bytes()  # Chinese Windows packs names in GBK and does not say so
    for name, packed in (("outs", "导出"), ("head", "订单"), ("rows", "明细")):
        raw = raw.replace(name.encode(), packed.encode("gbk"))
    path.write_bytes(raw)
    report = bring_in(path)
    assert (report["orders"], report["lines"], report["net_total"], report["refused"]) == (2, 3, "35.00", {})
    assert sorted(ImportBatch.objects.get().report["details"]["sheets"]) == ["明细", "订单"]


def test_files_of_one_name_in_two_folders_of_an_archive_are_both_read(tmp_path):
    heading = "订单编号,订单日期,客户名称,商品编码,数量,单价\n"
    with zipfile.ZipFile(tmp_path / "years.zip", "w") as archive:
        archive.writestr("2024/orders.csv", heading + "1,2024-03-02,甲,A,1,10\n")
        archive.writestr("2025/orders.csv", heading + "1,2025-03-02,甲,A,1,20\n")
    report = bring_in(tmp_path / "years.zip")
    assert (report["orders"], report["lines"], report["net_total"]) == (2, 2, "30.00")
    assert sorted(ImportBatch.objects.get().report["details"]["sheets"]) == ["orders", "orders (2)"]


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.decimals(min_value=-(10**6), max_value=10**6, places=5), max_size=60))
def test_rounded_amounts_add_up_to_the_rounded_sum(amounts):
    rounder = Rounder()
    rounded = [rounder.take(amount) for amount in amounts]
    missing = round_money(sum(amounts, Decimal(0))) - sum(rounded, Decimal(0))
    assert missing in {Decimal(0), Decimal("-0.01")}  # settled on the last rounded line: only an exact half below zero
    for exact, given_amount in zip(amounts, rounded, strict=True):
        assert abs(exact - given_amount) <= Decimal("0.01")
        if exact == round_money(exact):
            assert given_amount == exact


def test_half_a_cent_below_zero_rounds_away_from_zero_in_the_total(tmp_path):
    rows = [
        ["1", "2026-03-02", "甲", "A", "货", "-1", "", "-0.005"],
        ["1", "2026-03-02", "甲", "A", "货", "-1", "", "-1.00"],
    ]
    report = bring_in(write_sheet(tmp_path, [CHINESE, *rows]))
    assert report["net_total"] == "-1.01"
    assert OrderLine.objects.aggregate(total=Sum("amount"))["total"] == pytest.approx(Decimal("-1.01"))


def test_a_discount_is_read_by_what_the_amounts_prove():
    d = Decimal
    assert decide_meaning([(d("15"), d(2), d(100), d(170))] * 3, "折扣") == ("percent", True)
    assert decide_meaning([(d("0.15"), d(2), d(100), d(170))] * 3, "折扣") == ("fraction", True)
    assert decide_meaning([(d("8.5"), d(2), d(100), d(170))] * 3, "折扣") == ("paid_tenths", True)
    assert decide_meaning([(d("0.85"), d(2), d(100), d(170))] * 3, "折扣") == ("paid_fraction", True)
    assert decide_meaning([(d("8.5"), None, None, None), (d("10"), None, None, None)], "折扣")[0] == "paid_tenths"
    assert decide_meaning([(d("15"), None, None, None), (d("0"), None, None, None)], "Discount")[0] == "percent"
    assert [spoken_fraction(t) for t in ("15%", "8.5折", "85折", "无", "abc")] == [
        d("0.15"),
        d("0.15"),
        d("0.15"),
        0,
        None,
    ]


def test_the_amount_of_the_sheet_counts_even_where_the_price_says_otherwise():
    worth = worth_of(Figures(Decimal(30), unit_price=Decimal(100), amount=Decimal("3746.7")))
    assert worth is not None
    assert [worth.exact, worth.unit_price] == [Decimal("3746.7"), Decimal(100)]
    assert worth.disagrees
    noisy = worth_of(Figures(Decimal(2), amount=Decimal("125.43999999999998")))
    assert noisy is not None
    assert (noisy.exact, noisy.unit_price) == (Decimal("125.44"), Decimal("62.72"))


@pytest.mark.parametrize("is_dry", [False, True])
@pytest.mark.parametrize(
    ("command", "rows"),
    [
        ("import_orders", [["1", "2026-03-02", "甲", "A", "货", "many", "10", "10"]] * 2),
        ("import_customers", [["客户编号", "客户名称"], ["", ""], ["K1", ""]]),
        ("import_products", [["商品编码", "商品名称"], ["A", ""]]),
    ],
)
def test_an_import_whose_every_row_is_refused_ends_with_an_error_and_leaves_nothing(tmp_path, command, rows, is_dry):
    path = write_sheet(tmp_path, [CHINESE, *rows] if command == "import_orders" else rows)
    out = StringIO()
    with pytest.raises(CommandError, match="Nothing was written: every row was refused") as ended:
        call_command(command, str(path), as_json=True, dry_run=is_dry, stdout=out)
    assert ended.value.returncode == 1
    assert sum(json.loads(out.getvalue())["refused"].values()) >= 1
    assert not ImportBatch.objects.exists()
    with pytest.raises(CommandError, match="every row was refused"):  # and not: this file was brought in before
        call_command(command, str(path), stdout=StringIO())


def test_rows_refused_among_others_are_no_failure_of_the_import(tmp_path):
    good, bad = (["1", "2026-03-02", "甲", "A", "货", quantity, "10", "10"] for quantity in ("1", "many"))
    report = bring_in(write_sheet(tmp_path, [CHINESE, good, ["2", *bad[1:]]]))
    assert (report["orders"], sum(report["refused"].values())) == (1, 1)
