"""The sign of life of the workers: the moment one of them last did something, kept in the cache they share."""

import logging
import time

from django.core.cache import cache

log = logging.getLogger(__name__)

KEY = "jobs:worker-beat"
LATE_SECONDS = 90.0
_EVERY_SECONDS = 5.0
_last = {"at": 0.0}


def mark() -> None:
    """A worker consumed work just now (written at most every five seconds)."""
    if time.monotonic() - _last["at"] < _EVERY_SECONDS:
        return
    _last["at"] = time.monotonic()
    try:
        cache.set(KEY, time.time(), timeout=24 * 3600)
    except Exception as fault:  # a cache that is away must not end a job
        log.debug("The sign of life was not written: %s", fault)


def age() -> float | None:
    """Seconds since a worker last did something; None when none ever did."""
    at = cache.get(KEY)
    return None if at is None else max(0.0, time.time() - float(at))
