"""Waking a worker up. A broker that is gone costs at most about two seconds and never an error."""

import logging
import threading
import time

from django.conf import settings

from salesops.celery import app
from salesops.jobs.kinds import KINDS
from salesops.jobs.models import Job

log = logging.getLogger(__name__)

# Sent from a page: connect and write in a second each, no second try. The sweeper sends what this did not.
SHORT = {"max_retries": 0, "socket_connect_timeout": 0.8, "socket_timeout": 0.8, "retry_on_timeout": False}
SILENCE_SECONDS = 10.0
HARD_LIMIT_MARGIN = 60


class _Broker:
    """Remembers that the broker was away, so that not every page waits for it anew."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.quiet_until = 0.0

    def is_quiet(self) -> bool:
        with self.lock:
            return time.monotonic() < self.quiet_until

    def keep_quiet(self, seconds: float) -> None:
        with self.lock:
            self.quiet_until = time.monotonic() + seconds


BROKER = _Broker()


def wake_worker(job_id: int, kind_name: str) -> bool:
    """Send the job's id to its queue; False when the broker could not take it (the row waits for the sweeper)."""
    kind = KINDS.get(kind_name)
    if kind is None or BROKER.is_quiet():
        return False
    limits = (
        {}
        if settings.CELERY_WORKER_POOL == "threads"
        else {
            "soft_time_limit": kind.seconds,
            "time_limit": kind.seconds + HARD_LIMIT_MARGIN,
        }
    )
    try:
        with app.connection_for_write(transport_options=SHORT) as connection:
            app.send_task(
                "salesops.jobs.run", args=[job_id], queue=kind.queue, connection=connection, retry=False, **limits
            )
    except Exception as fault:  # any transport may raise anything; the row is safe either way
        BROKER.keep_quiet(SILENCE_SECONDS)
        log.warning("The broker did not take job %s (%s); the sweeper will send it again.", job_id, fault)
        return False
    return True


def wake_worker_for(job: Job) -> bool:
    """The same for a row at hand."""
    return wake_worker(job.pk, job.kind)
