"""Mails on their way out: a row first, a job after commit, bounded tries with growing pauses, one end."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from email.utils import format_datetime, formataddr
from functools import partial
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.mail import EmailMultiAlternatives
from django.core.validators import validate_email
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext_noop

from salesops.connectors.faults import ConnectorFault
from salesops.connectors.mail.attachments import kind_of, safe_name
from salesops.connectors.mail.characters import clean_line, clean_text
from salesops.connectors.mail.headers import identifiers
from salesops.connectors.mail.smtp import NOT_TO_ALL, hand_over
from salesops.connectors.models import MailAccount, OutgoingAttachment, OutgoingMail
from salesops.connectors.signals import outgoing_mail_ended
from salesops.failpoints import failpoint, register_failpoint
from salesops.jobs.engine import enqueue
from salesops.jobs.models import Job

PAUSES = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2))
MAX_ATTEMPTS = len(PAUSES) + 1
FORGOTTEN_AFTER = timedelta(minutes=10)
MAX_ATTACHED = 20 * 1024 * 1024  # bytes in all: most servers take 25 MB, and base64 adds a third
NOBODY = gettext_noop("Name at least one address to send the mail to.")
NO_ADDRESS = gettext_noop("%(address)s is not an e-mail address.")
TOO_HEAVY = gettext_noop("The attached files have more than %(megabytes)s MB together. Send fewer or smaller ones.")
GIVEN_UP = gettext_noop("Sending was broken off %(attempts)s times.")

SENDING = register_failpoint("mail.sending", "the try is counted, the server has not been asked")
SENT = register_failpoint("mail.sent", "the server took the mail, the row does not say so")


@dataclass(frozen=True)
class AttachedFile:
    """A file to send."""

    name: str
    content: bytes
    content_type: str = ""


def send_mail(
    *,
    to: Sequence[str],
    subject: str,
    text: str,
    html: str = "",
    account: MailAccount | None = None,
    cc: Sequence[str] = (),
    attachments: Iterable[AttachedFile] = (),
    in_reply_to: str = "",
    references: Sequence[str] = (),
    owner: Any = None,
    is_automatic: bool = False,
) -> OutgoingMail:
    """Write the mail in the caller's transaction; it leaves after the commit, and only then.

    ``account`` None takes the default account, else the installation's EMAIL settings. ``is_automatic`` marks what no
    person wrote (RFC 3834). ``ConnectorFault`` for addresses or files that cannot be sent. Its end is told by
    ``outgoing_mail_ended``.
    """
    files = list(attachments)
    _check(to, cc, files)
    sender = account or MailAccount.objects.filter(is_default=True, is_active=True).exclude(smtp_host="").first()
    address = sender.address if sender else settings.DEFAULT_FROM_EMAIL
    with transaction.atomic():
        mail = OutgoingMail.objects.create(
            account=sender,
            owner=owner,
            sender=formataddr((sender.sender_name, address)) if sender and sender.sender_name else address,
            to=list(to),
            cc=list(cc),
            subject=clean_line(subject),
            text=clean_text(text),
            html=html,
            message_id=f"<{uuid4().hex}@{_domain(address)}>",
            in_reply_to=next(iter(identifiers(in_reply_to.encode())), ""),
            references=identifiers(" ".join(references).encode()),
            is_automatic=is_automatic,
        )
        for file in files:
            _keep(mail, file)
        _ask_to_send(mail)
    return mail


def _check(to: Sequence[str], cc: Sequence[str], files: list[AttachedFile]) -> None:
    if not to:
        raise ConnectorFault(NOBODY, is_final=True)
    for address in (*to, *cc):
        try:
            validate_email(address)
        except ValidationError:
            raise ConnectorFault(NO_ADDRESS, {"address": clean_line(address, 80)}, is_final=True) from None
    if sum(len(file.content) for file in files) > MAX_ATTACHED:
        raise ConnectorFault(TOO_HEAVY, {"megabytes": MAX_ATTACHED // 1024**2}, is_final=True)


def _domain(address: str) -> str:
    """The part behind the @, in ASCII, for our Message-IDs."""
    domain = address.rpartition("@")[2].strip("<> ") or "localhost"
    try:
        return domain.encode("idna").decode("ascii")
    except UnicodeError:
        return "localhost"


def _keep(mail: OutgoingMail, file: AttachedFile) -> None:
    kind = file.content_type or kind_of(file.content, "", file.name)
    kept = OutgoingAttachment(mail=mail, name=safe_name(file.name, kind), content_type=kind, size=len(file.content))
    kept.content.save(f"{mail.pk}-{uuid4().hex}", ContentFile(file.content), save=True)


def _ask_to_send(mail: OutgoingMail) -> None:
    """One job for each try; a later one waits for its moment in the row that the sweeper looks at."""
    due = mail.next_try_at
    job = enqueue(
        "mail.send",
        arguments={"mail": mail.pk},
        owner=None,
        title=mail.subject,
        slot=f"{mail.pk}-{mail.attempts}",
        send=due is None,
    )
    if due is not None:
        Job.objects.filter(pk=job.pk, state=Job.State.QUEUED).update(lease_until=due)


def send_now(mail_id: int) -> None:
    """One try, with its outcome written; what is no longer waiting is left alone.

    When the process dies between the server's yes and our note, the mail leaves a second time under the same
    Message-ID, by which mail programs know it as the same.
    """
    mail = _claim(mail_id)
    if mail is None:
        return
    failpoint("mail.sending")
    try:
        partly = hand_over(composed(mail), mail.account)
    except ConnectorFault as fault:
        _failed(mail, fault)
        return
    failpoint("mail.sent")
    done = {"state": OutgoingMail.State.SENT, "sent_at": timezone.now(), "next_try_at": None}
    _end(mail, **done, error=NOT_TO_ALL if partly else "", error_values=partly)


def _claim(mail_id: int) -> OutgoingMail | None:
    """Count the try before it is made, so that a mail that kills the process cannot do so for ever."""
    with transaction.atomic():
        mail = (
            OutgoingMail.objects.select_for_update(of=("self",))
            .select_related("account")
            .filter(pk=mail_id, state=OutgoingMail.State.QUEUED)
            .first()
        )
        if mail is None:
            return None
        if mail.attempts >= MAX_ATTEMPTS:
            _end(mail, state=OutgoingMail.State.FAILED, error=GIVEN_UP, error_values={"attempts": mail.attempts})
            return None
        mail.attempts += 1
        mail.next_try_at = timezone.now() + PAUSES[min(mail.attempts, len(PAUSES)) - 1]
        mail.save(update_fields=["attempts", "next_try_at"])
    return mail


def _failed(mail: OutgoingMail, fault: ConnectorFault) -> None:
    told = {"error": fault.msgid, "error_values": fault.values}
    if fault.is_final or mail.attempts >= MAX_ATTEMPTS:
        _end(mail, state=OutgoingMail.State.FAILED, next_try_at=None, **told)
        return
    with transaction.atomic():
        OutgoingMail.objects.filter(pk=mail.pk, state=OutgoingMail.State.QUEUED).update(**told)
        _ask_to_send(mail)


def _end(mail: OutgoingMail, **fields: Any) -> None:
    with transaction.atomic():
        if OutgoingMail.objects.filter(pk=mail.pk, state=OutgoingMail.State.QUEUED).update(**fields):
            transaction.on_commit(partial(_tell, mail.pk))


def _tell(mail_id: int) -> None:
    outgoing_mail_ended.send_robust(sender=OutgoingMail, mail_id=mail_id)


def composed(mail: OutgoingMail) -> EmailMultiAlternatives:
    """The mail as it leaves; the same headers at every try."""
    headers = {"Message-ID": mail.message_id, "Date": format_datetime(mail.created_at)}
    if mail.in_reply_to:
        headers["In-Reply-To"] = mail.in_reply_to
    if mail.references or mail.in_reply_to:
        known = dict.fromkeys([*mail.references, *([mail.in_reply_to] if mail.in_reply_to else [])])
        headers["References"] = " ".join(known)
    if mail.is_automatic:
        headers["Auto-Submitted"] = "auto-generated"
    message = EmailMultiAlternatives(mail.subject, mail.text, mail.sender, mail.to, cc=mail.cc, headers=headers)
    if mail.html:
        message.attach_alternative(mail.html, "text/html")
    for file in mail.attachments.all():
        with file.content.open("rb") as content:
            message.attach(file.name, content.read(), file.content_type)
    return message


def send_again(mail: OutgoingMail) -> bool:
    """A failed mail gets its tries anew, under its old Message-ID; False when it has not failed."""
    with transaction.atomic():
        failed = OutgoingMail.objects.filter(pk=mail.pk, state=OutgoingMail.State.FAILED)
        if not failed.update(state=OutgoingMail.State.QUEUED, attempts=0, next_try_at=None):
            return False
        # The slots of the first round are taken: this round is told apart by its moment.
        slot = f"{mail.pk}-again-{int(timezone.now().timestamp())}"
        enqueue("mail.send", arguments={"mail": mail.pk}, owner=None, title=mail.subject, slot=slot)
    return True


def send_forgotten() -> int:
    """Ask again for waiting mails whose job died or was lost; their number."""
    late = timezone.now() - FORGOTTEN_AFTER
    waiting = OutgoingMail.objects.filter(state=OutgoingMail.State.QUEUED).filter(
        models.Q(next_try_at__lt=late) | models.Q(next_try_at__isnull=True, created_at__lt=late)
    )
    count = 0
    for mail in waiting.order_by("pk")[:200]:
        alive = Job.objects.filter(kind="mail.send", arguments__mail=mail.pk)
        if alive.filter(state__in=[Job.State.QUEUED, Job.State.RUNNING]).exists():
            continue
        moment = int(timezone.now().timestamp() // FORGOTTEN_AFTER.total_seconds())
        slot = f"{mail.pk}-late-{moment}"
        enqueue("mail.send", arguments={"mail": mail.pk}, owner=None, title=mail.subject, slot=slot)
        count += 1
    return count
