"""Reads of sheet rows that wait for a customer: one by one, and by the orders they will become."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Count, Min, Q, Sum

from orders.models import UnassignedLine
from staff.roles import Permission

if TYPE_CHECKING:
    from staff.models import User

MOST_COUNTED = 1000


def count_waiting_lines(user: User) -> int:
    """How many of them wait, counted to a thousand."""
    return waiting_lines(user).order_by()[:MOST_COUNTED].count()


def waiting_lines(user: User) -> models.QuerySet[UnassignedLine]:
    """Rows without a customer that this person may assign: all, or those their own team brought in."""
    rows = UnassignedLine.objects.filter(assigned_to__isnull=True)
    if not user.may(Permission.IMPORT_SHEETS):
        return rows.none()
    if user.may(Permission.SEE_ALL_CUSTOMERS):
        return rows
    own = Q(batch__uploaded_by=user)
    return rows.filter(own | Q(batch__uploaded_by__team_id=user.team_id) if user.team_id else own)


@dataclass(frozen=True)
class Choice:
    """Which waiting rows are meant: of these orders, these rows, or all that the list shows.

    An order is named by one of its waiting rows.
    """

    batch: int = 0
    text: str = ""
    orders: Sequence[int] = ()
    lines: Sequence[int] = ()
    everything: bool = False

    def rows(self, user: User) -> models.QuerySet[UnassignedLine]:
        """The chosen rows that still wait and that this person may assign."""
        if self.everything:
            return self.listed(user)
        rows = waiting_lines(user)
        return rows.filter(Q(pk__in=self.lines) | rows_of_orders(rows, self.orders))

    def listed(self, user: User) -> models.QuerySet[UnassignedLine]:
        """What the list shows: of one import, of one number, of orders with one product."""
        rows = waiting_lines(user)
        if self.batch:
            rows = rows.filter(batch=self.batch)
        if self.text:
            with_product = rows.filter(product_code=self.text).exclude(source_number="").values("source_number")
            alone = Q(source_number="", product_code=self.text)
            rows = rows.filter(Q(source_number=self.text) | Q(source_number__in=with_product) | alone)
        return rows


def rows_of_orders(rows: models.QuerySet[UnassignedLine], orders: Sequence[int]) -> Q:
    """The rows that share import and number with these; a row without a number stands for itself."""
    numbers: dict[int, list[str]] = {}
    alone: list[int] = []
    for pk, batch, number in rows.filter(pk__in=orders).values_list("pk", "batch_id", "source_number"):
        if number:
            numbers.setdefault(batch, []).append(number)
        else:
            alone.append(pk)
    meant = Q(pk__in=alone)
    for batch, own in numbers.items():
        meant |= Q(batch=batch, source_number__in=own)
    return meant


@dataclass
class WaitingOrder:
    """Waiting rows of one import that share a number."""

    first: UnassignedLine
    lines: int = 1
    amount: Decimal | None = None

    @property
    def further_lines(self) -> int:
        """Rows beside the first one."""
        return self.lines - 1


@dataclass
class Page:
    """Waiting orders in the order of their first rows; ``following`` is the row after which the next page begins."""

    orders: list[WaitingOrder] = field(default_factory=list)
    following: int | None = None


def waiting_orders(rows: models.QuerySet[UnassignedLine], after: int, most: int) -> Page:
    """The orders whose first waiting row comes after that row.

    Rows of an order mostly stand together: the page walks over its rows and counts only the orders it met.
    """
    firsts, following = _first_rows(rows, after, most)
    numbers = {number for _, number in firsts if number}
    counts = {
        (found["batch_id"], found["source_number"]): found
        for found in rows.filter(source_number__in=numbers, batch__in={batch for batch, _ in firsts})
        .order_by()
        .values("batch_id", "source_number")
        .annotate(first=Min("pk"), lines=Count("pk"), total=Sum("amount"))
    }
    kept = UnassignedLine.objects.select_related("batch").in_bulk([pk for pks in firsts.values() for pk in pks])
    page = Page(following=following)
    for (batch, number), pks in firsts.items():
        found = counts.get((batch, number))
        if found is None:
            page.orders += [WaitingOrder(kept[pk], amount=kept[pk].amount) for pk in pks]
        elif found["first"] == pks[0]:  # else an earlier page has shown it
            page.orders.append(WaitingOrder(kept[pks[0]], found["lines"], found["total"]))
    page.orders.sort(key=lambda order: order.first.pk)
    return page


def _first_rows(
    rows: models.QuerySet[UnassignedLine], after: int, most: int
) -> tuple[dict[tuple[int, str], list[int]], int | None]:
    """(import, number) -> its first row after that one, each of the rows where there is no number."""
    firsts: dict[tuple[int, str], list[int]] = {}
    met, last = 0, after
    walk = rows.filter(pk__gt=after).order_by("pk").values_list("pk", "batch_id", "source_number")
    for pk, batch, number in walk.iterator(chunk_size=500):
        if not number or (batch, number) not in firsts:
            if met == most:
                return firsts, last
            met += 1
            firsts.setdefault((batch, number), []).append(pk)
        last = pk
    return firsts, None
