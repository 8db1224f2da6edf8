"""Whoever asked for long work is told when it is over."""

from datetime import timedelta

import pytest
from django.utils import timezone

from salesops.jobs.models import Job
from salesops.jobs.signals import job_ended
from staff.factories import make_user
from staff.models import Notice
from staff.roles import Role

pytestmark = pytest.mark.django_db


def ended(owner, state, seconds=60):
    now = timezone.now()
    job = Job.objects.create(
        kind="x", title="Import", state=state, owner=owner, created_at=now - timedelta(seconds=seconds), ended_at=now
    )
    job_ended.send(sender=None, job_id=job.pk)
    return job


def test_long_work_that_is_done_leaves_a_notice_that_leads_to_it():
    lin = make_user("lin", Role.CLERK)
    job = ended(lin, Job.State.DONE)
    notice = Notice.objects.get(user=lin)
    assert (notice.text_key, notice.text_values, notice.url) == (
        "%(title)s: done",
        {"title": "Import"},
        f"/jobs/{job.pk}/",
    )


def test_a_failure_is_told_however_soon_it_came():
    lin = make_user("lin", Role.CLERK)
    ended(lin, Job.State.FAILED, seconds=0)
    assert Notice.objects.get(user=lin).text_key == "%(title)s: failed, see why"


@pytest.mark.parametrize(("state", "seconds"), [(Job.State.DONE, 1), (Job.State.CANCELLED, 60)])
def test_nobody_is_told_of_what_they_watched_or_ended_themselves(state, seconds):
    ended(make_user("lin", Role.CLERK), state, seconds)
    assert not Notice.objects.exists()


def test_work_without_an_owner_tells_nobody():
    ended(None, Job.State.DONE)
    assert not Notice.objects.exists()
