"""What tests of imports share: running the command, and where the real files lie."""

import csv
import json
import os
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"
SUPERSTORE = SHARED / "superstore_cn" / "示例 - 超市.xls"
NORTHWIND = SHARED / "northwind" / "csv"


def demand_real_files():
    """Skip with a word in a plain clone, fail where everything must run."""
    if not SHARED.is_dir():
        assert not os.environ.get("CI"), "the real files are missing"
        pytest.skip("the real files are not beside this checkout")


def bring_in(*files, command="import_orders", **options):
    """Run the command with --json; returns the object it printed."""
    out = StringIO()
    call_command(command, *map(str, files), as_json=True, stdout=out, **options)
    return json.loads(out.getvalue())


def write_sheet(folder, rows, name="sheet.csv"):
    """A CSV file of the rows."""
    path = Path(folder) / name
    with path.open("w", newline="", encoding="utf-8") as sink:
        csv.writer(sink).writerows(rows)
    return path
