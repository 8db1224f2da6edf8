"""Mails as requests: every mail of the mailbox, and every .eml file somebody uploads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orders.actions.intake import receive_request
from orders.models import Evidence, Order, Request
from orders.requests.evidence import NewEvidence, file_evidence
from salesops.connectors.mail.attachments import safe_name
from salesops.connectors.mail.parsing import ParsedMail, parse_mail

if TYPE_CHECKING:
    from uuid import UUID

    from staff.models import User

MOST_ATTACHMENTS = 50


def receive_mail(mail: ParsedMail, raw: bytes) -> None:
    """A mail out of a mailbox; runs in the reader's transaction."""
    take_in_mail(mail, raw, by=None)


def take_in_mail(
    mail: ParsedMail,
    raw: bytes,
    *,
    by: User | None,
    file_name: str = "",
    more: list[NewEvidence] | None = None,
    form_token: UUID | None = None,
) -> Request:
    """A parsed mail with its original and its files as one request; ``more`` came in the same upload."""
    text = mail.text if not mail.quoted else f"{mail.text}\n\n{mail.quoted}"
    original = NewEvidence(
        Evidence.Kind.MAIL,
        content=raw,
        file_name=safe_name(file_name or f"{mail.subject[:60] or 'mail'}.eml", "message/rfc822"),
        content_type="message/rfc822",
        text=text,
    )
    files = [
        file_evidence(file.name, file.content, file.declared_type)
        for file in mail.attachments[:MOST_ATTACHMENTS]
        if file.content
    ]
    return receive_request(
        channel=Order.Channel.MAIL,
        by=by,
        sender_name=mail.from_name,
        sender_address=mail.from_address,
        subject=mail.subject,
        body=mail.text or mail.quoted,
        sent_at=mail.sent_at,
        received_at=mail.received_at,
        evidence=[original, *files, *(more or [])],
        message_id=mail.message_id,
        answers=mail.thread,
        is_automatic=mail.is_auto_reply,
        form_token=form_token,
    )


def take_in_eml(raw: bytes, *, by: User, file_name: str, more: list[NewEvidence], form_token: UUID | None) -> Request:
    """An uploaded .eml file, whatever is in it."""
    return take_in_mail(parse_mail(raw), raw, by=by, file_name=file_name, more=more, form_token=form_token)
