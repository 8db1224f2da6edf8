"""Lists of work that waits, and rare filters, in a large database.

Usage: ``python -m bench.queues [--rounds N]`` on the database of DATABASE_URL, filled by
``manage.py make_volume --orders N --open 10000``. One request at a time, all calls round-robin, full HTML.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from functools import partial

import django

from bench.serving import IN_PRODUCTION, Caller, Times, measure, serve

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "salesops.settings.base")
django.setup()

from django.db import connection  # noqa: E402

from bench.signing_in import cookie_of  # noqa: E402
from orders.models import Order  # noqa: E402

PAGES = (
    ("today, a clerk", "clerk0", "/"),
    ("today, a manager", "manager", "/"),
    ("inbox of requests, a clerk", "clerk0", "/orders/requests/"),
    ("inbox of requests, a manager", "manager", "/orders/requests/"),
    ("approvals", "approver", "/orders/approvals/"),
    ("today, an approver", "approver", "/"),
    ("warehouse: to answer", "warehouse", "/orders/warehouse/?list=answer"),
    ("warehouse: to pick", "warehouse", "/orders/warehouse/?list=pick"),
    ("shipments, the warehouse", "warehouse", "/orders/shipments/"),
    ("stock questions, a manager", "manager", "/orders/questions/"),
    ("orders, first page", "manager", "/orders/"),
    ("orders, urgent", "manager", "/orders/?urgent=yes"),
    ("orders with an open return", "manager", "/orders/?return=open"),
    ("orders, delivery in trouble", "manager", "/orders/?fulfilment=exception"),
    ("orders by mail", "manager", "/orders/?channel=mail"),
    ("orders of a channel nobody uses", "manager", "/orders/?channel=counter"),
)


def _call(caller: Caller, path: str, _turn: int) -> float:
    """Milliseconds of one page."""
    return caller.get(path)[0]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=20)
    rounds = parser.parse_args().rounds
    cookies = {person: cookie_of(person) for _name, person, _path in PAGES}
    before = Order.objects.count()
    connection.close()
    with serve("salesops.wsgi", IN_PRODUCTION) as port, serve("bench.floor.wsgi") as floor_port:
        callers = {person: Caller(port, cookie) for person, cookie in cookies.items()}
        floor = Caller(floor_port)
        calls: dict[str, Callable[[int], float]] = {
            name: partial(_call, callers[person], path) for name, person, path in PAGES
        }
        calls["floor: bare first page"] = lambda _turn: floor.get("/first/")[0]
        times = measure(calls, rounds)
    print_table(times, before)


def print_table(times: dict[str, Times], orders: int) -> None:
    """A Markdown table."""
    write = sys.stdout.write
    write(f"{connection.vendor}, {orders:,} orders\n\n| page | p50 ms | p95 ms |\n|---|---:|---:|\n")
    for name, taken in times.items():
        write(f"| {name} | {taken.p50:.1f} | {taken.p95:.1f} |\n")


if __name__ == "__main__":
    main()
