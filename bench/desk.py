"""Entering and confirming orders of five rows with several clients at once, beside the floor of a plain transaction.

Usage: ``python -m bench.desk [--orders N] [--clients N] [--rounds N]`` on a PostgreSQL filled by
``manage.py make_volume``; the product is served as the readme serves it in production.
An order is what the entry page sends: the rows to its journal (prices and checks come back), then the whole to be
written. Three ways take turns with the floor: *Save and confirm* in one press; *Save order*, then the button that
confirms; and the second with the journal, which is written while somebody types, in the figure. Where the number was
drawn for the sample, a reviewer presses *Verify* (not counted: it is another person's work). The orders stay in the
database.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import uuid4

import django

from bench.serving import IN_PRODUCTION, Caller, Times, serve

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "salesops.settings.base")
django.setup()

from django.db import connection, transaction  # noqa: E402
from django.utils import timezone  # noqa: E402

from bench.signing_in import cookie_of  # noqa: E402
from customers.models import Customer, Product  # noqa: E402
from orders.desk.comparing import GROUPS  # noqa: E402
from orders.desk.numbers import desk_rule, is_drawn  # noqa: E402
from orders.models import Order, OrderLine  # noqa: E402
from orders.status import Status  # noqa: E402
from staff.models import User  # noqa: E402
from staff.roles import Role  # noqa: E402

ROWS = 5
FLOOR = "plain transaction"
WAYS = {
    "at once": "saved and confirmed in one request",
    "in two": "saved, then confirmed (two requests)",
    "with journal": "journal, saved, confirmed (three requests)",
}
DEAREST = 300  # below it five rows of at most ten stay under the sum from which somebody else reviews


class Goods:
    """What is sold to whom: picked at random, the same for the same seed."""

    def __init__(self, clerk: str, seed: int) -> None:
        self.chance = random.Random(seed)  # figures, not secrets
        team = User.objects.get(username=clerk).team_id
        self.customers = list(Customer.objects.filter(team=team).values_list("pk", flat=True)[:5000])
        self.products = list(Product.objects.filter(list_price__lt=DEAREST).values_list("code", flat=True))

    def rows(self) -> list[dict[str, Any]]:
        codes = self.chance.sample(self.products, ROWS)
        return [
            {"key": f"r{place}", "product": code, "quantity": str(self.chance.randint(1, 10)),
             "from": {"product": "typed", "quantity": "typed", "unit_price": "default"}}
            for place, code in enumerate(codes)
        ]  # fmt: skip


class Clerk:
    """One client: a clerk at the entry page, and the reviewer who gets what is drawn."""

    def __init__(self, port: int, cookies: tuple[str, str], goods: Goods, percent: int) -> None:
        self.caller, self.reviewer = (Caller(port, cookie) for cookie in cookies)
        self.goods, self.percent = goods, percent
        self.times: dict[str, Times] = {}
        self.drawn: list[str] = []

    def prepare(self) -> dict[str, Any]:
        """Rows in the journal with their prices: what the page would send now."""
        token, customer, rows = str(uuid4()), self.goods.chance.choice(self.goods.customers), self.goods.rows()
        header = {"channel": "phone", "customer_po": f"B{uuid4().hex[:12]}"}
        kept = self._post(
            "keep", "/orders/entry/keep/",
            {"token": token, "sequence": 1, "customer": customer, "rows": rows, "keys": [row["key"] for row in rows],
             "header": header, "total": "0", "whole": True},
        )  # fmt: skip
        for row, told in zip(rows, kept["rows"], strict=True):
            row |= {"unit_price": told["unit_price"], "tax_rate": told["product"]["tax_rate"]}
            if any(check["level"] == "note" for check in told["checks"]):
                row["why"] = "客户电话确认"
        total = sum(Decimal(told["amount"]) for told in kept["rows"])
        return {"token": token, "customer": customer, "header": header, "rows": rows, "total": str(total)}

    def save_then_confirm(self, body: dict[str, Any]) -> None:
        """Two requests."""
        made = self._post("save", "/orders/entry/submit/", body)
        if is_drawn(Order(pk=int(made["url"].split("/")[-2])), self.percent):
            self.drawn.append(f"{made['url']}verify/")
        else:
            self._note("confirm", self.caller.press(f"{made['url']}confirm/"))

    def save_and_confirm(self, body: dict[str, Any]) -> None:
        """One request."""
        made = self._post("save and confirm", "/orders/entry/submit/", body | {"confirm": True})
        if is_drawn(Order(pk=int(made["url"].split("/")[-2])), self.percent):
            self.drawn.append(f"{made['url']}verify/")

    def from_the_first_row(self) -> None:
        """The journal too: three requests."""
        self.save_then_confirm(self.prepare())

    def verify_drawn(self) -> None:
        """The reviewer's part."""
        while self.drawn:
            self._verify(self.drawn.pop())

    def _verify(self, url: str) -> None:
        """Compare with the source, tick every group, press the button."""
        took, page = self.reviewer.get(url)
        self._note("page of verify (drawn)", took)
        sight = page.partition(b'name="sight" value="')[2].partition(b'"')[0].decode()
        ticks = {group.value: "on" for group in GROUPS}
        self._note("verify (drawn)", self.reviewer.press(url, sight=sight, note="与客户电话核对", **ticks))

    def _post(self, name: str, path: str, body: dict[str, Any]) -> Any:
        took, told = self.caller.post(path, body)
        self._note(name, took)
        return told

    def _note(self, name: str, took: float) -> None:
        self.times.setdefault(name, Times(name)).values.append(took)


