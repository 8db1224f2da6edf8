"""Locks that stand for a rule rather than for a row; held until the caller's transaction ends."""

from zlib import crc32

from django.db import connection


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
