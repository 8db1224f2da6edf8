"""Order numbers that stand for several orders: kept apart, or left out where a person says so."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from orders.importing.staging import Stage, from_cents
from salesops.spreadsheets.faults import gettext_noop

LEFT_OUT = gettext_noop("This order number stands for several orders and was left out as chosen.")
MOST_SHOWN = 200
MOST_NUMBERS = 5000
_SHARED = "SELECT number FROM orders WHERE number != '' GROUP BY number HAVING COUNT(*) > 1"


@dataclass
class LeftOut:
    """The numbers a person chose to leave out, and what of them the sheet held."""

    numbers: frozenset[str]
    rows: dict[str, Counter[tuple[str, str]]] = field(default_factory=dict)  # number -> (day, customer) -> rows

    def holds(self, number: str, day: str = "", customer: str = "") -> bool:
        """Whether rows of this number are left out; remembers whose they were."""
        if number not in self.numbers:
            return False
        parts = self.rows.setdefault(number, Counter())
        if customer:
            parts[(day, customer)] += 1
        return True


def shared_numbers(stage: Stage, left_out: LeftOut) -> dict[str, Any]:
    """How many there are, the first of them with their orders, and the numbers of all (for a choice about all)."""
    count = stage.number(f"SELECT COUNT(*) FROM ({_SHARED})")  # noqa: S608  # our own words
    numbers = [row[0] for row in stage.rows(f"{_SHARED} ORDER BY MIN(id) LIMIT {MOST_NUMBERS}")]
    shown = [
        {"number": number, "left_out": True, "parts": [_part(*key, rows) for key, rows in parts.items()]}
        for number, parts in list(left_out.rows.items())[:MOST_SHOWN]
    ]
    for number in numbers[: MOST_SHOWN - len(shown)]:
        parts = [_part(day, name, rows, cents) for day, name, rows, cents in stage.rows(_PARTS, (number,))]
        shown.append({"number": number, "left_out": False, "parts": parts})
    return {
        "count": count,
        "left_out": len(left_out.rows),
        "shown": sorted(shown, key=lambda one: str(one["number"])),
        "numbers": [*left_out.rows, *numbers],
    }


_PARTS = (
    "SELECT o.day, c.name, COUNT(l.id), COALESCE(SUM(l.net), 0) FROM orders o"
    " LEFT JOIN customers c ON c.id = o.customer LEFT JOIN lines l ON l.order_id = o.id"
    " WHERE o.number = ? GROUP BY o.id ORDER BY o.id"
)


def _part(day: str, name: str | None, rows: int, cents: int | None = None) -> dict[str, Any]:
    return {"day": day, "customer": name or "", "lines": rows, "net": "" if cents is None else str(from_cents(cents))}
