"""What a watcher without an account learns."""

import time

import pytest
from django.core.cache import cache
from django.db import OperationalError

from salesops.jobs import beat
from salesops.serving import views

pytestmark = pytest.mark.django_db


def test_everything_alive_is_200(client):
    cache.set(beat.KEY, time.time() - 20)
    answer = client.get("/healthz")
    assert answer.status_code == 200
    assert answer.json() == {"web": "ok", "database": "ok", "worker": "ok", "worker_seconds": 20}
    assert "no-store" in answer.headers["Cache-Control"]


def test_a_worker_that_was_never_there_is_503(client):
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()["worker"]) == (503, "absent")


def test_a_worker_silent_for_more_than_ninety_seconds_is_503(client):
    cache.set(beat.KEY, time.time() - 91)
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()["worker"]) == (503, "late")


def test_a_database_that_is_away_is_503_and_tells_no_secret(client, monkeypatch):
    cache.set(beat.KEY, time.time())

    class Gone:
        def cursor(self):
            raise OperationalError("password of salesops at 10.0.0.7 refused")

    monkeypatch.setattr(views, "connection", Gone())
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()["database"]) == (503, "unreachable")
    assert "10.0.0.7" not in answer.content.decode()


def test_a_cache_that_is_away_is_503(client, monkeypatch):
    def refuse(*_):
        raise ConnectionError("redis://:secret@10.0.0.8")

    monkeypatch.setattr("salesops.jobs.beat.cache.get", refuse)
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()["worker"]) == (503, "unknown")
    assert "secret" not in answer.content.decode()


def test_nothing_can_be_posted(client):
    assert client.post("/healthz").status_code == 405
