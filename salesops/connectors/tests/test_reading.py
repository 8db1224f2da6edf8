"""Mails come from a real mailbox: each once, none lost, and what is wrong is said in words."""

from __future__ import annotations

import hashlib
import json
import socket
from datetime import timedelta
from io import StringIO
from uuid import uuid4

import pytest
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.utils import timezone

from salesops.connectors.faults import ConnectorFault
from salesops.connectors.mail import receivers
from salesops.connectors.mail.imap import folder_name
from salesops.connectors.mail.reading import deliver_again, due_accounts, read_account, try_connection
from salesops.connectors.mail.receivers import register_mail_receiver
from salesops.connectors.models import MailReceipt, Security
from salesops.connectors.tests.letters import letter
from salesops.connectors.tests.mail_servers import PASSWORD, Script
from salesops.jobs.engine import enqueue, run_now
from salesops.jobs.models import Job

pytestmark = pytest.mark.django_db


@pytest.fixture
def postbox(dovecot):
    return dovecot.mailbox(f"box{uuid4().hex[:10]}")


@pytest.fixture
def account(dovecot, postbox):
    return dovecot.account(postbox)


class Tray:
    """Takes mails and remembers them."""

    def __init__(self):
        self.mails = []

    def __call__(self, mail, raw):
        self.mails.append(mail)
        assert hashlib.sha256(raw).hexdigest() == mail.sha256

    @property
    def subjects(self):
        return [mail.subject for mail in self.mails]


@pytest.fixture
def tray():
    return Tray()


def states(account):
    return list(MailReceipt.objects.filter(account=account).order_by("uid").values_list("state", flat=True))


def test_new_mails_arrive_once_in_order_and_a_second_reading_brings_nothing(account, postbox, tray):
    postbox.put(letter("一"), letter("二"))
    assert read_account(account, tray).delivered == 2
    assert tray.subjects == ["一", "二"]
    again = read_account(account, tray)
    assert (again.delivered, again.repeated, again.refused, again.error) == (0, 0, 0, "")
    postbox.put(letter("三"))
    read_account(account, tray)
    assert tray.subjects == ["一", "二", "三"]
    assert account.last_read_at is not None


def test_the_untouched_original_is_kept_and_the_receipt_names_it(account, postbox, tray):
    raw = letter("附件")
    postbox.put(raw)
    read_account(account, tray)
    receipt = MailReceipt.objects.get(account=account)
    assert default_storage.open(str(receipt.raw_file.name)).read() == raw
    assert (receipt.sha256, receipt.size) == (hashlib.sha256(raw).hexdigest(), len(raw))
    assert (receipt.subject, receipt.sender) == ("附件", "wang@customer.example")
    assert tray.mails[0].receipt_id == receipt.pk
    assert abs(tray.mails[0].received_at - timezone.now()) < timedelta(minutes=5)


def test_a_mail_is_marked_as_read_only_once_it_was_delivered(account, postbox):
    postbox.put(letter())

    def look(mail, raw):
        assert postbox.seen() == 0

    assert read_account(account, look).delivered == 1
    assert postbox.seen() == 1


def test_a_mail_that_nobody_can_take_is_kept_with_its_reason_and_holds_nobody_up(account, postbox, tray):
    postbox.put(letter("gut"), letter("schlecht"), letter("danach"))

    def picky(mail, raw):
        tray(mail, raw)
        if mail.subject == "schlecht":
            MailReceipt.objects.all().delete()  # whatever it did is taken back
            raise RuntimeError("a fault")

    report = read_account(account, picky)
    assert (report.delivered, report.refused) == (2, 1)
    assert states(account) == ["delivered", "refused", "delivered"]
    refused = MailReceipt.objects.get(state=MailReceipt.State.REFUSED)
    assert "kept" in refused.reason_sentence
    assert postbox.seen() == 2
    assert deliver_again(refused, tray)
    assert tray.subjects == ["gut", "schlecht", "danach", "schlecht"]
    assert not deliver_again(refused, tray), "what was delivered is not delivered again"


