"""Named places where a test may break the product; they do nothing anywhere else.

``SALESOPS_FAILPOINTS="jobs.claimed=kill;jobs.finish=sleep:2"`` arms them, and only while ``SALESOPS_TESTING=1`` is
set too and production settings are not in use: an armed installation refuses to start otherwise.
"""

import errno
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

# Every point is listed here, so that a test can walk them all and fail on one that nothing ever hits.
REGISTRY: dict[str, str] = {
    "jobs.claimed": "a worker took the job, its work has not begun",
    "jobs.worked": "the work returned, the end is not written unless the work wrote it",
    "jobs.finish": "inside the transaction that writes the good end, before the write",
}

BARRIER_SECONDS = 60.0


def register_failpoint(name: str, where: str) -> str:
    """Add a point of another part of the product; returns the name."""
    REGISTRY[name] = where
    return name


def armed() -> dict[str, str]:
    """The armed points and what each does, from the environment; refuses outside a test."""
    text = os.environ.get("SALESOPS_FAILPOINTS", "")
    if not text:
        return {}
    if os.environ.get("SALESOPS_TESTING") != "1" or "production" in os.environ.get("DJANGO_SETTINGS_MODULE", ""):
        raise ImproperlyConfigured("SALESOPS_FAILPOINTS breaks the product on purpose and is for tests only.")
    pairs = [part.partition("=") for part in text.split(";") if part]
    return {name.strip(): deed.strip() for name, _, deed in pairs}


def failpoint(name: str) -> None:
    """Do what the environment asks at this point: kill, killparent, raise, enospc, sleep:N or barrier:FILE."""
    if "SALESOPS_FAILPOINTS" not in os.environ:
        return
    deed, _, value = armed().get(name, "").partition(":")
    if deed:
        DEEDS[deed](value)


def _kill(_value: str) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _kill_parent(_value: str) -> None:
    os.kill(os.getppid(), signal.SIGKILL)


def _raise(_value: str) -> None:
    raise RuntimeError("a fail point")


def _no_space(_value: str) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _sleep(value: str) -> None:
    time.sleep(float(value))


def _barrier(value: str) -> None:
    """Say ``FILE.reached`` and wait for ``FILE.go`` to appear."""
    Path(f"{value}.reached").touch()
    deadline = time.monotonic() + BARRIER_SECONDS
    while not Path(f"{value}.go").exists():
        if time.monotonic() > deadline:
            raise TimeoutError(f"nobody opened the barrier {value}")
        time.sleep(0.02)


DEEDS: dict[str, Callable[[str], None]] = {
    "kill": _kill,
    "killparent": _kill_parent,
    "raise": _raise,
    "enospc": _no_space,
    "sleep": _sleep,
    "barrier": _barrier,
}
