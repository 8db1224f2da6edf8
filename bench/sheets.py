"""Import of order lines, beside what reading, writing and inserting alone take.

Usage: ``python -m bench.sheets [--rows 100000]``. Makes a database of its own on the PostgreSQL of DATABASE_URL (else a
SQLite file in a temporary folder), so that nothing else is touched. Peaks are of the largest single process.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import environ
import psycopg2
import python_calamine
import xlsxwriter

ROOT = Path(__file__).resolve().parent.parent
HEADINGS = ["订单编号", "订单日期", "发货日期", "客户编号", "客户名称", "产品编号", "产品名称", "数量", "单价", "金额"]
SCRATCH_DATABASE = "salesops_bench_sheets"


def rows_of(amount: int) -> list[list[object]]:
    """Order lines as a company's sheet holds them: five to an order, 5,000 customers, 500 products."""
    chance = random.Random(5)
    rows: list[list[object]] = []
    start = date(2024, 1, 1)
    for place in range(amount):
        order = place // 5
        customer, product = (order * 7919) % 5000, chance.randrange(500)
        day = start + timedelta(days=order % 700)
        quantity, price = chance.randrange(1, 40), chance.randrange(100, 90000) / 100
        rows.append(
            [f"D{order:07d}", day, day + timedelta(days=3), f"K{customer:05d}", f"杭州客户{customer:05d}商贸有限公司",
             f"A{product:04d}", f"产品{product:04d}号", quantity, price, round(quantity * price, 2)]
        )  # fmt: skip
    return rows


def write_workbook(path: Path, rows: list[list[object]]) -> float:
    """Seconds XlsxWriter alone takes in constant memory: the floor of an export."""
    start = time.perf_counter()
    book = xlsxwriter.Workbook(path, {"constant_memory": True, "default_date_format": "yyyy-mm-dd"})
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, HEADINGS)
    for number, row in enumerate(rows, 1):
        sheet.write_row(number, 0, row)
    book.close()
    return time.perf_counter() - start


def write_text(path: Path, rows: list[list[object]]) -> None:
    """The same rows as CSV."""
    with path.open("w", encoding="utf-8-sig", newline="") as lines:
        csv.writer(lines).writerows([HEADINGS, *rows])


def read_workbook(path: Path) -> float:
    """Seconds calamine alone takes: the floor of reading."""
    start = time.perf_counter()
    for _row in python_calamine.CalamineWorkbook.from_path(path).get_sheet_by_index(0).iter_rows():
        pass
    return time.perf_counter() - start


def plain_insert(url: str, rows: list[list[object]]) -> float:
    """Seconds for the rows as multi-row INSERT in one transaction: the floor of writing (PostgreSQL only)."""
    connection = psycopg2.connect(url)
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMP TABLE floor (a text, b date, c date, d text, e text, f text, g text, h int, i numeric,"
            " j numeric)"
        )
        start = time.perf_counter()
        for begin in range(0, len(rows), 1000):
            chunk = rows[begin : begin + 1000]
            values = b",".join(cursor.mogrify("(%s,%s,%s,%s,%s,%s,%s,%s,%s,%s)", row) for row in chunk)
            cursor.execute(b"INSERT INTO floor VALUES " + values)
        connection.commit()
    took = time.perf_counter() - start
    connection.close()
    return took


def run(command: list[str], env: dict[str, str]) -> tuple[float, float, str]:
    """(seconds, peak of the largest process in MB, output) of a command; each is started by a child that reports."""
    script = (
        "import json,resource,subprocess,sys,time;s=time.perf_counter();"
        "p=subprocess.run(sys.argv[1:],capture_output=True,text=True);"
        "print(json.dumps([time.perf_counter()-s,resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss/1024,p.stdout,"
        "p.stderr[-2000:],p.returncode]))"
    )
    answer = subprocess.run(
        [sys.executable, "-c", script, *command], cwd=ROOT, env=env, capture_output=True, text=True, check=True
    )
    seconds, peak, output, errors, code = json.loads(answer.stdout)
    if code:
        raise RuntimeError(errors)
    return seconds, peak, output


def fresh_database(url: str, folder: Path) -> dict[str, str]:
    """An empty, migrated database and the environment that points to it."""
    env = {**os.environ, "SALESOPS_VAR": str(folder / "var")}
    (folder / "var").mkdir(exist_ok=True)
    if url:
        parts = environ.Env.db_url_config(url)
        admin = psycopg2.connect(url)
        admin.autocommit = True
        with admin.cursor() as cursor:
            cursor.execute(f"DROP DATABASE IF EXISTS {SCRATCH_DATABASE}")
            cursor.execute(f"CREATE DATABASE {SCRATCH_DATABASE}")
        admin.close()
        env["DATABASE_URL"] = url.removesuffix(parts["NAME"]) + SCRATCH_DATABASE
    else:
        shutil.rmtree(folder / "var")
        (folder / "var").mkdir()
    subprocess.run([sys.executable, "manage.py", "migrate", "-v0"], cwd=ROOT, env=env, check=True)
    return env


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    amount = parser.parse_args().rows
    url = os.environ.get("DATABASE_URL", "")
    rows = rows_of(amount)
    with tempfile.TemporaryDirectory(prefix="salesops-bench-") as scratch:
        folder = Path(scratch)
        book, text = folder / "orders.xlsx", folder / "orders.csv"
        written = write_workbook(book, rows)
        write_text(text, rows)
        results: list[tuple[str, float, float]] = [
            ("XlsxWriter alone, writing", written, 0.0),
            ("calamine alone, reading", read_workbook(book), 0.0),
        ]
        if url:
            results.append(("plain INSERT alone", plain_insert(url, rows), 0.0))
        for name, path in (("import of .xlsx", book), ("import of .csv", text)):
            env = fresh_database(url, folder)
            seconds, peak, output = run([sys.executable, "manage.py", "import_orders", str(path), "--json"], env)
            assert json.loads(output)["lines"] == amount, output
            results.append((name, seconds, peak))
    print_table(results, amount, "PostgreSQL" if url else "SQLite")


def print_table(results: list[tuple[str, float, float]], amount: int, database: str) -> None:
    """A Markdown table."""
    write: Callable[[str], int] = sys.stdout.write
    write(
        f"{database}, {amount:,} rows of {len(HEADINGS)} columns\n\n"
        "| what | s | rows/s | peak MB |\n|---|---:|---:|---:|\n"
    )
    for name, seconds, peak in results:
        write(f"| {name} | {seconds:.1f} | {amount / seconds:,.0f} | {f'{peak:.0f}' if peak else ''} |\n")
    write(
        f"\nThis process itself: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB (holds the rows)\n"
    )


if __name__ == "__main__":
    main()
