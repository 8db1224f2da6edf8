"""How long a printed order takes, without a database.

Usage: ``python -m bench.documents [--rows 300] [--rounds 7]``. Prints one JSON line: the first document of a process
(fonts are opened) and the median and worst of the following ones, in both languages, in seconds.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import time
from datetime import date
from decimal import Decimal

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "salesops.settings.test")
django.setup()

from orders.documents.contents import DocumentLine, DocumentOrder, Recipient  # noqa: E402
from orders.documents.rendering import render_pdf  # noqa: E402
from salesops.documents.models import CompanyProfile  # noqa: E402


def order_of(rows: int, number: int) -> DocumentOrder:
    """An order as companies have them; no two are the same, so nothing is answered from a cache."""
    price = Decimal("12.35") + number
    lines = tuple(
        DocumentLine(
            position=row,
            code=f"SKU-{number}-{row:04d}",
            name=f"台灯 LED {row}W 白 可调光 {number}",
            spec="220V/50Hz" if row % 2 else "",
            unit="盏",
            quantity=Decimal(row),
            unit_price=price,
            tax_rate="13",
            amount=price * row,
        )
        for row in range(1, rows + 1)
    )
    total = sum((line.amount or Decimal(0) for line in lines), Decimal(0))
    tax = (total - total / Decimal("1.13")).quantize(Decimal("0.01"))
    return DocumentOrder(
        number=f"SO-20261123-{number:04d}",
        revision=1,
        ordered_on=date(2026, 11, 23),
        customer_name="宁波海岚进出口有限公司",
        lines=lines,
        currency="CNY",
        net=total - tax,
        tax=tax,
        total=total,
        recipient=Recipient("宁波市北仑区港通路 18 号", "王芳", "13800138000"),
        remarks="外箱贴唛头",
    )


def main() -> None:
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("--rows", type=int, default=300)
    reader.add_argument("--rounds", type=int, default=7)
    asked = reader.parse_args()
    sender = CompanyProfile(name_zh="杭州示例科技有限公司", name_en="Hangzhou Example Technology Co., Ltd.")
    taken, size = [], 0
    for number in range(asked.rounds + 1):
        document = order_of(asked.rows, number)
        start = time.perf_counter()
        size = len(render_pdf(document, sender=sender))
        taken.append(time.perf_counter() - start)
    first, rest = taken[0], taken[1:]
    figures = {
        "rows": asked.rows,
        "first": round(first, 3),
        "median": round(statistics.median(rest), 3),
        "worst": round(max(rest), 3),
        "bytes": size,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
