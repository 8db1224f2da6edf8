"""Orders as sheets bring them in: prepare, apply, undo."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import fields
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.db import transaction
from django.urls import reverse

from orders.importing.fields import ORDER_FIELDS
from orders.importing.preparing import prepare_orders
from orders.importing.staging import Stage
from orders.importing.undoing import undo_orders
from orders.importing.writing import OrderWriter
from salesops.locking import lock_rule
from salesops.spreadsheets.doubles import refuse_second_time
from salesops.spreadsheets.faults import gettext_noop
from salesops.spreadsheets.models import ImportBatch
from salesops.spreadsheets.tables import FieldSpec, Report, Watch, Workbook

REPORT_FILE = "report.json"
ITS_ORDERS = gettext_noop("Orders of this import")
ITS_WAITING_LINES = gettext_noop("Lines that wait for a customer")


class OrderImporter:
    """The importer of orders with their lines, customers and products."""

    kind: ImportBatch.Kind = ImportBatch.Kind.ORDERS
    fields: Sequence[FieldSpec] = ORDER_FIELDS

    def prepare(self, workbook: Workbook, *, batch: ImportBatch, folder: Path, watch: Watch) -> Report:
        """Check and group every row; changes no record."""
        report = prepare_orders(workbook, batch=batch, folder=folder, watch=watch)
        save_report(report, folder)
        return report

    def apply(self, *, batch: ImportBatch, folder: Path, watch: Watch, finish: Callable[[Report], None]) -> Report:
        """Write what prepare staged, in one transaction that ends with ``finish``."""
        report = load_report(folder)
        with Stage(folder) as stage, transaction.atomic():
            lock_rule("imports.write")
            refuse_second_time(batch)
            report.details |= OrderWriter(stage, batch, watch).write()
            report.details["links"] = links_of(report, batch)
            finish(report)
        return report

    def undo(self, *, batch: ImportBatch, by: Any) -> None:
        """Take the batch back as a whole."""
        undo_orders(batch=batch, by=by)


def links_of(report: Report, batch: ImportBatch) -> list[dict[str, str]]:
    """Where the made orders stand, and the rows that still wait for a customer."""
    links = [{"text": ITS_ORDERS, "url": f"{reverse('orders:list')}?batch={batch.pk}"}] if report.orders else []
    if report.unassigned_lines:
        links.append({"text": ITS_WAITING_LINES, "url": f"{reverse('orders:unassigned')}?batch={batch.pk}"})
    return links


def save_report(report: Report, folder: Path) -> None:
    """Keep the report of prepare beside the staged rows."""
    plain = report.for_machines() | {"details": report.details}
    (folder / REPORT_FILE).write_text(json.dumps(plain, ensure_ascii=False, default=str), encoding="utf-8")


def load_report(folder: Path) -> Report:
    """The report prepare kept."""
    plain = json.loads((folder / REPORT_FILE).read_text(encoding="utf-8"))
    plain["net_total"] = Decimal(plain["net_total"])
    known = {one.name for one in fields(Report)}
    return Report(**{name: value for name, value in plain.items() if name in known})
