"""Mails of an order's thread on their way out, and what became of them."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext_noop

from orders.actions.diary import write_diary
from orders.errors import OrderError
from orders.models import Evidence, Order, ThreadMessage
from orders.requests.evidence import content_of_evidence
from orders.requests.senders import threads_of
from salesops.connectors.faults import ConnectorFault
from salesops.connectors.mail.sending import AttachedFile, send_again, send_mail
from salesops.connectors.models import OutgoingMail
from staff.actions.notices import notify

if TYPE_CHECKING:
    from staff.models import User

_MOST_REFERENCES = 30
_ENDS = {
    OutgoingMail.State.SENT: (ThreadMessage.State.SENT, "mail_left"),
    OutgoingMail.State.FAILED: (ThreadMessage.State.FAILED, "mail_failed"),
}


def send_in_thread(
    *,
    by: User | None,
    order: Order,
    to: str,
    subject: str,
    body: str,
    purpose: str,
    evidence: Evidence | None = None,
    form_token: UUID | None = None,
) -> ThreadMessage:
    """Write a mail into the order's thread; it leaves after commit. OrderError for addresses that cannot be sent to.

    It refers to the mails before it, so that the customer's program and ours keep them together. ``evidence`` is what
    goes with it: the customer gets the very bytes whose hash is kept.
    """
    attached = [AttachedFile(evidence.file_name, content_of_evidence(evidence))] if evidence else []
    before = threads_of(order)[-_MOST_REFERENCES:]
    try:
        mail = send_mail(
            to=[to],
            subject=subject,
            text=body,
            attachments=attached,
            in_reply_to=before[-1] if before else "",
            references=before,
            owner=by,
        )
    except ConnectorFault as fault:
        raise OrderError(fault.msgid, fault.values, field="to") from fault
    return ThreadMessage.objects.create(
        order=order,
        direction=ThreadMessage.Direction.OUTGOING,
        state=ThreadMessage.State.QUEUED,
        purpose=purpose,
        recipients=to,
        subject=subject[:300],
        body=body,
        message_id=mail.message_id,
        outgoing_id=mail.pk,
        evidence=evidence,
        form_token=form_token,
        by=by,
    )


def send_once_more(message: ThreadMessage) -> bool:
    """Ask for a mail that has failed to be sent again, under its old Message-ID; False where it has not failed."""
    mail = OutgoingMail.objects.filter(pk=message.outgoing_id or 0).first()
    if mail is None or not send_again(mail):
        return False
    message.state = ThreadMessage.State.QUEUED
    message.save(update_fields=["state"])
    return True


def note_ending(mail_id: int) -> None:
    """Write into the thread and the diary whether the mail was sent or not; whoever wrote it hears when it was not."""
    mail = OutgoingMail.objects.filter(pk=mail_id).first()
    if mail is None or mail.state not in _ENDS:
        return
    state, kind = _ENDS[OutgoingMail.State(mail.state)]
    with transaction.atomic():
        waiting = ThreadMessage.objects.select_for_update(of=("self",)).filter(outgoing_id=mail_id)
        message = waiting.filter(state=ThreadMessage.State.QUEUED).select_related("order", "by").first()
        if message is None:
            return
        message.state = state
        message.save(update_fields=["state"])
        if message.order is None:
            return
        told = {"message": message.pk, "error": mail.error, "values": mail.error_values}
        write_diary(order=message.order, kind=kind, by=None, after=told, note=message.subject)
        if state == ThreadMessage.State.FAILED:
            _tell_writer(message, message.order)


def _tell_writer(message: ThreadMessage, order: Order) -> None:
    if message.by is None:
        return
    tell = partial(
        notify,
        user=message.by,
        text_key=gettext_noop("The mail “%(subject)s” about order %(order)s was not sent."),
        values={"subject": message.subject, "order": order.number},
        url=reverse("orders:detail", args=[order.pk]) + "#thread",
    )
    transaction.on_commit(tell, robust=True)


def reasons_of(messages: Iterable[ThreadMessage]) -> dict[int, str]:
    """By message, why the last try failed, in the reader's language; one statement, none where nothing failed."""
    failed = {
        mail.outgoing_id: mail.pk for mail in messages if mail.outgoing_id and mail.state == ThreadMessage.State.FAILED
    }
    mails = OutgoingMail.objects.filter(pk__in=list(failed)) if failed else []
    return {failed[mail.pk]: mail.error_sentence for mail in mails}
