"""Mailboxes of the company, what was read from them and what is sent through them."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from salesops.connectors.faults import told
from salesops.connectors.sealing import seal, unseal

PORT = [MinValueValidator(1), MaxValueValidator(65535)]
HOST = RegexValidator(r"^[A-Za-z0-9._:-]{1,253}$", _("Enter the name of a server, without http:// or a path."))
ONE_LINE = RegexValidator(r"^[^\x00-\x1f\x7f]*$", _("Only one line, without control signs."))


class Security(models.TextChoices):
    TLS = "tls", _("encrypted (TLS)")
    STARTTLS = "starttls", _("encrypted after the greeting (STARTTLS)")
    PLAIN = "plain", _("not encrypted (only inside the own network)")


def today() -> Any:
    """The date in the house's zone."""
    return timezone.localdate()


class MailAccount(models.Model):
    """One mailbox: where its mails are read and how mails are sent in its name."""

    name = models.CharField(_("name"), max_length=80, unique=True)
    address = models.EmailField(_("e-mail address"), max_length=254)
    sender_name = models.CharField(_("sender's name"), max_length=120, blank=True, validators=[ONE_LINE])
    is_active = models.BooleanField(_("in use"), default=True)
    is_default = models.BooleanField(_("sends where no other account is named"), default=False)
    imap_host = models.CharField(_("IMAP server"), max_length=253, blank=True, validators=[HOST])
    imap_port = models.PositiveIntegerField(_("IMAP port"), default=993, validators=PORT)
    imap_security = models.CharField(
        _("IMAP connection"), max_length=10, choices=Security.choices, default=Security.TLS
    )
    username = models.CharField(_("account name"), max_length=254, blank=True, validators=[ONE_LINE])
    password_sealed = models.TextField(editable=False, blank=True)
    folder = models.CharField(_("folder"), max_length=200, default="INBOX", validators=[ONE_LINE])
    read_since = models.DateField(
        _("reads mails since"), default=today, help_text=_("Older mails in the folder are left alone.")
    )
    smtp_host = models.CharField(_("SMTP server"), max_length=253, blank=True, validators=[HOST])
    smtp_port = models.PositiveIntegerField(_("SMTP port"), default=465, validators=PORT)
    smtp_security = models.CharField(
        _("SMTP connection"), max_length=10, choices=Security.choices, default=Security.TLS
    )
    smtp_username = models.CharField(
        _("account name for sending"), max_length=254, blank=True, validators=[ONE_LINE],
        help_text=_("Empty: the same account name and password as for reading."),
    )  # fmt: skip
    smtp_password_sealed = models.TextField(editable=False, blank=True)
    ca_certificate = models.TextField(
        _("own certificate authority"), blank=True,
        help_text=_("In PEM form, for servers whose certificate no public authority signed."),
    )  # fmt: skip
    last_read_at = models.DateTimeField(_("last read"), null=True, blank=True, editable=False)
    last_error = models.TextField(editable=False, blank=True)  # an English msgid, translated when shown
    last_error_values = models.JSONField(default=dict, editable=False, blank=True)
    failures = models.PositiveIntegerField(default=0, editable=False)  # in a row
    next_read_at = models.DateTimeField(null=True, blank=True, editable=False)
    uid_validity = models.PositiveBigIntegerField(null=True, blank=True, editable=False)
    last_uid = models.PositiveBigIntegerField(default=0, editable=False)
    stuck_uid = models.PositiveBigIntegerField(default=0, editable=False)  # the mail whose fetching broke off
    stuck_times = models.PositiveSmallIntegerField(default=0, editable=False)

    class Meta:
        verbose_name = _("mail account")
        verbose_name_plural = _("mail accounts")
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["is_default"], condition=models.Q(is_default=True), name="one_default_mail_account"
            )
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """An account without a server does nothing."""
        if not self.imap_host and not self.smtp_host:
            raise ValidationError(_("Name a server to read from (IMAP), one to send through (SMTP), or both."))

    @property
    def password(self) -> str:
        """The password in clear; ``ConnectorFault`` when it cannot be read any more."""
        return unseal(self.password_sealed)

    @password.setter
    def password(self, text: str) -> None:
        self.password_sealed = seal(text)

    @property
    def smtp_login(self) -> tuple[str, str]:
        """Account name and password for sending; two empty texts when the server asks for none."""
        if self.smtp_username:
            return self.smtp_username, unseal(self.smtp_password_sealed)
        return self.username, self.password

    def keep_smtp_password(self, text: str) -> None:
        """The password for sending, where it is another one."""
        self.smtp_password_sealed = seal(text)

    @property
    def error_sentence(self) -> str:
        """What went wrong at the last reading, in the reader's language; empty when it went well."""
        return told(self.last_error, self.last_error_values)


