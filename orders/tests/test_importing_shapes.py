"""Exports of other companies' systems, each by the one trait that another reader stumbles over."""

from decimal import Decimal

import pytest

from customers.models import Customer
from orders.models import Order
from orders.status import Fulfilment, Status
from orders.tests.sheets import bring_in, write_sheet
from salesops.spreadsheets.models import ImportBatch

pytestmark = pytest.mark.django_db


def notes_of_the_import():
    return [note["text"] for note in ImportBatch.objects.get().report["details"]["notes"]]


def test_a_state_of_the_union_is_no_state_of_an_order(tmp_path):
    rows = [
        ["Order ID", "Order Date", "Ship Date", "Customer ID", "Customer Name", "City", "State", "Country",
         "Product ID", "Product Name", "Sales", "Quantity"],
        ["CA-1", "13/1/2014", "15/1/2014", "CG-1", "Claire", "Henderson", "Kentucky", "United States", "P1", "Chair",
         "10.5", "1"],
        ["CA-1", "14/1/2014", "15/1/2014", "JM-2", "Joaquín", "Toronto", "Ontario", "Canada", "P1", "Chair",
         "21", "2"],
    ]  # fmt: skip
    report = bring_in(write_sheet(tmp_path, rows))
    assert (report["orders"], report["lines"], report["customers"], report["refused"]) == (2, 2, 2, {})
    assert Customer.objects.get(code="CG-1").province == "Kentucky"
    assert "The dates of “%(heading)s” are read as day, month, year (%(example)s)." in notes_of_the_import()


def test_a_marketplace_writes_one_row_a_piece_and_its_tables_apart(tmp_path):
    write_sheet(
        tmp_path,
        [
            ["order_id", "customer_id", "order_status", "order_purchase_timestamp", "order_delivered_carrier_date"],
            ["o1", "c1", "delivered", "2017-10-02 10:56:33", "2017-10-04 19:55:00"],
            ["o2", "c2", "unavailable", "2017-10-03 10:56:33", ""],
        ],
        "orders.csv",
    )
    items = [["o1", "1", "p1", "29.99", "8.72"], ["o1", "2", "p1", "29.99", "8.72"]]
    write_sheet(tmp_path, [["order_id", "order_item_id", "product_id", "price", "freight_value"], *items], "items.csv")
    report = bring_in(tmp_path)
    assert (report["orders"], report["lines"], report["net_total"], report["refused"]) == (2, 2, "59.98", {})
    sold, none_left = Order.objects.order_by("source_number")
    assert (sold.state, sold.fulfilment, sold.shipped_at.isoformat()) == (
        Status.COMPLETED, Fulfilment.DELIVERED, "2017-10-04T11:55:00+00:00",
    )  # fmt: skip
    assert [line.quantity for line in sold.lines.all()] == [1, 1]
    assert none_left.state == Status.CANCELLED
    assert "“%(sheet)s” has no column for the quantity: every row counts as one piece." in notes_of_the_import()


def test_states_as_numbers_of_another_system_are_left_alone_and_said(tmp_path):
    rows = [
        ["SalesOrderID", "OrderDate", "ShipDate", "Status", "CustomerID", "ProductID", "OrderQty", "UnitPrice",
         "UnitPriceDiscount", "LineTotal"],
        ["43659", "2011-05-31 00:00:00.000", "2011-06-07 00:00:00.000", "5", "29825", "776", "2", "100", "0.05", "190"],
    ]  # fmt: skip
    report = bring_in(write_sheet(tmp_path, rows))
    assert (report["lines"], report["refused"], report["net_total"]) == (1, {}, "190.00")
    order = Order.objects.get()
    assert (order.source_number, order.state, order.lines.get().discount) == (
        "43659", Status.COMPLETED, Decimal("0.05"),
    )  # fmt: skip
    assert any("holds numbers" in note for note in notes_of_the_import())


def test_numbers_a_program_wrote_with_a_point_are_the_codes_they_were(tmp_path):
    head = ["Invoice", "StockCode", "Description", "Quantity", "InvoiceDate", "Price", "Customer ID", "Country"]
    row = ["LAMP", "12", "2009-12-01 07:45:00", "6.95"]
    rows = [head, ["489434", "85048", *row, "13085.0", "UK"], ["489435", "85048", *row, "", "UK"]]
    bring_in(write_sheet(tmp_path, rows))
    assert Customer.objects.get().code == "13085"


def test_codes_that_only_look_like_such_numbers_here_and_there_stay(tmp_path):
    head = ["订单号", "日期", "客户编号", "商品编码", "数量", "单价"]
    rows = [head, ["1", "2026-01-02", "7.0", "A", "1", "1"], ["2", "2026-01-02", "7.1", "A", "1", "1"]]
    bring_in(write_sheet(tmp_path, rows))
    assert set(Customer.objects.values_list("code", flat=True)) == {"7.0", "7.1"}


def test_two_ways_to_write_dates_in_one_column_are_told(tmp_path):
    head = ["订单号", "日期", "客户", "商品编码", "数量", "单价"]
    rows = [head, ["1", "31-12-2014", "甲", "A", "1", "1"], ["2", "3/4/2014", "甲", "A", "1", "1"]]
    bring_in(write_sheet(tmp_path, rows))
    assert any("cannot be told apart" in note for note in notes_of_the_import())
