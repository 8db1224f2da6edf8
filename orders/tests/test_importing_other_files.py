"""Files of other shapes come in: without codes, in several tables, from templates of an ERP."""

from decimal import Decimal

import pytest
from django.db.models import Sum

from customers.models import Customer
from orders.models import Order, OrderLine, UnassignedLine
from orders.status import Fulfilment, Status
from orders.tests.sheets import NORTHWIND, SHARED, bring_in, demand_real_files


@pytest.fixture(autouse=True)
def _real_files():
    demand_real_files()


@pytest.mark.django_db
def test_the_other_retail_export_has_no_customer_codes_and_still_comes_in():
    report = bring_in(SHARED / "superstore_cn" / "superMarket.csv", dry_run=True)
    assert report["lines"] == 9935
    assert report["refused"] == {}
    assert report["unassigned_lines"] == 0
    assert not Order.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("stepwise", [False, True])
def test_a_wholesalers_tables_come_in_together_or_one_after_another(stepwise):
    if stepwise:
        first = bring_in(NORTHWIND / "orders.csv")
        assert (first["orders"], first["lines"]) == (830, 0)
        report = bring_in(NORTHWIND / "order_details.csv")
        assert (report["orders"], report["lines"]) == (0, 2155)
    else:
        report = bring_in(NORTHWIND)
        assert (report["orders"], report["lines"], report["customers"]) == (830, 2155, 91)
        assert Customer.objects.count() == 91
        assert str(Order.objects.get(source_number="10248").salesperson) == "Steven Buchanan"
    assert report["net_total"] == "1265793.04"
    assert report["refused"] == {}
    assert Order.objects.filter(fulfilment=Fulfilment.NONE, state=Status.CONFIRMED).count() == 21
    assert Order.objects.filter(fulfilment=Fulfilment.SHIPPED, state=Status.COMPLETED).count() == 809
    assert OrderLine.objects.aggregate(total=Sum("amount"))["total"] == pytest.approx(Decimal("1265793.04"))


@pytest.mark.django_db
def test_the_templates_of_an_erp_bring_their_sample_rows():
    erp = SHARED / "jsherp_cn"
    assert bring_in(erp / "goods_template.xls", command="import_products")["products"] == 2
    assert bring_in(erp / "customer_template.xls", command="import_customers")["customers"] == 2
    assert bring_in(erp / "member_template.xls", command="import_customers")["customers"] == 2
    assert bring_in(erp / "vendor_template.xls", command="import_customers")["customers"] == 2
    for name in ("order_item", "buy_sale_item"):
        assert bring_in(erp / f"{name}_template.xls")["unassigned_lines"] == 2
    assert UnassignedLine.objects.count() == 4
    code = Customer.objects.get(name="客户a").code
    report = bring_in(erp / "order_item_template.xls", customer=code, again=True)
    assert (report["orders"], report["lines"]) == (1, 2)
    assert Order.objects.get().customer.name == "客户a"
