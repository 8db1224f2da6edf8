"""Rows that only replace goods a customer sent back: they cost nothing, and that is no discount."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Protocol

from orders.models import ReturnLine

Goods = int | str
"""A product, or the name of what is none of ours."""


class GoodsRead(Protocol):
    """What of a stored row tells whether it replaces something."""

    @property
    def position(self) -> int: ...
    @property
    def product_id(self) -> int | None: ...
    @property
    def product_name(self) -> str: ...
    @property
    def quantity(self) -> Decimal: ...
    @property
    def amount(self) -> Decimal: ...


@dataclass(slots=True)
class CameBack:
    """What was accepted of the returns that one order replaces."""

    quantities: dict[Goods, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    goods: dict[str, Goods] = field(default_factory=dict)  # by name: a product sold no longer is replaced by its name

    def add(self, product: int | None, name: str, quantity: Decimal) -> None:
        """So much more came back."""
        key: Goods = product or name
        self.quantities[key] += quantity
        self.goods.setdefault(name, key)

    def rows_replacing(self, rows: Iterable[GoodsRead]) -> frozenset[int]:
        """Positions of the rows at no price that hold no more than came back; what goes beyond it is given away."""
        left, found = dict(self.quantities), set()
        for row in rows:
            key = self._key(row.product_id, row.product_name)
            if is_free(row) and row.quantity <= left.get(key, Decimal(0)):
                left[key] -= row.quantity
                found.add(row.position)
        return frozenset(found)

    def covers(self, product: int | None, name: str, quantity: Decimal) -> bool:
        """Whether a single row of so much holds no more than what came back."""
        return 0 < quantity <= self.quantities.get(self._key(product, name), Decimal(0))

    def _key(self, product: int | None, name: str) -> Goods:
        return product or self.goods.get(name, name)


def is_free(row: GoodsRead) -> bool:
    """Whether a row costs nothing and takes nothing back."""
    return not row.amount and row.quantity > 0


def came_back(replacements: Collection[int]) -> dict[int, CameBack]:
    """By order, what came back that it replaces; orders that replace nothing are not in it. One statement."""
    found: dict[int, CameBack] = defaultdict(CameBack)
    parts = ReturnLine.objects.filter(order_return__replacement__in=replacements, accepted__gt=0).order_by()
    names = ("order_return__replacement_id", "line__product_id", "line__product_name", "accepted")
    for order, product, name, quantity in parts.values_list(*names):
        found[order].add(product, name, quantity)
    return dict(found)
