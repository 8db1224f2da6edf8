"""Mail accounts, and what came and went through them."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from salesops.connectors.faults import ConnectorFault
from salesops.connectors.mail.reading import deliver_again, try_connection
from salesops.connectors.mail.sending import send_again
from salesops.connectors.models import MailAccount, MailReceipt, OutgoingMail
from salesops.web.admin_listing import ReadOnlyAdmin

KEPT = _("Empty: the kept password stays. It is never shown.")


class MailAccountForm(forms.ModelForm[MailAccount]):
    """Passwords go in and never come out."""

    new_password = forms.CharField(
        label=_("password"), required=False, strip=False, help_text=KEPT,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )  # fmt: skip
    new_smtp_password = forms.CharField(
        label=_("password for sending"), required=False, strip=False, help_text=KEPT,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )  # fmt: skip

    class Meta:
        model = MailAccount
        fields = (
            "name", "address", "sender_name", "is_active", "is_default", "imap_host", "imap_port", "imap_security",
            "username", "new_password", "folder", "read_since", "smtp_host", "smtp_port", "smtp_security",
            "smtp_username", "new_smtp_password", "ca_certificate",
        )  # fmt: skip

    def save(self, commit: bool = True) -> MailAccount:
        """A password that was entered replaces the kept one; a change of the account ends its pause."""
        if self.cleaned_data["new_password"]:
            self.instance.password = self.cleaned_data["new_password"]
        if self.cleaned_data["new_smtp_password"]:
            self.instance.keep_smtp_password(self.cleaned_data["new_smtp_password"])
        self.instance.next_read_at, self.instance.failures = None, 0
        return super().save(commit)


@admin.register(MailAccount)
class MailAccountAdmin(admin.ModelAdmin[MailAccount]):
    form = MailAccountForm
    list_display = ("name", "address", "is_active", "is_default", "last_read_at", "trouble")
    actions = ("test_connection",)
    fieldsets = (
        (None, {"fields": ("name", "address", "sender_name", "is_active", "is_default")}),
        (
            _("Reading"),
            {"fields": ("imap_host", "imap_port", "imap_security", "username", "new_password", "folder", "read_since")},
        ),
        (
            _("Sending"),
            {"fields": ("smtp_host", "smtp_port", "smtp_security", "smtp_username", "new_smtp_password")},
        ),
        (_("Certificates"), {"fields": ("ca_certificate",), "classes": ("collapse",)}),
        (_("State"), {"fields": ("last_read_at", "trouble")}),
    )
    readonly_fields = ("last_read_at", "trouble")

    @admin.display(description=_("trouble"))
    def trouble(self, account: MailAccount) -> str:
        """What went wrong at the last reading."""
        return account.error_sentence

    @admin.action(description=_("Test the connection"))
    def test_connection(self, request: HttpRequest, accounts: Any) -> None:
        """Sign in at each mailbox and say how it went; nothing is read."""
        for account in accounts.exclude(imap_host="")[:5]:
            try:
                waiting = try_connection(account)
            except ConnectorFault as fault:
                self.message_user(request, f"{account}: {fault.sentence}", messages.ERROR)
            else:
                told = ngettext("%(count)s new mail waits.", "%(count)s new mails wait.", waiting) % {"count": waiting}
                self.message_user(request, f"{account}: {gettext('The connection works.')} {told}", messages.SUCCESS)


@admin.register(MailReceipt)
class MailReceiptAdmin(ReadOnlyAdmin):
    list_display = ("received_at", "account", "sender", "subject", "state", "why")
    list_filter = ("state", "account")
    list_select_related = ("account",)
    search_fields = ("=message_id", "^sender")
    search_help_text = _("A whole Message-ID, or how the sender's address begins")
    fields = (
        "account", "folder", "uid", "message_id", "sender", "subject", "size", "state", "why", "attempts",
        "received_at", "delivered_at",
    )  # fmt: skip
    readonly_fields = fields
    actions = ("deliver_once_more",)  # type: ignore[assignment]

    @admin.display(description=_("reason"))
    def why(self, receipt: MailReceipt) -> str:
        """Why it was refused."""
        return receipt.reason_sentence

    @admin.action(description=_("Deliver once more"))
    def deliver_once_more(self, request: HttpRequest, receipts: Any) -> None:
        """Refused mails, from their kept originals."""
        taken = sum(deliver_again(receipt) for receipt in receipts[:100])
        told = ngettext("%(count)s mail was delivered.", "%(count)s mails were delivered.", taken) % {"count": taken}
        self.message_user(request, told)


@admin.register(OutgoingMail)
class OutgoingMailAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "owner", "subject", "state", "attempts", "sent_at", "trouble")
    list_filter = ("state",)
    list_select_related = ("owner",)
    search_fields = ("=message_id",)
    search_help_text = _("A whole Message-ID")
    fields = (
        "account", "owner", "sender", "to", "cc", "subject", "message_id", "state", "attempts", "trouble", "created_at",
        "sent_at",
    )  # fmt: skip
    readonly_fields = fields
    actions = ("send_once_more",)  # type: ignore[assignment]

    @admin.display(description=_("trouble"))
    def trouble(self, mail: OutgoingMail) -> str:
        """What the last try failed of."""
        return mail.error_sentence

    @admin.action(description=_("Send once more"))
    def send_once_more(self, request: HttpRequest, mails: Any) -> None:
        """Failed mails, under their old Message-ID."""
        asked = sum(send_again(mail) for mail in mails[:100])
        told = ngettext("%(count)s mail is being sent.", "%(count)s mails are being sent.", asked) % {"count": asked}
        self.message_user(request, told)
