"""Durable work: the row first, the message after commit, a lease while it runs, one end.

An app writes ``@job_kind(...)`` above a function in its ``tasks.py`` and calls ``enqueue``; nothing else is needed.
"""

from __future__ import annotations

import logging
import time
from contextlib import ExitStack
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, cast
from zoneinfo import ZoneInfo

from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.files import File
from django.core.files.storage import default_storage
from django.db import InterfaceError, OperationalError, connection, transaction
from django.utils import timezone, translation
from django.utils.translation import gettext_noop

from salesops.failpoints import failpoint
from salesops.jobs import leases, sidecar
from salesops.jobs.kinds import Kind, job_kind, kind_named
from salesops.jobs.leases import Lease, Pace
from salesops.jobs.models import Job
from salesops.jobs.outcomes import JobCancelled, JobInterrupted, JobRefused, LeaseLost
from salesops.jobs.pulse import WORKER_STOPS, Pulse
from salesops.jobs.sending import wake_worker
from salesops.jobs.sweeping import tell_end
from salesops.locking import unless_busy

__all__ = [
    "JobCancelled",
    "JobRefused",
    "JobRun",
    "LeaseLost",
    "ask_to_stop",
    "enqueue",
    "job_kind",
    "run_job",
    "run_now",
    "slot_of",
]

log = logging.getLogger(__name__)

UNEXPECTED = gettext_noop(
    "Something went wrong that should not have, and nothing was changed. Try again; if it happens once more, "
    "tell an administrator the number %(job)s."
)
UNEXPECTED_MIDWAY = gettext_noop(
    "Something went wrong that should not have. What was done before stays; the rest still waits. Try again; if it "
    "happens once more, tell an administrator the number %(job)s."
)
TOO_LONG_MIDWAY = gettext_noop(
    "This took longer than the %(minutes)s minutes it may take. What was done before stays; begin again for the rest."
)
TOO_LONG = gettext_noop("This took longer than the %(minutes)s minutes it may take. Nothing was kept. Try with less.")


def enqueue(
    kind: str,
    *,
    arguments: dict[str, Any],
    owner: AbstractBaseUser | None,
    title: str = "",
    slot: str | None = None,
    send: bool = True,
) -> Job:
    """Write the job's row in the caller's transaction and wake a worker after its commit.

    A broker that is away neither raises nor holds the caller longer than about two seconds: the sweeper sends the
    row again. With a ``slot`` that the kind already has, that job comes back instead. ``send=False`` leaves the run
    to the caller (``run_now``). ``LookupError`` for a kind nobody registered.
    """
    kind_named(kind)
    fields: dict[str, Any] = {"arguments": arguments, "owner": owner, "title": title[:200]}
    if slot is None:
        job, made = Job.objects.create(kind=kind, **fields), True
    else:
        job, made = Job.objects.get_or_create(kind=kind, slot=slot, defaults=fields)
    if made and send:
        transaction.on_commit(partial(wake_worker, job.pk, kind), robust=True)
    return job


def slot_of(moment: datetime, every: timedelta) -> str:
    """The name of the slot of that length which holds the moment, counted from 1970 in UTC."""
    length = every.total_seconds()
    return f"{int(length)}s-{int(moment.timestamp() // length)}"


