"""Coming in, being kept out, and staying signed in."""

from datetime import timedelta

import pytest
import time_machine
from axes.models import AccessFailureLog
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from salesops.audit.deeds import Deed
from salesops.audit.models import AuditEntry
from staff.actions.people import deactivate, unlock
from staff.factories import TEST_PASSWORD, make_user
from staff.lockout import NETS
from staff.models import PersonSession, User
from staff.roles import Role

pytestmark = pytest.mark.django_db


@pytest.fixture
def lin():
    return make_user("lin", Role.CLERK, email="lin@example.com")


def attempt(client, username="lin", password=TEST_PASSWORD, address="10.0.0.1", **extra):
    return client.post("/sign-in/", {"username": username, "password": password, **extra}, REMOTE_ADDR=address)


def wrong(client, times, **kwargs):
    return [attempt(client, password="not it", **kwargs) for _each in range(times)]


def test_a_clerk_signs_in_and_goes_on_to_the_page_she_wanted(client, lin):
    response = attempt(client, next="/profile/")
    assert (response.status_code, response["Location"]) == (302, "/profile/")
    assert client.get("/profile/").status_code == 200


@pytest.mark.parametrize("typed", ["LIN", " lin ", "ｌｉｎ", "lin@example.com", "LIN@Example.com"])
def test_the_account_name_may_be_typed_as_people_type(client, lin, typed):
    assert attempt(client, username=typed).status_code == 302


def test_a_mail_address_that_two_people_share_signs_in_neither(client, lin):
    make_user("wang", Role.CLERK, email="lin@example.com")
    assert attempt(client, username="lin@example.com").status_code == 422


@pytest.mark.parametrize("target", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)"])
def test_sign_in_never_leads_to_a_foreign_page(client, lin, target):
    assert attempt(client, next=target)["Location"] == "/"


def test_unknown_wrong_let_go_and_passwordless_accounts_get_the_same_answer(lin):
    gone = make_user("gone", Role.CLERK)
    deactivate(user=gone, by=lin)
    make_user("nopass", Role.CLERK, password=None)
    answers = []
    for name in ("lin", "gone", "nopass", "nobody"):
        password = TEST_PASSWORD if name == "gone" else "wrong one"
        response = attempt(Client(), username=name, password=password)
        text = response.content.decode().replace(f'value="{name}"', "")
        tokens = response.context["csrf_token"]
        answers.append((response.status_code, text.replace(str(tokens), "")))
    assert {status for status, _text in answers} == {422}
    assert len({text for _status, text in answers}) == 1


def test_the_answer_tells_how_many_tries_are_left(client, lin):
    assert "4 more tries" in attempt(client, password="no").content.decode()
    assert "3 more tries" in attempt(client, password="no").content.decode()


def test_after_five_wrong_passwords_the_sixth_try_is_locked_even_when_right(client, lin):
    assert [each.status_code for each in wrong(client, 5)] == [422, 422, 422, 422, 429]
    locked = attempt(client)
    assert locked.status_code == 429
    assert "30 minutes" in locked.content.decode()
    assert int(locked["Retry-After"]) > 29 * 60


def test_the_lock_opens_by_itself_after_half_an_hour_and_trying_does_not_prolong_it(client, lin):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        wrong(client, 5)
        clock.shift(timedelta(minutes=20))
        locked = attempt(client)
        assert locked.status_code == 429
        assert "10 minutes" in locked.content.decode()
        clock.shift(timedelta(minutes=10, seconds=5))
        assert attempt(client).status_code == 302


def test_a_colleague_behind_the_same_address_can_still_sign_in(client, lin):
    make_user("wang", Role.CLERK)
    wrong(client, 5)
    assert attempt(Client(), username="wang").status_code == 302


def test_a_locked_person_can_sign_in_from_another_address(client, lin):
    wrong(client, 5)
    assert attempt(Client(), address="10.0.0.2").status_code == 302


def test_an_administrator_can_open_the_lock(client, lin):
    wrong(client, 5)
    unlock(user=lin, by=make_user("boss", Role.ADMINISTRATOR))
    assert attempt(client).status_code == 302
    assert AuditEntry.objects.filter(deed=Deed.UNLOCKED, about="lin").count() == 1


def test_capitals_do_not_buy_more_tries(client, lin):
    names = ["lin", "LIN", "Lin", "lIn", "liN"]
    assert [attempt(client, username=name, password="no").status_code for name in names][-1] == 429


def test_another_browser_does_not_buy_more_tries(client, lin):
    for each in range(5):
        last = client.post(
            "/sign-in/", {"username": "lin", "password": "no"}, REMOTE_ADDR="10.0.0.1", HTTP_USER_AGENT=f"Tool {each}"
        )
    assert last.status_code == 429


def test_a_forwarded_for_header_does_not_buy_more_tries(client, lin):
    for each in range(5):
        last = client.post(
            "/sign-in/",
            {"username": "lin", "password": "no"},
            REMOTE_ADDR="10.0.0.1",
            HTTP_X_FORWARDED_FOR=f"8.8.8.{each}",
        )
    assert last.status_code == 429


def test_guessing_one_account_from_many_addresses_closes_it_to_strangers_but_not_to_its_owner(client, lin):
    assert attempt(client, address="10.0.0.1").status_code == 302
    for each in range(NETS[0].limit):
        attempt(Client(), password="no", address=f"8.8.8.{each}")
    assert attempt(Client(), address="8.8.4.4").status_code == 429
    assert attempt(Client(), address="10.0.0.1").status_code == 302


