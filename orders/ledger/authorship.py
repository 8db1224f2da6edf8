"""Who wrote a value: read from an order's snapshots and diary, never asked of anybody."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from customers.models import InvoiceProfile
from orders.ledger.types import PROFILE_FIELDS
from orders.models import ErrorEvent, Order, OrderEvent, OrderLine, OrderSnapshot
from orders.snapshots import Content, plain_value
from orders.status import Status

if TYPE_CHECKING:
    from staff.models import User

Stage = ErrorEvent.Stage


@dataclass(frozen=True, slots=True)
class Writing:
    """One moment at which a field of a row got a value; by is None where nobody wrote it (a sheet)."""

    by: User | None
    at: datetime | None
    stage: str
    value: Any = None


NOBODY = Writing(None, None, Stage.INTAKE)
_ABSENT = object()


def value_in(content: Content, line_id: int | None, field: str) -> Any:
    """What a snapshot holds in a field (of the row, where one is named); None where it does not have it."""
    found = _look_up(content, line_id, field)
    return None if found is _ABSENT else found


def writings_of(order: Order, line_id: int | None, field: str, before: datetime) -> list[Writing]:
    """Every writing of one field up to a moment, the first one first; empty for an order without any snapshot.

    What came in with a sheet was written by nobody of ours, whoever uploaded the sheet.
    """
    came_in = bool(order.batch_id) or order.events.filter(kind="imported").exists()
    of_request = order.requests.exists()
    moves = list(order.events.filter(kind="moved", at__lte=before).order_by("at", "id"))
    found: list[Writing] = []
    last: Any = _ABSENT
    for snapshot in order.snapshots.filter(at__lte=before).select_related("by").order_by("revision"):
        value = _look_up(snapshot.content, line_id, field)
        if value is _ABSENT or value == last:
            last = value
            continue
        last = value
        if snapshot.revision == 0 and came_in:
            found.append(Writing(None, snapshot.at, Stage.INTAKE, value))
            continue
        stage = _stage_of(order, snapshot, _state_at(moves, snapshot.at), from_request=of_request)
        found.append(Writing(snapshot.by, snapshot.at, stage, value))
    return found


def author_of(order: Order, line_id: int | None, field: str, wrong: Any, before: datetime) -> Writing:
    """The last writing of that value before the moment; the last one of any value where that one never stood there."""
    written = writings_of(order, line_id, field, before)
    if not written:
        return _creator(order, before)
    for writing in reversed(written):
        if str(writing.value if writing.value is not None else "") == str(wrong):
            return writing
    return written[-1]


def stored_value(order: Order, line: OrderLine | None, field: str) -> Any:
    """What stands in a field of the order, of one of its rows or of its invoice profile, as a plain value."""
    if field in PROFILE_FIELDS:
        return str(getattr(order.invoice_profile, PROFILE_FIELDS[field], ""))
    return plain_value(getattr(line or order, field))


def values_that_stood(order: Order, line: OrderLine | None, field: str) -> list[Any]:
    """Every value the field has had, the newest first."""
    if field in PROFILE_FIELDS:
        written = _writings_of_profile(order, field)
    else:
        written = writings_of(order, line.pk if line else None, field, timezone.now())
    return [stored_value(order, line, field), *(writing.value for writing in reversed(written))]


def author_of_profile(order: Order, field: str, wrong: Any) -> Writing:
    """Who wrote that value into the invoice profile the order names; nobody where the profile came with a sheet."""
    found = _writings_of_profile(order, field)
    if not found:
        return Writing(NOBODY.by, NOBODY.at, Stage.RECORD)
    return next((one for one in reversed(found) if one.value == str(wrong)), found[-1])


def _writings_of_profile(order: Order, field: str) -> list[Writing]:
    """Versions of a profile share its number: those up to the order's that brought another value are its writings."""
    profile = order.invoice_profile
    if profile is None:
        return []
    name = PROFILE_FIELDS[field]
    versions = InvoiceProfile.objects.filter(
        customer=profile.customer_id, line=profile.line, version__lte=profile.version
    ).select_related("created_by")
    found: list[Writing] = []
    for version in versions.order_by("version"):
        value = str(getattr(version, name))
        if not found or found[-1].value != value:
            found.append(Writing(version.created_by, version.created_at, Stage.RECORD, value))
    return found


def _creator(order: Order, before: datetime) -> Writing:
    """Without a snapshot of the field, whoever created the order; nobody for an order from a sheet."""
    if order.batch_id:
        return NOBODY
    event = OrderEvent.objects.filter(order=order, kind="created", at__lte=before).select_related("by").first()
    return Writing(event.by, event.at, Stage.ENTRY) if event else NOBODY


def _look_up(content: Content, line_id: int | None, field: str) -> Any:
    if line_id is None:
        return content.get(field, _ABSENT)
    for line in content.get("lines", []):
        if line.get("id") == line_id:
            return line_id if field == "line" else line.get(field, _ABSENT)
    return _ABSENT


def _state_at(moves: list[OrderEvent], moment: datetime) -> str:
    state: str = Status.RECEIVED
    for event in moves:
        if event.at > moment:
            break
        state = event.after.get("state", state)
    return state


def _stage_of(order: Order, snapshot: OrderSnapshot, state: str, *, from_request: bool) -> str:
    """What work it was: taking a request in, looking through it, or typing it; after the entry all writing is entry.

    A clerk types the rows of a request before it counts as reviewed, for both are done in one breath: the order's own
    clerk, or whoever took it, is at the entry even then; anybody else is looking through it.
    """
    if state == Status.PENDING_APPROVAL:
        return Stage.APPROVAL
    if state not in (Status.RECEIVED, Status.CLARIFYING):
        return Stage.ENTRY
    if from_request and snapshot.revision == 0:
        return Stage.INTAKE
    is_typing = snapshot.revision == 0 or snapshot.by_id in (order.created_by_id, order.owner_id)
    return Stage.ENTRY if is_typing else Stage.REVIEW
