"""The first administrator, roles, letting people go, and the administration."""

import threading

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from salesops.audit.deeds import Deed
from salesops.audit.models import AuditEntry
from salesops.web import admin_listing
from staff.actions.people import create_first_administrator, deactivate, set_roles
from staff.actions.refusals import StaffRefusedError
from staff.factories import TEST_PASSWORD, make_team, make_user
from staff.models import PersonSession, User
from staff.roles import Permission, Role

WELCOME = {"display_name": "王芳", "username": "Wang", "new_password": TEST_PASSWORD, "repeated": TEST_PASSWORD}


@pytest.fixture
def boss(db):
    return make_user("boss", Role.ADMINISTRATOR)


@pytest.fixture
def desk(boss):
    client = Client()
    client.force_login(boss)
    return client


def person_form(**changes):
    form = {
        "username": "lin", "display_name": "Lin", "time_zone": "Asia/Shanghai", "theme": "system", "is_active": "on",
        "roles": ["clerk"], "employee_number": "",
    }  # fmt: skip
    return {key: value for key, value in (form | changes).items() if value is not None}


@pytest.mark.django_db
def test_the_first_visitor_of_an_empty_company_becomes_its_administrator(client):
    assert client.get("/sign-in/")["Location"] == "/welcome/"
    assert client.post("/welcome/", WELCOME).status_code == 302
    assert User.objects.get().is_administrator
    assert User.objects.get().username == "wang"
    assert client.get("/profile/").status_code == 200


@pytest.mark.django_db
def test_a_weak_password_makes_no_administrator(client):
    answer = client.post("/welcome/", WELCOME | {"new_password": "wang", "repeated": "wang"})
    assert answer.status_code == 422
    assert not User.objects.exists()


