"""Questions to the warehouse, and shipments."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from orders.models.order import Order, OrderLine
from orders.models.request import Evidence


class StockQuestion(models.Model):
    """«Can you ship 40 of these by Friday?», with the warehouse's answer, timed and attributed."""

    class Answer(models.TextChoices):
        ALL = "all", _("All can be shipped")
        PART = "part", _("A part can be shipped")
        LATER = "later", _("Later")
        NONE = "none", _("Nothing can be shipped")
        ENDED = "ended", _("No longer asked")  # its order ended first

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="stock_questions")
    text = models.CharField(_("question"), max_length=500, blank=True)
    wanted_on = models.DateField(_("wanted on"), null=True, blank=True)
    asked_at = models.DateTimeField(default=timezone.now)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    answer = models.CharField(_("answer"), max_length=6, choices=Answer.choices, blank=True)
    answer_note = models.CharField(_("note"), max_length=500, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    waived_reason = models.CharField(max_length=200, blank=True)  # released without an answer, and why

    class Meta:
        verbose_name = _("stock question")
        verbose_name_plural = _("stock questions")
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["asked_at"], condition=models.Q(answered_at__isnull=True), name="open_stock_questions")
        ]

    @property
    def is_open(self) -> bool:
        """Whether an answer is still wanted."""
        return not self.answer and not self.waived_reason


class StockQuestionLine(models.Model):
    """How much of a row is asked for, and what the warehouse can do."""

    question = models.ForeignKey(StockQuestion, on_delete=models.CASCADE, related_name="lines")
    line = models.ForeignKey(OrderLine, on_delete=models.CASCADE, related_name="+")
    quantity = models.DecimalField(_("asked"), max_digits=16, decimal_places=4)
    available = models.DecimalField(_("available"), max_digits=16, decimal_places=4, null=True, blank=True)
    available_on = models.DateField(_("rest on"), null=True, blank=True)


class Shipment(models.Model):
    """Goods of one order that leave together."""

    class State(models.TextChoices):
        REQUESTED = "requested", _("Requested")
        ACCEPTED = "accepted", _("Accepted")
        SHORT = "short", _("Short")
        PICKED = "picked", _("Picked")
        PACKED = "packed", _("Packed")
        SHIPPED = "shipped", _("Shipped")
        DELIVERED = "delivered", _("Delivered")
        SIGNED = "signed", _("Signed for")
        CANCELLED = "cancelled", _("Cancelled")

    class Trouble(models.TextChoices):
        NONE = "", _("None")
        LOST = "lost", _("Lost")
        DAMAGED = "damaged", _("Damaged")
        REFUSED = "refused", _("Refused by the receiver")
        LATE = "late", _("Late")
        MISSING = "missing", _("Less arrived than is written")

    number = models.CharField(_("shipment number"), max_length=40, unique=True)  # SH-20261123-0001
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="shipments")
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.REQUESTED)
    trouble = models.CharField(_("exception"), max_length=8, choices=Trouble.choices, blank=True, default="")
    trouble_note = models.CharField(max_length=500, blank=True)
    carrier = models.CharField(_("carrier"), max_length=80, blank=True)
    tracking_numbers = models.CharField(_("tracking numbers"), max_length=300, blank=True)
    packages = models.PositiveIntegerField(_("packages"), null=True, blank=True)
    weight = models.DecimalField(_("weight (kg)"), max_digits=12, decimal_places=3, null=True, blank=True)
    freight = models.DecimalField(_("freight"), max_digits=12, decimal_places=2, null=True, blank=True)
    note = models.CharField(_("note"), max_length=500, blank=True)
    address_changed_at = models.DateTimeField(null=True, blank=True)  # by an amendment after it was asked for
    address_seen_at = models.DateTimeField(null=True, blank=True)
    address_seen_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    requested_at = models.DateTimeField(_("requested"), default=timezone.now)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    accepted_at = models.DateTimeField(null=True, blank=True)
    picked_at = models.DateTimeField(null=True, blank=True)
    packed_at = models.DateTimeField(null=True, blank=True)
    shipped_at = models.DateTimeField(_("shipped"), null=True, blank=True)
    shipped_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    delivered_at = models.DateTimeField(_("delivered"), null=True, blank=True)
    signed_at = models.DateTimeField(_("signed for"), null=True, blank=True)
    signed_by_name = models.CharField(_("signed by"), max_length=80, blank=True)
    proof = models.ForeignKey(Evidence, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    version = models.PositiveIntegerField(default=1)

    class Meta:
        verbose_name = _("shipment")
        verbose_name_plural = _("shipments")
        ordering = ["id"]
        indexes = [models.Index(fields=["state", "requested_at"], name="shipments_by_state")]

    def __str__(self) -> str:
        return self.number


class ShipmentLine(models.Model):
    """How much of a row goes with a shipment; what of it turned out to be missing is not shipped any more."""

    shipment = models.ForeignKey(Shipment, on_delete=models.CASCADE, related_name="lines")
    line = models.ForeignKey(OrderLine, on_delete=models.PROTECT, related_name="shipment_lines")
    quantity = models.DecimalField(_("quantity"), max_digits=16, decimal_places=4)
    missing_quantity = models.DecimalField(_("missing"), max_digits=16, decimal_places=4, default=0)

    class Meta:
        ordering = ["line__position"]
        constraints = [
            models.UniqueConstraint(fields=["shipment", "line"], name="one_row_a_shipment"),
            models.CheckConstraint(condition=models.Q(quantity__gt=0), name="shipped_quantity_positive"),
            models.CheckConstraint(
                condition=models.Q(missing_quantity__gte=0, missing_quantity__lte=models.F("quantity")),
                name="missing_of_what_was_shipped",
            ),
        ]


class CaseStub(models.Model):
    """Something a customer must be served for; becomes a case when the service desk exists."""

    class Kind(models.TextChoices):
        LOST = "lost", _("Lost")
        DAMAGED = "damaged", _("Damaged")
        REFUSED = "refused", _("Refused by the receiver")
        LATE = "late", _("Late")
        MISSING = "missing", _("Less arrived than is written")
        OTHER = "other", _("Other")

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="case_stubs")
    shipment = models.ForeignKey(Shipment, on_delete=models.CASCADE, null=True, blank=True, related_name="case_stubs")
    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices)
    note = models.CharField(_("note"), max_length=500, blank=True)
    opened_at = models.DateTimeField(default=timezone.now)
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    outcome = models.CharField(_("outcome"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("case stub")
        verbose_name_plural = _("case stubs")
        ordering = ["-id"]
