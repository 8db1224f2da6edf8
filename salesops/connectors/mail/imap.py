"""A mailbox over IMAP: checked addresses, checked certificates, limits on time and on what the server may send."""

from __future__ import annotations

import base64
import imaplib
import re
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.utils.translation import gettext_noop

from salesops.connectors.faults import ConnectorFault
from salesops.connectors.mail.wire import Line, faults_named, said, timeout, tls_context
from salesops.connectors.models import MailAccount, Security

WRONG_PASSWORD = gettext_noop(
    "The server %(host)s refused the account name or password (%(reason)s). Some providers ask for an authorisation "
    "code (授权码) instead of the password."
)
NO_FOLDER = gettext_noop("The folder %(folder)s cannot be opened: %(reason)s")
NO_ENCRYPTION = gettext_noop("The server %(host)s offers no encryption (STARTTLS). Nothing was sent to it.")
TOO_MUCH = gettext_noop("The server %(host)s sent more than it was asked for; the connection was cut.")
REFUSED = gettext_noop("The server %(host)s refused a request: %(reason)s")

ROOM = 1024 * 1024  # bytes of answers beside the mails themselves, for each request
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
SIZE = re.compile(rb"RFC822\.SIZE (\d{1,12})")
UID = re.compile(rb"\bUID (\d{1,10})")
IDENTITY = '("name" "salesops" "version" "1" "vendor" "salesops")'
imaplib.Commands["ID"] = ("AUTH", "SELECTED")  # NetEase opens no folder before it (RFC 2971)


class _Bounded(imaplib.IMAP4):
    """Counts what the server sends: imaplib would read a literal of any length a server announces."""

    def __init__(self, line: Line, context: ssl.SSLContext | None, host: str, port: int) -> None:
        """With a context TLS begins at the first byte."""
        self._line = line
        self._context = context
        self.room = ROOM
        super().__init__(host, port, timeout())

    def _create_socket(self, seconds: float | None) -> socket.socket:
        opened = self._line.open(self.host, self.port)
        if self._context is None:
            return opened
        try:
            return self._context.wrap_socket(opened, server_hostname=self.host)
        except BaseException:
            opened.close()
            raise

    def read(self, size: int) -> bytes:
        self._take(size)
        found = super().read(size)
        if len(found) < size:
            raise self.abort("the connection ended inside an answer")
        return found

    def readline(self) -> bytes:
        line = super().readline()
        self._take(len(line))
        return line

    def _take(self, size: int) -> None:
        self.room -= size
        if self.room < 0:
            raise ConnectorFault(TOO_MUCH, {"host": self.host})


@dataclass(frozen=True)
class Waiting:
    """A mail in the folder that was not read yet."""

    uid: int
    size: int
    received_at: datetime


class Mailbox:
    """An opened folder. Every method may raise ``ConnectorFault``."""

    def __init__(self, imap: _Bounded, host: str) -> None:
        self._imap = imap
        self._host = host
        self.uid_validity = 0

    def _ask(self, *command: str) -> list[Any]:
        self._imap.room = ROOM
        with faults_named(self._host):
            state, answer = self._imap.uid(*command)
        if state != "OK":
            raise ConnectorFault(REFUSED, {"host": self._host, "reason": said(answer[-1] or b"")})
        return [one for one in answer if one]

    def open(self, folder: str) -> None:
        """Select the folder and learn its UIDVALIDITY."""
        self._imap.room = ROOM
        with faults_named(self._host):
            state, answer = self._imap.select(quoted(folder_name(folder)))
            if state != "OK":
                raise ConnectorFault(NO_FOLDER, {"folder": folder, "reason": said(answer[-1] or b"")})
            _name, validity = self._imap.response("UIDVALIDITY")
        self.uid_validity = int(validity[-1] or b"0") if validity else 0

    def waiting(self, after: int, since: date) -> list[int]:
        """UIDs above ``after`` of mails since that date, in order.

        ``n:*`` always names the last mail too, so the answer is held against ``after`` once more. One day of grace:
        the server's date may be another than ours.
        """
        day = since - timedelta(days=1)
        said_day = f"{day.day}-{MONTHS[day.month - 1]}-{day.year}"
        answer = self._ask("SEARCH", "UID", f"{after + 1}:*", "SINCE", said_day)
        found = {int(one) for line in answer for one in line.split() if one.isdigit()}
        return sorted(uid for uid in found if uid > after)

    def look(self, uids: list[int]) -> list[Waiting]:
        """Size and arrival of these mails; those that are gone meanwhile are left out."""
        answer = self._ask("FETCH", ",".join(map(str, uids)), "(UID RFC822.SIZE INTERNALDATE)")
        found: dict[int, Waiting] = {}
        for line in answer:
            text = line[0] + b" " + line[1] if isinstance(line, tuple) else line
            uid, size = UID.search(text), SIZE.search(text)
            if uid and size and int(uid.group(1)) in uids:
                found[int(uid.group(1))] = Waiting(int(uid.group(1)), int(size.group(1)), _arrival(text))
        return [found[uid] for uid in sorted(found)]

    def fetch(self, uid: int, size: int) -> bytes | None:
        """The untouched mail, without marking it as read; None when it is gone meanwhile."""
        self._imap.room = ROOM + size + size // 4  # some servers name a size that is a little off
        with faults_named(self._host):
            state, answer = self._imap.uid("FETCH", str(uid), "(UID BODY.PEEK[])")
        if state != "OK":
            raise ConnectorFault(REFUSED, {"host": self._host, "reason": said(answer[-1] or b"")})
        bodies = [one[1] for one in answer if isinstance(one, tuple) and b"BODY[]" in one[0]]
        return bytes(bodies[0]) if bodies else None

    def mark_read(self, uids: list[int]) -> None:
        """Set the flag that people see; a mailbox one may only read stays as it is."""
        self._imap.room = ROOM
        with faults_named(self._host):
            self._imap.uid("STORE", ",".join(map(str, uids)), "+FLAGS.SILENT", r"(\Seen)")


