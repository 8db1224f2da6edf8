"""Progress and the wish to stop, beside the database, where one writer holds all of it.

A job that writes in one transaction on SQLite keeps everyone else from writing, its own progress and the owner's
"stop" included. Both then travel as small files in the folder the processes of that one machine share. On
PostgreSQL nothing here does anything.
"""

import json
from pathlib import Path

from django.conf import settings
from django.db import connection

from salesops.jobs.leases import Lease, Pace


def _folder() -> Path | None:
    if connection.vendor != "sqlite":
        return None
    folder = Path(settings.VAR_DIR) / "jobs"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def tell(lease: Lease, pace: Pace) -> None:
    """Leave how far the run is."""
    if folder := _folder():
        part = folder / f"{lease.job_id}.{lease.number}.part"
        part.write_text(json.dumps([lease.number, pace.done, pace.total, pace.step, pace.steps]), encoding="utf-8")
        part.replace(folder / f"{lease.job_id}.progress")


def told(job_id: int, lease_number: int) -> Pace | None:
    """What the run under that lease told last."""
    folder = _folder()
    if folder is None:
        return None
    try:
        number, done, total, step, steps = json.loads((folder / f"{job_id}.progress").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return Pace(done, total, step, tuple((name, at) for name, at in steps)) if number == lease_number else None


def ask_to_stop(job_id: int) -> bool:
    """Leave the wish to stop; False where the row alone carries it."""
    if folder := _folder():
        (folder / f"{job_id}.cancel").touch()
        return True
    return False


def cancel_asked(job_id: int) -> bool:
    """Whether the wish was left."""
    folder = _folder()
    return folder is not None and (folder / f"{job_id}.cancel").exists()


def clear(job_id: int) -> None:
    """The job is over: forget both."""
    if folder := _folder():
        for path in folder.glob(f"{job_id}.*"):
            path.unlink(missing_ok=True)
