"""The importer as a command of its own, killed midway and at its end: nothing of it stays, and it can come again."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from orders.tests.sheets import write_sheet
from tests.faults.racing import ROOT

pytestmark = pytest.mark.fault

HEADINGS = ["单据编号", "单据日期", "往来单位", "商品编码", "品名", "数量", "单价", "金额"]
WRITTEN = ("orders_order", "orders_orderline", "customers_customer", "spreadsheets_importbatch")


def written(books: Path) -> dict[str, int]:
    """How many rows stand in each table an import writes."""
    with contextlib.closing(sqlite3.connect(books)) as opened:
        return {table: opened.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in WRITTEN}


def test_an_importer_that_is_killed_midway_leaves_nothing(tmp_path, sqlite_pattern):
    """A real process on a database of its own."""
    rows = [[str(n), "2026-03-02", f"客户{n % 50}", "A", "货", "1", "10", "10"] for n in range(9000)]
    path = write_sheet(tmp_path, [HEADINGS, *rows])
    (tmp_path / "var").mkdir()
    books = Path(shutil.copy(sqlite_pattern, tmp_path / "var" / "salesops.sqlite3"))
    surroundings = os.environ | {
        "DJANGO_SETTINGS_MODULE": "salesops.settings.dev",
        "SALESOPS_VAR": str(tmp_path / "var"),
        "SALESOPS_TESTING": "1",
    }
    surroundings.pop("DATABASE_URL", None)

    def bring_in(**more: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "manage.py", "import_orders", str(path), "--json"]
        return subprocess.run(command, cwd=ROOT, env=surroundings | more, capture_output=True, text=True, check=False)

    for point in ("orders.import.midway", "orders.import.written"):
        killed = bring_in(SALESOPS_FAILPOINTS=f"{point}=kill")
        assert killed.returncode == -9, killed.stderr
        assert written(books) == dict.fromkeys(WRITTEN, 0)
    whole = bring_in()
    assert json.loads(whole.stdout)["orders"] == 9000
    assert (written(books)["orders_order"], written(books)["orders_orderline"]) == (9000, 9000)
