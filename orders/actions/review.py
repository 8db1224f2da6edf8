"""Review against the evidence, and submission of what was entered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext_noop

from customers.models import Customer
from customers.pricing import PriceBook
from orders.actions.approve import settle_order, settle_way
from orders.actions.diary import write_diary
from orders.actions.enter import write_order
from orders.actions.locks import lock_order
from orders.actions.move import Walk, move_held
from orders.actions.revisions import keep_revision
from orders.desk.guards import check_confirm, check_review, check_submit
from orders.errors import OrderError
from orders.models import Order, OrderLine, ReviewCheck, Verification
from orders.origins import Origins
from orders.rows import LineEntry
from orders.status import Status
from orders.words import clean_text
from salesops.prepared import Prepared

if TYPE_CHECKING:
    from staff.models import User

QUESTIONS = tuple(ReviewCheck.Question)


@dataclass(frozen=True, slots=True)
class Answer:
    """One question of the checklist: whether the order is right in it, and what to say about it."""

    is_right: bool
    note: str = ""


_LOOKED_AT = Prepared(
    lambda order, revision: Verification.objects.filter(
        order=order, revision=revision, outcome=Verification.Outcome.PASSED
    )[:1]
)

ALL_RIGHT = {question: Answer(is_right=True) for question in QUESTIONS}


@transaction.atomic
def review_order(*, by: User, order: Order, answers: Mapping[str, Answer]) -> Order:
    """Answer the seven questions. All right: the order is reviewed. Else it stays received, the answers kept.

    OrderError where a question is not answered or a wrong point has no note.
    """
    order = lock_order(order)
    check_review(order, by)
    kept = {question: _checked(question, answers) for question in QUESTIONS}
    _keep_answers(by, order, kept)
    wrong = [question.value for question, answer in kept.items() if not answer.is_right]
    if not wrong:
        return move_held(by=by, order=order, to=Status.REVIEWED)
    write_diary(order=order, kind="review_open", by=by, after={"wrong": wrong}, note=_notes(kept))
    return order


@transaction.atomic
def submit_entry(*, by: User, order: Order) -> Order:
    """The order is entered: its content is kept as it is, and the next person's work begins.

    A received order that this person may review is reviewed in the same breath: who typed it all has seen it all.
    OrderError where it may not be, or the customer may not be sold to.
    """
    order = lock_order(order)
    check_submit(order, by)
    return _submit(by, order, keep_revision(by=by, order=order))


def enter_order(
    *,
    by: User,
    customer: Customer,
    lines: Sequence[LineEntry],
    form_token: UUID | None = None,
    confirm: bool = False,
    prices: PriceBook | None = None,
    origins: Origins | None = None,
    **header: Any,
) -> Order:
    """Write a new order and submit it; one that somebody else must review stays received.

    ``confirm`` brings it on as ``confirm_order`` does, unless somebody must look at it first: then it stays entered.
    The same token with the same body gives the order it made before, as it is now.
    """

    def bring_in(way: Walk) -> None:
        # A new order is seen by nobody else before the end, and its first save is the revision that is submitted.
        with suppress(OrderError, PermissionDenied):
            check_submit(way.order, by)
            _enter(way, by, revision=0)

    def go_on(way: Walk, rows: Sequence[OrderLine]) -> None:
        if way.order.state != Status.ENTERED:
            return
        ReviewCheck.objects.bulk_create(_checks(by, way.order, ALL_RIGHT))
        if confirm:
            with suppress(OrderError, PermissionDenied):
                check_confirm(way.order, by, is_new=True)
                _pass_unseen(by, way, rows, revision=0, is_new=True)

    made = write_order(
        by=by,
        customer=customer,
        lines=lines,
        form_token=form_token,
        onward=bring_in,
        further=go_on,
        prices=prices,
        origins=origins,
        **header,
    )
    order = made.order
    is_waiting = order.state == Status.RECEIVED and order.entered_at is None
    return _submit_again(by, order) if is_waiting and not made.is_new else order


@transaction.atomic
def confirm_order(*, by: User, order: Order) -> Order:
    """Bring an order on that no second person need look at, or that was verified while something held it.

    Not drawn for the sample it counts as verified (NOT_DRAWN); the rules then send it to its approvers, or it is
    confirmed. OrderError where a hold stands or somebody must verify it first.
    """
    order = lock_order(order)
    check_confirm(order, by)
    if order.state != Status.ENTERED:
        return settle_order(by=by, order=order)
    rows = order.lines_with_products()
    way = Walk(order)
    _pass_unseen(by, way, rows, revision=keep_revision(by=by, order=order, rows=rows))
    way.write()
    return order


def _pass_unseen(by: User, way: Walk, rows: Sequence[OrderLine], *, revision: int, is_new: bool = False) -> None:
    """An entered order without a hold goes on without a second look, unless this revision had one."""
    order = way.order
    if is_new or _LOOKED_AT.first(order=order.pk, revision=revision) is None:
        Verification.objects.create(
            order=order, outcome=Verification.Outcome.NOT_DRAWN, revision=revision, reason="not_drawn"
        )
    way.step(by=None, to=Status.VERIFIED)
    settle_way(by=by, way=way, rows=rows, revision=revision, is_new=is_new, is_free=True)


@transaction.atomic
def _submit_again(by: User, order: Order) -> Order:
    """The form came once more: what it made is submitted now where it may be."""
    order = lock_order(order)
    try:
        check_submit(order, by)
    except (OrderError, PermissionDenied):
        return order
    return _submit(by, order, keep_revision(by=by, order=order))


def _submit(by: User, order: Order, revision: int) -> Order:
    """Enter an order that is held; one that was only received is reviewed on the way."""
    way = Walk(order)
    if order.state == Status.RECEIVED:
        _keep_answers(by, order, ALL_RIGHT)
    _enter(way, by, revision=revision)
    way.write()
    return order


def _enter(way: Walk, by: User, *, revision: int) -> None:
    """The steps from where the order is to entered."""
    if way.order.state == Status.RECEIVED:
        way.step(by=by, to=Status.REVIEWED)
    way.step(by=by, to=Status.ENTERED, told={"revision": revision})


def _checked(question: ReviewCheck.Question, answers: Mapping[str, Answer]) -> Answer:
    answer = answers.get(question)
    if answer is None:
        raise OrderError(
            gettext_noop("Answer every question: “%(question)s” is missing."), {"question": question.label}
        )
    note = clean_text(answer.note, question, most=300)
    if not answer.is_right and not note:
        raise OrderError(
            gettext_noop("Say what is not right about “%(question)s”."), {"question": question.label}, field=question
        )
    return Answer(answer.is_right, note)


def _keep_answers(by: User, order: Order, answers: Mapping[ReviewCheck.Question, Answer]) -> None:
    ReviewCheck.objects.bulk_create(
        _checks(by, order, answers),
        update_conflicts=True,
        unique_fields=["order", "question"],
        update_fields=["is_right", "note", "at", "by"],
    )


def _checks(by: User, order: Order, answers: Mapping[ReviewCheck.Question, Answer]) -> list[ReviewCheck]:
    return [
        ReviewCheck(order=order, question=question, is_right=answer.is_right, note=answer.note, by=by)
        for question, answer in answers.items()
    ]


def _notes(answers: Mapping[ReviewCheck.Question, Answer]) -> str:
    return " · ".join(answer.note for answer in answers.values() if not answer.is_right)
