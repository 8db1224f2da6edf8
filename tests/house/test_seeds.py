"""What migrations sow is there for every test, also after one that empties the tables."""

import pytest

from salesops.worktime.models import CalendarDay


@pytest.mark.django_db(transaction=True)
def test_first_a_test_empties_the_tables():
    CalendarDay.objects.all().delete()


@pytest.mark.django_db(transaction=True)
def test_then_the_calendar_is_there_again():
    assert CalendarDay.objects.filter(kind="makeup").exists()
