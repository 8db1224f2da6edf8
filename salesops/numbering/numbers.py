"""Document numbers: a typed prefix, the day, and a sequence without gaps."""

from collections.abc import Iterable
from datetime import date, datetime

from django.db import connection, transaction
from django.utils import timezone

from salesops.numbering.models import Counter, VoidNumber

# One statement on both databases: it makes the row or raises it, and holds its lock until the caller commits.
_RAISE_COUNTER = """
INSERT INTO {table} (prefix, day, last) VALUES (%s, %s, %s)
ON CONFLICT (prefix, day) DO UPDATE SET last = {table}.last + excluded.last
RETURNING last
"""


def house_day(moment: datetime | None = None) -> date:
    """The day of the moment (now, if none) where the company is, whatever zone the reader has chosen."""
    return timezone.localtime(moment, timezone.get_default_timezone()).date()


def reserve_numbers(prefix: str, day: date, count: int) -> list[str]:
    """The next numbers of a prefix and day, in order: "SO-20261123-0001" … .

    Must run inside the transaction that uses them: rolled back with it, so that no gap stays, and the
    counter row stays locked until it ends, so that nobody else gets the same. ValueError for a bad prefix.
    """
    if not (prefix.isascii() and prefix.isalnum() and len(prefix) <= 8):
        raise ValueError("a prefix is one to eight letters or digits")
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("numbers are given inside the transaction that uses them")
    if count < 1:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_RAISE_COUNTER.format(table=Counter._meta.db_table), [prefix, day, count])
        last = int(cursor.fetchone()[0])
    stem = f"{prefix}-{day.year:04d}{day.month:02d}{day.day:02d}"
    return [f"{stem}-{place:04d}" for place in range(last - count + 1, last + 1)]


def next_number(prefix: str, day: date) -> str:
    """The next number of a prefix and day; see reserve_numbers."""
    return reserve_numbers(prefix, day, 1)[0]


def void_numbers(numbers: Iterable[str], reason: str) -> None:
    """Write down numbers that were given and taken back, so that the gap explains itself (reason <= 200 characters)."""
    VoidNumber.objects.bulk_create(
        [VoidNumber(number=number, reason=reason[:200]) for number in numbers], batch_size=1000, ignore_conflicts=True
    )
