"""What a person does next: orders that wait for them, those with the least time left first, each with its reason."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.db.models import BooleanField, Case, Exists, F, OuterRef, Q, When
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from orders.desk.guards import not_written_by, whys_verify
from orders.looks import LOOKS
from orders.models import Approval, Hold, Order, Shipment, StockQuestion
from orders.shipping.moves import PENDING
from orders.status import Fulfilment, Status
from salesops.listing.cells import Look
from salesops.worktime.left import Countdown, TimeLeft
from salesops.worktime.queries import house_clock
from staff.roles import Permission

if TYPE_CHECKING:
    from staff.models import User

S = Status
P = Permission
MOST = 12
_LOOKED_AT = 200
"""Entered orders of which it is asked whether a second person must look: a sample draws a few of many."""

_NEXT: dict[str, tuple[str | Promise, str | Promise]] = {
    S.RECEIVED: (gettext_lazy("Came in: review it and enter it"), gettext_lazy("Came in: review it")),
    S.REVIEWED: (gettext_lazy("Reviewed: enter it"), ""),
    S.ENTERED: (gettext_lazy("Entered: confirm it"), gettext_lazy("Entered: compare it with its source")),
    S.VERIFIED: (gettext_lazy("Verified: something holds it"), ""),
    S.PENDING_APPROVAL: ("", gettext_lazy("A rule wants your decision")),
    S.CONFIRMED: (gettext_lazy("Confirmed: release it"), ""),
    S.RELEASED: (gettext_lazy("Released: request its shipment"), ""),
}
"""What is to be done, for its clerk and for whoever checks it."""
_STOPPED_BY_HOLDS = frozenset({S.ENTERED, S.VERIFIED, S.PENDING_APPROVAL, S.CONFIRMED, S.RELEASED})


@dataclass(frozen=True, slots=True)
class Waiting:
    """One order of the queue, why it stands there, and what is left of its time."""

    order: Order
    look: Look
    reason: str
    left: str
    tone: str


def queue_of(person: User) -> list[Waiting]:
    """The next orders of this person: own ones they can bring on, others they check; late ones first.

    What has no deadline comes last, and is not forgotten.
    """
    own = Q(pk__in=[])
    asked = Exists(Approval.objects.filter(order=OuterRef("pk"), state=Approval.State.OPEN))
    if person.may(P.ENTER_ORDERS):
        own = Q(owner=person, state__in=(S.RECEIVED, S.REVIEWED, S.ENTERED, S.VERIFIED, S.CONFIRMED))
        own |= Q(~asked, owner=person, state=S.PENDING_APPROVAL)
        # Goods left over that nobody has asked the warehouse for: without a word here they would be forgotten.
        asked_for = Shipment.objects.filter(order=OuterRef("pk"), state__in=PENDING)
        open_axis = (Fulfilment.NONE, Fulfilment.PARTIAL)
        own |= Q(~Exists(asked_for), owner=person, state=S.RELEASED, fulfilment__in=open_axis)
    checked = Q(pk__in=[])
    if person.may(P.REVIEW_ORDERS):
        checked |= Q(state=S.RECEIVED) & ~Q(owner=person)
    if person.may(P.VERIFY_ORDERS):
        checked |= Q(pk__in=_to_verify(person))
    if person.may(P.APPROVE_ORDERS):
        # Wrapped, for alone PostgreSQL joins every open approval first, instead of stopping at the first orders due.
        by_rule = Case(When(asked, then=True), default=False, output_field=BooleanField())
        checked |= Q(by_rule, state=S.PENDING_APPROVAL) & not_written_by(person)
    rows = Order.objects.visible_to(person).filter(own | checked)
    orders = list(rows.filter(due_at__isnull=False).order_by("due_at", "id")[:MOST])
    if len(orders) < MOST:
        orders += rows.filter(due_at__isnull=True).order_by("id")[: MOST - len(orders)]
    return _told(orders, person)


def _to_verify(person: User) -> list[int]:
    """Orders others entered that somebody must look at now, of the next that are due.

    Of the rest nobody need look at it, or its clerk has not put right yet what was sent back.
    """
    rows = Order.objects.visible_to(person).filter(state=S.ENTERED)
    rows = rows.exclude(owner=person).exclude(entered_by=person).exclude(created_by=person)
    due = rows.only("total", "exchange_rate").order_by(F("due_at").asc(nulls_last=True), "id")
    whys = whys_verify(list(due[:_LOOKED_AT]))
    return [pk for pk, why in whys.items() if why and why != "put_right"][:MOST]


def _told(orders: list[Order], person: User) -> list[Waiting]:
    """Each with its reason: what is done next, unless something stands in its way."""
    now = timezone.now()
    held: dict[int, str] = {}
    for hold in Hold.objects.filter(order__in=orders, released_at__isnull=True).order_by("-pk"):
        held[hold.order_id] = _("On hold (%(kind)s): %(reason)s") % {
            "kind": hold.get_kind_display(),
            "reason": hold.reason,
        }
    entered = [order for order in orders if order.state == S.ENTERED and order.owner_id == person.pk]
    looks = whys_verify(entered) if entered else {}
    refused = set(
        Approval.objects.filter(order__in=entered, state=Approval.State.REFUSED).values_list("order_id", flat=True)
    )

    asked = _asked_of_the_warehouse([order for order in orders if order.state == S.CONFIRMED])

    def reason_of(order: Order) -> str:
        if order.pk in held and order.owner_id == person.pk and order.state in _STOPPED_BY_HOLDS:
            return held[order.pk]
        if order.pk in refused:
            return _("Not approved: change it or call it off")
        if look := looks.get(order.pk):
            return _("Sent back: put it right") if look == "put_right" else _("Entered: a second person verifies it")
        if order.state == S.CONFIRMED and (words := asked[order.pk]):
            return words
        own, checked = _NEXT[order.state]
        return str(own if order.owner_id == person.pk and own else checked or own)

    waiting = []
    for order in orders:
        reason, left = reason_of(order), time_left(order, now)
        if order.is_urgent:
            reason = f"{_('Urgent')} · {reason}"
        waiting.append(Waiting(order, LOOKS[order.state], reason, left.text, left.tone))
    return waiting


def _asked_of_the_warehouse(orders: list[Order]) -> dict[int, str]:
    """By confirmed order, what the warehouse has still to be asked or to answer; "" where it can be released."""
    if not orders:
        return {}
    told = dict.fromkeys((order.pk for order in orders), _("Confirmed: ask the warehouse"))
    for question in StockQuestion.objects.filter(order__in=orders).order_by("pk"):
        told[question.order_id] = _words_of(question)
    return told


def _words_of(question: StockQuestion) -> str:
    if question.waived_reason or question.answer in (StockQuestion.Answer.ALL, StockQuestion.Answer.PART):
        return ""
    if not question.answer:
        return _("Confirmed: the warehouse has not answered yet")
    return _("Confirmed: the warehouse says “%(answer)s”") % {"answer": question.get_answer_display()}


def time_left(order: Order, now: datetime) -> TimeLeft:
    """Nothing in words where the order has no deadline."""
    if order.due_at is None:
        return TimeLeft("")
    if order.state == S.CLARIFYING:
        return TimeLeft(_("paused"), "paused")
    return Countdown(timezone.localtime(now), house_clock()).until(order.due_at)
