"""What stands between an order and its confirmation: review, verification, holds, approval rules."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from orders.models.order import Order


class ReviewCheck(models.Model):
    """One question of the review's checklist, answered for one order."""

    class Question(models.TextChoices):
        WHO = "who", _("Who orders")
        WHAT = "what", _("What is ordered")
        PRICE = "price", _("Price")
        DATE = "date", _("Delivery date")
        ADDRESS = "address", _("Delivery address")
        PAYMENT = "payment", _("Payment")
        INVOICE = "invoice", _("Invoice")

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="review_checks")
    question = models.CharField(max_length=8, choices=Question.choices)
    is_right = models.BooleanField(default=True)
    note = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["order", "question"], name="one_answer_a_question")]


class Verification(models.Model):
    """The second pair of eyes on an entered order: passed, bounced, or passed without looking (not drawn)."""

    class Outcome(models.TextChoices):
        PASSED = "passed", _("Passed")
        BOUNCED = "bounced", _("Sent back")
        NOT_DRAWN = "not_drawn", _("Passed, not in the sample")

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="verifications")
    outcome = models.CharField(max_length=10, choices=Outcome.choices)
    revision = models.PositiveIntegerField(default=0)  # the snapshot that was looked at
    reason = models.CharField(max_length=20)  # threshold, sample, not_drawn
    note = models.CharField(max_length=500, blank=True)
    compared = models.JSONField(default=dict, blank=True)  # groups that were compared, evidence they were compared with
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["-id"]


class Hold(models.Model):
    """Something that must be solved before the order goes on; not a state, so the order keeps its place."""

    class Kind(models.TextChoices):
        CREDIT = "credit", _("Credit")
        PRICE = "price", _("Price")
        CUSTOMER = "customer", _("Customer")
        QUALITY = "quality", _("Quality")
        DOCUMENT = "document", _("Documents")

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="holds")
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    reason = models.CharField(_("reason"), max_length=300)
    placed_at = models.DateTimeField(_("placed"), default=timezone.now)
    placed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    released_at = models.DateTimeField(_("released"), null=True, blank=True)
    released_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    release_note = models.CharField(_("note"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("hold")
        verbose_name_plural = _("holds")
        ordering = ["id"]
        indexes = [
            models.Index(fields=["order"], condition=models.Q(released_at__isnull=True), name="open_holds"),
        ]


class ApprovalRule(models.Model):
    """When an order needs somebody with more authority; data, edited by administrators, versioned."""

    class Kind(models.TextChoices):
        BELOW_FLOOR = "below_floor", _("Price below the floor price")
        DISCOUNT = "discount", _("Discount over the clerk's authority")
        MARGIN = "margin", _("Margin too small")
        CREDIT = "credit", _("Credit limit exceeded")
        OVERDUE = "overdue", _("Customer has overdue orders")
        NEW_CUSTOMER = "new_customer", _("First order of a customer")
        DUPLICATE_PO = "duplicate_po", _("Customer PO used before")
        QUANTITY = "quantity", _("Unusual quantity")
        TOTAL = "total", _("Large order")

    kind = models.CharField(_("kind"), max_length=14, choices=Kind.choices)
    name = models.CharField(_("name"), max_length=80, blank=True)  # blank: the kind's own word
    threshold = models.DecimalField(_("threshold"), max_digits=18, decimal_places=4, null=True, blank=True)
    is_active = models.BooleanField(_("active"), default=False)
    version = models.PositiveIntegerField(_("version"), default=1)
    changed_at = models.DateTimeField(_("changed"), default=timezone.now)
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", editable=False
    )

    class Meta:
        verbose_name = _("approval rule")
        verbose_name_plural = _("approval rules")
        ordering = ["kind", "id"]

    def __str__(self) -> str:
        return self.name or str(self.Kind(self.kind).label)


class ApprovalRuleVersion(models.Model):
    """A rule as it was from a moment on, with the effect on last month's orders that was shown before it took hold."""

    rule = models.ForeignKey(ApprovalRule, on_delete=models.CASCADE, related_name="versions")
    version = models.PositiveIntegerField()
    content = models.JSONField()
    effect = models.JSONField(default=dict)
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        ordering = ["-version"]
        constraints = [models.UniqueConstraint(fields=["rule", "version"], name="one_content_a_rule_version")]


class Approval(models.Model):
    """One rule that fired on one order, and what became of it."""

    class State(models.TextChoices):
        OPEN = "open", _("Waiting")
        GRANTED = "granted", _("Approved")
        REFUSED = "refused", _("Sent back")
        VOID = "void", _("No longer valid")

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="approvals")
    rule = models.ForeignKey(ApprovalRule, on_delete=models.PROTECT, related_name="+")
    rule_version = models.PositiveIntegerField()
    finding = models.JSONField(default=dict)  # what fired: rows, values, limits; shown to the approver
    inputs_hash = models.CharField(max_length=64)  # of every value the rule read; another value voids the approval
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    asked_at = models.DateTimeField(default=timezone.now)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    reason = models.CharField(max_length=500, blank=True)

    class Meta:
        verbose_name = _("approval")
        verbose_name_plural = _("approvals")
        ordering = ["id"]
        indexes = [models.Index(fields=["state", "asked_at"], name="approvals_by_state")]


class DeadlineRule(models.Model):
    """How long an order may take from received to confirmed: base + minutes per line, on the working clock."""

    channel = models.CharField(_("channel"), max_length=10, blank=True, choices=Order.Channel.choices)  # blank: any
    level = models.CharField(_("customer level"), max_length=1, blank=True)  # blank: any
    base_minutes = models.PositiveIntegerField(_("base (working minutes)"), default=30)
    minutes_per_line = models.DecimalField(_("per line (working minutes)"), max_digits=6, decimal_places=2, default=1)
    urgent_minutes = models.PositiveIntegerField(_("urgent orders (working minutes)"), default=15)

    class Meta:
        verbose_name = _("deadline rule")
        verbose_name_plural = _("deadline rules")
        ordering = ["channel", "level"]
        constraints = [models.UniqueConstraint(fields=["channel", "level"], name="one_deadline_a_case")]

    def __str__(self) -> str:
        case = [self.get_channel_display() if self.channel else "", self.level]
        return " · ".join(part for part in case if part) or gettext("Any other case")


class DeskRule(models.Model):
    """The desk's own numbers; one row, made by the migration."""

    four_eyes_total = models.DecimalField(
        _("verify every order from this total on (house currency)"), max_digits=18, decimal_places=2, default=50000
    )
    sample_percent = models.PositiveSmallIntegerField(_("verify this share of smaller orders (%)"), default=10)
    self_review_total = models.DecimalField(
        _("clerks may review their own orders below this total"), max_digits=18, decimal_places=2, default=20000
    )
    completed_after_days = models.PositiveSmallIntegerField(_("shipped counts as signed after (days)"), default=14)
    closed_after_days = models.PositiveSmallIntegerField(
        _("completed, invoiced and paid orders close after (days for returns)"), default=15
    )
    detector_days = models.PositiveSmallIntegerField(_("corrections by others count for (working days)"), default=10)
    credit_counts_confirmed = models.BooleanField(_("confirmed orders that are not shipped use credit"), default=True)

    class Meta:
        verbose_name = _("rule of the desk")
        verbose_name_plural = _("rules of the desk")

    def __str__(self) -> str:
        return gettext("Thresholds, samples and days")
