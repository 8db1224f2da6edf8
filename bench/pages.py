"""List, search and detail at volume, beside a bare Django view over the same rows.

Usage: ``python -m bench.pages [--rounds N]`` on the database of DATABASE_URL (else var/), filled by
``manage.py make_volume``.
Prints a Markdown table; server time as a client on loopback sees it, one request at a time, all calls round-robin.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
from collections.abc import Callable
from urllib.parse import quote

import django
from django.db import connection

from bench.serving import Caller, Times, measure, serve

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "salesops.settings.base")
django.setup()

from django.utils import timezone  # noqa: E402

from bench.signing_in import cookie_of  # noqa: E402
from customers.models import Customer  # noqa: E402
from orders.models import Order, OrderLine  # noqa: E402
from salesops.bulk import insert_rows  # noqa: E402
from salesops.listing.keyset import Cursor, encode_cursor  # noqa: E402


def long_order() -> int:
    """An order with 500 lines; made once."""
    found = Order.objects.filter(line_count=500).first()
    if found:
        return found.pk
    like = Order.objects.order_by("id").first()
    assert like is not None
    line = like.lines.first()
    assert line is not None
    like.pk, like.number, like.line_count = None, f"SO-LONG-{timezone.now():%H%M%S}", 500
    like.net, like.tax, like.total = line.net * 500, line.tax * 500, line.amount * 500
    like.save(force_insert=True)
    names = ["product_id", "product_code", "product_name", "unit", "quantity", "unit_price", "tax_rate", "net", "tax",
             "amount"]  # fmt: skip
    values = [getattr(line, name) for name in names]
    with django.db.transaction.atomic():
        insert_rows(OrderLine, ["order_id", "position", *names], ([like.pk, place, *values] for place in range(1, 501)))
    return like.pk


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--user", default="manager")
    rounds = parser.parse_args().rounds
    chance = random.Random(11)
    names = list(
        Customer.objects.order_by("id").values_list("name", "initials")[:: max(Customer.objects.count() // 50, 1)]
    )
    numbers = list(Order.objects.order_by("id").values_list("number", flat=True)[: 50 * 97 : 97])
    edge = Order.objects.order_by("-received_at", "-id")[50_000:50_001].values_list("received_at", "id").first()
    fragments = [name[2:4] for name, _ in names]
    longer = [name[2:6] for name, _ in names]
    initials = [text[:4] for _, text in names]
    chance.shuffle(numbers)
    detail = long_order()
    orders = Order.objects.count()
    cookie = cookie_of(parser.parse_args().user)
    connection.close()
    with serve("salesops.wsgi") as port, serve("bench.floor.wsgi") as floor_port:
        product, floor = Caller(port, cookie), Caller(floor_port)

        def page(path: Callable[[int], str], *, fragment: bool = False) -> Callable[[int], float]:
            return lambda turn: product.get(path(turn), fragment=fragment)[0]

        def bare(path: Callable[[int], str]) -> Callable[[int], float]:
            return lambda turn: floor.get(path(turn))[0]

        after = encode_cursor(Cursor("after", *edge)) if edge else ""
        calls: dict[str, Callable[[int], float]] = {
            "empty view": bare(lambda _: "/empty/"),
            "bare first page": bare(lambda _: "/first/"),
            "bare filtered page": bare(lambda _: "/filtered/?state=confirmed"),
            "bare sequential scan": bare(lambda turn: f"/scan/?q={quote(fragments[turn % len(fragments)])}"),
            "first page": page(lambda _: "/orders/"),
            "first page, fragment": page(lambda _: "/orders/", fragment=True),
            "filtered page": page(lambda _: "/orders/?state=confirmed"),
            "search: two characters of a name": page(
                lambda turn: f"/orders/?q={quote(fragments[turn % len(fragments)])}"
            ),
            "search: four characters of a name": page(lambda turn: f"/orders/?q={quote(longer[turn % len(longer)])}"),
            "search: pinyin initials": page(lambda turn: f"/orders/?q={initials[turn % len(initials)]}"),
            "search: order number": page(lambda turn: f"/orders/?q={numbers[turn % len(numbers)]}"),
            "order with 500 lines": page(lambda _: f"/orders/{detail}/"),
            "customers, first page": page(lambda _: "/customers/"),
        }
        if edge:
            calls["bare page after 50,000 rows (OFFSET)"] = bare(lambda _: "/deep/")
            calls["page after 50,000 rows"] = page(lambda _: f"/orders/?page={after}")
        times = measure(calls, rounds)
    print_table(times, orders)


FLOOR_OF = {
    "first page": "bare first page",
    "first page, fragment": "bare first page",
    "filtered page": "bare filtered page",
    "page after 50,000 rows": "bare page after 50,000 rows (OFFSET)",
    "search: two characters of a name": "bare sequential scan",
    "search: four characters of a name": "bare sequential scan",
    "search: pinyin initials": "bare sequential scan",
    "search: order number": "bare sequential scan",
}


def print_table(times: dict[str, Times], orders: int) -> None:
    """A Markdown table with each call beside its floor."""
    write = sys.stdout.write
    write(f"{connection.vendor}, {orders:,} orders\n\n")
    write("| call | p50 ms | p95 ms | floor p50 ms | p50 / floor |\n|---|---:|---:|---:|---:|\n")
    for name, taken in times.items():
        floor = times.get(FLOOR_OF.get(name, ""))
        beside = f"{floor.p50:.1f} | {taken.p50 / floor.p50:.2f}" if floor else "|"
        write(f"| {name} | {taken.p50:.1f} | {taken.p95:.1f} | {beside} |\n")


if __name__ == "__main__":
    main()
