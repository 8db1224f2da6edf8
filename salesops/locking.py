"""Locks that stand for a rule rather than for a row, held until the caller's transaction ends; and doing without."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from zlib import crc32

from django.conf import settings
from django.db import OperationalError, connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

BRIEFLY = 100  # milliseconds
LONGEST_WAIT = 3  # seconds
LONGEST_STATEMENT = 15  # seconds
ROW_OUT_OF_ORDER = 1.1  # times what the next row costs
_LOCK_NOT_AVAILABLE, _DEADLOCK = "55P03", "40P01"


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


def prepare_for_pages() -> None:
    """From now on PostgreSQL lets this process wait LONGEST_WAIT for a lock and LONGEST_STATEMENT for an answer.

    Only for processes that answer people, who sit in front of the page: a job in the background may take its time.
    A page reads few rows of large tables, which lie in memory or on a disk without a moving arm: PostgreSQL's own guess
    of what a row out of order costs makes it read a million orders for ten thousand (measured: 198 ms for 16).
    """
    connection_created.connect(_set_up, dispatch_uid="salesops.locking")


def _set_up(connection: BaseDatabaseWrapper, **_rest: Any) -> None:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(
                f"SET lock_timeout = '{LONGEST_WAIT}s'; SET statement_timeout = '{LONGEST_STATEMENT}s'; "
                f"SET random_page_cost = {ROW_OUT_OF_ORDER}"
            )


def is_somebody_elses_turn(fault: BaseException) -> bool:
    """Whether a statement failed only because others hold what it needs: the same deed may succeed a moment later."""
    if not isinstance(fault, OperationalError):
        return False
    code = getattr(fault.__cause__, "pgcode", "")
    return code in (_LOCK_NOT_AVAILABLE, _DEADLOCK) or "database is locked" in str(fault)
