"""A mail leaves once, after the commit, and every end of it is told."""

from __future__ import annotations

import email
import smtplib
from datetime import timedelta
from email.policy import default
from typing import Any

import pytest
from django.core import mail as django_mail
from django.db import transaction
from django.utils import timezone

from salesops.connectors.faults import ConnectorFault
from salesops.connectors.mail.parsing import read_mail
from salesops.connectors.mail.sending import (
    MAX_ATTEMPTS,
    AttachedFile,
    send_again,
    send_forgotten,
    send_mail,
    send_now,
)
from salesops.connectors.models import MailAccount, OutgoingMail, Security
from salesops.connectors.signals import outgoing_mail_ended
from salesops.jobs.engine import run_now
from salesops.jobs.models import Job
from staff.factories import make_user

pytestmark = pytest.mark.django_db

LETTER: dict[str, Any] = {"to": ["wang@customer.example"], "subject": "订单确认 SO-1", "text": "您好，\n订单已确认。"}


@pytest.fixture
def ended():
    told = []

    def listen(mail_id, **_):
        told.append(mail_id)

    outgoing_mail_ended.connect(listen)
    yield told
    outgoing_mail_ended.disconnect(listen)


def work_off(mail):
    """What the worker does: run the newest job of this mail."""
    job = Job.objects.filter(kind="mail.send", arguments__mail=mail.pk, state=Job.State.QUEUED).latest("pk")
    run_now(job)
    mail.refresh_from_db()
    return job


def test_a_mail_arrives_with_its_files_its_thread_and_the_senders_name(smtp, ended, django_capture_on_commit_callbacks):
    lin = make_user("lin")
    mail = send_mail(
        **LETTER, account=smtp.account(), html="<p>您好</p>", owner=lin, in_reply_to="<b@x>", references=["<a@x>", "<b@x>"],
        attachments=[AttachedFile("订单确认.pdf", b"%PDF-1.7 ...")], cc=["li@customer.example"], is_automatic=True,
    )  # fmt: skip
    with django_capture_on_commit_callbacks(execute=True):
        work_off(mail)
    assert (mail.state, mail.attempts, mail.owner, mail.error_sentence) == ("sent", 1, lin, "")
    assert ended == [mail.pk]
    read = read_mail(smtp.mails[0])
    assert (read.from_name, read.from_address) == ("订单组", "orders@example.cn")
    assert (read.subject, read.text) == ("订单确认 SO-1", "您好，\n订单已确认。")
    assert (read.message_id, read.thread) == (mail.message_id, ("<a@x>", "<b@x>"))
    assert [(file.name, file.content_type) for file in read.attachments] == [("订单确认.pdf", "application/pdf")]
    assert read.is_auto_reply
    assert smtp.receivers == [["wang@customer.example", "li@customer.example"]]


def test_nothing_leaves_when_the_deed_around_it_is_taken_back(smtp):
    account = smtp.account()
    with transaction.atomic():
        mail = send_mail(**LETTER, account=account)
        transaction.set_rollback(True)
    send_now(mail.pk)
    assert smtp.mails == []
    assert not OutgoingMail.objects.exists()
    assert not Job.objects.filter(kind="mail.send").exists()


def test_a_server_that_is_busy_is_tried_again_later_with_the_same_message_id(
    smtp, ended, django_capture_on_commit_callbacks
):
    smtp.answers = ["451 4.3.0 busy", "421 4.7.0 later"]
    mail = send_mail(**LETTER, account=smtp.account())
    first = mail.message_id
    pauses = []
    with django_capture_on_commit_callbacks(execute=True):
        for _ in range(2):
            before = timezone.now()
            work_off(mail)
            assert mail.state == "queued"
            job = Job.objects.filter(kind="mail.send", state=Job.State.QUEUED).latest("pk")
            assert job.lease_until is not None
            pauses.append(round((job.lease_until - before).total_seconds() / 60))
        assert "will be tried again" in mail.error_sentence
        assert ended == []
        work_off(mail)
    assert (mail.state, mail.attempts, pauses, ended) == ("sent", 3, [1, 5], [mail.pk])
    assert [read_mail(raw).message_id for raw in smtp.mails] == [first]


def test_trying_ends_after_five_times_and_is_told_once(smtp, ended, django_capture_on_commit_callbacks):
    smtp.answers = ["451 busy"] * 9
    mail = send_mail(**LETTER, account=smtp.account())
    with django_capture_on_commit_callbacks(execute=True):
        for _ in range(MAX_ATTEMPTS):
            work_off(mail)
    assert (mail.state, mail.attempts, ended) == ("failed", MAX_ATTEMPTS, [mail.pk])
    assert not Job.objects.filter(kind="mail.send", state=Job.State.QUEUED).exists()
    smtp.answers = []
    first = mail.message_id
    assert send_again(mail)
    assert not send_again(mail), "what waits already is not asked for twice"
    work_off(mail)
    assert (mail.state, mail.message_id) == ("sent", first)


@pytest.mark.parametrize("where", ["mail", "receiver"])
def test_a_final_no_is_not_tried_again(where, smtp, ended, django_capture_on_commit_callbacks):
    if where == "mail":
        smtp.answers = ["554 5.7.1 spam"]
    else:
        smtp.refused = {"wang@customer.example": "550 5.1.1 unknown"}
    mail = send_mail(**LETTER, account=smtp.account())
    with django_capture_on_commit_callbacks(execute=True):
        work_off(mail)
    assert (mail.state, mail.attempts, ended) == ("failed", 1, [mail.pk])
    assert "does not take the mail" in mail.error_sentence


