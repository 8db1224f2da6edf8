"""Run by the number race in a process of its own: many take numbers at once, as fast as they can.

    python -m tests.faults.take_numbers (counter|maximum) (threads|processes) TAKERS EACH

Prints the seconds it took and every number, in order.
"""

import multiprocessing
import os
import sys
import threading
import time
from datetime import date

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "salesops.settings.base")
django.setup()

from django.core.management import call_command  # noqa: E402  # Django must be ready first
from django.db import connection, transaction  # noqa: E402

from salesops.numbering.numbers import next_number  # noqa: E402

DAY = date(2026, 11, 23)


def keep(number: str) -> None:
    """Write a number down the way an order does: in the transaction that asked for it."""
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO race (number) VALUES (%s)", [number])


def by_counter() -> None:
    """The product's way."""
    with transaction.atomic():
        keep(next_number("SO", DAY))


def by_maximum() -> None:
    """The way without a lock: read the highest, add one."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT max(number) FROM race")
        (highest,) = cursor.fetchone()
    keep(f"SO-20261123-{int(highest[-4:]) + 1 if highest else 1:04d}")


def take(way: str, each: int, start: "threading.Barrier", faults: "multiprocessing.SimpleQueue[str]") -> None:
    """One taker: wait for the others, then take."""
    one = {"counter": by_counter, "maximum": by_maximum}[way]
    try:
        start.wait(30)
        for _ in range(each):
            one()
    except Exception as fault:
        faults.put(repr(fault))
    finally:
        connection.close()


def main(way: str, kind: str, takers: int, each: int) -> None:
    """Make the tables, run the race, print what came of it; a failure of any taker ends with 1."""
    call_command("migrate", "numbering", verbosity=0)
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE race (number varchar(40) NOT NULL)")
    connection.close()
    fork = multiprocessing.get_context("fork")
    kinds = {"threads": (threading.Thread, threading.Barrier), "processes": (fork.Process, fork.Barrier)}
    make, barrier = kinds[kind]
    start, faults = barrier(takers + 1), fork.SimpleQueue()
    running = [make(target=take, args=(way, each, start, faults)) for _ in range(takers)]
    for taker in running:
        taker.start()
    start.wait(30)
    began = time.monotonic()
    for taker in running:
        taker.join()
    seconds = time.monotonic() - began
    if not faults.empty():
        sys.exit(faults.get())
    with connection.cursor() as cursor:
        cursor.execute("SELECT number FROM race ORDER BY number")
        sys.stdout.write(" ".join([f"{seconds:.3f}", *(number for (number,) in cursor.fetchall())]))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
