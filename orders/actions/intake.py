"""What comes in: received once, guessed only when certain, then taken, filed, refused or put away."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_noop

from customers.models import Customer
from orders.actions.clarify import answer_clarification, ask_customer
from orders.actions.diary import write_diary
from orders.actions.locks import lock_order
from orders.actions.take import lock_waiting, take_request
from orders.errors import OrderError
from orders.models import Evidence, Order, Request, ThreadMessage
from orders.requests.deadlines import due_of_request
from orders.requests.evidence import NewEvidence, keep_evidence, remove_files
from orders.requests.senders import customer_of_sender, order_spoken_of
from orders.status import OPEN_STATES, Status
from salesops.connectors.mail.characters import clean_line, clean_text
from salesops.locking import lock_rule
from salesops.numbering.numbers import house_day, next_number
from staff.actions.notices import notify

if TYPE_CHECKING:
    from staff.models import User

__all__ = [
    "answer_clarification",
    "ask_customer",
    "dismiss_request",
    "file_request",
    "receive_request",
    "refuse_request",
    "take_request",
]

MOST_BODY = 200_000
AUTOMATIC = gettext_noop("An automatic answer")
"""Why a mail a machine wrote waits for nobody; translated when it is shown."""


def receive_request(
    *,
    channel: str,
    by: User | None = None,
    customer: Customer | None = None,
    sender_name: str = "",
    sender_address: str = "",
    subject: str = "",
    body: str = "",
    sent_at: datetime | None = None,
    received_at: datetime | None = None,
    evidence: Sequence[NewEvidence] = (),
    message_id: str = "",
    thread: str = "",
    answers: Sequence[str] = (),
    is_urgent: bool = False,
    is_automatic: bool = False,
    form_token: UUID | None = None,
) -> Request:
    """Take in what a customer asked for; the one door for every channel. The same mail or form twice gives one request.

    ``answers`` are the Message-IDs a mail refers to. Without ``customer`` one is guessed, and only when the sender's
    address is exactly one customer's. A mail of an open order's thread is filed with it and answers its question.
    """
    request = Request(
        channel=channel,
        customer=customer,
        sender_name=clean_line(sender_name, 120),
        sender_address=clean_line(sender_address, 254),
        subject=clean_line(subject, 300),
        body=clean_text(body)[:MOST_BODY],
        message_id=clean_line(message_id, 255),
        thread=clean_line(thread or next(iter(answers), "") or message_id, 255),
        sent_at=sent_at,
        received_at=received_at or timezone.now(),
        is_urgent=is_urgent,
        form_token=form_token,
        created_by=by,
    )
    saved: list[str] = []
    try:
        with transaction.atomic():
            return _receive(request, by, evidence, answers, is_automatic=is_automatic, saved=saved)
    except BaseException:
        remove_files(saved)
        raise


def _receive(
    request: Request,
    by: User | None,
    evidence: Sequence[NewEvidence],
    answers: Sequence[str],
    *,
    is_automatic: bool,
    saved: list[str],
) -> Request:
    key = _key_of(request, evidence)
    if key:
        lock_rule(f"orders.request:{key}")
        if earlier := _received_before(request, evidence):
            return earlier
    if request.customer is None and request.sender_address:
        request.customer = customer_of_sender(request.sender_address)
    spoken = order_spoken_of(answers=answers, subject=request.subject, customer=request.customer)
    order = lock_order(spoken) if spoken is not None and spoken.state in OPEN_STATES else None
    if order is not None:
        request.customer, request.order, request.state = order.customer, order, Request.State.FILED
    elif is_automatic:
        request.state, request.end_reason = Request.State.NO_ORDER, AUTOMATIC
    _write_belongings(request, by, order)
    request.number = next_number("RQ", house_day())
    request.save(force_insert=True)
    kept = keep_evidence(request=request, order=order, items=evidence, by=by, saved=saved)
    if order is not None:
        _file_in_thread(request, order, by, kept, is_automatic=is_automatic)
    return request


def _key_of(request: Request, evidence: Sequence[NewEvidence]) -> str:
    """What makes two arrivals one: the form, the mail's Message-ID, or the bytes of a mail without one."""
    if request.form_token is not None:
        return str(request.form_token)
    mails = [item.sha256 for item in evidence if item.kind == Evidence.Kind.MAIL]
    return request.message_id or (mails[0] if mails else "")