def test_a_receiver_the_server_refuses_is_named_while_the_others_get_it(smtp):
    smtp.refused = {"gone@customer.example": "550 5.1.1 unknown"}
    mail = send_mail(**{**LETTER, "to": ["wang@customer.example", "gone@customer.example"]}, account=smtp.account())
    work_off(mail)
    assert mail.state == "sent"
    assert "gone@customer.example" in mail.error_sentence
    assert smtp.receivers == [["wang@customer.example"]]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"ca_certificate": ""}, "certificate"), ({"smtp_host": "localhost"}, "certificate"),
        ({"smtp_security": Security.PLAIN}, "127.0.0.1"), ({"smtp_host": "no-such-host.invalid"}, "was not found"),
        ({"ca_certificate": "nonsense"}, "PEM"),
    ],
)  # fmt: skip
def test_a_connection_that_cannot_be_trusted_sends_nothing_and_says_why(fields, words, smtp, settings):
    settings.CONNECTOR_TIMEOUT_SECONDS = 1.0
    mail = send_mail(**LETTER, account=smtp.account(**fields))
    work_off(mail)
    assert (mail.state, smtp.mails) == ("queued", [])
    assert words in mail.error_sentence


def test_a_wrong_password_is_told_and_the_mail_waits_for_the_right_one(smtp):
    account = smtp.account()
    account.password = "falsch"
    account.save()
    mail = send_mail(**LETTER, account=account)
    work_off(mail)
    assert mail.state == "queued"
    assert "password for sending" in mail.error_sentence


def test_an_inner_address_is_refused_unless_the_setting_allows_it(smtp, settings):
    settings.CONNECTOR_ALLOWED_NETWORKS = []
    mail = send_mail(**LETTER, account=smtp.account())
    work_off(mail)
    assert smtp.mails == []
    assert "CONNECTOR_ALLOWED_NETWORKS" in mail.error_sentence


def test_the_default_account_sends_where_none_is_named(smtp):
    account = smtp.account(is_default=True)
    mail = send_mail(**LETTER)
    work_off(mail)
    assert (mail.account, len(smtp.mails)) == (account, 1)


def test_without_any_account_the_installations_own_settings_send(settings):
    settings.DEFAULT_FROM_EMAIL = "销售 <sales@公司.example>"
    mail = send_mail(**LETTER, attachments=[AttachedFile("a.csv", b"x", "text/csv")])
    work_off(mail)
    assert (mail.state, MailAccount.objects.count()) == ("sent", 0)
    [left] = django_mail.outbox
    assert (left.subject, left.to, left.extra_headers["Message-ID"]) == ("订单确认 SO-1", LETTER["to"], mail.message_id)
    assert mail.message_id.isascii()
    message = email.message_from_bytes(left.message().as_bytes(), policy=default)
    assert message["Message-ID"] == mail.message_id


def test_a_fault_of_the_installations_own_server_is_tried_again(monkeypatch):
    class Broken:
        def __init__(self, **_):
            raise smtplib.SMTPConnectError(421, b"not now")

    monkeypatch.setattr("salesops.connectors.mail.smtp.get_connection", Broken)
    mail = send_mail(**LETTER)
    work_off(mail)
    assert mail.state == "queued"
    assert mail.error_sentence


@pytest.mark.parametrize(
    "wrong",
    [
        {"to": []},
        {"to": ["nobody"]},
        {"cc": ["a@b\r\nBcc: x@y.example"]},
        {"attachments": [AttachedFile("x", b"0" * 21 * 1024**2)]},
    ],
)
def test_what_cannot_be_sent_is_refused_in_words_at_once(wrong):
    with pytest.raises(ConnectorFault) as refusal:
        send_mail(**{**LETTER, **wrong})
    assert refusal.value.sentence
    assert not OutgoingMail.objects.exists()


def test_no_header_can_be_smuggled_in(smtp):
    mail = send_mail(
        to=["wang@customer.example"], subject="x\r\nBcc: thief@x.example", text="x", account=smtp.account(),
        in_reply_to="<a@x>\r\nBcc: <b@x>", references=["<c\r\nd@x>"],
        attachments=[AttachedFile('x"\r\nX-Evil: 1.txt', b"x", "text/plain")],
    )  # fmt: skip
    work_off(mail)
    headers = email.message_from_bytes(smtp.mails[0], policy=default)
    assert headers["Bcc"] is None
    assert b"\nX-Evil" not in smtp.mails[0]
    assert headers["Subject"] == "x Bcc: thief@x.example"
    assert smtp.receivers == [["wang@customer.example"]]


def test_a_mail_whose_job_was_lost_is_found_again(smtp):
    mail = send_mail(**LETTER, account=smtp.account())
    assert send_forgotten() == 0
    Job.objects.filter(kind="mail.send").update(state=Job.State.FAILED)
    OutgoingMail.objects.update(created_at=timezone.now() - timedelta(hours=1))
    assert send_forgotten() == 1
    assert send_forgotten() == 0
    work_off(mail)
    assert (mail.state, len(smtp.mails)) == ("sent", 1)


def test_what_was_sent_is_not_sent_again(smtp):
    mail = send_mail(**LETTER, account=smtp.account())
    send_now(mail.pk)
    send_now(mail.pk)
    assert len(smtp.mails) == 1