def test_once_anybody_exists_the_welcome_page_only_leads_to_sign_in(boss, client):
    assert client.get("/welcome/")["Location"] == "/sign-in/"
    assert client.post("/welcome/", WELCOME)["Location"] == "/sign-in/"
    assert User.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_several_first_visitors_at_once_exactly_one_becomes_administrator():
    barrier, made, refused = threading.Barrier(6), [], []

    def visit(number):
        barrier.wait()
        try:
            made.append(create_first_administrator(username=f"v{number}", display_name="V", password=TEST_PASSWORD))
        except StaffRefusedError:
            refused.append(number)
        finally:
            connection.close()

    threads = [threading.Thread(target=visit, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(made), len(refused), User.objects.count()) == (1, 5, 1)


@pytest.mark.django_db(transaction=True)
def test_two_administrators_cannot_remove_each_other_at_once():
    one, two = make_user("one", Role.ADMINISTRATOR), make_user("two", Role.ADMINISTRATOR)
    barrier, refused = threading.Barrier(2), []

    def remove(victim, by):
        barrier.wait()
        try:
            set_roles(user=User.objects.get(pk=victim.pk), roles=[Role.CLERK], by=by)
        except StaffRefusedError:
            refused.append(victim)
        finally:
            connection.close()

    threads = [threading.Thread(target=remove, args=pair) for pair in ((one, two), (two, one))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 1
    assert User.objects.holding(Role.ADMINISTRATOR).count() == 1


def test_a_role_taken_away_acts_on_the_next_click(boss, client):
    lin = make_user("lin", Role.ADMINISTRATOR)
    client.force_login(lin)
    assert client.get("/admin/").status_code == 200
    set_roles(user=lin, roles=[Role.CLERK], by=boss)
    assert client.get("/admin/").status_code == 403
    entry = AuditEntry.objects.get(deed=Deed.ROLES_CHANGED)
    assert entry.values == {"before": ["administrator"], "after": ["clerk"]}
    assert entry.by == boss


def test_the_last_administrator_can_neither_be_let_go_nor_lose_the_role(boss):
    for deed in (
        lambda: deactivate(user=boss, by=boss),
        lambda: set_roles(user=boss, roles=[Role.MANAGER], by=boss),
    ):
        with pytest.raises(StaffRefusedError, match="last active administrator"):
            deed()
    boss.refresh_from_db()
    assert boss.is_administrator


def test_somebody_let_go_may_do_nothing_whatever_their_roles(boss):
    lin = deactivate(user=make_user("lin", *Role), by=boss)
    assert not any(lin.may(permission) for permission in Permission)
    assert not lin.is_administrator


def test_account_names_differing_only_in_capitals_cannot_coexist(boss, desk):
    make_user("lin", Role.CLERK)
    answer = desk.post("/admin/staff/user/add/", person_form(username="LIN", usable_password="false"))
    assert answer.status_code == 200
    assert User.objects.filter(username__iexact="lin").count() == 1


def test_an_administrator_adds_a_person_with_roles(desk):
    form = person_form(
        roles=["clerk", "warehouse"], password1=TEST_PASSWORD, password2=TEST_PASSWORD, usable_password="true"
    )
    assert desk.post("/admin/staff/user/add/", form).status_code == 302
    lin = User.objects.get(username="lin")
    assert lin.roles == {Role.CLERK, Role.WAREHOUSE}
    assert Client().post("/sign-in/", {"username": "lin", "password": TEST_PASSWORD}).status_code == 302
    deeds = set(AuditEntry.objects.values_list("deed", flat=True))
    assert {Deed.PERSON_ADDED.value, Deed.ROLES_CHANGED.value, Deed.ADMIN_ADDED.value} <= deeds


def test_an_administrator_changes_roles_by_ticking_boxes(desk):
    lin = make_user("lin", Role.CLERK)
    page = desk.get(f"/admin/staff/user/{lin.pk}/change/").content.decode()
    assert page.count('type="checkbox" name="roles"') == len(Role)
    assert desk.post(f"/admin/staff/user/{lin.pk}/change/", person_form(roles=["manager"])).status_code == 302
    assert User.objects.get(pk=lin.pk).roles == {Role.MANAGER}


def test_letting_a_person_go_in_the_administration_ends_their_sessions(desk):
    lin = make_user("lin", Role.CLERK)
    client = Client()
    client.force_login(lin)
    assert client.get("/profile/").status_code == 200
    assert desk.post(f"/admin/staff/user/{lin.pk}/change/", person_form(is_active=None)).status_code == 302
    assert PersonSession.objects.filter(user=lin).count() == 0
    assert client.get("/profile/").status_code == 302
    assert AuditEntry.objects.filter(deed=Deed.PERSON_DEACTIVATED, about="lin").exists()


def test_the_last_administrator_is_told_why_the_administration_refuses(boss, desk):
    for form in (person_form(username="boss"), person_form(username="boss", roles=["administrator"], is_active=None)):
        answer = desk.post(f"/admin/staff/user/{boss.pk}/change/", form)
        assert "last active administrator" in answer.content.decode()
    assert User.objects.get(pk=boss.pk).is_administrator


def test_people_cannot_be_deleted_one_by_one_nor_in_bulk(desk):
    lin = make_user("lin", Role.CLERK)
    assert desk.post(f"/admin/staff/user/{lin.pk}/delete/", {"post": "yes"}).status_code == 403
    desk.post("/admin/staff/user/", {"action": "delete_selected", "_selected_action": [lin.pk], "post": "yes"})
    assert User.objects.filter(pk=lin.pk).exists()


def test_a_team_with_members_cannot_be_deleted(desk):
    team = make_team("North")
    make_user("lin", Role.CLERK, team=team)
    answer = desk.get(f"/admin/staff/team/{team.pk}/delete/")
    assert "Cannot delete team" in answer.content.decode()
    desk.post(f"/admin/staff/team/{team.pk}/delete/", {"post": "yes"})
    team.refresh_from_db()


def test_a_password_set_by_an_administrator_ends_the_persons_sessions(desk):
    lin = make_user("lin", Role.CLERK)
    client = Client()
    client.force_login(lin)
    form = {"password1": "seven brass kettles sing", "password2": "seven brass kettles sing", "usable_password": "true"}
    assert desk.post(f"/admin/staff/user/{lin.pk}/password/", form).status_code == 302
    assert client.get("/profile/").status_code == 302
    assert AuditEntry.objects.filter(deed=Deed.PASSWORD_CHANGED, about="lin").count() == 1


def test_every_change_in_the_administration_names_who_changed_what_but_not_the_values(desk, boss):
    team = make_team("North")
    desk.post(f"/admin/staff/team/{team.pk}/change/", {"name": "Secret name"})
    entry = AuditEntry.objects.get(deed=Deed.ADMIN_CHANGED)
    assert (entry.by, entry.about, entry.values) == (boss, f"staff.team {team.pk}", {"fields": ["Name"]})


def test_audit_entries_can_be_read_but_not_changed_in_the_administration(desk):
    desk.post("/admin/staff/team/add/", {"name": "North"})
    entry = AuditEntry.objects.get()
    assert desk.get(f"/admin/audit/auditentry/{entry.pk}/change/").status_code == 200
    assert desk.post(f"/admin/audit/auditentry/{entry.pk}/change/", {"about": "x"}).status_code == 403
    assert desk.post(f"/admin/audit/auditentry/{entry.pk}/delete/", {"post": "yes"}).status_code == 403
    assert desk.get("/admin/audit/auditentry/add/").status_code == 403


@pytest.mark.django_db
def test_the_administration_has_no_sign_in_page_of_its_own(client, boss):
    answer = client.get("/admin/login/?next=/admin/staff/user/")
    assert answer["Location"] == "/sign-in/?next=/admin/staff/user/"
    client.force_login(make_user("lin", Role.CLERK))
    assert client.get("/admin/login/").status_code == 403


def test_the_administration_speaks_chinese_with_our_own_words(desk, boss):
    boss.language = "zh-hans"
    boss.save()
    page = desk.get("/admin/").content.decode()
    assert "后台管理" in page
    assert "人员" in page


def test_pages_of_the_administration_hold_no_inline_script_or_style(desk, boss):
    pages = [
        "/admin/", "/admin/staff/user/", "/admin/staff/user/add/", f"/admin/staff/user/{boss.pk}/change/",
        "/admin/audit/auditentry/", "/admin/django_celery_beat/periodictask/", reverse("admin:staff_team_add"),
    ]  # fmt: skip
    for address in pages:
        text = desk.get(address).content.decode()
        assert " style=" not in text, address
        assert "<style" not in text, address
        assert "<script>" not in text, address
        assert " onclick=" not in text, address


def test_a_big_table_is_estimated_and_a_small_one_counted(boss, monkeypatch, django_assert_max_num_queries):
    for _each in range(30):
        make_team()
    rows = type(make_team()).objects.all()
    assert admin_listing.EstimatingPaginator(rows, 10).count == 31
    monkeypatch.setattr(admin_listing, "COUNTED", 20)
    with django_assert_max_num_queries(2):
        assert admin_listing.EstimatingPaginator(rows, 10).count >= 21
    assert admin_listing.EstimatingPaginator(rows.filter(name__startswith="Team"), 10).count == 20
