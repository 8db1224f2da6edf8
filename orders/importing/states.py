"""The state, axes and dates of an imported order, from what its rows say. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from orders.importing.state_words import CANCELLED, HISTORY, WAITING, Standing, standing_of
from orders.status import OPEN_STATES, Fulfilment, Status

_CREDIT_NUMBER = re.compile(r"[Cc]\d+")
_PROGRESS = (
    Status.RECEIVED, Status.CLARIFYING, Status.REVIEWED, Status.ENTERED, Status.VERIFIED, Status.PENDING_APPROVAL,
    Status.CONFIRMED, Status.RELEASED, Status.COMPLETED, Status.CLOSED, Status.REJECTED, Status.CANCELLED,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class LineStanding:
    """What one row says: quantity (only its sign counts), its word for the state, its day of shipping."""

    quantity: int
    word: str
    shipped: str  # ISO moment, "" where the row has none


@dataclass(frozen=True, slots=True)
class OrderStanding:
    """Where the order stands, and which of its lines were shipped or cancelled."""

    standing: Standing
    is_return: bool
    shipped: tuple[bool, ...]
    cancelled: tuple[bool, ...]
    shipped_at: str


def standing_of_order(
    number: str, word: str, shipped: str, lines: Sequence[LineStanding], *, has_ship_date: bool, stays_open: bool
) -> OrderStanding:
    """The order's state from a word for it, else from days of shipping, else history (or open where so chosen).

    ``word`` and ``shipped`` are the order's own; rows may have theirs. A sheet with days of shipping leaves orders
    without one confirmed and not shipped; goods that come back (negative quantities throughout) are a return, done.
    """
    negative = [line.quantity < 0 for line in lines]
    is_return = bool(lines) and (all(negative) or (any(negative) and bool(_CREDIT_NUMBER.fullmatch(number))))
    words = [standing_of(line.word or word) if (line.word or word) else None for line in lines] or [
        standing_of(word) if word else None
    ]
    days = [line.shipped or shipped for line in lines] or [shipped]
    last_day = max((day for day in days if day), default="")
    if any(words):
        return _by_words(words, days, lines, is_return, last_day)
    cancelled = tuple(False for _ in lines)
    if is_return:
        return OrderStanding(HISTORY, True, tuple(True for _ in lines), cancelled, last_day)
    if not has_ship_date:
        standing = WAITING if stays_open else HISTORY
        return OrderStanding(standing, False, tuple(not stays_open for _ in lines), cancelled, "")
    went = tuple(bool(day) for day in days)
    standing = HISTORY if all(went) else Standing(Status.RELEASED, Fulfilment.PARTIAL) if any(went) else WAITING
    return OrderStanding(standing, False, went if lines else (), cancelled, last_day)


def _by_words(
    words: Sequence[Standing | None], days: Sequence[str], lines: Sequence[LineStanding], is_return: bool, last_day: str
) -> OrderStanding:
    """The least advanced row that was not cancelled says where the order stands."""
    said = [standing or WAITING for standing in words]
    alive = [standing for standing in said if standing.state != Status.CANCELLED]
    standing = min(alive, key=lambda one: _PROGRESS.index(one.state)) if alive else CANCELLED
    went = [
        one.is_shipped or (one.fulfilment == Fulfilment.PARTIAL and bool(day))
        for one, day in zip(said, days, strict=True)
    ]
    cancelled = [one.state == Status.CANCELLED for one in said]
    if standing.state in OPEN_STATES and any(went):
        standing = Standing(standing.state, Fulfilment.PARTIAL)
    if not lines:
        return OrderStanding(standing, is_return, (), (), last_day)
    return OrderStanding(standing, is_return, tuple(went), tuple(cancelled), last_day if any(went) else "")


def moments_of(standing: Standing, received: datetime, shipped: datetime | None) -> dict[str, datetime | None]:
    """The moments an order of this standing has passed, from the two days a sheet tells."""
    state = standing.state
    done = state in {Status.COMPLETED, Status.CLOSED}
    entered = state in {
        Status.ENTERED, Status.VERIFIED, Status.PENDING_APPROVAL, Status.CONFIRMED, Status.RELEASED,
    } or done  # fmt: skip
    confirmed = state in {Status.CONFIRMED, Status.RELEASED} or done
    return {
        "received_at": received,
        "entered_at": received if entered else None,
        "confirmed_at": received if confirmed else None,
        "released_at": (shipped or received) if done or state == Status.RELEASED else None,
        "shipped_at": shipped,
        "completed_at": (shipped or received) if done else None,
        "closed_at": (shipped or received) if state == Status.CLOSED else None,
        "cancelled_at": received if state == Status.CANCELLED else None,
    }