def test_guessing_many_accounts_from_one_address_closes_the_address_to_strangers(client, lin):
    now = timezone.now()
    AccessFailureLog.objects.bulk_create(
        AccessFailureLog(username=f"guess{each}", ip_address="8.8.8.8", user_agent="", http_accept="", path_info="")
        for each in range(NETS[1].limit)
    )
    AccessFailureLog.objects.update(attempt_time=now)
    assert attempt(client, address="8.8.8.8").status_code == 429
    with time_machine.travel(now + NETS[1].window + timedelta(seconds=5), tick=False):
        assert attempt(Client(), address="8.8.8.8").status_code == 302


def test_sign_in_gives_a_new_session_id(client, lin):
    wanted = client.session
    wanted["basket"] = 1
    wanted.save()
    client.cookies[settings.SESSION_COOKIE_NAME] = wanted.session_key
    attempt(client)
    assert client.cookies[settings.SESSION_COOKIE_NAME].value != wanted.session_key
    assert not PersonSession.objects.filter(session_key=wanted.session_key).exists()


def test_the_session_cookie_is_out_of_reach_of_scripts_and_other_sites(client, lin):
    attempt(client)
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"


def test_sign_out_ends_the_session_on_the_server(client, lin):
    attempt(client)
    key = client.cookies[settings.SESSION_COOKIE_NAME].value
    assert client.post("/sign-out/")["Location"] == "/sign-in/"
    other = Client()
    other.cookies[settings.SESSION_COOKIE_NAME] = key
    assert other.get("/profile/").status_code == 302


def test_sign_out_by_a_mere_link_does_nothing(client, lin):
    attempt(client)
    assert client.get("/sign-out/").status_code == 405
    assert client.get("/profile/").status_code == 200


def test_a_session_ends_after_four_hours_without_a_click(client, lin):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        attempt(client)
        clock.shift(timedelta(hours=3, minutes=59))
        assert client.get("/profile/").status_code == 200
        clock.shift(timedelta(hours=3, minutes=59))
        assert client.get("/profile/").status_code == 200
        clock.shift(timedelta(hours=4, seconds=1))
        assert client.get("/profile/").status_code == 302


def test_a_session_ends_after_twelve_hours_however_busy_the_day(client, lin):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        attempt(client)
        for _hour in range(11):
            clock.shift(timedelta(hours=1))
            assert client.post("/theme/", {"theme": "dark"}).status_code == 302
        assert client.get("/profile/").status_code == 200
        clock.shift(timedelta(hours=1, seconds=1))
        assert client.get("/profile/").status_code == 302


def test_a_person_let_go_is_out_with_the_next_click(client, lin):
    attempt(client)
    deactivate(user=lin, by=make_user("boss", Role.ADMINISTRATOR))
    assert client.get("/profile/").status_code == 302
    assert PersonSession.objects.filter(user=lin).count() == 0


def test_a_click_begins_with_one_question_for_session_person_and_roles(client, lin):
    attempt(client)
    client.get("/profile/")
    with CaptureQueriesContext(connection) as asked:
        assert client.get("/jobs/").status_code == 200
    about = ("staff_personsession", "staff_user", "staff_roleassignment")
    first, *others = [query["sql"] for query in asked]
    assert all(table in first for table in about)
    assert [sql for sql in others if any(f'FROM "{table}"' in sql for table in about)] == []


@pytest.mark.parametrize("change", [{"is_active": False}, {"password": make_password("another one, long")}])
def test_a_session_left_behind_is_worth_nothing_once_the_person_has_changed(client, lin, change):
    attempt(client)
    assert client.get("/profile/").status_code == 200
    User.objects.filter(pk=lin.pk).update(**change)
    assert client.get("/profile/").status_code == 302


def test_a_role_given_or_taken_counts_from_the_next_click(client, lin):
    attempt(client)
    assert client.get("/orders/approvals/").status_code == 403
    lin.role_assignments.create(role=Role.APPROVER)
    assert client.get("/orders/approvals/").status_code == 200
    lin.role_assignments.all().delete()
    assert client.get("/orders/approvals/").status_code == 403
    assert client.get("/profile/").status_code == 200


def test_sign_in_failure_lock_and_sign_out_stand_in_the_audit_trail(client, lin):
    attempt(client)
    client.post("/sign-out/", REMOTE_ADDR="10.0.0.1")
    wrong(client, 7)
    deeds = list(AuditEntry.objects.order_by("id").values_list("deed", "about", "address"))
    expected = [Deed.SIGN_IN, Deed.SIGN_OUT, *[Deed.SIGN_IN_FAILED] * 5, Deed.LOCKED_OUT]
    assert deeds == [(deed.value, "lin", "10.0.0.1") for deed in expected]


def test_a_password_typed_as_account_name_does_not_land_in_the_audit_trail(client, lin):
    attempt(client, username="my secret words", password="x")
    assert AuditEntry.objects.get().about == "my…"


def test_a_flood_of_strange_letters_is_refused_without_a_failure_of_the_server(client, lin):
    for name in ("\0", "a\0b", "😀" * 200, "\N{RIGHT-TO-LEFT OVERRIDE}lin", "' OR 1=1 --", "\ud7ff", "x" * 5000):
        assert attempt(client, username=name, password="x\0y").status_code == 422
