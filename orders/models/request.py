"""What customers ask for, as it came in: requests, their evidence, and the mails that go to and fro."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from customers.models import Customer
from orders.models.order import Order
from staff.models import Team
from staff.roles import Permission

if TYPE_CHECKING:
    from staff.models import User


class RequestQuerySet(models.QuerySet["Request"]):
    def visible_to(self, user: User) -> RequestQuerySet:
        """All; or the own team's and those nobody's team has yet; or those of the own customers; or none."""
        if user.may(Permission.SEE_ALL_CUSTOMERS):
            return self
        if user.may(Permission.SEE_TEAM_CUSTOMERS):
            return self.filter(models.Q(team_id=user.team_id) | models.Q(team__isnull=True))
        if user.may(Permission.SEE_OWN_CUSTOMERS):
            return self.filter(customer__salesperson=user)
        return self.none()

    def waiting(self) -> RequestQuerySet:
        """Requests nobody has made an order of, refused or filed yet."""
        return self.filter(state=Request.State.WAITING)


class Request(models.Model):
    """One thing a customer asked for, before and beside the order it becomes."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        TAKEN = "taken", _("Became an order")
        FILED = "filed", _("Filed with an order")
        REFUSED = "refused", _("Refused")
        NO_ORDER = "no_order", _("No order in it")

    number = models.CharField(_("request number"), max_length=40, unique=True)  # RQ-20261123-0001
    channel = models.CharField(_("channel"), max_length=10, choices=Order.Channel.choices)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.WAITING)
    customer = models.ForeignKey(
        Customer, verbose_name=_("customer"), on_delete=models.PROTECT, null=True, blank=True, related_name="requests"
    )
    team = models.ForeignKey(
        Team, verbose_name=_("team"), on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("clerk"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    order = models.ForeignKey(
        Order, verbose_name=_("order"), on_delete=models.PROTECT, null=True, blank=True, related_name="requests"
    )
    sender_name = models.CharField(_("sender"), max_length=120, blank=True)
    sender_address = models.CharField(_("sender's address"), max_length=254, blank=True)  # mail address or phone
    subject = models.CharField(_("subject"), max_length=300, blank=True)
    body = models.TextField(_("text"), blank=True)
    message_id = models.CharField(max_length=255, blank=True, db_index=True)
    thread = models.CharField(max_length=255, blank=True, db_index=True)  # Message-ID of the first mail of the thread
    sent_at = models.DateTimeField(_("sent by the customer"), null=True, blank=True)
    received_at = models.DateTimeField(_("received"), default=timezone.now)
    due_at = models.DateTimeField(_("due"), null=True, blank=True)
    is_urgent = models.BooleanField(_("urgent"), default=False)
    end_reason = models.CharField(_("reason"), max_length=200, blank=True)  # refused, no order
    form_token = models.UUIDField(null=True, blank=True, unique=True)
    version = models.PositiveIntegerField(default=1)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )

    objects: ClassVar[models.Manager[Request]] = RequestQuerySet.as_manager()

    class Meta:
        verbose_name = _("request")
        verbose_name_plural = _("requests")
        ordering = ["-received_at", "-id"]
        indexes = [
            models.Index(fields=["state", "-received_at", "-id"], name="request_by_state"),
            models.Index(fields=["team", "-received_at", "-id"], name="request_of_team"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=["waiting", "taken", "filed", "refused", "no_order"]),
                name="request_state_known",
            ),
            models.CheckConstraint(
                condition=~models.Q(state__in=["taken", "filed"]) | models.Q(order__isnull=False),
                name="taken_has_order",
            ),
        ]

    def __str__(self) -> str:
        return self.number


