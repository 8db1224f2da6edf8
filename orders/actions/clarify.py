"""Asking the customer, being answered, writing back: the clock stands still while a question is open."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_noop

from orders.actions.diary import write_diary
from orders.actions.locks import lock_order
from orders.actions.move import move_order
from orders.desk.deadlines import keep_deadline
from orders.errors import OrderError
from orders.models import Clarification, Order, ThreadMessage
from orders.requests.mailing import send_in_thread
from orders.requests.senders import address_to_write_to
from orders.status import Status
from salesops.connectors.mail.characters import clean_text

if TYPE_CHECKING:
    from staff.models import User

MOST_QUESTION = 2000
_ANSWER = re.compile(r"^(\s*(re|aw|回复|回覆|答复)\s*[:：])+", re.IGNORECASE)
MOST_TEXT = 20_000


def ask_customer(*, by: User, order: Order, question: str, to: str | None = None) -> Clarification:
    """Ask the customer something about a received order; a mail goes out where an address is known.

    ``to`` is the address, "" to ask without a mail (by phone), None for the one the customer last wrote from.
    """
    question = written(question, MOST_QUESTION, "question")
    with transaction.atomic():
        order = lock_order(order)
        address = checked_address(address_to_write_to(order) if to is None else to)
        move_order(by=by, order=order, to=Status.CLARIFYING, note=question)
        message = None
        if address:
            message = send_in_thread(
                by=by, order=order, to=address, subject=thread_subject(order), body=question, purpose="clarification"
            )
        return Clarification.objects.create(order=order, question=question, message=message, asked_by=by)


def answer_clarification(*, by: User | None, order: Order, answer: str, at: datetime | None = None) -> Clarification:
    """The customer answered: the order is received again and its deadline moves by the working time it stood."""
    answer = written(answer, 4000, "answer", cut=True)
    moment = at or timezone.now()
    with transaction.atomic():
        order = lock_order(order)
        open_question = order.clarifications.select_for_update().filter(answered_at__isnull=True).first()
        if open_question is None:
            raise OrderError(gettext_noop("Nothing was asked that is still open."))
        moment = max(moment, open_question.asked_at)
        open_question.answered_at, open_question.answer = moment, answer
        open_question.save(update_fields=["answered_at", "answer"])
        if order.state == Status.CLARIFYING:
            order = move_order(by=by, order=order, to=Status.RECEIVED, note=answer[:2000])
            keep_deadline(order)
        return open_question


def write_to_customer(*, by: User, order: Order, text: str, to: str | None = None) -> ThreadMessage:
    """Write a mail in the order's thread; OrderError where no address is known."""
    text = written(text, MOST_TEXT, "text")
    with transaction.atomic():
        order = lock_order(order)
        address = checked_address(address_to_write_to(order) if to is None else to)
        if not address:
            raise OrderError(gettext_noop("No mail address of this customer is known. Write one."), field="to")
        message = send_in_thread(
            by=by, order=order, to=address, subject=thread_subject(order), body=text, purpose="reply"
        )
        write_diary(order=order, kind="mail_sent", by=by, note=text, after={"message": message.pk})
        return message


def thread_subject(order: Order) -> str:
    """The subject of the thread with the order's number in it, so that an answer finds back."""
    last = order.thread_messages.exclude(subject="").order_by("-at", "-id").values_list("subject", flat=True).first()
    first = order.requests.exclude(subject="").order_by("id").values_list("subject", flat=True).first()
    bare = _ANSWER.sub("", last or first or "").strip()
    if not bare:
        return order.number
    return f"Re: {bare}"[:280] if order.number in bare else f"Re: {bare[:240]} [{order.number}]"


def written(text: str, most: int, field: str, *, cut: bool = False) -> str:
    """What was written, without signs no page can take; OrderError where it is nothing or too much."""
    text = clean_text(text).strip()
    if not text:
        raise OrderError(gettext_noop("Write something first."), field=field)
    if len(text) > most:
        if cut:
            return text[:most]
        raise OrderError(gettext_noop("%(most)s characters at most."), {"most": most}, field=field)
    return text


def checked_address(address: str) -> str:
    """One bare mail address, or "" for none: nothing that could end a header and begin another one."""
    address = address.strip()
    if not address:
        return ""
    try:
        validate_email(address)
    except ValidationError as fault:
        raise OrderError(gettext_noop("This is no mail address."), field="to") from fault
    return address
