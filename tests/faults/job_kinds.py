"""Work for the job faults; a real worker loads it with ``-I tests.faults.job_kinds``."""

import os
import signal
import time
from pathlib import Path

from django.contrib.auth.models import Group
from django.db import transaction

from salesops.jobs.engine import JobRun, job_kind

PATIENCE = 40.0


def wait_for(path: Path) -> None:
    """Wait until the test makes the file."""
    deadline = time.monotonic() + PATIENCE
    while not path.exists():
        if time.monotonic() > deadline:
            raise TimeoutError(f"nobody made {path}")
        time.sleep(0.02)


@job_kind("faults.write", title="Write", queue="import", seconds=60)
def write(run: JobRun) -> None:
    """Write some rows and the end in one transaction."""
    with transaction.atomic():
        for place in range(run.arguments["rows"]):
            Group.objects.create(name=f"{run.arguments['name']} {place}")
        run.finish({"rows": run.arguments["rows"]})


@job_kind("faults.halfway", title="Halfway", queue="import", seconds=60)
def halfway(run: JobRun) -> None:
    """Write half, tell the test, wait for it, write the rest; all of it one transaction."""
    folder = Path(run.arguments["folder"])
    with (folder / "starts").open("a") as starts:
        starts.write("x")
    with transaction.atomic():
        Group.objects.create(name="first half")
        run.progress(1, 2, "Writing")
        (folder / "half").touch()
        deadline = time.monotonic() + PATIENCE
        while not (folder / "go").exists():
            if time.monotonic() > deadline:
                raise TimeoutError
            run.progress(1, 2, "Writing")
            time.sleep(0.02)
        Group.objects.create(name="second half")
        run.finish({"halves": 2})


@job_kind("faults.poison", title="Poison", queue="import", seconds=60)
def poison(run: JobRun) -> None:
    """Kill the worker each time."""
    os.kill(os.getpid(), signal.SIGKILL)
