"""A job as its owner sees it: how far, how fast, how long still, and the end in a sentence."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from salesops.jobs import sidecar
from salesops.jobs.leases import Pace
from salesops.jobs.models import Job

STATES = {
    Job.State.QUEUED: ("", "clock"),
    Job.State.RUNNING: ("go", "refresh"),
    Job.State.DONE: ("ok", "check"),
    Job.State.FAILED: ("bad", "alert-circle"),
    Job.State.CANCELLED: ("off", "ban"),
}
STEADY_SECONDS = 1.0  # a rate from less than a second is a guess


@dataclass(frozen=True)
class Step:
    """One part of the work: its words, how long it took or takes, whether it is behind us."""

    label: str
    seconds: str
    is_done: bool


@dataclass(frozen=True)
class JobSight:
    """Everything the pages show of one job."""

    job: Job
    label: str
    tone: str
    icon: str
    is_over: bool
    is_stopping: bool
    done: int = 0
    total: int | None = None
    percent: int | None = None
    step: str = ""
    rate: str = ""
    left: str = ""
    error: str = ""
    file_name: str = ""
    steps: list[Step] = field(default_factory=list)


def sight_of(job: Job) -> JobSight:
    """Put the row and what its run told last beside the database together."""
    is_over = job.state not in {Job.State.QUEUED, Job.State.RUNNING}
    pace = _pace_of(job)
    speed = _speed(pace) if job.state == Job.State.RUNNING else 0.0
    tone, icon = STATES[Job.State(job.state)]
    return JobSight(
        job=job,
        label=job.label,
        tone=tone,
        icon=icon,
        is_over=is_over,
        is_stopping=not is_over and (job.cancel_asked or sidecar.cancel_asked(job.pk)),
        done=pace.done,
        total=pace.total,
        percent=min(100, pace.done * 100 // pace.total) if pace.total else None,
        step=_(pace.step) if pace.step else "",
        rate=_("%(count)s a second") % {"count": f"{speed:,.0f}"} if speed >= 1 else "",
        left=_left(pace, speed),
        error=_error(job),
        file_name=PurePosixPath(job.result_file.name or "").name,
        steps=_steps(pace, job),
    )


def _pace_of(job: Job) -> Pace:
    told = sidecar.told(job.pk, job.lease_number) if job.state == Job.State.RUNNING else None
    return told or Pace(job.done_units, job.total_units, job.step, tuple((name, at) for name, at in job.steps))


def _speed(pace: Pace) -> float:
    """Units a second since the present step began."""
    if not pace.steps or not pace.done:
        return 0.0
    elapsed = time.time() - pace.steps[-1][1]
    return pace.done / elapsed if elapsed >= STEADY_SECONDS else 0.0


def _left(pace: Pace, speed: float) -> str:
    if not pace.total or speed <= 0:
        return ""
    seconds = max(1, round((pace.total - pace.done) / speed))
    if seconds < 60:
        return ngettext("about %(count)s second left", "about %(count)s seconds left", seconds) % {"count": seconds}
    minutes = round(seconds / 60)
    return ngettext("about %(count)s minute left", "about %(count)s minutes left", minutes) % {"count": minutes}


def _error(job: Job) -> str:
    if not job.error:
        return ""
    try:
        return str(_(job.error) % job.error_values)
    except (KeyError, TypeError, ValueError):
        return _(job.error)


def _steps(pace: Pace, job: Job) -> list[Step]:
    over = job.ended_at.timestamp() if job.ended_at else None
    steps = []
    for place, (msgid, began) in enumerate(pace.steps):
        ended = pace.steps[place + 1][1] if place + 1 < len(pace.steps) else over
        is_done = ended is not None and (place + 1 < len(pace.steps) or job.state == Job.State.DONE)
        seconds = max(0.0, (ended or time.time()) - began)
        steps.append(Step(_(msgid), _("%(seconds)s s") % {"seconds": f"{seconds:.1f}"}, is_done))
    return steps
