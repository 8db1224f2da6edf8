"""Bring products in from sheets."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from salesops.spreadsheets.commandline import ImportCommand
from salesops.spreadsheets.models import ImportBatch


class Command(ImportCommand):
    """manage.py import_products FILE…"""

    help = "Import products from sheets (.xls, .xlsx, .csv); known ones only get their empty fields filled."
    kind = ImportBatch.Kind.PRODUCTS

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The shared arguments, and whether filled fields are overwritten."""
        super().add_arguments(parser)
        parser.add_argument("--update", action="store_true", help="overwrite fields that are filled already")

    def options_of(self, given: dict[str, Any]) -> dict[str, Any]:
        """Whether to overwrite."""
        return {"update": True} if given["update"] else {}