def test_a_receiver_may_refuse_a_mail_in_words(account, postbox):
    postbox.put(letter())

    def refusing(mail, raw):
        raise ConnectorFault("The kept original of this mail is missing.")

    read_account(account, refusing)
    assert MailReceipt.objects.get().reason_sentence == "The kept original of this mail is missing."


def test_mails_wait_for_a_receiver_when_none_is_registered(account, postbox, tray, monkeypatch):
    monkeypatch.setattr(receivers, "RECEIVERS", receivers.RECEIVERS)
    receivers_before = list(receivers.RECEIVERS)
    receivers.RECEIVERS.clear()
    try:
        postbox.put(letter("wartet"))
        assert read_account(account).waiting == 1
        assert states(account) == ["received"]
        register_mail_receiver(tray)
        register_mail_receiver(tray)
        assert read_account(account).delivered == 1
        assert tray.subjects == ["wartet"]
    finally:
        receivers.RECEIVERS[:] = receivers_before


def test_the_same_folder_under_new_numbers_brings_only_what_is_new(dovecot, postbox, tray):
    folder = "订单 & Anfragen"
    name = f'"{folder_name(folder)}"'
    account = dovecot.account(postbox, folder=folder)
    known = [letter("一"), letter("二")]
    postbox.imap.create(name)
    postbox.put(*known, folder=name)
    assert read_account(account, tray).delivered == 2
    before = account.uid_validity
    postbox.imap.delete(name)
    postbox.imap.create(name)
    postbox.put(known[1], letter("三"), known[0], folder=name)
    report = read_account(account, tray)
    assert account.uid_validity != before
    assert (report.delivered, report.repeated) == (1, 2)
    assert tray.subjects == ["一", "二", "三"]
    assert read_account(account, tray).repeated == 0


def test_the_very_same_mail_put_there_twice_is_delivered_once(account, postbox, tray):
    raw = letter()
    postbox.put(raw, raw)
    report = read_account(account, tray)
    assert (report.delivered, report.repeated, states(account)) == (1, 1, ["delivered", "repeated"])


def test_two_mails_without_a_message_id_are_two_mails(account, postbox, tray):
    first = letter("a").replace(b"Message-ID:", b"X-Nothing:")
    second = letter("b").replace(b"Message-ID:", b"X-Nothing:")
    postbox.put(first, second)
    assert read_account(account, tray).delivered == 2


def test_a_mail_above_the_limit_is_not_fetched_and_stays_in_the_mailbox(account, postbox, tray, settings):
    settings.MAIL_MAX_BYTES = 20_000
    postbox.put(letter("zu groß", "x" * 70 + "\n" + ("y" * 70 + "\n") * 400), letter("klein"))
    report = read_account(account, tray)
    assert (report.delivered, report.refused, tray.subjects) == (1, 1, ["klein"])
    assert "stays in the mailbox" in MailReceipt.objects.get(state="refused").reason_sentence


def test_mails_from_before_the_account_was_set_up_are_left_alone(dovecot, postbox, tray):
    account = dovecot.account(postbox, read_since=timezone.localdate() + timedelta(days=3))
    postbox.put(letter())
    assert read_account(account, tray).delivered == 0


@pytest.mark.parametrize(("security", "port"), [(Security.STARTTLS, "plain_port"), (Security.PLAIN, "plain_port")])
def test_the_mailbox_is_reached_in_every_way_an_account_offers(security, port, dovecot, postbox, tray):
    account = dovecot.account(postbox, imap_security=security, imap_port=getattr(dovecot, port))
    postbox.put(letter())
    assert read_account(account, tray).delivered == 1


def test_a_wrong_password_is_told_and_tried_less_often(account, tray):
    account.password = "falsch"
    account.save()
    read_account(account, tray)
    assert "refused the account name or password" in account.error_sentence
    assert PASSWORD not in json.dumps(account.last_error_values)
    assert not due_accounts().exists(), "a wrong password is not tried again at once: servers lock accounts"
    account.password = PASSWORD
    account.save()
    assert read_account(account, tray).error == ""
    assert (account.error_sentence, account.failures) == ("", 0)
    assert due_accounts().get() == account


