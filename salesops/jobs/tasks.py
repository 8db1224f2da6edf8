"""What Celery calls: ids in, the engine decides."""

from datetime import timedelta
from typing import Any

from celery.signals import worker_ready, worker_shutting_down
from django.db import DatabaseError, close_old_connections
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from salesops.celery import app
from salesops.jobs import beat
from salesops.jobs.engine import JobRun, enqueue, job_kind, run_job, slot_of
from salesops.jobs.kinds import KINDS
from salesops.jobs.models import Job
from salesops.jobs.pulse import WORKER_STOPS
from salesops.jobs.sweeping import sweep, tidy


@app.task(name="salesops.jobs.run")  # type: ignore[untyped-decorator]
def run(job_id: int) -> None:
    """Work on one job; whatever happens to the message, the row decides."""
    beat.mark()
    run_job(job_id)
    close_old_connections()


@app.task(name="salesops.jobs.tend")  # type: ignore[untyped-decorator]
def tend() -> None:
    """Show a sign of life, look after forgotten jobs and begin the routine work that is due."""
    beat.mark()
    try:
        sweep()
        begin_due()
    except DatabaseError:
        # On SQLite a long write keeps everyone waiting; the next round looks again.
        close_old_connections()


def begin_due() -> int:
    """Make one row for each periodic kind whose present slot has none; the number made."""
    now = timezone.now()
    due = {name: slot_of(now, kind.every) for name, kind in KINDS.items() if kind.every is not None}
    known = set(Job.objects.filter(kind__in=due, slot__in=due.values()).values_list("kind", "slot"))
    missing = [(name, slot) for name, slot in due.items() if (name, slot) not in known]
    for name, slot in missing:
        enqueue(name, arguments={}, owner=None, slot=slot)
    return len(missing)


@worker_ready.connect  # type: ignore[untyped-decorator]
def look_around(**_kwargs: Any) -> None:
    """A worker that starts looks at once for what the one before left behind."""
    tend()


@worker_shutting_down.connect  # type: ignore[untyped-decorator]
def let_go(**_kwargs: Any) -> None:
    """Runs in this process stop at their next progress call and wait for the next worker."""
    WORKER_STOPS.set()


@job_kind("jobs.tidy", title=_("Remove old results"), queue="fast", seconds=600, every=timedelta(days=1))
def tidy_up(job_run: JobRun) -> None:
    """Once a day."""
    tidy()
