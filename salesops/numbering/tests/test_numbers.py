"""Numbers follow each other without gaps, per prefix and day."""

from datetime import UTC, date, datetime

import pytest
from django.db import transaction
from django.utils import timezone

from salesops.numbering.models import VoidNumber
from salesops.numbering.numbers import house_day, next_number, reserve_numbers, void_numbers

DAY = date(2026, 11, 23)


@pytest.mark.django_db
def test_numbers_count_up_and_start_anew_each_day_and_prefix():
    assert [next_number("SO", DAY) for _ in range(3)] == [f"SO-20261123-000{n}" for n in (1, 2, 3)]
    assert next_number("SO", date(2026, 11, 24)) == "SO-20261124-0001"
    assert next_number("RT", DAY) == "RT-20261123-0001"


@pytest.mark.django_db
def test_a_block_of_numbers_is_in_order_and_grows_past_four_digits():
    assert reserve_numbers("SO", DAY, 9_999)[-1] == "SO-20261123-9999"
    assert reserve_numbers("SO", DAY, 2) == ["SO-20261123-10000", "SO-20261123-10001"]
    assert reserve_numbers("SO", DAY, 0) == []


@pytest.mark.django_db
def test_what_is_rolled_back_leaves_no_gap():
    next_number("SO", DAY)
    with transaction.atomic():
        next_number("SO", DAY)
        transaction.set_rollback(True)
    assert next_number("SO", DAY) == "SO-20261123-0002"


@pytest.mark.django_db(transaction=True)
def test_a_number_outside_a_transaction_is_refused():
    with pytest.raises(transaction.TransactionManagementError):
        next_number("SO", DAY)


@pytest.mark.django_db
@pytest.mark.parametrize("prefix", ["", "SO-1", "销售", "TOOLONGPREFIX", "S O"])
def test_a_prefix_is_short_and_plain(prefix):
    with pytest.raises(ValueError, match="prefix"):
        next_number(prefix, DAY)


@pytest.mark.django_db
def test_a_number_taken_back_is_written_down_once_with_its_reason():
    void_numbers(["SO-20261123-0007"], "import undone")
    void_numbers(["SO-20261123-0007", "SO-20261123-0008"], "x" * 300)
    assert VoidNumber.objects.count() == 2
    assert VoidNumber.objects.get(number="SO-20261123-0007").reason == "import undone"


def test_the_day_of_a_number_is_the_companys_and_not_the_readers():
    evening = datetime(2026, 11, 22, 17, 30, tzinfo=UTC)  # 01:30 of the 23rd in Shanghai
    with timezone.override("America/New_York"):
        assert house_day(evening) == DAY