class JobRun:
    """What the work sees of its job: arguments, owner, progress and the end."""

    def __init__(self, job: Job, lease: Lease, kind: Kind, pulse: Pulse | None) -> None:
        self.job = job
        self.job_id: int = job.pk
        self.arguments: dict[str, Any] = job.arguments
        self.finished = False
        self._lease = lease
        self._kind = kind
        self._pulse = pulse
        self._pace = Pace()
        self._told_at = 0.0

    @property
    def owner(self) -> Any:
        """The person who asked, or None for the house itself."""
        return self.job.owner

    def progress(self, done: int, total: int | None, step: str) -> None:
        """Tell how far the work is; ``step`` is an English msgid. Cheap: seen at most once a second.

        Raises JobCancelled when the owner asked to stop, LeaseLost when another run took the job over and
        JobRefused when the attempt had its time.
        """
        self._pace = self._pace.moved(done, total, step)
        if self.finished:
            return
        if self._pulse is None:
            self._tell_here()
            return
        self._pulse.tell(self._pace)
        if self._pulse.cancelled.is_set():
            raise JobCancelled
        if self._pulse.lost.is_set():
            raise LeaseLost
        if WORKER_STOPS.is_set():
            raise JobInterrupted
        if self._pulse.overdue:
            raise JobRefused(_too_long(self._kind), {"minutes": self._kind.seconds // 60})

    def _tell_here(self) -> None:
        """Without a side thread (inside the caller's transaction) the run writes its progress itself."""
        if time.monotonic() - self._told_at < settings.JOB_TICK_SECONDS:
            return
        self._told_at = time.monotonic()
        asked = leases.held(self._lease).values_list("cancel_asked", flat=True).first()
        if asked is None or not leases.prolong(self._lease, self._pace):
            raise LeaseLost
        if asked:
            raise JobCancelled

    def heed_stop(self) -> None:
        """Ask at once whether the owner wants no more of it: for the moment before the work becomes final.

        Progress hears the wish within a second; whoever was told "it will stop" in that second must not find it done.
        """
        row = leases.held(self._lease).values_list("cancel_asked", flat=True)
        if sidecar.cancel_asked(self.job_id) or row.first():
            raise JobCancelled

    def finish(self, result: dict[str, Any] | None = None, *, url: str = "", file: Path | None = None) -> None:
        """Write the good end, inside the caller's transaction where there is one.

        The lease is checked by the same UPDATE: when another run took the job over, LeaseLost rolls the caller's
        transaction back. ``file`` is moved into the store of results; its name is what the owner downloads.
        """
        if self.finished:
            raise RuntimeError("a job ends once")
        if self._pulse is not None:
            self._pulse.stop()
        self.finished = True
        stored = _store(self._lease, file) if file is not None else ""
        fields: dict[str, Any] = {"result": result or {}, "result_url": url, "result_file": stored}
        if self._pace.total is not None:
            fields |= {"done_units": self._pace.total, "total_units": self._pace.total}
        else:
            fields |= {"done_units": self._pace.done}
        fields |= {"step": self._pace.step[:200], "steps": self._pace.steps}
        failpoint("jobs.finish")
        if not leases.end(self._lease, Job.State.DONE, **fields):
            if stored:
                default_storage.delete(stored)
            raise LeaseLost
        transaction.on_commit(partial(tell_end, self.job_id))


def _store(lease: Lease, file: Path) -> str:
    """Move a result into the store under a folder of its own, so that its name can stay what the owner reads."""
    with file.open("rb") as content:
        name = default_storage.save(f"jobs/{lease.job_id}-{lease.number}/{file.name}", File(content), max_length=100)
    file.unlink(missing_ok=True)
    return name


def run_job(job_id: int) -> None:
    """Claim the job and work on it; a message that came twice, or too late, does nothing."""
    lease = leases.claim(job_id)
    if lease is None:
        return
    job = Job.objects.select_related("owner").get(pk=job_id)
    failpoint("jobs.claimed")
    try:
        kind = kind_named(job.kind)
    except LookupError:
        log.exception("Job %s is of a kind this version does not know.", job_id)
        _end_badly(lease, Job.State.FAILED, UNEXPECTED, {"job": job_id})
        return
    # Inside a caller's transaction no other connection can see the row: then the run tells its progress itself.
    pulse = None if connection.in_atomic_block else Pulse(lease, kind.seconds)
    with ExitStack() as around:
        if pulse is not None:
            around.enter_context(pulse)
        _speak_for(job, around)
        _work(JobRun(job, lease, kind, pulse), lease)


def _speak_for(job: Job, around: ExitStack) -> None:
    """Work in the owner's language and time zone: what they download should read as their pages do."""
    owner = cast(Any, job.owner)
    around.enter_context(translation.override(getattr(owner, "language", "") or settings.LANGUAGE_CODE))
    zone = getattr(owner, "time_zone", "") or settings.TIME_ZONE
    around.enter_context(timezone.override(ZoneInfo(zone)))


def _work(run: JobRun, lease: Lease) -> None:
    try:
        run._kind.work(run)
        failpoint("jobs.worked")
        if not run.finished:
            run.finish()
    except JobCancelled:
        _end_badly(lease, Job.State.CANCELLED)
    except JobRefused as refusal:
        _end_badly(lease, Job.State.FAILED, refusal.msgid, refusal.values)
    except LeaseLost:
        log.warning("Run %s of job %s lost its lease and left nothing.", lease.number, lease.job_id)
    except SoftTimeLimitExceeded:
        _end_badly(lease, Job.State.FAILED, _too_long(run._kind), {"minutes": run._kind.seconds // 60})
    except (OperationalError, InterfaceError):
        log.exception("The database failed under job %s; it will be tried again.", lease.job_id)
        _give_back(lease)
    except JobInterrupted:
        leases.give_back(lease, attempt_counts=False)
    except Exception:
        log.exception("Job %s failed.", lease.job_id)
        sentence = UNEXPECTED_MIDWAY if run._kind.keeps_pieces else UNEXPECTED
        _end_badly(lease, Job.State.FAILED, sentence, {"job": lease.job_id})


def _too_long(kind: Kind) -> str:
    return TOO_LONG_MIDWAY if kind.keeps_pieces else TOO_LONG


def _end_badly(lease: Lease, state: Job.State, msgid: str = "", values: dict[str, Any] | None = None) -> None:
    with transaction.atomic():
        if leases.end(lease, state, error=msgid, error_values=values or {}):
            transaction.on_commit(partial(tell_end, lease.job_id))


def _give_back(lease: Lease) -> None:
    try:
        leases.give_back(lease, attempt_counts=True)
    except (OperationalError, InterfaceError):
        connection.close()  # the lease runs out by itself and the sweeper takes over


def run_now(job: Job) -> None:
    """Run a waiting job in this process (command line, tests) and refresh it; how it ended is in its state."""
    run_job(job.pk)
    job.refresh_from_db()


def ask_to_stop(job: Job) -> None:
    """The owner wants no more of it: a waiting job is over at once, a running one at its next progress call."""
    sidecar.ask_to_stop(job.pk)
    with unless_busy(), transaction.atomic():  # SQLite while the job itself writes: the file carries the wish
        waiting = Job.objects.filter(pk=job.pk, state=Job.State.QUEUED)
        if waiting.update(state=Job.State.CANCELLED, cancel_asked=True, ended_at=timezone.now()):
            transaction.on_commit(partial(tell_end, job.pk))
            return
        Job.objects.filter(pk=job.pk, state=Job.State.RUNNING).update(cancel_asked=True)
