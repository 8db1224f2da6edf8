"""TLS and sockets for mail servers, and what their faults mean in words."""

from __future__ import annotations

import imaplib
import smtplib
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from django.conf import settings
from django.utils.translation import gettext_noop

from salesops.connectors.addresses import open_connection
from salesops.connectors.faults import ConnectorFault
from salesops.connectors.mail.characters import clean_line, decode_text
from salesops.connectors.models import MailAccount

SILENT = gettext_noop("The server %(host)s did not answer in time. It will be tried again.")
BAD_CERTIFICATE = gettext_noop(
    "The certificate of %(host)s was refused (%(reason)s). Nothing was sent there. If the server is yours, give its "
    "certificate authority in the account."
)
NO_TLS = gettext_noop("No encrypted connection to %(host)s came about (%(reason)s). Check port and kind of connection.")
BAD_AUTHORITY = gettext_noop("The account's own certificate authority cannot be read. It must be in PEM form.")
LOST = gettext_noop("The connection to %(host)s was lost (%(reason)s). It will be tried again.")
NOT_UNDERSTOOD = gettext_noop("The server %(host)s does not speak as a mail server should: %(reason)s")


def tls_context(account: MailAccount) -> ssl.SSLContext:
    """Certificate and name are always checked; an own authority replaces the public ones."""
    try:
        return ssl.create_default_context(cadata=account.ca_certificate or None)
    except (ssl.SSLError, ValueError):
        raise ConnectorFault(BAD_AUTHORITY) from None


def timeout() -> float:
    """Seconds each step of a connection may take."""
    return float(settings.CONNECTOR_TIMEOUT_SECONDS)


@contextmanager
def faults_named(host: str) -> Iterator[None]:
    """Whatever a connection may raise becomes one sentence."""
    try:
        yield
    except ConnectorFault:
        raise
    except ssl.SSLCertVerificationError as fault:
        raise ConnectorFault(BAD_CERTIFICATE, {"host": host, "reason": fault.verify_message}) from None
    except TimeoutError:
        raise ConnectorFault(SILENT, {"host": host}) from None
    except ssl.SSLError as fault:
        raise ConnectorFault(NO_TLS, {"host": host, "reason": fault.reason or str(fault)}) from None
    except (imaplib.IMAP4.abort, smtplib.SMTPServerDisconnected, OSError) as fault:
        if "timed out" in str(fault):
            raise ConnectorFault(SILENT, {"host": host}) from None
        raise ConnectorFault(LOST, {"host": host, "reason": said(fault)}) from None
    except (imaplib.IMAP4.error, smtplib.SMTPException, UnicodeError, ValueError, AttributeError, TypeError) as fault:
        # imaplib trusts the server's lines: a senseless one ends in any of these.
        raise ConnectorFault(NOT_UNDERSTOOD, {"host": host, "reason": said(fault)}) from None


def said(fault: BaseException | bytes) -> str:
    """A server's own words as one short line."""
    if isinstance(fault, bytes):
        return clean_line(decode_text(fault).text, 200)
    first = fault.args[0] if fault.args else fault
    return clean_line(decode_text(first).text if isinstance(first, bytes) else str(first), 200) or type(fault).__name__


class Line:
    """The connections of one exchange with a server; all of them are cut when its time is over.

    A timeout on each step is not enough: a server that sends one byte now and then would hold a worker for ever.
    """

    def __init__(self, seconds: float) -> None:
        self._held: list[socket.socket] = []
        self._lock = threading.Lock()
        self._is_over = False
        self._timer = threading.Timer(seconds, self.cut)
        self._timer.daemon = True

    def __enter__(self) -> Line:
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
        self.cut()

    def open(self, host: str, port: int) -> socket.socket:
        """A connection to a checked address."""
        opened = open_connection(host, port, timeout())
        with self._lock:
            # A second handle of the same connection: TLS takes the first one over, and this one still cuts it.
            self._held.append(opened.dup())
            over = self._is_over
        if over:
            self.cut()
        return opened

    def cut(self) -> None:
        """End every connection, from whatever thread; the one that waits on it goes on with an error."""
        with self._lock:
            self._is_over = True
            held, self._held = self._held, []
        for one in held:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
