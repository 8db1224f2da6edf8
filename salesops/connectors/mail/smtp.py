"""Handing a mail to a server: the account's own over SMTP, or the one in the installation's settings."""

from __future__ import annotations

import smtplib
import socket
import ssl
from base64 import b64encode
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.utils.translation import gettext_noop

from salesops.connectors.faults import ConnectorFault
from salesops.connectors.mail.wire import Line, faults_named, said, timeout, tls_context
from salesops.connectors.models import MailAccount, Security

WRONG_PASSWORD = gettext_noop("The server %(host)s refused the account name or password for sending (%(reason)s).")
NO_ENCRYPTION = gettext_noop("The server %(host)s offers no encryption (STARTTLS). Nothing was sent to it.")
NOT_TAKEN = gettext_noop("The server %(host)s does not take the mail: %(reason)s")
NOT_NOW = gettext_noop("The server %(host)s does not take the mail now: %(reason)s. It will be tried again.")
NOT_TO_ALL = gettext_noop("The mail was sent, but the server did not take it for: %(addresses)s")


class _Checked(smtplib.SMTP):
    """Connects to checked addresses only; with a context TLS begins at the first byte."""

    def __init__(self, line: Line, context: ssl.SSLContext | None, host: str, port: int) -> None:
        self._line = line
        self._context = context
        super().__init__(host, port, timeout=timeout())

    def _get_socket(self, host: str, port: int, seconds: float) -> socket.socket:
        opened = self._line.open(host, port)
        if self._context is None:
            return opened
        try:
            return self._context.wrap_socket(opened, server_hostname=host)
        except BaseException:
            opened.close()
            raise


def hand_over(message: EmailMultiAlternatives, account: MailAccount | None) -> dict[str, Any]:
    """Send it now. Returns the sentence's values when some receivers were refused, else nothing.

    ``ConnectorFault`` when the server took it for nobody; ``is_final`` when it never will (5xx).
    """
    if account is None:
        return _by_settings(message)
    host = account.smtp_host
    name, password = account.smtp_login
    with faults_named(host), Line(settings.MAIL_READ_SECONDS) as line:
        server = _connect(line, account)
        try:
            if name:
                _sign_in(server, host, name, password)
            return _send(server, host, account.address, message)
        finally:
            _leave(server)


def _connect(line: Line, account: MailAccount) -> smtplib.SMTP:
    context = tls_context(account)
    secure = account.smtp_security == Security.TLS
    server = _Checked(line, context if secure else None, account.smtp_host, account.smtp_port)
    if account.smtp_security == Security.STARTTLS:
        try:
            server.starttls(context=context)
        except smtplib.SMTPNotSupportedError:
            _leave(server)
            raise ConnectorFault(NO_ENCRYPTION, {"host": account.smtp_host}) from None
    return server


def _sign_in(server: smtplib.SMTP, host: str, name: str, password: str) -> None:
    try:
        if name.isascii() and password.isascii():
            server.login(name, password)
        else:
            _sign_in_beyond_ascii(server, name, password)
    except smtplib.SMTPAuthenticationError as fault:
        # Not final: once the account is put right, the waiting mails leave by themselves.
        raise ConnectorFault(WRONG_PASSWORD, {"host": host, "reason": _words(fault.smtp_error)}) from None


def _sign_in_beyond_ascii(server: smtplib.SMTP, name: str, password: str) -> None:
    """smtplib signs in with ASCII only; SASL PLAIN is UTF-8 (RFC 4616)."""
    server.ehlo_or_helo_if_needed()
    code, answer = server.docmd("AUTH", "PLAIN " + b64encode(f"\0{name}\0{password}".encode()).decode("ascii"))
    if code != 235:
        raise smtplib.SMTPAuthenticationError(code, answer)


def _send(server: smtplib.SMTP, host: str, sender: str, message: EmailMultiAlternatives) -> dict[str, Any]:
    octets = message.message().as_bytes(linesep="\r\n")  # type: ignore[call-arg]  # Django's own message
    try:
        refused = server.sendmail(sender, message.recipients(), octets)
    except smtplib.SMTPRecipientsRefused as fault:
        answers = list(fault.recipients.values())
        final = all(code >= 500 for code, _ in answers)
        raise _refusal(host, final, answers[0][1] if answers else b"") from None
    except smtplib.SMTPResponseException as fault:
        raise _refusal(host, fault.smtp_code >= 500, fault.smtp_error) from None
    return {"addresses": ", ".join(sorted(refused))} if refused else {}


def _refusal(host: str, is_final: bool, answer: bytes | str) -> ConnectorFault:
    values = {"host": host, "reason": _words(answer)}
    return ConnectorFault(NOT_TAKEN if is_final else NOT_NOW, values, is_final=is_final)


def _words(answer: bytes | str) -> str:
    return said(answer if isinstance(answer, bytes) else answer.encode())


def _by_settings(message: EmailMultiAlternatives) -> dict[str, Any]:
    with faults_named(settings.EMAIL_HOST):
        message.connection = get_connection(fail_silently=False)
        try:
            message.send()
        except smtplib.SMTPRecipientsRefused as fault:
            answers = list(fault.recipients.values())
            raise _refusal(settings.EMAIL_HOST, all(code >= 500 for code, _ in answers), answers[0][1]) from None
        except smtplib.SMTPResponseException as fault:
            raise _refusal(settings.EMAIL_HOST, fault.smtp_code >= 500, fault.smtp_error) from None
    return {}


def _leave(server: smtplib.SMTP) -> None:
    try:
        server.quit()
    except (smtplib.SMTPException, OSError):
        server.close()
