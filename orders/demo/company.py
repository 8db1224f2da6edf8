"""The demo company: a food wholesaler in Shanghai, made from the Northwind sample (MIT, licence beside this file).

Names are translated and moved to China; quantities, prices, discounts and the rhythm of the dates are the sample's own,
moved forward by whole weeks so that the last order lies in the present week.
"""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any

from django.utils import timezone

FOLDER = Path(__file__).resolve().parent
LAST_ORDER = date(1998, 5, 6)
EASTERN = frozenset({"华东", "华北", "东北"})


@dataclass(frozen=True)
class DemoLine:
    """One row of the sample: product number, quantity, unit price and discount (a fraction)."""

    product: int
    quantity: Decimal
    price: Decimal
    discount: Decimal


@dataclass(frozen=True)
class DemoOrder:
    """One order of the sample with its dates moved to the present."""

    source_number: str
    customer: str
    seller: str
    ordered_on: date
    required_on: date
    shipped_on: date | None
    carrier: str
    lines: tuple[DemoLine, ...]


class DemoCompany:
    """Everything the sample says, in the order it is needed."""

    def __init__(self, today: date) -> None:
        self.shift = timedelta(days=(today - LAST_ORDER).days // 7 * 7)

    @cached_property
    def _company(self) -> dict[str, Any]:
        return json.loads((FOLDER / "company.json").read_text(encoding="utf-8"))  # type: ignore[no-any-return]

    @property
    def customers(self) -> list[dict[str, Any]]:
        return self._company["customers"]  # type: ignore[no-any-return]

    @property
    def products(self) -> list[dict[str, Any]]:
        return self._company["products"]  # type: ignore[no-any-return]

    @property
    def sellers(self) -> dict[str, str]:
        """Names of the salespeople by their number in the sample."""
        return self._company["people"]["salespeople"]  # type: ignore[no-any-return]

    @property
    def teams(self) -> list[str]:
        return self._company["people"]["team"]  # type: ignore[no-any-return]

    @cached_property
    def orders(self) -> list[DemoOrder]:
        """All orders, oldest first."""
        lines: dict[str, list[DemoLine]] = {}
        for row in _rows("order_details.csv"):
            lines.setdefault(row["OrderID"], []).append(
                DemoLine(
                    int(row["ProductID"]), Decimal(row["Quantity"]), Decimal(row["UnitPrice"]), Decimal(row["Discount"])
                )
            )
        return [
            DemoOrder(
                source_number=row["OrderID"],
                customer=row["CustomerID"],
                seller=row["EmployeeID"],
                ordered_on=self._moved(row["OrderDate"]),
                required_on=self._moved(row["RequiredDate"]),
                shipped_on=self._moved(row["ShippedDate"]) if row["ShippedDate"] else None,
                carrier=self._company["carriers"][row["ShipVia"]],
                lines=tuple(lines[row["OrderID"]]),
            )
            for row in _rows("orders.csv")
        ]

    @cached_property
    def usual_seller(self) -> dict[str, str]:
        """The salesperson with the most orders of each customer."""
        counts: dict[str, Counter[str]] = {}
        for order in self.orders:
            counts.setdefault(order.customer, Counter())[order.seller] += 1
        return {customer: count.most_common(1)[0][0] for customer, count in counts.items()}

    def team_of(self, region: str) -> str:
        """The team that looks after a region."""
        return self.teams[0] if region in EASTERN else self.teams[1]

    def _moved(self, text: str) -> date:
        # The sample writes month/day/year; an office date has no zone of its own.
        return datetime.strptime(text, "%m/%d/%Y").date() + self.shift  # noqa: DTZ007


def _rows(name: str) -> Iterator[dict[str, str]]:
    with (FOLDER / name).open(encoding="utf-8", newline="") as lines:
        yield from csv.DictReader(lines)


def at(day: date, clock: time) -> datetime:
    """A moment of the house's day."""
    return datetime.combine(day, clock, timezone.get_default_timezone())
