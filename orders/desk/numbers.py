"""The desk's own numbers: thresholds, samples, days; one row that an administrator edits."""

from __future__ import annotations

import random

from orders.models import DeskRule, Order
from salesops.prepared import Prepared

_ROW = Prepared(lambda: DeskRule.objects.order_by("pk")[:1])


def desk_rule() -> DeskRule:
    """The row; the built-in numbers where somebody deleted it."""
    return _ROW.first() or DeskRule()


def is_drawn(order: Order, percent: int) -> bool:
    """Whether the sample holds this stored order: decided by its id alone, so that anybody can draw it again."""
    return random.Random(f"verify:{order.pk}").random() * 100 < percent  # noqa: S311  # a sample, not a secret
