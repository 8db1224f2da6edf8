"""When something is wrong, a person reads what happened and what to do, never a trace."""

import pytest
from django.test import Client, RequestFactory
from django.utils import translation
from django.views.defaults import server_error


@pytest.mark.parametrize(("language", "word"), [("en", "This page is not here"), ("zh-hans", "找不到这个页面")])
def test_not_found(signed_in, language, word):
    answer = signed_in("clerk", language=language).get("/nowhere/")
    assert answer.status_code == 404
    assert word in answer.content.decode()


@pytest.mark.parametrize(("language", "word"), [("en", "You may not do this"), ("zh-hans", "您没有权限进行此操作")])
def test_not_allowed(signed_in, language, word):
    answer = signed_in("clerk", language=language).get("/denied/")
    assert answer.status_code == 403
    assert word in answer.content.decode()


@pytest.mark.parametrize(
    ("language", "word"), [("en", "This request was not understood"), ("zh-hans", "无法识别这个请求")]
)
def test_not_understood(signed_in, language, word):
    answer = signed_in("clerk", language=language).get("/odd/")
    assert answer.status_code == 400
    assert word in answer.content.decode()


@pytest.mark.parametrize(("language", "word"), [("en", "Something broke on our side"), ("zh-hans", "系统出错了")])
def test_broken(signed_in, language, word):
    client = signed_in("clerk", language=language)
    client.raise_request_exception = False
    answer = client.get("/broken/")
    assert answer.status_code == 500
    assert word in answer.content.decode()
    assert "secret words" not in answer.content.decode()


@pytest.mark.parametrize(
    ("language", "word"), [("en", "Somebody else is saving the same thing"), ("zh-hans", "别人正在保存同一内容")]
)
def test_waited_too_long_for_somebody_else(signed_in, language, word):
    answer = signed_in("clerk", language=language).get("/busy/")
    assert answer.status_code == 503
    assert answer.headers["Retry-After"]
    assert word in answer.content.decode()


def test_a_database_that_is_away_is_no_matter_of_waiting(signed_in):
    client = signed_in("clerk")
    client.raise_request_exception = False
    assert client.get("/away/").status_code == 500


def test_the_page_for_what_broke_needs_no_database():
    with translation.override("zh-hans"):
        answer = server_error(RequestFactory().get("/"))
    assert "系统出错了" in answer.content.decode()


@pytest.mark.parametrize(
    ("language", "word"), [("en", "This form was too old to be taken"), ("zh-hans", "表单已过期，无法提交")]
)
def test_a_form_from_another_sign_in(person, language, word):
    client = Client(enforce_csrf_checks=True)
    client.force_login(person("clerk", language=language))
    answer = client.post("/frame/", {"rail": "1"})
    assert answer.status_code == 403
    assert word in answer.content.decode()


def test_a_visitor_sees_the_page_without_menu_or_search(db):
    page = Client().get("/nowhere/").content.decode()
    assert 'id="nav"' not in page
    assert 'id="q"' not in page


def test_a_guarded_page_lets_those_in_who_hold_one_permission(signed_in):
    assert signed_in("reviewer").get("/orders/").content == b"inside"


def test_a_guarded_page_refuses_those_who_hold_none(signed_in):
    assert signed_in("warehouse").get("/orders/").status_code == 403