def _received_before(request: Request, evidence: Sequence[NewEvidence]) -> Request | None:
    """The request this form or mail made before.

    A Message-ID alone proves nothing, anybody can write one: sender, subject and text must be the same too.
    """
    if request.form_token is not None and (made := Request.objects.filter(form_token=request.form_token).first()):
        return made
    mails = [item.sha256 for item in evidence if item.kind == Evidence.Kind.MAIL]
    if mails and request.channel == Order.Channel.MAIL:
        same = Evidence.objects.filter(kind=Evidence.Kind.MAIL, sha256=mails[0], request__isnull=False)
        if found := same.filter(request__channel=Order.Channel.MAIL).select_related("request").first():
            return found.request
    if not request.message_id:
        return None
    for one in Request.objects.filter(message_id=request.message_id).order_by("id")[:20]:
        if (one.sender_address.lower(), one.subject, one.body) == (
            request.sender_address.lower(), request.subject, request.body,
        ):  # fmt: skip
            return one
    return None


def _write_belongings(request: Request, by: User | None, order: Order | None) -> None:
    """Team, clerk and deadline: of the order, else of the customer, else of whoever wrote it down."""
    customer = request.customer
    if order is not None:
        request.team_id, request.owner_id = order.team_id, order.owner_id
    else:
        request.team_id = (customer.team_id if customer else None) or (by.team_id if by else None)
        request.owner_id = (customer.clerk_id if customer else None) or (by.pk if by else None)
    if request.state == Request.State.WAITING:
        request.due_at = due_of_request(
            channel=request.channel,
            level=customer.level if customer else "",
            received_at=request.received_at,
            is_urgent=request.is_urgent,
        )


def _file_in_thread(
    request: Request, order: Order, by: User | None, kept: Sequence[Evidence], *, is_automatic: bool
) -> None:
    """Put what came into the order's thread; an open question is answered by it, unless a machine wrote it."""
    mail = next((row for row in kept if row.kind == Evidence.Kind.MAIL), None)
    ThreadMessage.objects.create(
        order=order,
        request=request,
        direction=ThreadMessage.Direction.INCOMING,
        state=ThreadMessage.State.RECEIVED,
        purpose="" if not is_automatic else "automatic",
        sender=request.sender_address,
        subject=request.subject,
        body=request.body,
        message_id=request.message_id,
        evidence=mail,
        at=request.received_at,
        by=by,
    )
    write_diary(order=order, kind="request_filed", by=by, after={"request": request.number}, note=request.subject)
    is_open = order.state == Status.CLARIFYING and order.clarifications.filter(answered_at__isnull=True).exists()
    if is_open and not is_automatic:
        answer_clarification(by=by, order=order, answer=request.body or request.subject or request.number)
    if order.owner is not None and order.owner != by:
        notify(
            user=order.owner,
            text_key=gettext_noop("The customer wrote about %(number)s: %(subject)s"),
            values={"number": order.number, "subject": request.subject[:120]},
            url=reverse("orders:detail", args=[order.pk]),
        )


@transaction.atomic
def file_request(*, by: User, request: Request, order: Order) -> Request:
    """Put a waiting request with an order it speaks of; its mail joins the thread and answers an open question."""
    order = lock_order(order)
    request = lock_waiting(request)
    if request.customer_id not in (None, order.customer_id):
        raise OrderError(
            gettext_noop("%(number)s is an order of %(name)s, another customer."),
            {"number": order.number, "name": order.customer_name},
            field="order",
        )
    request.order, request.customer, request.state = order, order.customer, Request.State.FILED
    _end(request, by)
    kept = list(request.evidence.select_for_update())
    request.evidence.update(order=order)
    _file_in_thread(request, order, by, kept, is_automatic=False)
    return request


@transaction.atomic
def refuse_request(*, by: User, request: Request, reason: str) -> Request:
    """Not taken, with the reason."""
    return _put_away(by, request, Request.State.REFUSED, reason)


@transaction.atomic
def dismiss_request(*, by: User, request: Request, reason: str = "") -> Request:
    """There is no order in it."""
    return _put_away(by, request, Request.State.NO_ORDER, reason or gettext_noop("No order in it"))


def _put_away(by: User, request: Request, state: str, reason: str) -> Request:
    words = clean_line(reason, 200)
    if not words:
        raise OrderError(gettext_noop("Write the reason."), field="reason")
    request = lock_waiting(request)
    request.state, request.end_reason = state, words
    _end(request, by)
    return request


def _end(request: Request, by: User) -> None:
    request.owner = request.owner or by
    request.version += 1
    request.save(update_fields=["state", "end_reason", "owner", "customer", "order", "version"])
