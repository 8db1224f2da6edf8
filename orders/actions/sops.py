"""Doing a deed by its SOP: what was ticked and what was not is kept together with the deed, or neither is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

from django.db import transaction
from django.utils.translation import gettext_noop

from orders.actions.diary import write_diary
from orders.models import Order, SopCheck
from orders.words import clean_text
from staff.models import SopVersion
from staff.sop_reading import StepInForce, step_in_force

if TYPE_CHECKING:
    from staff.models import User

T = TypeVar("T")
Cause = SopCheck.Cause
REASON_MISSING = gettext_noop("Tick every point, or say why not as the SOP says.")


@dataclass(frozen=True, slots=True)
class SopAnswer:
    """The points of a step that were ticked and those that were not, with why not."""

    deed: str
    version: SopVersion
    step: int
    ticked: tuple[str, ...] = ()
    missed: tuple[str, ...] = ()
    reason: str = ""
    cause: str = Cause.TYPED


def answer_for(found: StepInForce, ticked: frozenset[int], reason: str) -> SopAnswer:
    """The answer to a step of which the points at these places (from 0) were ticked."""
    done = tuple(point for place, point in enumerate(found.step.points) if place in ticked)
    left = tuple(point for place, point in enumerate(found.step.points) if place not in ticked)
    return SopAnswer(found.step.deed, found.version, found.step.position, done, left, reason)


def answer_of_many(deed: str) -> SopAnswer | None:
    """What is kept of a deed that is done to many orders from a list: nobody ticks there; none without a checklist."""
    found = step_in_force(deed)
    if found is None or not found.step.points:
        return None
    return replace(answer_for(found, frozenset(), ""), cause=Cause.MANY)


def do_by_sop(
    deed: Callable[[], T],
    *,
    by: User,
    order: Order,
    answer: SopAnswer | None,
    counts: Callable[[T], bool] | None = None,
) -> T:
    """Do the deed and keep the answer in one transaction; a deed that is refused keeps nothing.

    ``counts`` says of what the deed gave back whether it was done at all. OrderError where a point is not ticked and
    no reason says why.
    """
    if answer is None:
        return deed()
    missing = REASON_MISSING if answer.missed and answer.cause == Cause.TYPED else ""
    reason = clean_text(answer.reason, "sop_reason", most=300, missing=missing)
    with transaction.atomic():
        done = deed()
        if counts is None or counts(done):
            _keep(by, order, replace(answer, reason=reason))
    return done


def _keep(by: User, order: Order, answer: SopAnswer) -> None:
    SopCheck.objects.create(
        order=order, deed=answer.deed, version=answer.version, step=answer.step, ticked=list(answer.ticked),
        missed=list(answer.missed), missed_count=len(answer.missed), cause=answer.cause, reason=answer.reason, by=by,
    )  # fmt: skip
    after = {
        "deed": answer.deed, "sop": answer.version.sop_id, "number": answer.version.number,
        "title": answer.version.title, "ticked": len(answer.ticked), "missed": list(answer.missed),
        "cause": answer.cause,
    }  # fmt: skip
    write_diary(order=order, kind="sop_checked", by=by, after=after, note=answer.reason)
