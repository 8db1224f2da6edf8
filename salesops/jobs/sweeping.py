"""What keeps jobs from being forgotten: lost messages are sent again, lost leases wait again, lost causes end."""

from __future__ import annotations

import logging
import shutil
from datetime import timedelta
from functools import partial
from pathlib import Path

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import models, transaction
from django.db.models.functions import Now
from django.utils import timezone

from salesops.jobs import sidecar
from salesops.jobs.kinds import KINDS
from salesops.jobs.leases import DIED_TOO_OFTEN, MAX_ATTEMPTS, from_now
from salesops.jobs.models import Job
from salesops.jobs.sending import wake_worker
from salesops.jobs.signals import job_ended

log = logging.getLogger(__name__)

ROWS_A_SWEEP = 500
ROUTINE_ROWS_DAYS = 30


def sweep() -> int:
    """Look once at every job that nobody works on; the number of rows that were changed."""
    changed = 0
    silent = Job.objects.filter(state=Job.State.RUNNING, lease_until__lt=Now())
    for job in silent.only("pk", "kind", "attempts", "lease_number", "cancel_asked")[:ROWS_A_SWEEP]:
        changed += _take_back(job)
    return changed + _send_again()


def _take_back(job: Job) -> int:
    """Decide about one job whose worker fell silent, unless it spoke again meanwhile."""
    still = Job.objects.filter(pk=job.pk, state=Job.State.RUNNING, lease_number=job.lease_number, lease_until__lt=Now())
    with transaction.atomic():
        if job.cancel_asked or sidecar.cancel_asked(job.pk):
            count = still.update(state=Job.State.CANCELLED, lease_until=None, ended_at=Now())
        elif job.attempts >= MAX_ATTEMPTS:
            values = {"attempts": job.attempts, "job": job.pk}
            count = still.update(
                state=Job.State.FAILED, lease_until=None, ended_at=Now(), error=DIED_TOO_OFTEN, error_values=values
            )
        else:
            count = still.update(state=Job.State.QUEUED, lease_until=from_now(settings.JOB_RESEND_SECONDS))
            if count:
                log.warning("Job %s (%s) lost its worker, attempt %s.", job.pk, job.kind, job.attempts)
                transaction.on_commit(partial(wake_worker, job.pk, job.kind), robust=True)
            return count
        if count:
            transaction.on_commit(partial(tell_end, job.pk))
    return count


def tell_end(job_id: int) -> None:
    """Clean up beside the row and tell the floors above that the job is over."""
    sidecar.clear(job_id)
    job_ended.send_robust(sender=Job, job_id=job_id)


def _send_again() -> int:
    """Wake a worker for waiting rows whose message was lost or never left; each at most once in a resend time.

    While a job waits, ``lease_until`` is the moment before which nobody need send it again.
    """
    waiting = Job.objects.filter(state=Job.State.QUEUED, kind__in=list(KINDS)).filter(
        models.Q(lease_until__isnull=True, created_at__lt=from_now(-settings.JOB_RESEND_SECONDS))
        | models.Q(lease_until__lt=Now())
    )
    rows = list(waiting.order_by("pk").values_list("pk", "kind")[:ROWS_A_SWEEP])
    sent = 0
    for job_id, kind in rows:
        mine = Job.objects.filter(pk=job_id, state=Job.State.QUEUED).update(
            lease_until=from_now(settings.JOB_RESEND_SECONDS)
        )
        sent += mine
        if mine and not wake_worker(job_id, kind):
            break  # the broker is away: the rest waits for the next sweep
    return sent


def tidy() -> None:
    """Remove result files past their days, rows of the house's own routine work, and files without a row."""
    old = timezone.now() - timedelta(days=settings.JOB_FILE_DAYS)
    for job in Job.objects.filter(ended_at__lt=old).exclude(result_file="")[:ROWS_A_SWEEP]:
        default_storage.delete(str(job.result_file.name))
        Job.objects.filter(pk=job.pk).update(result_file="")
    routine = Job.objects.filter(slot__isnull=False, owner__isnull=True, state=Job.State.DONE)
    routine.filter(ended_at__lt=timezone.now() - timedelta(days=ROUTINE_ROWS_DAYS)).delete()
    _remove_orphans(old.timestamp())


def _remove_orphans(before: float) -> None:
    """A run that lost its lease after storing a file leaves the file behind."""
    folder = Path(settings.MEDIA_ROOT) / "jobs"
    if not folder.is_dir():
        return
    kept = {
        Path(name).parent.name for name in Job.objects.exclude(result_file="").values_list("result_file", flat=True)
    }
    for result in folder.iterdir():
        if result.is_dir() and result.name not in kept and result.stat().st_mtime < before:
            shutil.rmtree(result, ignore_errors=True)
