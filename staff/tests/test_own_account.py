"""What a person sees and changes about themselves."""

import re

import pytest
from django.core import mail
from django.test import Client, override_settings

from salesops.audit.deeds import Deed
from salesops.audit.models import AuditEntry
from salesops.jobs.engine import run_now
from salesops.jobs.models import Job
from staff.actions.notices import notify
from staff.factories import TEST_PASSWORD, make_user
from staff.models import Notice, PersonSession
from staff.roles import Role

pytestmark = pytest.mark.django_db

NEW = "seven brass kettles sing"
BROWSER = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/126.0 Safari/537.36"


@pytest.fixture
def lin():
    return make_user("lin", Role.CLERK, email="lin@example.com", language="en")


def found(pattern, text):
    match = re.search(pattern, text)
    assert match, pattern
    return match.group(1)


def signed_in(name="lin", password=TEST_PASSWORD, **extra):
    client = Client(**extra)
    assert client.post("/sign-in/", {"username": name, "password": password}).status_code == 302
    return client


def test_one_sees_where_one_is_signed_in_and_ends_one_of_them(lin):
    here, phone = signed_in(HTTP_USER_AGENT=BROWSER, REMOTE_ADDR="10.1.2.3"), signed_in()
    page = here.get("/profile/sessions/").content.decode()
    assert "Chrome · Windows" in page
    assert "10.1.2.3" in page
    reference = found(r'name="session" value="(\w+)"', page)
    assert here.post("/profile/sessions/end/", {"session": reference}).status_code == 302
    assert phone.get("/profile/").status_code == 302
    assert here.get("/profile/").status_code == 200


def test_no_session_key_ever_stands_in_a_page(lin):
    here = signed_in()
    signed_in()
    page = here.get("/profile/sessions/").content.decode()
    assert not [key for key in PersonSession.objects.values_list("pk", flat=True) if key in page]


def test_ending_somebody_elses_session_is_not_found(lin):
    make_user("wang", Role.CLERK)
    here, other = signed_in(), signed_in("wang")
    signed_in("wang")
    page = other.get("/profile/sessions/").content.decode()
    reference = found(r'name="session" value="(\w+)"', page)
    assert here.post("/profile/sessions/end/", {"session": reference}).status_code == 404
    assert PersonSession.objects.filter(user__username="wang").count() == 2


def test_all_other_sessions_end_at_once(lin):
    here, one, two = signed_in(), signed_in(), signed_in()
    assert here.post("/profile/sessions/end-others/").status_code == 302
    assert [client.get("/profile/").status_code for client in (here, one, two)] == [200, 302, 302]
    assert AuditEntry.objects.get(deed=Deed.SESSION_ENDED).values == {"sessions": 2}


def test_a_new_password_ends_every_other_session_and_only_the_new_one_works(lin):
    here, other = signed_in(), signed_in()
    form = {"password": TEST_PASSWORD, "new_password": NEW, "repeated": NEW}
    assert here.post("/profile/password/", form).status_code == 302
    assert here.get("/profile/").status_code == 200
    assert other.get("/profile/").status_code == 302
    assert Client().post("/sign-in/", {"username": "lin", "password": TEST_PASSWORD}).status_code == 422
    signed_in(password=NEW)
    assert AuditEntry.objects.filter(deed=Deed.PASSWORD_CHANGED, about="lin").count() == 1


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"password": "wrong"}, "not your present password"),
        ({"repeated": "something else entirely"}, "differ"),
        ({"new_password": "short", "repeated": "short"}, "at least 12"),
        ({"new_password": "123456789012", "repeated": "123456789012"}, "numeric"),
        ({"new_password": "lin@example.com", "repeated": "lin@example.com"}, "similar"),
    ],
)
def test_a_bad_new_password_is_refused_with_a_sentence(lin, form, said):
    here = signed_in()
    answer = here.post("/profile/password/", {"password": TEST_PASSWORD, "new_password": NEW, "repeated": NEW} | form)
    assert answer.status_code == 422
    assert said in answer.content.decode()
    signed_in()


@pytest.mark.parametrize("password", ["销售内勤每天都很忙碌真的很忙", "a" * 20 + " b" * 22, "x y" * 42])
def test_chinese_blanks_and_128_letters_are_fine_in_a_password(lin, password):
    here = signed_in()
    form = {"password": TEST_PASSWORD, "new_password": password, "repeated": password}
    assert here.post("/profile/password/", form).status_code == 302
    signed_in(password=password)


def asked_for_reset(email):
    answer = Client().post("/password-reset/", {"email": email})
    run_now(Job.objects.latest("id"))
    return answer


def link_in_mail():
    return found(r"http://testserver(/password-reset/\S+)", str(mail.outbox[-1].body))


def test_a_forgotten_password_is_replaced_by_a_mailed_link_that_works_once(lin):
    elsewhere = signed_in()
    assert asked_for_reset("LIN@example.com").status_code == 200
    client = Client()
    form_page = client.get(link_in_mail())
    assert form_page["Location"].endswith("/set/")
    assert client.get(form_page["Location"]).status_code == 200
    assert client.post(form_page["Location"], {"new_password": NEW, "repeated": NEW})["Location"] == "/sign-in/"
    signed_in(password=NEW)
    assert elsewhere.get("/profile/").status_code == 302
    assert Client().get(link_in_mail()).status_code == 410
    deeds = set(AuditEntry.objects.values_list("deed", flat=True))
    assert {Deed.PASSWORD_RESET_ASKED.value, Deed.PASSWORD_RESET.value} <= deeds