def _reviewer(place: int) -> str:
    username = f"reviewer{place}"
    if not User.objects.filter(username=username).exists():
        User.objects.create_user(username, roles=(Role.REVIEWER,), display_name=f"审核{place}")
    return username


def in_parallel(deeds: list[Callable[[], Any]], each: int) -> float:
    """Do every deed so many times, all side by side; how many a second were done in all."""

    def plain(deed: Callable[[], Any]) -> Callable[[Any], Any]:
        return lambda _none: deed()

    return with_bodies([plain(deed) for deed in deeds], [[None] * each for _deed in deeds])


def with_bodies(deeds: list[Callable[[Any], Any]], bodies: list[list[Any]]) -> float:
    """The same with something prepared for each turn of each deed."""
    begin = threading.Barrier(len(deeds) + 1)

    def work(deed: Callable[[Any], Any], own: list[Any]) -> None:
        begin.wait()
        for body in own:
            deed(body)

    with ThreadPoolExecutor(len(deeds)) as pool:
        tasks = [pool.submit(work, deed, own) for deed, own in zip(deeds, bodies, strict=True)]
        begin.wait()
        start = time.perf_counter()
        for task in tasks:
            task.result()
        return sum(len(own) for own in bodies) / (time.perf_counter() - start)


def _quoted(fields: list[Any]) -> list[str]:
    return [connection.ops.quote_name(field.column) for field in fields]


