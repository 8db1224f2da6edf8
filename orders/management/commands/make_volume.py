"""Fill a database with many orders, for measuring."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from orders.demo.open_work import make_open_work
from orders.demo.volume import make_volume


class Command(BaseCommand):
    help = "Add many orders (five lines each), a twentieth as many customers and 500 products, fast."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--orders", type=int, required=True)
        parser.add_argument("--open", type=int, default=0, help="so many requests, approvals and shipments that wait")
        parser.add_argument("--seed", type=int, default=7)

    def handle(self, *args: Any, **options: Any) -> None:
        make_volume(orders=options["orders"], seed=options["seed"], tell=self.stdout.write)
        make_open_work(amount=options["open"])
