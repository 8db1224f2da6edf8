"""What an app may rely on when it hands work to the engine."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.auth.models import Group
from django.db import OperationalError, transaction
from django.utils import timezone, translation

from salesops.jobs import engine
from salesops.jobs.engine import JobRefused, ask_to_stop, enqueue, run_job, run_now, slot_of
from salesops.jobs.models import Job
from salesops.jobs.reading import sight_of
from salesops.jobs.signals import job_ended
from salesops.jobs.tests.people import person

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _told_at_once(settings):
    settings.JOB_TICK_SECONDS = 0


def test_work_that_returns_is_done_and_its_arguments_arrived(work):
    seen = {}
    job = enqueue(work(lambda run: seen.update(run.arguments)), arguments={"file": "一月.xls"}, owner=None)
    run_now(job)
    assert seen == {"file": "一月.xls"}
    assert (job.state, job.attempts, job.lease_until) == (Job.State.DONE, 1, None)
    assert job.started_at
    assert job.ended_at
    assert job.started_at <= job.ended_at


def test_the_end_carries_result_address_and_a_file_that_keeps_its_name(work, tmp_path):
    made = tmp_path / "订单 2026.csv"
    made.write_text("a,b", encoding="utf-8")
    job = enqueue(work(lambda run: run.finish({"orders": 3}, url="/orders/", file=made)), arguments={}, owner=person())
    run_now(job)
    assert (job.result, job.result_url) == ({"orders": 3}, "/orders/")
    assert sight_of(job).file_name == "订单 2026.csv"
    assert job.result_file.open().read() == b"a,b"
    assert not made.exists()


def test_a_refusal_is_shown_as_a_sentence_with_its_values(work):
    def refuse(run):
        raise JobRefused("%(count)s rows are too many.", {"count": 7})

    job = enqueue(work(refuse), arguments={}, owner=None)
    run_now(job)
    assert job.state == Job.State.FAILED
    assert sight_of(job).error == "7 rows are too many."


def test_an_unforeseen_error_shows_a_sentence_and_never_its_own_words(work, caplog):
    def stumble(run):
        raise ZeroDivisionError("secret of row 5")

    job = enqueue(work(stumble), arguments={}, owner=None)
    run_now(job)
    assert job.state == Job.State.FAILED
    assert "secret" not in f"{job.error}{job.error_values}"
    assert str(job.pk) in sight_of(job).error
    assert "secret of row 5" in caplog.text


def test_a_database_that_fails_under_the_work_leaves_the_job_waiting(work):
    def lose(run):
        raise OperationalError("server closed the connection")

    job = enqueue(work(lose), arguments={}, owner=None)
    run_now(job)
    assert (job.state, job.attempts) == (Job.State.QUEUED, 1)


def test_what_the_work_changed_is_gone_when_it_fails_after_its_end(work):
    def stumble_late(run):
        with transaction.atomic():
            Group.objects.create(name="kept by nobody")
            run.finish({"teams": 1})
            raise RuntimeError

    job = enqueue(work(stumble_late), arguments={}, owner=None)
    run_now(job)
    assert (job.state, job.result) == (Job.State.FAILED, {})
    assert not Group.objects.exists()


def test_a_run_whose_job_was_taken_over_cannot_end_it(work):
    def be_overtaken(run):
        Job.objects.filter(pk=run.job_id).update(lease_number=run._lease.number + 1)
        with transaction.atomic():
            Group.objects.create(name="of a stale run")
            run.finish({"stale": True})

    job = enqueue(work(be_overtaken), arguments={}, owner=None)
    run_now(job)
    assert (job.state, job.result) == (Job.State.RUNNING, {})
    assert not Group.objects.exists()


def test_a_message_that_comes_twice_runs_the_work_once(work):
    runs: list[object] = []
    job = enqueue(work(runs.append), arguments={}, owner=None)
    run_job(job.pk)
    run_job(job.pk)
    assert len(runs) == 1


def test_a_message_for_a_row_that_never_came_to_be_does_nothing():
    run_job(987654321)
    assert not Job.objects.exists()


def test_a_waiting_job_is_stopped_at_once(work):
    runs: list[object] = []
    job = enqueue(work(runs.append), arguments={}, owner=None)
    ask_to_stop(job)
    run_now(job)
    assert (job.state, runs) == (Job.State.CANCELLED, [])


def test_a_running_job_is_stopped_at_its_next_progress_call(work):
    reached = []

    def go_on(run):
        with transaction.atomic():
            Group.objects.create(name="half a deed")
            run.progress(1, 10, "Writing")
            ask_to_stop(run.job)
            run.progress(2, 10, "Writing")
            reached.append("the end")

    job = enqueue(work(go_on), arguments={}, owner=None)
    run_now(job)
    assert (job.state, reached) == (Job.State.CANCELLED, [])
    assert not Group.objects.exists()


def test_an_ended_job_is_not_changed_by_a_late_wish_to_stop(work):
    job = enqueue(work(lambda run: None), arguments={}, owner=None)
    run_now(job)
    ask_to_stop(job)
    job.refresh_from_db()
    assert (job.state, job.cancel_asked) == (Job.State.DONE, False)


def test_progress_tells_count_share_step_and_the_steps_before(work):
    seen = []

    def count(run):
        run.progress(5, 5, "Reading")
        run.progress(50, 200, "Writing")
        seen.append(sight_of(Job.objects.get(pk=run.job_id)))

    job = enqueue(work(count), arguments={}, owner=None)
    run_now(job)
    sight = seen[0]
    assert (sight.done, sight.total, sight.percent, sight.step) == (50, 200, 25, "Writing")
    assert [(step.label, step.is_done) for step in sight.steps] == [("Reading", True), ("Writing", False)]
    assert [step.is_done for step in sight_of(job).steps] == [True, True]


def test_the_work_speaks_the_owners_language_in_the_owners_zone(work):
    seen = []
    owner = person(language="zh-hans", time_zone="Asia/Urumqi")
    kind = work(lambda run: seen.append((translation.get_language(), timezone.get_current_timezone_name())))
    run_now(enqueue(kind, arguments={}, owner=owner))
    assert seen == [("zh-hans", "Asia/Urumqi")]


def test_one_slot_holds_one_job(work):
    kind = work(lambda run: None)
    first = enqueue(kind, arguments={}, owner=None, slot="2026-11-23")
    assert enqueue(kind, arguments={}, owner=None, slot="2026-11-23").pk == first.pk
    assert enqueue(kind, arguments={}, owner=None, slot="2026-11-24").pk != first.pk


def test_slots_begin_at_the_same_moments_everywhere():
    day = timedelta(days=1)
    morning, night = datetime(2026, 11, 23, tzinfo=UTC), datetime(2026, 11, 23, 23, 59, tzinfo=UTC)
    assert slot_of(morning, day) == slot_of(night, day)
    assert slot_of(night, day) != slot_of(datetime(2026, 11, 24, tzinfo=UTC), day)


def test_a_kind_nobody_registered_is_refused():
    with pytest.raises(LookupError, match=r"tests\.unknown"):
        enqueue("tests.unknown", arguments={}, owner=None)


def test_two_modules_cannot_claim_one_kind(work):
    with pytest.raises(ValueError, match=r"jobs\.tidy"):
        work(lambda run: None, name="jobs.tidy")


def test_the_worker_is_woken_after_the_commit_and_not_at_all_after_a_rollback(
    work, monkeypatch, django_capture_on_commit_callbacks
):
    woken = []
    monkeypatch.setattr(engine, "wake_worker", lambda job_id, kind: woken.append(job_id))
    kind = work(lambda run: None)
    with django_capture_on_commit_callbacks(execute=True):
        job = enqueue(kind, arguments={}, owner=None)
        assert woken == []
    assert woken == [job.pk]
    with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
        enqueue(kind, arguments={}, owner=None)
        transaction.set_rollback(True)
    assert woken == [job.pk]


def test_the_floors_above_are_told_the_end_after_the_commit(work, django_capture_on_commit_callbacks):
    told = []

    def listen(job_id, **_):
        told.append((job_id, Job.objects.get(pk=job_id).state))

    job_ended.connect(listen)
    try:
        job = enqueue(work(lambda run: None), arguments={}, owner=None)
        with django_capture_on_commit_callbacks(execute=True):
            run_now(job)
            assert told == []
        assert told == [(job.pk, Job.State.DONE)]
    finally:
        job_ended.disconnect(listen)


def test_a_result_of_a_stale_run_is_not_left_in_the_store(work, tmp_path):
    made = tmp_path / "stale.csv"
    made.write_text("x", encoding="utf-8")

    def be_overtaken(run):
        Job.objects.filter(pk=run.job_id).update(lease_number=run._lease.number + 1)
        run.finish({}, file=made)

    job = enqueue(work(be_overtaken), arguments={}, owner=None)
    run_now(job)
    assert job.result_file.name == ""
    assert not [path for path in Path(settings.MEDIA_ROOT).rglob("stale.csv") if path.is_file()]
