"""Who holds a job: every write names the lease it was made under, times are the database's own."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models.expressions import CombinedExpression, ExpressionWrapper
from django.db.models.functions import Now
from django.utils.translation import gettext_noop

from salesops.jobs.models import Job

MAX_ATTEMPTS = 3
DIED_TOO_OFTEN = gettext_noop(
    "This work was broken off %(attempts)s times without an end. Nothing of it was kept. "
    "Try it once more with a smaller file; if that fails too, tell an administrator the number %(job)s."
)


@dataclass(frozen=True)
class Lease:
    """The right to work on one job until another lease follows."""

    job_id: int
    number: int


@dataclass
class Pace:
    """How far the work is."""

    done: int = 0
    total: int | None = None
    step: str = ""
    steps: tuple[tuple[str, float], ...] = ()

    def moved(self, done: int, total: int | None, step: str) -> Pace:
        """The pace after a progress call; a new step is noted with the moment it began."""
        steps = self.steps if step == self.step and self.steps else (*self.steps, (step, time.time()))
        return Pace(done, total, step, steps)


def from_now(seconds: float) -> ExpressionWrapper[CombinedExpression]:
    """A moment by the database's clock."""
    moment: CombinedExpression = Now() + timedelta(seconds=seconds)
    return ExpressionWrapper(moment, output_field=models.DateTimeField())


def claim(job_id: int) -> Lease | None:
    """Take a waiting job, or one whose lease ran out; None when another has it or it is over.

    One conditional UPDATE decides, so that two workers with the same message cannot both win.
    """
    free = models.Q(state=Job.State.QUEUED) | models.Q(state=Job.State.RUNNING, lease_until__lt=Now())
    number = Job.objects.filter(pk=job_id).values_list("lease_number", flat=True).first()
    if number is None:
        return None
    taken = Job.objects.filter(
        free, pk=job_id, lease_number=number, attempts__lt=MAX_ATTEMPTS, cancel_asked=False
    ).update(
        state=Job.State.RUNNING,
        lease_number=number + 1,
        lease_until=from_now(settings.JOB_LEASE_SECONDS),
        attempts=models.F("attempts") + 1,
        started_at=Now(),
        done_units=0,
        total_units=None,
        step="",
        steps=[],
    )
    return Lease(job_id, number + 1) if taken else None


def held(lease: Lease) -> models.QuerySet[Job]:
    """The job while this lease is the one that counts."""
    return Job.objects.filter(pk=lease.job_id, lease_number=lease.number, state=Job.State.RUNNING)


def prolong(lease: Lease, pace: Pace | None) -> bool:
    """Hold the job for another lease time and write how far it is; False when the lease is lost."""
    told: dict[str, Any] = {}
    if pace is not None:
        told = {"done_units": pace.done, "total_units": pace.total, "step": pace.step[:200], "steps": pace.steps}
    return held(lease).update(lease_until=from_now(settings.JOB_LEASE_SECONDS), **told) == 1


def end(lease: Lease, state: Job.State, **fields: Any) -> bool:
    """Write the end under the lease; False when another run holds the job (then nothing was written)."""
    return held(lease).update(state=state, lease_until=None, ended_at=Now(), **fields) == 1


def give_back(lease: Lease, *, attempt_counts: bool) -> bool:
    """Let the job wait again: the database went away under it, or its worker is being stopped (no attempt then)."""
    kept = models.F("attempts") if attempt_counts else models.F("attempts") - 1
    return held(lease).update(state=Job.State.QUEUED, lease_until=Now(), attempts=kept) == 1
