"""What the figures in a discount column mean: decided once for the column, by evidence, and said in the report."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Literal

Meaning = Literal["fraction", "percent", "paid_tenths", "paid_fraction", "money_off"]

_HUNDRED = Decimal(100)
_TEN = Decimal(10)
_ONE = Decimal(1)

FRACTIONS: dict[Meaning, Callable[[Decimal], Decimal]] = {
    "fraction": lambda value: value,
    "percent": lambda value: value / _HUNDRED,
    "paid_tenths": lambda value: _ONE - value / _TEN,
    "paid_fraction": lambda value: _ONE - value,
}
_ZHE = re.compile(r"([\d.]+)\s*折")
_PERCENT = re.compile(r"(-?[\d.]+)\s*[%％]")
NO_DISCOUNT = frozenset({"无", "不打折", "原价", "none", "no", "-", "—", "/"})


def spoken_fraction(text: str) -> Decimal | None:
    """The discount a text names by itself: "15%" -> 0.15, "8.5折" and "85折" -> 0.15, "无" -> 0; else None."""
    plain = text.strip().casefold()
    if plain in NO_DISCOUNT:
        return Decimal(0)
    if found := _PERCENT.fullmatch(plain):
        return Decimal(found[1]) / _HUNDRED
    if found := _ZHE.fullmatch(plain):
        paid = Decimal(found[1])
        return _ONE - paid / (_HUNDRED if paid > _TEN else _TEN)
    return None


def decide_meaning(
    rows: Iterable[tuple[Decimal, Decimal | None, Decimal | None, Decimal | None]], heading: str
) -> tuple[Meaning, bool]:
    """(what a column's plain numbers mean, whether amounts prove it); rows are (discount, quantity, price, amount)."""
    proof: dict[Meaning, int] = {}
    tested = 0
    seen: list[Decimal] = []
    for discount, quantity, price, amount in rows:
        seen.append(discount)
        if discount and quantity and price and amount is not None:
            tested += 1
            for meaning in _explaining(discount, quantity * price, amount, abs(quantity)):
                proof[meaning] = proof.get(meaning, 0) + 1
    best = max(proof, key=lambda meaning: proof[meaning], default=None)
    if best is not None and proof[best] >= max(1, tested * 4 // 5):
        return best, True
    return _by_size(seen, heading), False


def _explaining(discount: Decimal, full: Decimal, amount: Decimal, units: Decimal) -> list[Meaning]:
    slack = Decimal("0.011") + units * Decimal("0.005")
    found = [meaning for meaning, read in FRACTIONS.items() if abs(full * (1 - read(discount)) - amount) <= slack]
    if abs(full - discount - amount) <= Decimal("0.011"):
        found.append("money_off")
    return found


def _by_size(seen: list[Decimal], heading: str) -> Meaning:
    """Without amounts to prove it: up to 1 a fraction, Chinese 折 between 1 and 10 and never 0, else per cent."""
    given = [value for value in seen if value]
    if not given or max(given) <= 1:
        return "fraction"
    is_chinese = "折" in heading
    if is_chinese and len(given) == len(seen) and min(given) > 1 and max(given) <= 10:
        return "paid_tenths"
    return "percent"
