"""The kinds of long work the product knows; each app names its own in its ``tasks.py``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal

from django.utils.functional import Promise

Queue = Literal["fast", "import", "report", "backup", "notify"]
Work = Callable[[Any], None]
"""Takes the engine's JobRun, whose name would make a circle here: the engine knows the kinds."""


@dataclass(frozen=True)
class Kind:
    """One kind of work: how it is called, where it waits, how long one attempt may take, how often it is due."""

    name: str
    title: str | Promise
    queue: Queue
    seconds: int
    every: timedelta | None
    work: Work
    keeps_pieces: bool = False


KINDS: dict[str, Kind] = {}


def job_kind(
    name: str,
    *,
    title: str | Promise,
    queue: Queue = "fast",
    seconds: int = 900,
    every: timedelta | None = None,
    keeps_pieces: bool = False,
) -> Callable[[Work], Work]:
    """Register the decorated function as the work of this kind.

    The work must be safe to run again: an attempt may die at any line and the next one starts from the beginning.
    What it changes belongs into one transaction that also calls ``run.finish``; work that would hold others up for too
    long does it in pieces and says so (``keeps_pieces``): then what was made stays when it fails or is stopped, and
    people are told that. ``seconds`` is what one attempt may take; ``every`` makes it periodic: at most one job for
    each slot of that length, counted from 1970 in UTC.
    """

    def register(work: Work) -> Work:
        known = KINDS.get(name)
        if known is not None and known.work.__module__ != work.__module__:
            raise ValueError(f"two modules claim the job kind {name}")
        KINDS[name] = Kind(name, title, queue, seconds, every, work, keeps_pieces)
        return work

    return register


def kind_named(name: str) -> Kind:
    """The kind of that name; ``LookupError`` names the missing one."""
    try:
        return KINDS[name]
    except KeyError:
        raise LookupError(f"no job kind is called {name}") from None
