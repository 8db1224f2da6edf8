"""Mails of an order's thread on their way out, and what became of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from orders.errors import OrderError
from orders.models import Order, ThreadMessage
from orders.requests.senders import threads_of
from salesops.connectors.faults import ConnectorFault
from salesops.connectors.mail.sending import AttachedFile, send_mail
from salesops.connectors.models import OutgoingMail

if TYPE_CHECKING:
    from staff.models import User

_MOST_REFERENCES = 30


def send_in_thread(
    *,
    by: User | None,
    order: Order,
    to: str,
    subject: str,
    body: str,
    purpose: str,
    attachments: Sequence[AttachedFile] = (),
) -> ThreadMessage:
    """Write a mail into the order's thread; it leaves after commit. OrderError for addresses that cannot be sent to.

    It refers to the mails before it, so that the customer's program and ours keep them together.
    """
    before = threads_of(order)[-_MOST_REFERENCES:]
    try:
        mail = send_mail(
            to=[to],
            subject=subject,
            text=body,
            attachments=attachments,
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
        by=by,
    )


def note_ending(mail_id: int) -> None:
    """Write into the thread whether the mail was sent or not."""
    mail = OutgoingMail.objects.filter(pk=mail_id).first()
    states = {OutgoingMail.State.SENT: ThreadMessage.State.SENT, OutgoingMail.State.FAILED: ThreadMessage.State.FAILED}
    if mail is not None and mail.state in states:
        ThreadMessage.objects.filter(outgoing_id=mail_id).update(state=states[OutgoingMail.State(mail.state)])
