"""Orders of real companies come in to the cent."""

from decimal import Decimal

import pytest
from django.db.models import Count, Sum

from customers.models import Customer, Product
from orders.models import Order, OrderEvent, OrderLine, OrderReturn, OrderSnapshot
from orders.snapshots import content_of
from orders.status import Fulfilment, Returning, Status
from orders.tests.sheets import SHARED, SUPERSTORE, bring_in, demand_real_files
from salesops.numbering.models import VoidNumber
from salesops.spreadsheets.models import ImportBatch
from salesops.spreadsheets.tables import IMPORTERS
from staff.models import User


@pytest.fixture(scope="module", autouse=True)
def _real_files():
    demand_real_files()


@pytest.fixture(scope="module")
def superstore(django_db_setup, django_db_blocker, tmp_path_factory):
    """The workbook imported once for this module, taken back at its end."""
    with django_db_blocker.unblock():
        report = bring_in(SUPERSTORE)
        batch = ImportBatch.objects.get()
        yield report
        IMPORTERS["orders"].undo(batch=batch, by=None)
        assert not Order.objects.exists()
        assert not OrderLine.objects.exists()
        assert not Customer.objects.exists()
        assert not Product.objects.exists()
        assert VoidNumber.objects.count() == 4985
        VoidNumber.objects.all().delete()
        ImportBatch.objects.all().delete()
        User.objects.all().delete()


@pytest.mark.django_db
def test_the_workbook_of_a_retailer_comes_in_whole(superstore):
    assert superstore == {
        "orders": 4985,
        "lines": 10000,
        "customers": 790,
        "products": 1955,
        "unassigned_lines": 0,
        "refused": {},
        "conflicts": 0,
        "net_total": "16117548.24",
    }
    assert Order.objects.count() == 4985
    assert OrderLine.objects.count() == 10000
    assert Customer.objects.count() == 790
    sums = OrderLine.objects.aggregate(amount=Sum("amount"), source=Sum("source_amount"))
    assert Decimal(sums["amount"]).quantize(Decimal("0.001")) == Decimal("16117548.240")
    assert Decimal(sums["source"]).quantize(Decimal("0.001")) == Decimal("16117548.237")


@pytest.mark.django_db
def test_rows_that_share_a_number_but_not_the_customer_are_separate_orders(superstore):
    shared = Order.objects.filter(source_number="US-2017-1184235")
    assert shared.count() == shared.values("customer").distinct().count() > 1
    keys = Order.objects.values("source_number", "customer", "received_at").annotate(n=Count("id")).filter(n__gt=1)
    assert not keys.exists()
    assert ImportBatch.objects.get().report["details"]["shared_numbers"]["count"] > 1000


@pytest.mark.django_db
def test_every_order_adds_up_and_keeps_its_first_save(superstore):
    assert OrderSnapshot.objects.filter(revision=0).count() == 4985
    assert OrderEvent.objects.filter(kind="imported").count() == 4985
    for order in Order.objects.order_by("pk")[::500]:
        lines = list(order.lines.all())
        assert order.line_count == len(lines)
        assert order.total == sum(line.amount for line in lines)
        assert order.snapshots.get(revision=0).content == content_of(order, lines)
        for line in lines:
            assert line.source_amount is not None
            exact = line.quantity * line.unit_price * (1 - line.discount)
            assert abs(exact - line.source_amount) < Decimal("0.001")
            assert abs(line.rounding) <= Decimal("0.01")


@pytest.mark.django_db
def test_shipped_history_is_completed_with_its_own_dates(superstore):
    order = Order.objects.filter(source_number="US-2017-1357144", customer_name="曾惠").get()
    assert (order.state, order.fulfilment) == (Status.COMPLETED, Fulfilment.SHIPPED)
    assert order.shipped_at is not None
    assert order.received_at.isoformat() == "2017-04-26T16:00:00+00:00"
    assert order.shipped_at.isoformat() == "2017-04-28T16:00:00+00:00"
    assert order.number.startswith("SO-20170427-")
    assert order.lines.get().shipped_quantity == 2


@pytest.mark.django_db
def test_returns_of_the_second_sheet_are_linked_and_doubtful_ones_say_so(superstore):
    numbers = OrderReturn.objects.values("source_number").distinct().count()
    assert numbers == 296
    for one in OrderReturn.objects.select_related("order")[:50]:
        alone = Order.objects.filter(source_number=one.source_number).count() == 1
        assert one.is_certain is alone
        assert one.order.returning == (Returning.FULL if alone else Returning.OPEN)


@pytest.mark.django_db
def test_regional_managers_of_the_third_sheet_sell_the_orders_of_their_region(superstore):
    assert set(User.objects.values_list("display_name", flat=True)) == {
        "楚杰",
        "范彩",
        "洪光",
        "殷莲",
        "杨健",
        "白德伟",
    }
    assert not any(user.has_usable_password() for user in User.objects.all())
    sold = OrderLine.objects.filter(order__salesperson__display_name="洪光").aggregate(Sum("amount"))
    assert abs(sold["amount__sum"] - Decimal("4692464.99")) < 1


@pytest.mark.django_db
def test_the_same_file_is_refused_the_second_time_with_the_first_named(superstore, capsys):
    with pytest.raises(Exception, match=f"import {ImportBatch.objects.get().pk}"):
        bring_in(SUPERSTORE)


@pytest.mark.django_db
def test_the_csv_of_the_same_orders_in_gbk_would_make_the_same_orders(superstore):
    report = bring_in(SHARED / "superstore_cn" / "derived" / "订单_gbk.csv", dry_run=True)
    assert report == superstore
    assert ImportBatch.objects.count() == 1
