"""What still waits on an order when the order itself ends: nothing is left to be decided, answered or released."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop

from orders.actions.approve import void_approvals
from orders.models import Amendment, Approval, Order, StockQuestion
from orders.status import Status
from staff.actions.notices import notify

if TYPE_CHECKING:
    from staff.models import User

_WHY = {
    Status.CANCELLED: gettext_noop("The order was cancelled."),
    Status.REJECTED: gettext_noop("The order was not taken."),
    Status.CLOSED: gettext_noop("The order was closed."),
}
Ended = list[list[str | int]]
"""What ended, as the diary keeps it: a word of orders.history.ENDED, and which one it was."""


def end_what_waits(*, by: User | None, order: Order, to: Status) -> Ended:
    """End amendments in hand, approvals, holds, questions and exceptions of an order that becomes ``to``.

    Each keeps its row with its reason; what was decided before stays as it was decided, but that a cancelled order has
    no approval any more. The caller holds the order and writes the answer into the diary of its move.
    """
    why = gettext(_WHY[to])
    ended = _amendments(by, order, why)
    if to != Status.CLOSED:
        ended += _approvals(order, why) + _holds(by, order, why) + _cases(by, order, why)
    return ended + _questions(order, why)


def _amendments(by: User | None, order: Order, why: str) -> Ended:
    ended: Ended = []
    waiting = order.amendments.select_for_update(of=("self",)).select_related("asked_by")
    for each in waiting.filter(state__in=Amendment.IN_HAND):
        each.state, each.version = Amendment.State.VOID, each.version + 1
        each.decided_at, each.decided_by, each.decision_note = timezone.now(), by, why
        each.save(update_fields=["state", "version", "decided_at", "decided_by", "decision_note"])
        if each.asked_by != by:
            transaction.on_commit(partial(_tell, each, order, why), robust=True)
        ended.append(["amendment", each.revision])
    return ended


def _tell(amendment: Amendment, order: Order, why: str) -> None:
    notify(
        user=amendment.asked_by,
        text_key=gettext_noop("Your amendment of order %(order)s is no longer valid: %(reason)s"),
        values={"order": order.number, "reason": why},
        url=reverse("orders:amendment", args=[amendment.pk]),
    )


def _approvals(order: Order, why: str) -> Ended:
    asked = order.approvals.filter(state=Approval.State.OPEN).values_list("rule__kind", flat=True)
    ended: Ended = [["approval", kind] for kind in asked]
    void_approvals(order, all_of_them=True, reason=why)
    return ended


def _holds(by: User | None, order: Order, why: str) -> Ended:
    standing = order.holds.filter(released_at__isnull=True)
    ended: Ended = [["hold", kind] for kind in standing.values_list("kind", flat=True)]
    if ended:
        standing.update(released_at=timezone.now(), released_by=by, release_note=why)
    return ended


def _cases(by: User | None, order: Order, why: str) -> Ended:
    """Of a shipment that was called off before it left: late, and never to leave any more."""
    standing = order.case_stubs.filter(closed_at__isnull=True)
    ended: Ended = [["case", kind] for kind in standing.values_list("kind", flat=True)]
    if ended:
        standing.update(closed_at=timezone.now(), closed_by=by, outcome=why)
    return ended


def _questions(order: Order, why: str) -> Ended:
    ended: Ended = []
    to_warehouse = order.stock_questions.filter(answer="", answered_at__isnull=True, waived_reason="")
    if to_warehouse.update(answer=StockQuestion.Answer.ENDED, answer_note=why):
        ended.append(["question", ""])
    if order.clarifications.filter(answered_at__isnull=True).update(answered_at=timezone.now()):
        ended.append(["clarification", ""])
    return ended