@pytest.mark.parametrize(
    "fields", [{"ca_certificate": ""}, {"imap_host": "localhost"}], ids=["unknown authority", "another name"]
)
def test_a_certificate_that_proves_nothing_is_refused_and_no_password_is_sent(fields, dovecot, postbox, tray):
    account = dovecot.account(postbox, **fields)
    read_account(account, tray)
    assert "certificate" in account.error_sentence
    assert "refused" in account.error_sentence


def test_starttls_that_is_not_offered_is_not_done_without(dovecot, postbox, tray):
    heard = []

    def scene(caller):
        caller.sendall(b"* OK [CAPABILITY IMAP4rev1] ready\r\n")
        while line := caller.recv(4096):
            heard.append(line)
            tag = line.split()[0]
            caller.sendall(b"* CAPABILITY IMAP4rev1\r\n" + tag + b" OK done\r\n")

    with Script(scene) as server:
        account = dovecot.account(postbox, imap_security=Security.STARTTLS, imap_port=server.port)
        read_account(account, tray)
    assert "offers no encryption" in account.error_sentence
    assert not any(b"LOGIN" in line.upper() or b"AUTHENTICATE" in line.upper() for line in heard)


def test_a_folder_that_does_not_exist_is_named(dovecot, postbox, tray):
    account = dovecot.account(postbox, folder="没有")
    read_account(account, tray)
    assert "没有" in account.error_sentence


def test_a_server_that_is_not_there_is_named(dovecot, postbox, tray):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    account = dovecot.account(postbox, imap_port=port)
    read_account(account, tray)
    assert str(port) in account.error_sentence
    account.imap_host = "no-such-host.invalid"
    read_account(account, tray)
    assert "was not found" in account.error_sentence


def test_an_inner_address_is_refused_unless_the_setting_allows_it(dovecot, postbox, tray, settings):
    settings.CONNECTOR_ALLOWED_NETWORKS = []
    with Script(lambda caller: None) as server:
        account = dovecot.account(postbox, imap_port=server.port)
        read_account(account, tray)
        assert "CONNECTOR_ALLOWED_NETWORKS" in account.error_sentence
    assert server.callers == 0


def test_testing_an_account_reads_nothing(account, postbox):
    postbox.put(letter(), letter())
    assert try_connection(account) == 2
    assert (states(account), postbox.seen()) == ([], 0)


def test_the_background_work_reads_accounts_that_are_in_use(account, postbox, tray, monkeypatch, dovecot):
    monkeypatch.setattr(receivers, "RECEIVERS", [])
    monkeypatch.setattr("salesops.connectors.mail.reading.RECEIVERS", [tray])
    monkeypatch.setattr("salesops.connectors.mail.receivers.RECEIVERS", [tray])
    dovecot.account(postbox, is_active=False)
    postbox.put(letter("im Hintergrund"))
    job = enqueue("mail.read", arguments={}, owner=None, send=False)
    run_now(job)
    assert job.state == Job.State.DONE, job.error
    assert [report["delivered"] for report in job.result["accounts"]] == [1]
    assert tray.subjects == ["im Hintergrund"]


def test_the_command_reads_one_account_and_tells_it_as_json(account, postbox):
    postbox.put(letter())
    out = StringIO()
    call_command("read_mail", "--account", account.name, "--json", stdout=out)
    told = json.loads(out.getvalue())
    assert (told["account"], told["error"]) == (account.name, "")
    assert told["delivered"] + told["waiting"] + told["refused"] == 1


def test_the_command_ends_with_an_error_when_a_mailbox_was_not_read(account):
    account.password = "falsch"
    account.save()
    with pytest.raises(CommandError, match="Not read"):
        call_command("read_mail", stdout=StringIO())
    with pytest.raises(CommandError, match="is called"):
        call_command("read_mail", "--account", "nobody")