class Evidence(models.Model):
    """A file or a note exactly as it came, with its hash; never changed, never deleted with its request."""

    class Kind(models.TextChoices):
        MAIL = "mail", _("Mail")
        SHEET = "sheet", _("Sheet")
        PICTURE = "picture", _("Picture")
        PDF = "pdf", _("PDF")
        NOTE = "note", _("Call note")
        PASTE = "paste", _("Pasted text")
        PAPER = "paper", _("Document of ours")  # as it was sent to the customer
        OTHER = "other", _("Other file")

    request = models.ForeignKey(Request, on_delete=models.PROTECT, null=True, blank=True, related_name="evidence")
    order = models.ForeignKey(Order, on_delete=models.PROTECT, null=True, blank=True, related_name="evidence")
    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices)
    file = models.FileField(upload_to="evidence/", blank=True)
    file_name = models.CharField(_("file"), max_length=255, blank=True)
    content_type = models.CharField(max_length=120, blank=True)
    size = models.PositiveBigIntegerField(default=0)
    sha256 = models.CharField(max_length=64, db_index=True)
    text = models.TextField(blank=True)  # the note itself, the pasted rows, or the readable text of a mail
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = _("evidence")
        verbose_name_plural = _("evidence")
        ordering = ["id"]

    def __str__(self) -> str:
        return self.file_name or str(self.Kind(self.kind).label)


class ThreadMessage(models.Model):
    """A mail of an order's thread: what the customer wrote, and what we answered or asked."""

    class Direction(models.TextChoices):
        INCOMING = "in", _("From the customer")
        OUTGOING = "out", _("To the customer")

    class State(models.TextChoices):
        RECEIVED = "received", _("Received")
        QUEUED = "queued", _("Waiting to be sent")
        SENT = "sent", _("Sent")
        FAILED = "failed", _("Not sent")

    order = models.ForeignKey(Order, on_delete=models.CASCADE, null=True, blank=True, related_name="thread_messages")
    request = models.ForeignKey(Request, on_delete=models.CASCADE, null=True, blank=True, related_name="messages")
    direction = models.CharField(max_length=3, choices=Direction.choices)
    state = models.CharField(max_length=10, choices=State.choices)
    purpose = models.CharField(
        max_length=20, blank=True
    )  # clarification, confirmation, amendment, delivery_note, return_note, rejection, reply
    sender = models.CharField(_("from"), max_length=254, blank=True)
    recipients = models.CharField(_("to"), max_length=1000, blank=True)
    subject = models.CharField(_("subject"), max_length=300, blank=True)
    body = models.TextField(_("text"), blank=True)
    message_id = models.CharField(max_length=255, blank=True, db_index=True)
    outgoing_id = models.PositiveBigIntegerField(null=True, blank=True)  # the row of the outbox that carries it
    evidence = models.ForeignKey(Evidence, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    form_token = models.UUIDField(null=True, blank=True, unique=True)  # one form sent twice is one mail
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = _("mail of an order")
        verbose_name_plural = _("mails of orders")
        ordering = ["at", "id"]
        indexes = [models.Index(fields=["order", "at", "id"], name="thread_of_order")]


class Clarification(models.Model):
    """A question to the customer; the clock stands still while it is open."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="clarifications")
    question = models.TextField(max_length=2000)
    message = models.ForeignKey(ThreadMessage, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    asked_at = models.DateTimeField(default=timezone.now)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    answered_at = models.DateTimeField(null=True, blank=True)
    answer = models.TextField(max_length=4000, blank=True)  # blank with a moment: its order ended first

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["order"], condition=models.Q(answered_at__isnull=True), name="one_open_question_an_order"
            )
        ]


class EntryDraft(models.Model):
    """What somebody has typed and not submitted: the journal of the entry page, kept on the server."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    form_token = models.UUIDField(unique=True)
    order = models.ForeignKey(Order, on_delete=models.CASCADE, null=True, blank=True, related_name="drafts")
    request = models.ForeignKey(Request, on_delete=models.CASCADE, null=True, blank=True, related_name="drafts")
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    content = models.JSONField(default=dict)  # header, rows, and where each value came from
    sequence = models.PositiveIntegerField(default=0)  # of the last change; an older one never overwrites a newer
    based_on = models.PositiveIntegerField(default=0)  # the order's version it was opened on
    updated_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-updated_at"]
        indexes = [models.Index(fields=["owner", "-updated_at"], name="draft_of_owner")]