class MailReceipt(models.Model):
    """One mail of a mailbox: proof that it was seen, where its untouched original lies, what became of it."""

    class State(models.TextChoices):
        RECEIVED = "received", _("Received")
        DELIVERED = "delivered", _("Delivered")
        REPEATED = "repeated", _("Came before")
        REFUSED = "refused", _("Refused")

    account = models.ForeignKey(
        MailAccount, verbose_name=_("mail account"), on_delete=models.PROTECT, related_name="receipts"
    )
    folder = models.CharField(_("folder"), max_length=200)
    uid_validity = models.PositiveBigIntegerField()
    uid = models.PositiveBigIntegerField(_("number in the folder"))
    message_id = models.CharField(_("Message-ID"), max_length=998, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    size = models.PositiveBigIntegerField(_("size in bytes"), default=0)
    subject = models.CharField(_("subject"), max_length=200, blank=True)
    sender = models.CharField(_("sender"), max_length=254, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.RECEIVED)
    reason = models.TextField(blank=True)  # an English msgid, translated when shown
    reason_values = models.JSONField(default=dict, blank=True)
    raw_file = models.FileField(_("original"), upload_to="mail/", max_length=200, blank=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    received_at = models.DateTimeField(_("received"), default=timezone.now)  # by the mail server's clock
    delivered_at = models.DateTimeField(_("delivered"), null=True, blank=True)
    is_marked = models.BooleanField(default=False)  # as read, in the mailbox

    class Meta:
        verbose_name = _("received mail")
        verbose_name_plural = _("received mails")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["account", "folder", "uid_validity", "uid"], name="one_receipt_a_mail"),
            models.CheckConstraint(
                condition=models.Q(state__in=["received", "delivered", "repeated", "refused"]),
                name="mail_receipt_state_known",
            ),
        ]
        indexes = [
            models.Index(fields=["account", "sha256"], name="mail_receipt_same"),
            models.Index(fields=["account", "state"], name="mail_receipt_waiting"),
        ]

    def __str__(self) -> str:
        return self.subject or self.message_id or str(self.uid)

    @property
    def reason_sentence(self) -> str:
        """Why it was refused, in the reader's language."""
        return told(self.reason, self.reason_values)


class OutgoingMail(models.Model):
    """One mail on its way out, with its fixed Message-ID, so that trying again never makes a second mail."""

    class State(models.TextChoices):
        QUEUED = "queued", _("Waiting")
        SENT = "sent", _("Sent")
        FAILED = "failed", _("Failed")

    account = models.ForeignKey(
        MailAccount, verbose_name=_("mail account"), on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("owner"), on_delete=models.SET_NULL, null=True, blank=True,
        related_name="+",
    )  # fmt: skip
    sender = models.CharField(_("sender"), max_length=400)
    to = models.JSONField(_("addressees"), default=list)
    cc = models.JSONField(_("copy to"), default=list, blank=True)
    subject = models.CharField(_("subject"), max_length=998, blank=True)
    text = models.TextField(_("text"), blank=True)
    html = models.TextField(blank=True)
    message_id = models.CharField(_("Message-ID"), max_length=250, unique=True)
    in_reply_to = models.CharField(max_length=998, blank=True)
    references = models.JSONField(default=list, blank=True)
    is_automatic = models.BooleanField(default=False)
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.QUEUED)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    next_try_at = models.DateTimeField(null=True, blank=True)
    error = models.TextField(blank=True)  # an English msgid, translated when shown
    error_values = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(_("written on"), default=timezone.now)
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)

    class Meta:
        verbose_name = _("outgoing mail")
        verbose_name_plural = _("outgoing mails")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=["queued", "sent", "failed"]), name="outgoing_mail_state_known"
            ),
        ]
        indexes = [models.Index(fields=["state", "next_try_at"], name="outgoing_mail_due")]

    def __str__(self) -> str:
        return self.subject

    @property
    def error_sentence(self) -> str:
        """What the last try failed of, or whom the server did not take, in the reader's language."""
        return told(self.error, self.error_values)


class OutgoingAttachment(models.Model):
    """A file that goes with an outgoing mail, kept as it was when the mail was written."""

    mail = models.ForeignKey(OutgoingMail, on_delete=models.CASCADE, related_name="attachments")
    name = models.CharField(_("name"), max_length=200)
    content_type = models.CharField(max_length=120)
    content = models.FileField(upload_to="mail-out/", max_length=200)
    size = models.PositiveBigIntegerField(_("size in bytes"))

    class Meta:
        verbose_name = _("attached file")
        verbose_name_plural = _("attached files")
        ordering = ["id"]

    def __str__(self) -> str:
        return self.name
