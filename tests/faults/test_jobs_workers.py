"""Real workers, real brokers, real deaths: every job ends, and it ends once."""

from __future__ import annotations

import signal
import time

import pytest
from django.contrib.auth.models import Group

from salesops.failpoints import REGISTRY
from salesops.jobs.engine import ask_to_stop, enqueue
from salesops.jobs.models import Job
from salesops.jobs.reading import sight_of
from tests.faults import job_kinds  # noqa: F401 - registers the kinds in this process too
from tests.faults.workers import Broker, forget, redis_or_skip, until

pytestmark = [pytest.mark.fault, pytest.mark.django_db(transaction=True)]


@pytest.fixture(params=["folder", "redis"])
def any_broker(request, tmp_path, monkeypatch, transactional_db):
    broker = Broker(tmp_path, redis_or_skip() if request.param == "redis" else "", monkeypatch)
    yield broker
    if request.param == "redis":
        forget(broker.prefix)


@pytest.fixture
def broker(tmp_path, monkeypatch, transactional_db):
    return Broker(tmp_path, "", monkeypatch)


def state(job):
    job.refresh_from_db()
    return job.state


def ended(job, seconds=30.0):
    until(lambda: state(job) not in {"queued", "running"}, seconds, f"job {job.pk} ends")
    return job.state


def halfway(tmp_path):
    return enqueue("faults.halfway", arguments={"folder": str(tmp_path)}, owner=None)


def groups():
    return sorted(Group.objects.values_list("name", flat=True))


def test_a_worker_does_what_is_asked_of_it(any_broker):
    with any_broker.worker():
        job = enqueue("faults.write", arguments={"rows": 3, "name": "row"}, owner=None)
        assert ended(job) == Job.State.DONE, any_broker.said()
    assert (job.attempts, job.result) == (1, {"rows": 3})
    assert groups() == ["row 0", "row 1", "row 2"]


def test_a_job_whose_worker_was_killed_halfway_is_done_by_the_next_and_only_once(broker, tmp_path):
    with broker.worker() as first:
        job = halfway(tmp_path)
        until((tmp_path / "half").exists, what="the first half")
        first.send_signal(signal.SIGKILL)
        first.wait(10)
    assert groups() == []
    (tmp_path / "go").touch()
    with broker.worker(scheduler=True):
        assert ended(job) == Job.State.DONE, broker.said()
    assert (job.attempts, groups()) == (2, ["first half", "second half"])


@pytest.mark.parametrize("point", sorted(name for name in REGISTRY if name.startswith("jobs.")))
def test_a_worker_killed_at_any_point_leaves_all_rows_or_none_and_a_job_that_ends(point, broker):
    job = enqueue("faults.write", arguments={"rows": 3, "name": "row"}, owner=None)
    with broker.worker(failpoints=f"{point}=kill") as first:
        until(lambda: first.poll() is not None, 30, "the worker reaches the point")
    assert first.returncode == -signal.SIGKILL
    assert groups() in ([], ["row 0", "row 1", "row 2"])
    with broker.worker(scheduler=True):
        assert ended(job) == Job.State.DONE, broker.said()
    assert groups() == ["row 0", "row 1", "row 2"]


def test_a_worker_asked_to_stop_gives_its_job_back_without_using_an_attempt(broker, tmp_path):
    with broker.worker() as first:
        job = halfway(tmp_path)
        until((tmp_path / "half").exists, what="the first half")
        asked = time.monotonic()
        first.terminate()
        first.wait(15)
        assert time.monotonic() - asked < 10
    assert (state(job), job.attempts, groups()) == (Job.State.QUEUED, 0, [])
    (tmp_path / "go").touch()
    with broker.worker():
        assert ended(job) == Job.State.DONE, broker.said()


def test_work_that_kills_its_worker_is_given_up_after_three_attempts(broker):
    job = enqueue("faults.poison", arguments={}, owner=None)
    deadline = time.monotonic() + 90
    deaths = 0
    while state(job) in {"queued", "running"} and time.monotonic() < deadline:
        with broker.worker(scheduler=True) as worker:
            until(lambda w=worker: w.poll() is not None or state(job) == "failed", 40, "the worker dies or gives up")
            deaths += worker.poll() == -signal.SIGKILL
    assert (state(job), job.attempts, deaths) == (Job.State.FAILED, 3, 3)
    assert "3" in sight_of(job).error


def test_progress_is_seen_and_stop_is_heard_while_the_work_sits_in_its_transaction(broker, tmp_path):
    with broker.worker():
        job = halfway(tmp_path)
        until((tmp_path / "half").exists, what="the first half")
        until(lambda: state(job) and sight_of(job).percent == 50, 10, "the progress is seen")
        ask_to_stop(job)
        assert ended(job, 40) == Job.State.CANCELLED, broker.said()
    assert groups() == []


def test_the_lease_holds_while_a_long_job_lives(broker, tmp_path):
    with broker.worker(scheduler=True):
        job = halfway(tmp_path)
        until((tmp_path / "half").exists, what="the first half")
        began = time.monotonic()
        until(lambda: time.monotonic() - began > 6, 10, "three lease times go by")
        (tmp_path / "go").touch()
        assert ended(job, 40) == Job.State.DONE, broker.said()
    assert (job.attempts, (tmp_path / "starts").read_text()) == (1, "x")