def _arrival(text: bytes) -> datetime:
    moment = imaplib.Internaldate2tuple(text)
    if moment is None:
        return datetime.now(UTC)
    return datetime(*moment[:6]).astimezone(UTC)


@contextmanager
def opened(account: MailAccount) -> Iterator[Mailbox]:
    """The account's folder, signed in. All of it is cut off after ``MAIL_READ_SECONDS``."""
    with Line(settings.MAIL_READ_SECONDS) as line:
        with faults_named(account.imap_host):
            imap = _connect(line, account)
        try:
            with faults_named(account.imap_host):
                _sign_in(imap, account)
            mailbox = Mailbox(imap, account.imap_host)
            mailbox.open(account.folder)
            yield mailbox
        finally:
            _leave(imap)


def _connect(line: Line, account: MailAccount) -> _Bounded:
    context = tls_context(account)
    secure = account.imap_security == Security.TLS
    imap = _Bounded(line, context if secure else None, account.imap_host, account.imap_port)
    if account.imap_security == Security.STARTTLS:
        if "STARTTLS" not in imap.capabilities:
            _leave(imap)
            raise ConnectorFault(NO_ENCRYPTION, {"host": account.imap_host})
        try:
            imap.starttls(context)
        except BaseException:
            _leave(imap)
            raise
    return imap


def _sign_in(imap: _Bounded, account: MailAccount) -> None:
    name, password = account.username, account.password
    try:
        if name.isascii() and password.isascii():
            imap.login(quoted(name), password)
        else:
            imap.authenticate("PLAIN", lambda _challenge: f"\0{name}\0{password}".encode())
    except imaplib.IMAP4.abort:
        raise
    except imaplib.IMAP4.error as fault:
        values = {"host": account.imap_host, "reason": said(fault)}
        raise ConnectorFault(WRONG_PASSWORD, values, is_final=True) from None
    if "ID" in _capabilities(imap):  # QQ Mail drops the connection at commands it does not know
        imap._simple_command("ID", IDENTITY)


def _capabilities(imap: _Bounded) -> set[str]:
    """Asked anew: many servers tell the whole list only after the sign-in."""
    state, answer = imap.capability()
    return set(decode_capabilities(answer[-1])) if state == "OK" else set(imap.capabilities)


def decode_capabilities(line: bytes | None) -> list[str]:
    """The words of a CAPABILITY answer."""
    return (line or b"").decode("ascii", "ignore").upper().split()


def _leave(imap: _Bounded) -> None:
    imap.room = ROOM
    try:
        imap.logout()
    except Exception:  # noqa: S110 - whatever a dying connection says, the work is done or failed before
        pass
    finally:
        imap.sock.close()


def quoted(text: str) -> str:
    """An IMAP quoted string."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def folder_name(name: str) -> str:
    """A folder's name in IMAP's modified UTF-7 (RFC 3501, 5.1.3)."""

    def coded(found: re.Match[str]) -> str:
        packed = base64.b64encode(found.group().encode("utf-16-be")).decode("ascii")
        return "&" + packed.rstrip("=").replace("/", ",") + "-"

    return re.sub(r"[^\x20-\x7e]+", coded, name.replace("&", "&-"))
