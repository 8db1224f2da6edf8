"""Passwords of mail accounts go in, are kept sealed, and never come out on a page."""

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.urls import reverse

from salesops.audit.models import AuditEntry
from salesops.connectors.faults import ConnectorFault
from salesops.connectors.models import MailAccount, MailReceipt, OutgoingMail
from salesops.connectors.sealing import seal, unseal
from staff.factories import make_user
from staff.roles import Role

pytestmark = pytest.mark.django_db
SECRET = "ganz-geheim-口令"


@pytest.fixture
def administrator(client):
    client.force_login(make_user("chen", Role.ADMINISTRATOR))
    return client


def form(**fields):
    return {
        "name": "Orders", "address": "orders@example.cn", "imap_host": "imap.example.cn", "imap_port": "993", "imap_security": "tls",
        "username": "orders", "folder": "INBOX", "read_since": "2026-11-23", "smtp_port": "465", "smtp_security": "tls",
        "is_active": "on", **fields,
    }  # fmt: skip


def test_what_is_sealed_is_unlike_the_text_and_opens_again():
    assert SECRET not in seal(SECRET)
    assert seal(SECRET) != seal(SECRET)
    assert unseal(seal(SECRET)) == SECRET
    assert (seal(""), unseal("")) == ("", "")


def test_another_signing_key_opens_nothing_unless_the_old_one_is_still_named(settings):
    sealed, old = seal(SECRET), settings.SECRET_KEY
    settings.SECRET_KEY = "another key, long enough for every check there is in the house"
    with pytest.raises(ConnectorFault, match="Enter the password again"):
        unseal(sealed)
    settings.SECRET_KEY_FALLBACKS = [old]
    assert unseal(sealed) == SECRET


def test_a_seal_that_was_touched_opens_nothing():
    with pytest.raises(ConnectorFault):
        unseal(seal(SECRET)[:-4] + "AAAA")
    with pytest.raises(ConnectorFault):
        unseal("nonsense")


def test_the_password_is_in_the_database_only_sealed_and_on_no_page(administrator):
    response = administrator.post(reverse("admin:connectors_mailaccount_add"), form(new_password=SECRET))
    assert response.status_code == 302, response.context["adminform"].form.errors
    account = MailAccount.objects.get()
    assert account.password == SECRET
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM connectors_mailaccount")
        assert SECRET not in str(cursor.fetchall())
    page = administrator.get(reverse("admin:connectors_mailaccount_change", args=[account.pk])).content.decode()
    assert SECRET not in page
    assert account.password_sealed not in page
    assert SECRET not in str(list(AuditEntry.objects.values_list("values", flat=True)))


def test_an_empty_password_field_keeps_the_password(administrator):
    administrator.post(reverse("admin:connectors_mailaccount_add"), form(new_password=SECRET, new_smtp_password="zwei"))
    account = MailAccount.objects.get()
    administrator.post(reverse("admin:connectors_mailaccount_change", args=[account.pk]), form(name="Renamed"))
    account.refresh_from_db()
    assert (account.name, account.password) == ("Renamed", SECRET)
    account.smtp_username = "other"
    assert account.smtp_login == ("other", "zwei")


@pytest.mark.parametrize(
    "wrong",
    [
        {"imap_host": "http://x/"},
        {"imap_host": "x y"},
        {"imap_port": "70000"},
        {"username": "a\r\nb"},
        {"imap_host": ""},
    ],
)
def test_an_account_that_cannot_work_is_refused_with_a_word(wrong, administrator):
    response = administrator.post(reverse("admin:connectors_mailaccount_add"), form(**wrong))
    assert (response.status_code, MailAccount.objects.count()) == (200, 0)
    assert response.context["adminform"].form.errors


def test_only_one_account_is_the_default():
    MailAccount.objects.create(name="a", address="a@b.example", imap_host="x", is_default=True)
    with pytest.raises((IntegrityError, ValidationError)), transaction.atomic():
        MailAccount.objects.create(name="b", address="b@b.example", imap_host="x", is_default=True)


def test_the_administration_tests_a_connection_and_says_how_it_went(administrator, dovecot):
    postbox = dovecot.mailbox("tested")
    good, bad = dovecot.account(postbox), dovecot.account(postbox, ca_certificate="")
    response = administrator.post(
        reverse("admin:connectors_mailaccount_changelist"),
        {"action": "test_connection", "_selected_action": [good.pk, bad.pk]},
        follow=True,
    )
    told = [str(message) for message in response.context["messages"]]
    assert any("works" in one and good.name in one for one in told)
    assert any("certificate" in one and bad.name in one for one in told)


def test_receipts_and_sent_mails_can_be_looked_at_and_asked_for_again(administrator):
    account = MailAccount.objects.create(name="a", address="a@b.example", imap_host="x")
    receipt = MailReceipt.objects.create(
        account=account, folder="INBOX", uid_validity=1, uid=1, state="refused", subject="<script>alert(1)</script>",
        reason="The kept original of this mail is missing.",
    )  # fmt: skip
    mail = OutgoingMail.objects.create(sender="a@b.example", to=["x@y.example"], message_id="<1@b>", state="failed")
    for name, row, action in [("mailreceipt", receipt, "deliver_once_more"), ("outgoingmail", mail, "send_once_more")]:
        listed = reverse(f"admin:connectors_{name}_changelist")
        page = administrator.get(listed).content.decode()
        assert "<script>alert" not in page
        assert administrator.get(reverse(f"admin:connectors_{name}_change", args=[row.pk])).status_code == 200
        assert administrator.post(listed, {"action": action, "_selected_action": [row.pk]}).status_code == 302
    mail.refresh_from_db()
    assert mail.state == "queued"