def test_nobody_learns_whether_a_mail_address_is_known(lin):
    known, unknown = asked_for_reset("lin@example.com"), asked_for_reset("who@example.com")
    assert len(mail.outbox) == 1
    plain = [
        answer.content.decode().replace(address, "").replace(str(answer.context["csrf_token"]), "")
        for answer, address in ((known, "lin@example.com"), (unknown, "who@example.com"))
    ]
    assert known.status_code == unknown.status_code == 200
    assert plain[0] == plain[1]


def test_the_mail_speaks_the_persons_language():
    make_user("zhang", Role.CLERK, display_name="张三", email="zhang@example.com", language="zh-hans")
    asked_for_reset("zhang@example.com")
    assert mail.outbox[0].subject == "设置新密码"
    assert "张三，您好" in mail.outbox[0].body


def test_a_person_let_go_or_without_password_gets_no_mail(lin):
    lin.is_active = False
    lin.save()
    make_user("nopass", Role.CLERK, password=None, email="nopass@example.com")
    for address in ("lin@example.com", "nopass@example.com"):
        asked_for_reset(address)
    assert mail.outbox == []


@pytest.mark.parametrize("link", ["/password-reset/MQ/abc-123/", "/password-reset/%FF/x/", "/password-reset/zzzz/set/"])
def test_a_made_up_link_says_it_no_longer_works(lin, link):
    assert Client().get(link).status_code == 410


def test_a_strangers_host_name_never_stands_in_a_mailed_link(lin):
    with override_settings(ALLOWED_HOSTS=["*"], SITE_URL=""):
        answer = Client().post("/password-reset/", {"email": "lin@example.com"}, HTTP_HOST="evil.example")
    assert answer.status_code == 200
    assert Job.objects.filter(kind="staff.reset_mail").count() == 0


def test_the_language_chosen_is_remembered_with_the_person_and_on_the_sign_in_page(lin):
    here = signed_in()
    here.post("/language/", {"language": "zh-hans", "next": "/profile/"})
    assert "我的设置" in here.get("/profile/").content.decode()
    here.post("/sign-out/")
    assert "用户名" in here.get("/sign-in/").content.decode()
    elsewhere = signed_in(HTTP_ACCEPT_LANGUAGE="en")
    assert elsewhere.get("/profile/")["Content-Language"] == "zh-hans"


@pytest.mark.parametrize(
    ("asked", "spoken"), [("zh-CN,zh;q=0.9", "zh-hans"), ("en-GB", "en"), ("zh-TW", "zh-hans"), ("fr", "en")]
)
def test_at_first_the_browsers_language_is_spoken(lin, asked, spoken):
    assert Client().get("/sign-in/", HTTP_ACCEPT_LANGUAGE=asked)["Content-Language"] == spoken


def test_an_unknown_language_or_theme_is_refused(lin):
    here = signed_in()
    assert here.post("/language/", {"language": "xx"}).status_code == 400
    assert here.post("/theme/", {"theme": "pink"}).status_code == 400


def test_the_theme_is_remembered_with_the_person(lin):
    signed_in().post("/theme/", {"theme": "dark"})
    assert 'data-theme="dark"' in signed_in().get("/profile/").content.decode()


def test_the_profile_keeps_what_was_filled_in_and_times_follow_its_zone(lin):
    form = {
        "display_name": "林小文", "phone": "138 0013 8000", "email": "", "language": "zh-hans",
        "time_zone": "Europe/Berlin", "theme": "light",
    }  # fmt: skip
    assert signed_in().post("/profile/", form).status_code == 302
    lin.refresh_from_db()
    assert (lin.display_name, lin.time_zone, lin.shortcuts) == ("林小文", "Europe/Berlin", False)


def test_nobody_gives_themselves_a_role_or_team_through_the_profile(lin):
    form = {
        "display_name": "Lin", "language": "en", "time_zone": "UTC", "theme": "light", "roles": "administrator",
        "is_active": "", "username": "root",
    }  # fmt: skip
    assert signed_in().post("/profile/", form).status_code == 302
    lin.refresh_from_db()
    lin.__dict__.pop("roles", None)
    assert (lin.username, lin.is_active, lin.roles) == ("lin", True, frozenset({Role.CLERK}))


def test_notices_are_read_in_the_readers_language_and_marked_when_opened(lin):
    lin.language = "zh-hans"
    lin.save()
    notice = notify(user=lin, text_key="%(ended)s other session is ended.", values={"ended": 3}, url="/profile/")
    here = signed_in()
    assert here.get("/notices/").status_code == 200
    assert here.post(f"/notices/{notice.pk}/open/")["Location"] == "/profile/"
    assert Notice.objects.unread().count() == 0


def test_a_notice_of_somebody_else_does_not_exist(lin):
    notice = notify(user=make_user("wang", Role.CLERK), text_key="Hello")
    assert signed_in().post(f"/notices/{notice.pk}/open/").status_code == 404
    notice.refresh_from_db()
    assert notice.read_at is None


def test_a_notice_never_leads_to_another_site(lin):
    assert notify(user=lin, text_key="x", url="//evil.example").url == ""
    assert notify(user=lin, text_key="x", url="https://evil.example").url == ""


def test_all_notices_are_marked_read_at_once_and_only_ones_own(lin):
    wang = make_user("wang", Role.CLERK)
    for user in (lin, lin, wang):
        notify(user=user, text_key="Hello")
    signed_in().post("/notices/read/")
    assert Notice.objects.unread().count() == 1
