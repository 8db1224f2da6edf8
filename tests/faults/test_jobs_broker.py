"""A broker that is away, refuses or says nothing: the row is kept, the page is quick, the work is done later."""

from __future__ import annotations

import socket
import threading
import time

import pytest
from django.db import transaction

from salesops.celery import app
from salesops.jobs import sending
from salesops.jobs.engine import enqueue
from salesops.jobs.models import Job
from tests.faults import job_kinds  # noqa: F401 - registers the kinds in this process too
from tests.faults.workers import Broker, until

pytestmark = [pytest.mark.fault, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def silent_port():
    """Somebody who takes every connection and never says a word."""
    listener = socket.create_server(("127.0.0.1", 0))
    held = []

    def take():
        while True:
            try:
                held.append(listener.accept()[0])
            except OSError:
                return

    threading.Thread(target=take, daemon=True).start()
    yield listener.getsockname()[1]
    listener.close()
    for taken in held:
        taken.close()


@pytest.fixture
def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def timed_enqueue():
    began = time.monotonic()
    with transaction.atomic():
        job = enqueue("faults.write", arguments={"rows": 1, "name": "late"}, owner=None)
    return job, time.monotonic() - began


@pytest.mark.parametrize("manner", ["refuses", "is silent", "has no name"])
def test_a_lost_broker_breaks_nothing_and_costs_less_than_two_seconds(
    manner, silent_port, free_port, monkeypatch, transactional_db
):
    place = {
        "refuses": f"127.0.0.1:{free_port}",
        "is silent": f"127.0.0.1:{silent_port}",
        "has no name": "nowhere.invalid:6379",
    }[manner]
    monkeypatch.setenv("CELERY_BROKER_URL", f"redis://{place}/0")
    monkeypatch.setitem(app.conf, "broker_transport_options", {"socket_timeout": 30, "socket_connect_timeout": 5})
    monkeypatch.setattr(sending, "BROKER", sending._Broker())
    job, seconds = timed_enqueue()
    assert seconds < 2
    assert Job.objects.get(pk=job.pk).state == Job.State.QUEUED
    _, second = timed_enqueue()
    assert second < 0.2, "the broker is not waited for twice"


def test_what_a_lost_broker_did_not_take_is_done_once_it_is_back(tmp_path, free_port, monkeypatch, transactional_db):
    with monkeypatch.context() as away:
        away.setenv("CELERY_BROKER_URL", f"redis://127.0.0.1:{free_port}/0")
        away.setattr(sending, "BROKER", sending._Broker())
        job, _ = timed_enqueue()
    broker = Broker(tmp_path, "", monkeypatch)
    with broker.worker(scheduler=True):
        until(lambda: Job.objects.get(pk=job.pk).state == Job.State.DONE, 30, "the sweeper sends it")
