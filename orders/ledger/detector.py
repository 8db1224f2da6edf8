"""The detector: a field that was put right after the entry is an error of whoever wrote it.

Another person within ten working days: an error. The same person, before verification: a near miss, shown and not
counted. What a verifier, an amendment or the warehouse wrote into the ledger already is not counted twice.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone

from orders.actions.errors import HEADER, record_error, told_value
from orders.ledger.authorship import Writing, author_of
from orders.ledger.types import ERROR_FIELDS, FOLLOWS_PRODUCT, row_words
from orders.models import DeskRule, ErrorEvent, Order, OrderSnapshot
from orders.snapshots import Content
from orders.status import Status
from salesops.worktime.queries import house_clock

if TYPE_CHECKING:
    from staff.models import User

_LOOK_BACK = timedelta(days=3)
_CHUNK = 500
Place = tuple[int | None, str]


@dataclass(frozen=True, slots=True)
class Correction:
    """One field, or a whole row, that somebody wrote or left out and that was changed after the entry."""

    line_id: int | None
    position: int
    field: str
    wrong: Any
    right: Any
    made_by: User
    made_at: datetime
    by: User
    at: datetime
    made: Writing | None = None  # of a whole row, which has no field to read its writer from


def detect_in_order(order_id: int) -> list[ErrorEvent]:
    """Write what was put right in one order into the ledger; looking twice changes nothing."""
    if not Order.objects.filter(pk=order_id, entered_at__isnull=False).exists():
        return []
    with transaction.atomic():
        order = Order.objects.select_for_update(of=("self",)).get(pk=order_id)
        return [error for found in corrections_in(order) if (error := _record(order, found)) is not None]


def detect_everywhere(since: datetime | None = None) -> int:
    """Look through every order that was saved since the moment (the last three days); how many events there are."""
    limit = since or timezone.now() - _LOOK_BACK
    seen: set[int] = set()
    for order_id in _saved_since(limit):
        if order_id not in seen:
            seen.add(order_id)
            detect_in_order(order_id)
    return len(seen)


def _saved_since(limit: datetime) -> Iterator[int]:
    """Orders of the newest snapshots: by id, newest first, because time has no index there."""
    below: int | None = None
    while True:
        rows = (
            OrderSnapshot.objects.filter(revision__gt=0)
            if below is None
            else OrderSnapshot.objects.filter(revision__gt=0, pk__lt=below)
        )
        page = list(rows.order_by("-pk").values_list("pk", "order_id", "at")[:_CHUNK])
        yield from (order_id for _pk, order_id, at in page if at >= limit)
        if len(page) < _CHUNK or page[-1][2] < limit:
            return
        below = page[-1][0]


def corrections_in(order: Order) -> list[Correction]:
    """Every field and every row of the order that was changed by hand between its first entry and its confirmation."""
    submitted = order.events.filter(kind="moved", after__state=Status.ENTERED).order_by("at", "id").first()
    if submitted is None:
        return []
    found: list[Correction] = []
    writers: dict[Place, tuple[User | None, datetime]] = {}
    previous: dict[Place, Any] = {}
    came_in = bool(order.batch_id) or order.events.filter(kind="imported").exists()
    for snapshot in order.snapshots.select_related("by").order_by("revision"):
        present = _values(snapshot.content)
        positions = {line["id"]: line["position"] for line in snapshot.content.get("lines", [])}
        counts = snapshot.at > submitted.at and "amendment" not in snapshot.content and snapshot.by is not None
        for place, value in present.items():
            if place in previous and previous[place] == value:
                continue
            maker, made_at = writers.get(place, (None, snapshot.at))
            if counts and place in previous and maker is not None and snapshot.by is not None:
                found.append(
                    Correction(
                        place[0], positions.get(place[0], HEADER), place[1], previous[place], value, maker, made_at,
                        snapshot.by, snapshot.at,
                    )
                )  # fmt: skip
            writers[place] = (None if snapshot.revision == 0 and came_in else snapshot.by, snapshot.at)
        previous = present
    return [one for one in found if not _follows_product(one, found)] + _rows_in(order, submitted.at, came_in=came_in)


def _rows_in(order: Order, submitted_at: datetime, *, came_in: bool) -> list[Correction]:
    """Whole rows that somebody added or took away after the entry.

    A row that is missing was left out by whoever wrote the order last before it was entered; one too many is its
    writer's. A row that came where another went in the same save is one error: the wrong row.
    """
    found: list[Correction] = []
    before: dict[int, Content] = {}
    writer: Writing | None = None
    for snapshot in order.snapshots.select_related("by").order_by("revision"):
        rows = {line["id"]: line for line in snapshot.content.get("lines", [])}
        if snapshot.at <= submitted_at:
            is_sheet = snapshot.revision == 0 and came_in
            writer = None if is_sheet else Writing(snapshot.by, snapshot.at, ErrorEvent.Stage.ENTRY)
        elif before and snapshot.by is not None and "amendment" not in snapshot.content:
            gone = {row["position"]: row for key, row in before.items() if key not in rows}
            come = {row["position"]: row for key, row in rows.items() if key not in before}
            for position in sorted(gone.keys() | come.keys()):
                old, new = gone.get(position), come.get(position)
                made = author_of(order, old["id"], "line", old["id"], snapshot.at) if old else writer
                if made is not None and made.by is not None and made.at is not None:
                    found.append(
                        Correction(
                            None, position, "line", row_words(old), row_words(new), made.by, made.at, snapshot.by,
                            snapshot.at, made,
                        )
                    )  # fmt: skip
        before = rows
    return found


def _values(content: Content) -> dict[Place, Any]:
    values: dict[Place, Any] = {(None, field): content.get(field) for field in ERROR_FIELDS if field in content}
    for line in content.get("lines", []):
        values |= {(line["id"], field): line.get(field) for field in ERROR_FIELDS if field in line}
    return values


def _follows_product(one: Correction, found: list[Correction]) -> bool:
    """Name, unit and price that changed because the product did are one error, not five."""
    if one.line_id is None or one.field not in FOLLOWS_PRODUCT:
        return False
    return any(other.line_id == one.line_id and other.field == "product_code" and other.at == one.at for other in found)


def _record(order: Order, found: Correction) -> ErrorEvent | None:
    is_own = found.made_by.pk == found.by.pk
    if is_own and _was_verified(order, found.at):
        return None
    if not is_own and not _in_time(found.made_at, found.at):
        return None
    known = ErrorEvent.objects.filter(
        order=order, field=found.field, line_position=found.position, wrong_value=told_value(found.wrong, found.field)
    )
    if found.made is not None:
        known = known.filter(right_value=told_value(found.right, found.field))
    if known.exists():
        return None
    stage = ErrorEvent.Stage.SELF if is_own else ErrorEvent.Stage.COLLEAGUE
    return record_error(
        order=order, line=found.position or None, field=found.field, wrong=found.wrong, right=found.right,
        caught_stage=stage, caught_by=found.by, caught_at=found.at, origin=ErrorEvent.Origin.DETECTOR,
        is_near_miss=is_own, made=found.made,
    )  # fmt: skip


def _was_verified(order: Order, moment: datetime) -> bool:
    return order.events.filter(kind="moved", after__state=Status.VERIFIED, at__lt=moment).exists()


def _in_time(made_at: datetime, corrected_at: datetime) -> bool:
    """Whether so few working days lie after the day of the writing, the day of the correction among them."""
    rule = DeskRule.objects.values_list("detector_days", flat=True).first()
    limit = 10 if rule is None else rule
    clock = house_clock()
    day, last = made_at.astimezone(clock.zone).date(), corrected_at.astimezone(clock.zone).date()
    if (last - day).days > 15 * limit + 60:
        return False
    worked = 0
    while day < last:
        day += timedelta(days=1)
        worked += bool(clock.stretches_on(day))
        if worked > limit:
            return False
    return True
