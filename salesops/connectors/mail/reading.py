"""Reading a mailbox so that no mail is lost and none is delivered twice, whenever the power goes.

For each mail: the original is written to disk, a receipt and the account's place are written in one transaction,
the mail is delivered in a second one that also marks the receipt, and only then is it marked as read on the server.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import IntegrityError, InterfaceError, OperationalError, models, transaction
from django.utils import timezone
from django.utils.translation import gettext_noop

from salesops.connectors.faults import ConnectorFault
from salesops.connectors.mail.imap import Mailbox, Waiting, opened
from salesops.connectors.mail.parsing import parse_mail
from salesops.connectors.mail.receivers import RECEIVERS, Receiver, deliver_to_all
from salesops.connectors.models import MailAccount, MailReceipt
from salesops.failpoints import failpoint, register_failpoint

log = logging.getLogger(__name__)

TOO_BIG = gettext_noop("The mail has %(megabytes)s MB, more than the %(limit)s MB allowed. It stays in the mailbox.")
BROKEN_OFF = gettext_noop("Delivering this mail was broken off %(attempts)s times. Its original is kept.")
NOT_TAKEN = gettext_noop("The mail could not be taken over, through a fault of ours. Its original is kept.")
NOT_FETCHED = gettext_noop("The server could not hand this mail over. It stays in the mailbox.")
NO_ORIGINAL = gettext_noop("The kept original of this mail is missing.")
MAX_ATTEMPTS = 3
LOOKED_AT = 100  # mails a request asks about
BACKOFF = [timedelta(0), timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2)]

STORED = register_failpoint("mail.stored", "the original is on disk, no receipt says so")
RECEIVED = register_failpoint("mail.received", "the receipt is written, the mail is not delivered")
DELIVERING = register_failpoint("mail.delivering", "inside the delivery, after the receivers")
DELIVERED = register_failpoint("mail.delivered", "delivered, not marked as read on the server")

Watch = Callable[[int, int], None]


@dataclass
class ReadReport:
    """What one reading of an account brought; ``error`` is a sentence in the reader's language."""

    account: str
    delivered: int = 0
    repeated: int = 0
    refused: int = 0
    waiting: int = 0
    error: str = ""

    def as_values(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


def read_account(account: MailAccount, deliver: Receiver | None = None, *, watch: Watch | None = None) -> ReadReport:
    """Bring in what is new. Never raises for what the server or a mail does: the report and the account say it.

    Without ``deliver`` the registered receivers take the mails; where none is registered they are kept and wait.
    ``watch(done, total)`` is called between two mails and may end the reading by raising.
    """
    taker = deliver or (deliver_to_all if RECEIVERS else None)
    report = ReadReport(account.name)
    _deliver_waiting(account, taker, report)
    try:
        with opened(account) as mailbox:
            _read_folder(account, mailbox, taker, report, watch)
    except ConnectorFault as fault:
        report.error = fault.sentence
        _note_failure(account, fault)
    else:
        _note_success(account)
    report.waiting = MailReceipt.objects.filter(account=account, state=MailReceipt.State.RECEIVED).count()
    return report


def _read_folder(
    account: MailAccount, mailbox: Mailbox, taker: Receiver | None, report: ReadReport, watch: Watch | None
) -> None:
    _follow_validity(account, mailbox.uid_validity)
    _mark_read(account, mailbox)
    uids = mailbox.waiting(account.last_uid, account.read_since)
    done = 0
    for start in range(0, len(uids), LOOKED_AT):
        for found in mailbox.look(uids[start : start + LOOKED_AT]):
            if watch is not None:
                watch(done, len(uids))
            receipt = _receive(account, mailbox, found, report)
            if receipt is not None and receipt.state == MailReceipt.State.RECEIVED and taker is not None:
                _deliver(receipt, taker, report)
            _mark_read(account, mailbox)
            done += 1


def _follow_validity(account: MailAccount, validity: int) -> None:
    """Another UIDVALIDITY makes every known number worthless: the folder is read again, receipts tell what is known."""
    if account.uid_validity != validity:
        MailAccount.objects.filter(pk=account.pk).update(uid_validity=validity, last_uid=0)
        account.uid_validity, account.last_uid = validity, 0


def _receive(account: MailAccount, mailbox: Mailbox, found: Waiting, report: ReadReport) -> MailReceipt | None:
    """Fetch one mail and write its receipt; None when it is gone or another reader was faster."""
    place = {"folder": account.folder, "uid_validity": mailbox.uid_validity, "uid": found.uid}
    kept: dict[str, Any] = {"size": found.size, "received_at": found.received_at}
    limit = settings.MAIL_MAX_BYTES
    try:
        raw = mailbox.fetch(found.uid, found.size) if found.size <= limit else b""
    except ConnectorFault as fault:
        if _is_hopeless(account, found.uid):
            _write(account, place, kept | {"state": MailReceipt.State.REFUSED, "reason": NOT_FETCHED})
            log.warning("Mail %s of %s was given up: %s", found.uid, account, fault.msgid)
        raise
    if raw is None:
        return None
    if max(found.size, len(raw)) > limit:
        values = {"megabytes": round(max(found.size, len(raw)) / 1024**2, 1), "limit": round(limit / 1024**2)}
        kept |= {"state": MailReceipt.State.REFUSED, "reason": TOO_BIG, "reason_values": values}
        report.refused += 1
    else:
        kept |= _kept(account, mailbox, raw, found.received_at, report)
    receipt = _write(account, place, kept)
    failpoint("mail.received")
    return receipt


def _write(account: MailAccount, place: dict[str, Any], kept: dict[str, Any]) -> MailReceipt | None:
    """The receipt and how far the folder is read, together; None when another reader was faster."""
    try:
        with transaction.atomic():
            receipt = MailReceipt.objects.create(account=account, **place, **kept)
            MailAccount.objects.filter(pk=account.pk, last_uid__lt=place["uid"]).update(last_uid=place["uid"])
    except IntegrityError:
        return None
    account.last_uid = place["uid"]
    return receipt


def _is_hopeless(account: MailAccount, uid: int) -> bool:
    """Whether fetching this mail broke the connection three times: then the mails behind it must not wait for it."""
    account.stuck_times = account.stuck_times + 1 if account.stuck_uid == uid else 1
    account.stuck_uid = uid
    account.save(update_fields=["stuck_uid", "stuck_times"])
    return account.stuck_times >= MAX_ATTEMPTS


def _kept(
    account: MailAccount, mailbox: Mailbox, raw: bytes, received_at: datetime, report: ReadReport
) -> dict[str, Any]:
    """The receipt's fields; the original is on disk when they are returned."""
    mail = parse_mail(raw)
    fields: dict[str, Any] = {
        "size": len(raw),
        "sha256": mail.sha256,
        "message_id": mail.message_id[:998],
        "subject": mail.subject[:200],
        "sender": mail.from_address[:254],
    }
    earlier = MailReceipt.objects.filter(account=account, sha256=mail.sha256, message_id=fields["message_id"]).exclude(
        state=MailReceipt.State.REPEATED
    )
    if first := earlier.first():
        report.repeated += 1
        return fields | {"state": MailReceipt.State.REPEATED, "raw_file": first.raw_file.name}
    fields["raw_file"] = _store(account, mail.sha256, raw, received_at)
    failpoint("mail.stored")
    return fields


def _store(account: MailAccount, sha256: str, raw: bytes, received_at: datetime) -> str:
    """Under the hash of its content: a second try after a crash finds its own file."""
    name = f"mail/{account.pk}/{received_at:%Y%m}/{sha256}.eml"
    if default_storage.exists(name) and default_storage.size(name) == len(raw):
        return name
    default_storage.delete(name)
    return default_storage.save(name, ContentFile(raw))


def _deliver_waiting(account: MailAccount, taker: Receiver | None, report: ReadReport) -> None:
    """What an earlier reading received and did not deliver comes first, also while the server is away."""
    if taker is None:
        return
    for receipt in MailReceipt.objects.filter(account=account, state=MailReceipt.State.RECEIVED).order_by("pk"):
        _deliver(receipt, taker, report)


def deliver_again(receipt: MailReceipt, deliver: Receiver | None = None) -> bool:
    """Try a refused mail once more from its kept original; True when it was taken."""
    mine = MailReceipt.objects.filter(pk=receipt.pk, state=MailReceipt.State.REFUSED).exclude(raw_file="")
    if not mine.update(state=MailReceipt.State.RECEIVED, attempts=0, reason="", reason_values={}):
        return False
    report = ReadReport(receipt.account.name)
    taker = deliver or (deliver_to_all if RECEIVERS else None)
    if taker is not None:
        _deliver(receipt, taker, report)
    receipt.refresh_from_db()
    return report.delivered == 1


def _deliver(receipt: MailReceipt, taker: Receiver, report: ReadReport) -> None:
    """Hand one mail over in a transaction of its own; its fault stays its own, one of the database ends the reading."""
    waiting = MailReceipt.objects.filter(pk=receipt.pk, state=MailReceipt.State.RECEIVED)
    # Counted before, in a transaction of its own: a mail that kills the process must not do so for ever.
    if not waiting.update(attempts=models.F("attempts") + 1):
        return
    receipt.refresh_from_db()
    if receipt.attempts > MAX_ATTEMPTS:
        _refuse(receipt, BROKEN_OFF, {"attempts": MAX_ATTEMPTS}, report)
        return
    try:
        raw = _original(receipt)
        mail = replace(parse_mail(raw), received_at=receipt.received_at, receipt_id=receipt.pk)
        with transaction.atomic():
            if not waiting.select_for_update().exists():
                return
            taker(mail, raw)
            failpoint("mail.delivering")
            waiting.update(state=MailReceipt.State.DELIVERED, delivered_at=timezone.now())
    except (OperationalError, InterfaceError):
        MailReceipt.objects.filter(pk=receipt.pk).update(attempts=models.F("attempts") - 1)
        raise
    except ConnectorFault as fault:
        _refuse(receipt, fault.msgid, fault.values, report)
    except Exception:  # a receiver's fault must not stop the mails behind
        log.exception("Mail receipt %s was not delivered.", receipt.pk)
        _refuse(receipt, NOT_TAKEN, {}, report)
    else:
        failpoint("mail.delivered")
        report.delivered += 1


def _original(receipt: MailReceipt) -> bytes:
    try:
        with default_storage.open(str(receipt.raw_file.name), "rb") as kept:
            return bytes(kept.read())
    except FileNotFoundError:
        raise ConnectorFault(NO_ORIGINAL) from None


def _refuse(receipt: MailReceipt, msgid: str, values: dict[str, Any], report: ReadReport) -> None:
    report.refused += 1
    MailReceipt.objects.filter(pk=receipt.pk, state=MailReceipt.State.RECEIVED).update(
        state=MailReceipt.State.REFUSED, reason=msgid, reason_values=values
    )


def _mark_read(account: MailAccount, mailbox: Mailbox) -> None:
    """Set the mark in the mailbox for what is safely delivered, also for what a killed reading left unmarked."""
    here = MailReceipt.objects.filter(
        account=account,
        folder=account.folder,
        uid_validity=mailbox.uid_validity,
        state__in=[MailReceipt.State.DELIVERED, MailReceipt.State.REPEATED],
        is_marked=False,
    )
    marked = list(here.values_list("pk", "uid")[:LOOKED_AT])
    if marked:
        mailbox.mark_read([uid for _, uid in marked])
        MailReceipt.objects.filter(pk__in=[pk for pk, _ in marked]).update(is_marked=True)


def _note_failure(account: MailAccount, fault: ConnectorFault) -> None:
    """The account says what is wrong; the more often, the longer nobody tries. A wrong password locks accounts soon."""
    account.failures += 1
    wait = BACKOFF[min(account.failures - 1 + 2 * fault.is_final, len(BACKOFF) - 1)]
    MailAccount.objects.filter(pk=account.pk).update(
        last_error=fault.msgid,
        last_error_values=fault.values,
        failures=account.failures,
        next_read_at=timezone.now() + wait,
    )
    account.refresh_from_db()


def _note_success(account: MailAccount) -> None:
    MailAccount.objects.filter(pk=account.pk).update(
        last_error="", last_error_values={}, failures=0, next_read_at=None, last_read_at=timezone.now()
    )
    account.refresh_from_db()


def due_accounts() -> models.QuerySet[MailAccount]:
    """Accounts in use that are read over IMAP and are not being left alone after failures."""
    rested = models.Q(next_read_at__isnull=True) | models.Q(next_read_at__lte=timezone.now())
    return MailAccount.objects.filter(rested, is_active=True).exclude(imap_host="").order_by("pk")


def try_connection(account: MailAccount) -> int:
    """Sign in, open the folder and say how many mails wait there; ``ConnectorFault`` says why not."""
    with opened(account) as mailbox:
        after = account.last_uid if account.uid_validity == mailbox.uid_validity else 0
        return len(mailbox.waiting(after, account.read_since))
