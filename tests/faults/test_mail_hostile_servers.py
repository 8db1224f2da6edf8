"""A mail server that hangs, lies, floods or speaks nonsense costs seconds and a sentence, never the worker."""

from __future__ import annotations

import socket
import time

import pytest

from salesops.connectors.mail.reading import read_account
from salesops.connectors.mail.sending import send_mail, send_now
from salesops.connectors.models import MailAccount, MailReceipt, Security
from salesops.connectors.tests.letters import letter
from salesops.connectors.tests.mail_servers import Script

pytestmark = [pytest.mark.fault, pytest.mark.django_db]

GREETING = b"* OK [CAPABILITY IMAP4rev1] ready\r\n"


@pytest.fixture(autouse=True)
def _short_times(settings):
    settings.CONNECTOR_ALLOWED_NETWORKS = ["127.0.0.0/8"]
    settings.CONNECTOR_TIMEOUT_SECONDS = 1.0
    settings.MAIL_READ_SECONDS = 3.0


def account_at(port, **fields):
    return MailAccount.objects.create(
        name="Hostile", address="a@b.example", username="a", imap_host="127.0.0.1", imap_port=port,
        smtp_host="127.0.0.1", smtp_port=port, **{"imap_security": Security.PLAIN, "smtp_security": Security.PLAIN, **fields},
    )  # fmt: skip


def read(scene, **fields):
    """One reading of a scripted server: the account afterwards, the report, and the seconds it took."""
    with Script(scene) as server:
        account = account_at(server.port, **fields)
        began = time.monotonic()
        report = read_account(account, lambda mail, raw: None)
        return account, report, time.monotonic() - began


def hang(caller):
    while caller.recv(4096):
        pass


def drip(caller):
    """One byte at a time, each in good time, without end."""
    while True:
        caller.sendall(b"*")
        caller.settimeout(0.2)
        try:
            if not caller.recv(4096):
                return
        except TimeoutError:
            continue


def flood(caller):
    caller.sendall(GREETING)
    while True:
        caller.sendall(b"* OK [X] " + b"y" * 4000 + b"\r\n")


def mailbox(fetch, sizes=b"100"):
    """A server with one mail; ``fetch`` writes the answer to its fetching."""

    def scene(caller):
        caller.sendall(GREETING)
        lines = caller.makefile("rb")
        for line in lines:
            tag, command = line.split()[0], line.upper()
            if b"CAPABILITY" in command:
                caller.sendall(b"* CAPABILITY IMAP4rev1\r\n")
            elif b" SELECT" in command:
                caller.sendall(b"* 1 EXISTS\r\n* OK [UIDVALIDITY 7] ok\r\n")
            elif b" SEARCH" in command:
                caller.sendall(b"* SEARCH 5\r\n")
            elif b"RFC822.SIZE" in command:
                caller.sendall(
                    b"* 1 FETCH (UID 5 RFC822.SIZE " + sizes + b' INTERNALDATE "23-Nov-2026 10:00:00 +0800")\r\n'
                )
            elif b"BODY.PEEK" in command:
                fetch(caller)
            caller.sendall(tag + b" OK done\r\n")

    return scene


def test_a_server_that_answers_nothing_costs_one_timeout():
    account, report, seconds = read(hang)
    assert "did not answer in time" in report.error == account.error_sentence
    assert seconds < 5


def test_a_server_that_hangs_in_the_tls_greeting_costs_one_timeout():
    _, report, seconds = read(hang, imap_security=Security.TLS)
    assert "in time" in report.error
    assert seconds < 5


def test_a_server_that_drips_is_cut_off():
    with Script(drip) as server:
        account = account_at(server.port)
        began = time.monotonic()
        report = read_account(account, lambda mail, raw: None)
        assert report.error
        assert time.monotonic() - began < 8


def test_a_server_that_floods_is_cut_off():
    _, report, seconds = read(flood)
    assert report.error
    assert seconds < 5


@pytest.mark.parametrize(
    "announced",
    [b"* 1 FETCH (UID 5 BODY[] {9999999999}\r\n", b"* 1 FETCH (UID 5 BODY[] {99999999999999999999}\r\n"],
)
def test_a_mail_of_ten_gigabytes_is_not_read_and_in_the_end_given_up(announced):
    scene = mailbox(lambda caller: caller.sendall(announced + b"x" * 100))
    with Script(scene) as server:
        account = account_at(server.port)
        for _ in range(3):
            report = read_account(account, lambda mail, raw: None)
            assert "more than it was asked for" in report.error
        assert account.last_uid == 5
    refused = MailReceipt.objects.get()
    assert (refused.state, refused.uid) == ("refused", 5)
    assert "could not hand this mail over" in refused.reason_sentence


def test_a_connection_lost_inside_a_mail_leaves_nothing_half():
    def fetch(caller):
        caller.sendall(b"* 1 FETCH (UID 5 BODY[] {100}\r\nhalf a mail")
        caller.shutdown(socket.SHUT_RDWR)

    account, report, _ = read(mailbox(fetch))
    assert report.error
    assert (MailReceipt.objects.count(), account.last_uid) == (0, 0)


def test_a_mail_that_is_gone_when_it_is_fetched_is_passed_over():
    account, report, _ = read(mailbox(lambda caller: None))
    assert (report.error, MailReceipt.objects.count()) == ("", 0)
    assert account.error_sentence == ""


def test_the_scripted_server_hands_over_an_honest_mail():
    raw = letter("ehrlich")

    def fetch(caller):
        caller.sendall(b"* 1 FETCH (UID 5 BODY[] {%d}\r\n%b)\r\n" % (len(raw), raw))

    _, report, _ = read(mailbox(fetch, b"%d" % len(raw)))
    assert (report.error, report.delivered) == ("", 1)


@pytest.mark.parametrize(
    "nonsense",
    [
        b"", b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\x00\xff\xfe\r\n", b"* BYE go away\r\n", b"* OK\r\n* \r\n", b"* OK hi\r\nX1 OK what\r\n",
        b"* OK hi\r\n* CAPABILITY\r\n", b"+ go\r\n", b"\r\n" * 50, b"* PREAUTH [CAPABILITY IMAP4rev1] hi\r\n", b"a" * 2_000_000,
    ],
)  # fmt: skip
def test_a_server_that_speaks_nonsense_is_told_in_a_sentence(nonsense):
    def scene(caller):
        caller.sendall(nonsense)

    _, report, seconds = read(scene)
    assert report.error
    assert seconds < 6


@pytest.mark.parametrize("scene", [hang, drip, lambda caller: caller.sendall(b"nonsense\r\n"), lambda caller: None])
def test_a_hostile_server_for_sending_costs_seconds_and_the_mail_waits(scene):
    with Script(scene) as server:
        mail = send_mail(to=["x@y.example"], subject="x", text="x", account=account_at(server.port))
        began = time.monotonic()
        send_now(mail.pk)
        assert time.monotonic() - began < 8
    mail.refresh_from_db()
    assert (mail.state, bool(mail.error_sentence)) == ("queued", True)
