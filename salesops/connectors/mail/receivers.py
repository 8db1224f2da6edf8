"""Who takes the mails: an app of a higher floor says so in its ``apps.ready()``."""

from __future__ import annotations

from collections.abc import Callable

from salesops.connectors.mail.parsing import ParsedMail

Receiver = Callable[[ParsedMail, bytes], None]
RECEIVERS: list[Receiver] = []


def register_mail_receiver(receiver: Receiver) -> Receiver:
    """Hand every mail to this function, inside one transaction with the mark that it was delivered.

    Raising anything refuses the mail: it is kept with the reason and the next one follows. ``ConnectorFault`` gives
    the reason in words. The same mail never comes twice.
    """
    if receiver not in RECEIVERS:
        RECEIVERS.append(receiver)
    return receiver


def deliver_to_all(mail: ParsedMail, raw: bytes) -> None:
    """Hand the mail to whoever registered."""
    for receiver in RECEIVERS:
        receiver(mail, raw)
