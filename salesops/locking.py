"""Locks that stand for a rule rather than for a row, held until the caller's transaction ends; and doing without."""

from collections.abc import Iterator
from contextlib import contextmanager
from zlib import crc32

from django.conf import settings
from django.db import OperationalError, connection

BRIEFLY = 100  # milliseconds


def lock_rule(name: str) -> None:
    """Let one transaction at a time pass here.

    PostgreSQL: an advisory lock. SQLite: nothing to do, a transaction there begins IMMEDIATE and is the only
    writer. Must be called inside ``transaction.atomic``.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("lock_rule needs a transaction around it")
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [crc32(name.encode())])


@contextmanager
def unless_busy() -> Iterator[None]:
    """A write that can be left out: where a long transaction holds SQLite's only pen, nobody waits for it here.

    Without this a page would stand still for half a minute and then fail, as long as an import writes. On PostgreSQL
    writers of other rows are not in the way, and nothing changes.
    """
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        yield
        return
    try:
        _wait_at_most(BRIEFLY)
        yield
    except OperationalError as fault:
        if "locked" not in str(fault):
            raise
    finally:
        _wait_at_most(1000 * int(settings.DATABASES["default"].get("OPTIONS", {}).get("timeout", 5)))


def _wait_at_most(milliseconds: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA busy_timeout = {milliseconds}")
