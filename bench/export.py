"""Export a list as its job does, and print rows a second beside what XlsxWriter alone takes for the same cells.

Usage: ``python -m bench.export [--rows 100000]`` on the database of DATABASE_URL (else var/), filled by make_volume.
The newest orders are written, as many days of them as hold about so many rows.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import sys
import tempfile
import time
from pathlib import Path

import django
import python_calamine
import xlsxwriter

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "salesops.settings.base")
django.setup()

from django.utils import timezone  # noqa: E402

from orders.models import Order  # noqa: E402
from salesops.jobs.engine import enqueue, run_now  # noqa: E402
from salesops.jobs.models import Job  # noqa: E402
from staff.models import User  # noqa: E402
from staff.roles import Role  # noqa: E402

COLUMNS = ["number", "customer", "customer_po", "state", "total", "lines", "fulfilment", "clerk", "received", "channel"]


def days_of(rows: int) -> str:
    """The list's query for about so many of the newest orders."""
    edge = Order.objects.order_by("-received_at", "-id").values_list("received_at", flat=True)[rows - 1 : rows].first()
    return f"received_from={timezone.localtime(edge):%Y-%m-%d}" if edge else ""


def export(path: Path, query: str) -> int:
    """Run the export job in this process, take its file, and say how many rows it wrote."""
    owner = User.objects.holding(Role.MANAGER).first() or User.objects.create_user(
        "manager", display_name="Manager", roles=(Role.MANAGER,)
    )
    arguments = {
        "listing": "orders", "query": query, "columns": COLUMNS, "format": path.suffix.lstrip("."),
        "language": "zh-hans",
    }  # fmt: skip
    job = enqueue("listing.export", arguments=arguments, owner=owner, send=False)
    run_now(job)
    if job.state != Job.State.DONE:
        raise RuntimeError(job.error or job.state)
    shutil.move(job.result_file.path, path)
    return int(job.result["rows"])


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    query = days_of(parser.parse_args().rows)
    write = sys.stdout.write
    write("| what | rows | s | rows/s |\n|---|---:|---:|---:|\n")
    with tempfile.TemporaryDirectory(prefix="salesops-bench-") as scratch:
        for name in ("orders.xlsx", "orders.csv"):
            start = time.perf_counter()
            rows = export(Path(scratch) / name, query)
            took = time.perf_counter() - start
            write(f"| export of orders to {name.rpartition('.')[2]} | {rows:,} | {took:.1f} | {rows / took:,.0f} |\n")
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        start = time.perf_counter()
        book = python_calamine.CalamineWorkbook.from_path(Path(scratch) / "orders.xlsx").get_sheet_by_index(0)
        cells = book.to_python()
        start = time.perf_counter()
        floor = xlsxwriter.Workbook(Path(scratch) / "floor.xlsx", {"constant_memory": True})
        sheet = floor.add_worksheet()
        for number, row in enumerate(cells):
            sheet.write_row(number, 0, row)
        floor.close()
        took = time.perf_counter() - start
    write(f"| XlsxWriter alone, the same cells | {len(cells):,} | {took:.1f} | {len(cells) / took:,.0f} |\n")
    write(f"\nPeak of the exporting process: {peak:.0f} MB\n")


if __name__ == "__main__":
    main()
