"""The calendar page: looked at by everybody, loaded by administrators."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from salesops.worktime.models import CalendarDay
from staff.factories import make_user
from staff.roles import Role

pytestmark = pytest.mark.django_db


def csv_file(*rows: str) -> SimpleUploadedFile:
    return SimpleUploadedFile("2027.csv", "\n".join(rows).encode(), content_type="text/csv")


def test_a_year_shows_its_make_up_days_and_holidays(client):
    client.force_login(make_user("lin", Role.CLERK))
    page = client.get("/calendar/?year=2026").content.decode()
    assert page.count("wb-cal__d--makeup") == 6 + 1  # the key shows one
    assert page.count("wb-cal__d--holiday") > 20


def test_a_year_without_holidays_says_that_it_is_provisional(client):
    client.force_login(make_user("lin", Role.CLERK))
    assert "The public holidays of 2027 have not been loaded" in client.get("/calendar/?year=2027").content.decode()


def test_an_administrator_loads_a_year(client):
    client.force_login(make_user("root", Role.ADMINISTRATOR))
    answer = client.post(
        "/calendar/?year=2027", {"file": csv_file("2027-01-01,holiday,元旦,", "2027-02-06,补班,春节,")}
    )
    assert answer.status_code == 302
    assert CalendarDay.objects.filter(date__year=2027).count() == 2


def test_a_clerk_may_look_but_not_load(client):
    client.force_login(make_user("lin", Role.CLERK))
    assert client.post("/calendar/", {"file": csv_file("2027-01-01,holiday,元旦,")}).status_code == 403
    assert not CalendarDay.objects.filter(date__year=2027).exists()


@pytest.mark.parametrize(
    "content", [b"\xff\xfe\x00", b"2027-02-30,holiday,x,\n2027-02-31,holiday,x,", b"", b"\x00" * 50]
)
def test_a_bad_file_is_answered_with_a_sentence_and_changes_nothing(client, content):
    client.force_login(make_user("root", Role.ADMINISTRATOR))
    before = CalendarDay.objects.count()
    answer = client.post("/calendar/", {"file": SimpleUploadedFile("x.csv", content)})
    assert answer.status_code == 422
    assert CalendarDay.objects.count() == before


@pytest.mark.parametrize("year", ["0", "99999", "abc", "１２３４", "-1", ""])
def test_a_strange_year_shows_a_year_that_exists(client, year):
    client.force_login(make_user("lin", Role.CLERK))
    assert client.get("/calendar/", {"year": year}).status_code == 200
