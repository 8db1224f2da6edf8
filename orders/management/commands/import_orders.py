"""Bring orders in from sheets."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from salesops.spreadsheets.commandline import ImportCommand
from salesops.spreadsheets.models import ImportBatch


class Command(ImportCommand):
    """manage.py import_orders FILE…"""

    help = "Import orders with their lines, customers and products from sheets (.xls, .xlsx, .csv), a folder or a zip."
    kind = ImportBatch.Kind.ORDERS

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The shared arguments, and the customer of rows that name none."""
        super().add_arguments(parser)
        parser.add_argument("--customer", default="", metavar="CODE", help="customer of rows that name none")
        parser.add_argument(
            "--open-orders", action="store_true", help="orders without dates of shipping are still open"
        )

    def options_of(self, given: dict[str, Any]) -> dict[str, Any]:
        """Customer and openness."""
        chosen: dict[str, Any] = {}
        if given["customer"]:
            chosen["customer"] = given["customer"]
        if given["open_orders"]:
            chosen["open_orders"] = True
        return chosen
