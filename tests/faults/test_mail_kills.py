"""A reading or sending killed at any line: the next one completes it, nothing is lost and nothing comes twice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from uuid import uuid4

import pytest
from django.conf import settings
from django.contrib.auth.models import Group

from salesops.connectors.mail.parsing import read_mail
from salesops.connectors.mail.sending import send_mail
from salesops.connectors.models import MailReceipt
from salesops.connectors.tests.conftest import certificates, dovecot, smtp  # noqa: F401 - fixtures
from salesops.connectors.tests.letters import letter
from salesops.failpoints import REGISTRY
from tests.faults.workers import ROOT, database_url

pytestmark = [pytest.mark.fault, pytest.mark.django_db(transaction=True)]

READING = ["mail.stored", "mail.received", "mail.delivering", "mail.delivered"]
SUBJECTS = ["一", "二", "三"]


def run(folder, deed, number, failpoints=""):
    """The same in a child; its exit code."""
    environment = {
        **os.environ,
        "DATABASE_URL": database_url(),
        "DJANGO_SETTINGS_MODULE": "tests.faults.worker_settings",
        "SALESOPS_VAR": str(folder),
        "SALESOPS_SIDECAR": str(folder),
        "SALESOPS_TESTING": "1",
        "SECRET_KEY": settings.SECRET_KEY,
        "SALESOPS_FAILPOINTS": failpoints,
    }
    if not failpoints:
        del environment["SALESOPS_FAILPOINTS"]
    command = [sys.executable, "-m", "tests.faults.read_mail", deed, str(number)]
    ran = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert ran.returncode in (0, 1, -signal.SIGKILL), ran.stderr
    assert ran.returncode != 1 or not ran.stderr.startswith("Traceback"), ran.stderr
    return ran.returncode


def delivered():
    return sorted(Group.objects.values_list("name", flat=True))


@pytest.fixture
def postbox(dovecot):  # noqa: F811 - the fixture
    box = dovecot.mailbox(f"killed{uuid4().hex[:8]}")
    box.put(*(letter(subject) for subject in SUBJECTS))
    return box


def test_these_are_all_the_points_of_mail():
    assert {name for name in REGISTRY if name.startswith("mail.")} == {*READING, "mail.sending", "mail.sent"}


@pytest.mark.parametrize("point", READING)
def test_a_reading_killed_at_any_point_is_completed_by_the_next(point, dovecot, postbox, tmp_path):  # noqa: F811
    account = dovecot.account(postbox)
    assert run(tmp_path, "read", account.pk, f"{point}=kill") == -signal.SIGKILL
    assert delivered() in ([], ["一"])
    assert run(tmp_path, "read", account.pk) == 0
    assert delivered() == sorted(SUBJECTS)
    assert postbox.seen() == 3
    assert set(MailReceipt.objects.values_list("state", "is_marked")) == {("delivered", True)}


def test_a_mail_that_kills_its_reader_each_time_is_refused_and_the_others_arrive(dovecot, postbox, tmp_path):  # noqa: F811
    account = dovecot.account(postbox)
    for _ in range(3):
        assert run(tmp_path, "read", account.pk, "mail.delivering=kill") == -signal.SIGKILL
    assert run(tmp_path, "read", account.pk) == 1, "something was refused"
    assert delivered() == sorted(["二", "三"])
    assert "broken off 3 times" in MailReceipt.objects.get(state="refused").reason_sentence


def test_two_readers_at_once_deliver_each_mail_once(dovecot, postbox, tmp_path):  # noqa: F811
    account = dovecot.account(postbox)
    postbox.put(*(letter(f"mehr {place}") for place in range(12)))
    readers = [threading.Thread(target=run, args=(tmp_path, "read", account.pk)) for _ in range(2)]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()
    run(tmp_path, "read", account.pk)
    assert len(delivered()) == 15
    assert MailReceipt.objects.filter(state="delivered").count() == 15


@pytest.mark.parametrize(("point", "arrived"), [("mail.sending", 1), ("mail.sent", 2)])
def test_a_sender_that_is_killed_sends_again_under_the_same_message_id(point, arrived, smtp, tmp_path):  # noqa: F811
    """After the server's yes a second copy cannot be helped; its Message-ID lets mail programs show one."""
    mail = send_mail(to=["wang@customer.example"], subject="x", text="x", account=smtp.account())
    assert run(tmp_path, "send", mail.pk, f"{point}=kill") == -signal.SIGKILL
    assert run(tmp_path, "send", mail.pk) == 0
    mail.refresh_from_db()
    assert (mail.state, mail.attempts) == ("sent", 2)
    assert [read_mail(raw).message_id for raw in smtp.mails] == [mail.message_id] * arrived
