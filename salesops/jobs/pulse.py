"""The side thread of a run: holds the lease, tells progress and hears the wish to stop, on its own connection.

The run itself may sit in one long transaction; what it told from there would be seen by nobody before the commit.
"""

from __future__ import annotations

import logging
import threading
import time
from types import TracebackType

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection

from salesops.jobs import beat, sidecar
from salesops.jobs.leases import Lease, Pace, held, prolong

log = logging.getLogger(__name__)

SQLITE_PATIENCE_MS = 800

# Set when this worker was asked to stop: its runs give their jobs back instead of being cut off.
WORKER_STOPS = threading.Event()


class Pulse:
    """Beats for one lease until it is left; a beat that the database refuses is tried again at the next tick."""

    def __init__(self, lease: Lease, seconds: int) -> None:
        self.lease = lease
        self.cancelled = threading.Event()
        self.lost = threading.Event()
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._pace: Pace | None = None
        self._deadline = time.monotonic() + seconds
        self._thread = threading.Thread(target=self._beat, name=f"pulse-of-job-{lease.job_id}", daemon=True)

    def __enter__(self) -> Pulse:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        self._thread.join(timeout=5)

    def stop(self) -> None:
        """No beat begins after this: the run is writing its end."""
        self._stop.set()

    def tell(self, pace: Pace) -> None:
        """Leave the newest progress for the next tick."""
        with self._lock:
            self._pace = pace

    @property
    def overdue(self) -> bool:
        """Whether this attempt had its time."""
        return time.monotonic() > self._deadline

    def _beat(self) -> None:
        last = time.monotonic()
        try:
            while not self._stop.wait(settings.JOB_TICK_SECONDS):
                # A run that hangs must not keep its job for ever: after its time the lease may run out.
                due = time.monotonic() - last >= settings.JOB_LEASE_SECONDS / 4 and not self.overdue
                if self._tick(due):
                    last = time.monotonic()
                beat.mark()
        finally:
            connection.close()

    def _tick(self, due: bool) -> bool:
        """One look and, where there is something to tell or the lease wants it, one write."""
        with self._lock:
            pace, self._pace = self._pace, None
        try:
            if pace is not None:
                sidecar.tell(self.lease, pace)
            if sidecar.cancel_asked(self.lease.job_id):
                self.cancelled.set()
            self._be_brief()
            asked = held(self.lease).values_list("cancel_asked", flat=True).first()
            if asked is None and not self._stop.is_set():
                self.lost.set()
            elif asked:
                self.cancelled.set()
            if self.overdue or not (due or pace is not None):
                return False
            if not prolong(self.lease, pace) and not self._stop.is_set():
                self.lost.set()
        except (DatabaseError, InterfaceError) as fault:
            # SQLite: the run's own transaction holds the one write lock. PostgreSQL: it may be restarting.
            log.debug("A beat of job %s waits: %s", self.lease.job_id, fault)
            if connection.vendor != "sqlite":
                connection.close()
            return False
        return True

    def _be_brief(self) -> None:
        """On SQLite give up soon, or the thread sits behind the run's transaction and hears nothing."""
        if connection.vendor == "sqlite" and connection.connection is None:
            connection.ensure_connection()
            with connection.cursor() as cursor:
                cursor.execute(f"PRAGMA busy_timeout = {SQLITE_PATIENCE_MS:d}")
