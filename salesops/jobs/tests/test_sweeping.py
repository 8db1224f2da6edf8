"""No job is forgotten: lost workers, lost messages, work that kills its worker each time."""

from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone

from salesops.jobs import sweeping
from salesops.jobs.engine import enqueue
from salesops.jobs.leases import MAX_ATTEMPTS, claim
from salesops.jobs.models import Job
from salesops.jobs.reading import sight_of
from salesops.jobs.signals import job_ended
from salesops.jobs.sweeping import sweep, tidy
from salesops.jobs.tasks import begin_due
from salesops.jobs.tests.people import person

pytestmark = pytest.mark.django_db


@pytest.fixture
def woken(monkeypatch):
    """The ids that were sent to the queue."""
    sent = []

    def wake(job_id, kind):
        sent.append(job_id)
        return True

    monkeypatch.setattr(sweeping, "wake_worker", wake)
    return sent


@pytest.fixture
def job(work):
    return enqueue(work(lambda run: None), arguments={}, owner=None)


def go_silent(job, **fields):
    """The job's worker died some time ago."""
    Job.objects.filter(pk=job.pk).update(
        state=Job.State.RUNNING, lease_number=1, lease_until=timezone.now() - timedelta(seconds=1), **fields
    )


def test_a_job_whose_worker_fell_silent_waits_again(job, woken, django_capture_on_commit_callbacks):
    go_silent(job, attempts=1)
    with django_capture_on_commit_callbacks(execute=True):
        assert sweep() == 1
    job.refresh_from_db()
    assert (job.state, woken) == (Job.State.QUEUED, [job.pk])


def test_a_job_whose_worker_still_speaks_is_left_alone(job, woken):
    assert claim(job.pk)
    assert sweep() == 0
    job.refresh_from_db()
    assert job.state == Job.State.RUNNING


def test_work_that_killed_its_worker_three_times_fails_with_a_sentence(job, woken, django_capture_on_commit_callbacks):
    told = []

    def listen(job_id, **_):
        told.append(job_id)

    job_ended.connect(listen)
    try:
        go_silent(job, attempts=MAX_ATTEMPTS)
        with django_capture_on_commit_callbacks(execute=True):
            assert sweep() == 1
    finally:
        job_ended.disconnect(listen)
    job.refresh_from_db()
    assert (job.state, woken, told) == (Job.State.FAILED, [], [job.pk])
    assert "3" in sight_of(job).error


def test_nobody_claims_a_job_a_fourth_time(job):
    go_silent(job, attempts=MAX_ATTEMPTS)
    assert claim(job.pk) is None


def test_a_silent_job_its_owner_wanted_stopped_is_stopped(job, woken):
    go_silent(job, attempts=1, cancel_asked=True)
    sweep()
    job.refresh_from_db()
    assert job.state == Job.State.CANCELLED


def test_a_job_nobody_took_is_sent_again_but_not_at_every_look(job, woken):
    assert sweep() == 0, "a message may take its minute"
    Job.objects.filter(pk=job.pk).update(created_at=timezone.now() - timedelta(seconds=61))
    assert sweep() == 1
    assert sweep() == 0
    assert woken == [job.pk]


def test_while_the_broker_is_away_one_look_tries_once(work, monkeypatch):
    tried = []

    def refuse(job_id, kind):
        tried.append(job_id)
        return False

    monkeypatch.setattr(sweeping, "wake_worker", refuse)
    kind = work(lambda run: None)
    for _ in range(5):
        enqueue(kind, arguments={}, owner=None)
    Job.objects.update(created_at=timezone.now() - timedelta(seconds=61))
    sweep()
    assert len(tried) == 1


def test_routine_work_has_one_job_for_each_slot(work):
    work(lambda run: None, name="tests.hourly", every=timedelta(hours=1))
    begin_due()
    begin_due()
    assert Job.objects.filter(kind="tests.hourly").count() == 1


def test_results_go_after_their_days_and_the_row_stays(job):
    name = default_storage.save("jobs/1-1/old.csv", ContentFile(b"x"))
    long_ago = timezone.now() - timedelta(days=8)
    Job.objects.filter(pk=job.pk).update(state=Job.State.DONE, ended_at=long_ago, result_file=name)
    young = default_storage.save("jobs/2-1/new.csv", ContentFile(b"x"))
    fresh = Job.objects.create(kind=job.kind, state=Job.State.DONE, ended_at=timezone.now(), result_file=young)
    tidy()
    job.refresh_from_db()
    fresh.refresh_from_db()
    assert (job.result_file.name, default_storage.exists(name)) == ("", False)
    assert (fresh.result_file.name, default_storage.exists(young)) == (young, True)


def test_rows_of_old_routine_work_go_and_those_of_people_stay(job):
    long_ago = timezone.now() - timedelta(days=40)
    Job.objects.filter(pk=job.pk).update(state=Job.State.DONE, ended_at=long_ago, owner=person())
    Job.objects.create(kind=job.kind, slot="x", state=Job.State.DONE, ended_at=long_ago)
    tidy()
    assert list(Job.objects.values_list("pk", flat=True)) == [job.pk]
