"""The question to the warehouse and its answer: timed, attributed, and not needed where somebody says why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Max
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_noop

from orders.actions.diary import write_diary
from orders.actions.locks import lock_order
from orders.errors import OrderError
from orders.models import Order, OrderLine, StockQuestion, StockQuestionLine
from orders.shipping.moves import check_quantities
from orders.status import OPEN_STATES
from orders.words import REASON_MISSING, clean_text
from staff.actions.notices import notify

if TYPE_CHECKING:
    from staff.models import User

Answer = StockQuestion.Answer


@dataclass(frozen=True, slots=True)
class LineAnswer:
    """What the warehouse can do for one row: how much now, and when the rest comes."""

    available: Decimal
    rest_on: date | None = None


@transaction.atomic
def ask_stock(
    *, by: User, order: Order, lines: Mapping[OrderLine, Decimal], text: str = "", wanted_on: date | None = None
) -> StockQuestion:
    """Ask the warehouse whether these quantities can be shipped; OrderError while another question is open."""
    text = clean_text(text, "text", most=500)
    order = lock_order(order)
    if order.state not in OPEN_STATES:
        raise OrderError(
            gettext_noop("An order that is %(state)s is not asked about any more."),
            {"state": order.get_state_display()},
        )
    if order.stock_questions.filter(answered_at__isnull=True, waived_reason="").exists():
        raise OrderError(gettext_noop("The warehouse was asked already and has not answered yet."))
    positions = dict(order.lines.values_list("pk", "position"))
    wanted = check_quantities({line.pk: quantity for line, quantity in lines.items()}, positions)
    if not wanted:
        raise OrderError(gettext_noop("Choose at least one row."))
    question = StockQuestion.objects.create(
        order=order, text=text, wanted_on=wanted_on or order.promised_on or order.requested_on, asked_by=by
    )
    StockQuestionLine.objects.bulk_create(
        StockQuestionLine(question=question, line_id=line_id, quantity=wanted[line_id])
        for line_id in sorted(wanted, key=positions.__getitem__)
    )
    rows = sorted(positions[line_id] for line_id in wanted)
    write_diary(order=order, kind="stock_asked", by=by, after={"question": question.pk, "rows": rows}, note=text)
    return question


@transaction.atomic
def answer_stock(
    *, by: User, question: StockQuestion, answers: Mapping[int, LineAnswer], note: str = ""
) -> StockQuestion:
    """Write the warehouse's answer; ``answers`` by the id of the question's row, every row of it.

    All, part, later or nothing follows from the rows. The owner of the order is told.
    """
    note = clean_text(note, "note", most=500)
    order = lock_order(question.order)
    question = StockQuestion.objects.select_for_update(of=("self",)).get(pk=question.pk)
    if question.answer == Answer.ENDED:
        raise OrderError(gettext_noop("This is no longer asked: %(reason)s"), {"reason": question.answer_note})
    if not question.is_open:
        raise OrderError(gettext_noop("This question was answered already."))
    rows = list(question.lines.select_related("line").order_by("line__position"))
    for row in rows:
        _write_answer(row, answers.get(row.pk))
    StockQuestionLine.objects.bulk_update(rows, ["available", "available_on"])
    question.answer = _whole_answer(rows)
    question.answer_note, question.answered_at, question.answered_by = note, timezone.now(), by
    question.save(update_fields=["answer", "answer_note", "answered_at", "answered_by"])
    minutes = int((question.answered_at - question.asked_at).total_seconds() // 60)
    short = [row.line.position for row in rows if row.available != row.quantity]
    after = {"question": question.pk, "answer": question.answer, "minutes": minutes, "rows": short}
    write_diary(order=order, kind="stock_answered", by=by, after=after, note=note)
    if question.asked_by_id != by.pk:
        notify(
            user=question.asked_by,
            text_key=gettext_noop("The warehouse has answered about %(order)s."),
            values={"order": order.number},
            url=reverse("orders:detail", args=[order.pk]),
        )
    return question


@transaction.atomic
def waive_stock(*, by: User, order: Order, reason: str) -> StockQuestion:
    """Go on without an answer of the warehouse; the reason is kept with the question that stays unanswered."""
    reason = clean_text(reason, "reason", most=200, missing=REASON_MISSING)
    order = lock_order(order)
    question = order.stock_questions.filter(answered_at__isnull=True, waived_reason="").first()
    if question is None:
        question = StockQuestion(order=order, asked_by=by)
    question.waived_reason = reason
    question.save()
    write_diary(order=order, kind="stock_waived", by=by, after={"question": question.pk}, note=reason)
    return question


def check_stock(order: Order) -> None:
    """OrderError naming what is still to be settled with the warehouse before the order is released.

    Settled is: the last word is that all or a part can go, and every row was answered for at the quantity it has now;
    or somebody went on without it, and the order was not amended since; or it is a return of which nothing leaves.
    """
    if ships_nothing(order):
        return
    last = order.stock_questions.order_by("-pk").first()
    if last is not None and last.waived_reason:
        newest = order.events.filter(kind__in=("stock_waived", "amended")).order_by("-pk").first()
        if newest is not None and newest.kind == "amended":
            raise OrderError(gettext_noop("The order was amended since: ask the warehouse, or say why you go on."))
        return
    if last is None or not last.answer:
        raise OrderError(gettext_noop("The warehouse has not answered: ask it, or say why you go on without it."))
    if last.answer not in (Answer.ALL, Answer.PART):
        raise OrderError(
            gettext_noop("The warehouse says “%(answer)s”: ask again later, or say why you go on."),
            {"answer": last.get_answer_display()},
        )
    rows = _rows_not_answered_for(order)
    if rows:
        raise OrderError(
            gettext_noop("The warehouse was not asked for all of row %(rows)s: ask it, or say why you go on."),
            {"rows": ", ".join(map(str, rows))},
        )


def ships_nothing(order: Order) -> bool:
    """Whether it is a return of which no row leaves the house."""
    return order.kind == Order.Kind.RETURN and not order.lines.filter(quantity__gt=0).exists()


def stock_is_settled(order: Order) -> bool:
    """Whether the order can be released as far as the warehouse is concerned."""
    try:
        check_stock(order)
    except OrderError:
        return False
    return True


def _rows_not_answered_for(order: Order) -> list[int]:
    """Rows of which more is to be shipped than the warehouse was ever asked for and answered."""
    answered = StockQuestionLine.objects.filter(question__order=order, question__answered_at__isnull=False).order_by()
    most = {row["line_id"]: row["most"] for row in answered.values("line_id").annotate(most=Max("quantity"))}
    return [
        line.position
        for line in order.lines.all()
        if line.quantity - line.cancelled_quantity - line.shipped_quantity > most.get(line.pk, Decimal(0))
    ]


def _write_answer(row: StockQuestionLine, answer: LineAnswer | None) -> None:
    position = row.line.position
    if answer is None:
        raise OrderError(gettext_noop("Row %(row)s is not answered yet."), {"row": position}, line=position)
    check_quantities({row.line_id: answer.available}, {row.line_id: position})
    if answer.available > row.quantity:
        raise OrderError(
            gettext_noop("Row %(row)s: more than the %(asked)s that were asked for."),
            {"row": position, "asked": f"{row.quantity.normalize():f}"},
            line=position,
        )
    row.available = answer.available
    row.available_on = answer.rest_on if answer.available < row.quantity else None


def _whole_answer(rows: list[StockQuestionLine]) -> str:
    available = [row.available or Decimal(0) for row in rows]
    if all(have == row.quantity for have, row in zip(available, rows, strict=True)):
        return Answer.ALL
    if any(available):
        return Answer.PART
    return Answer.LATER if any(row.available_on for row in rows) else Answer.NONE