def plain_transaction() -> Callable[[], None]:
    """The floor: the order and its five rows as two statements and a commit, by the database's own driver."""
    order = Order.objects.order_by("pk").first()
    assert order is not None
    line = order.lines.all()[0]
    fields = [each for each in Order._meta.concrete_fields if not each.primary_key]
    rows = [each for each in OrderLine._meta.concrete_fields if not each.primary_key]
    head = [getattr(order, each.attname) for each in fields]
    body = [getattr(line, each.attname) for each in rows]
    number = [each.attname for each in fields].index("number")
    place = [each.attname for each in rows].index("order_id")
    position = [each.attname for each in rows].index("position")
    insert = (
        f"INSERT INTO {Order._meta.db_table} ({', '.join(_quoted(fields))}) "
        f"VALUES ({', '.join(['%s'] * len(fields))}) RETURNING id"
    )
    values = ", ".join([f"({', '.join(['%s'] * len(rows))})"] * ROWS)
    insert_rows = f"INSERT INTO {OrderLine._meta.db_table} ({', '.join(_quoted(rows))}) VALUES {values}"

    def write() -> None:
        own = list(head)
        own[number] = f"FLOOR-{uuid4().hex}"
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(insert, own)
            pk = cursor.fetchone()[0]
            flat = []
            for at in range(1, ROWS + 1):
                row = list(body)
                row[place], row[position] = pk, at
                flat += row
            cursor.execute(insert_rows, flat)

    return write


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clients", type=int, default=4)
    parser.add_argument("--orders", type=int, default=40, help="of each client in each round")
    parser.add_argument("--rounds", type=int, default=3)
    wanted = parser.parse_args()
    percent = desk_rule().sample_percent
    begun = timezone.now()
    people = [(cookie_of(f"clerk{place}"), cookie_of(_reviewer(place))) for place in range(wanted.clients)]
    goods = [Goods(f"clerk{place}", begun.microsecond + place) for place in range(wanted.clients)]
    write = plain_transaction()
    before = Order.objects.count()
    rates: dict[str, list[float]] = {name: [] for name in (*WAYS, FLOOR)}
    with serve("salesops.wsgi", IN_PRODUCTION) as port:
        clerks = [Clerk(port, cookies, own, percent) for cookies, own in zip(people, goods, strict=True)]
        in_parallel([clerk.from_the_first_row for clerk in clerks], 8)
        for clerk in clerks:
            clerk.times.clear()
        for _turn in range(wanted.rounds):
            rates[FLOOR].append(in_parallel([write] * wanted.clients, wanted.orders * 4))
            for name, way in (("at once", Clerk.save_and_confirm), ("in two", Clerk.save_then_confirm)):
                bodies = [[clerk.prepare() for _order in range(wanted.orders)] for clerk in clerks]
                rates[name].append(with_bodies([partial(way, clerk) for clerk in clerks], bodies))
            rates["with journal"].append(in_parallel([clerk.from_the_first_row for clerk in clerks], wanted.orders))
        for clerk in clerks:
            clerk.verify_drawn()
    Order.objects.filter(number__startswith="FLOOR-").order_by().delete()
    entered = Order.objects.filter(created_at__gte=begun, state=Status.CONFIRMED).count()
    print_rates(before, wanted.clients, rates, entered)
    print_deeds(clerks)


def print_rates(before: int, clients: int, rates: dict[str, list[float]], entered: int) -> None:
    """Orders a second beside the floor."""
    write = sys.stdout.write
    write(f"{connection.vendor}, {before:,} orders, {clients} clients, {entered} orders stand confirmed, ")
    write(f"load {os.getloadavg()[0]:.1f}\n\n")
    write("| what | orders/s | runs | floor is so many times it |\n|---|---:|---|---:|\n")
    floor = statistics.median(rates[FLOOR])
    for name, found in rates.items():
        middle = statistics.median(found)
        runs = ", ".join(f"{rate:.1f}" for rate in found)
        write(f"| {WAYS.get(name, name)} | {middle:.1f} | {runs} | {floor / middle:.0f} |\n")


def print_deeds(clerks: list[Clerk]) -> None:
    """What each request took."""
    write = sys.stdout.write
    write("\n| request | times | p50 ms | p95 ms |\n|---|---:|---:|---:|\n")
    for name in sorted({name for clerk in clerks for name in clerk.times}):
        found = [clerk.times[name].values for clerk in clerks if name in clerk.times]
        every = Times(name, [value for values in found for value in values])
        write(f"| {name} | {len(every.values)} | {every.p50:.1f} | {every.p95:.1f} |\n")


if __name__ == "__main__":
    main()
