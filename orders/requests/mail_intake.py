"""Mails as requests: every mail of the mailbox, and every .eml file somebody uploads."""

from __future__ import annotations

from dataclasses import replace
from itertools import chain, islice
from typing import TYPE_CHECKING

from orders.actions.intake import receive_request
from orders.models import Evidence, Order, Request
from orders.requests.evidence import NewEvidence, file_evidence
from orders.requests.mail_text import FORWARDED, FirstSender, first_senders
from orders.requests.senders import customer_of_sender
from salesops.connectors.mail.attachments import Attachment, safe_name
from salesops.connectors.mail.parsing import ParsedMail, parse_mail

if TYPE_CHECKING:
    from uuid import UUID

    from staff.models import User

MOST_ATTACHMENTS = 50
MOST_SENDERS = 5  # looked at in a mail that was passed on


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
    inside = [parse_mail(file.content) for file in mail.attachments[:MOST_ATTACHMENTS] if _is_mail(file)]
    files = [file for one in (mail, *inside) for file in one.attachments if file.content]
    sender = _written_by(mail, inside)
    return receive_request(
        channel=Order.Channel.MAIL,
        by=by,
        sender_name=sender.name,
        sender_address=sender.address,
        subject=mail.subject,
        body=mail.text or mail.quoted,
        sent_at=sender.sent_at,
        received_at=mail.received_at,
        evidence=[original, *(_file(file) for file in files[:MOST_ATTACHMENTS]), *(more or [])],
        message_id=mail.message_id,
        answers=mail.thread,
        is_automatic=mail.is_auto_reply,
        form_token=form_token,
    )


def _is_mail(file: Attachment) -> bool:
    return file.content_type == "message/rfc822"


def _file(file: Attachment) -> NewEvidence:
    """A file of a mail; a mail in the mail can be read as it stands beside the order."""
    made = file_evidence(file.name, file.content, file.declared_type)
    if not _is_mail(file):
        return made
    inner = parse_mail(file.content)
    return replace(made, text="\n\n".join(part for part in (inner.text, inner.quoted) if part))


def _written_by(mail: ParsedMail, inside: list[ParsedMail]) -> FirstSender:
    """The sender; of a mail that somebody passed on the first one behind it who is known as a customer."""
    sender = FirstSender(mail.from_name, mail.from_address, mail.sent_at)
    if not FORWARDED.match(mail.subject) and not inside:
        return sender
    if sender.address and customer_of_sender(sender.address) is not None:
        return sender
    named = [FirstSender(one.from_name, one.from_address, one.sent_at) for one in inside if one.from_address]
    found = islice(chain(named, first_senders(f"{mail.text}\n{mail.quoted}")), MOST_SENDERS)
    return next((one for one in found if customer_of_sender(one.address) is not None), sender)


def take_in_eml(raw: bytes, *, by: User, file_name: str, more: list[NewEvidence], form_token: UUID | None) -> Request:
    """An uploaded .eml file, whatever is in it."""
    return take_in_mail(parse_mail(raw), raw, by=by, file_name=file_name, more=more, form_token=form_token)
