"""What changes after an order was confirmed: amendments, short-closes, returns."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from orders.models.order import Order, OrderLine
from salesops.spreadsheets.models import ImportBatch


class Amendment(models.Model):
    """A versioned change of a confirmed order, row by row, with its cause."""

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        SUBMITTED = "submitted", _("Submitted")
        APPROVED = "approved", _("Approved")
        REJECTED = "rejected", pgettext_lazy("amendment", "Rejected")
        APPLIED = "applied", _("Applied")
        CUSTOMER_CONFIRMED = "customer_confirmed", _("Confirmed by the customer")
        VOID = "void", _("No longer valid")  # its order ended first

    IN_HAND = (State.DRAFT, State.SUBMITTED, State.APPROVED)

    class Cause(models.TextChoices):
        CUSTOMER_CHANGE = "customer_change", _("The customer changed it")
        OUR_ERROR = "our_error", _("Our error")
        SUPPLY = "supply", _("Supply")
        PRICE_POLICY = "price_policy", _("Price policy")

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="amendments")
    revision = models.PositiveIntegerField(_("revision"))
    state = models.CharField(_("state"), max_length=20, choices=State.choices, default=State.DRAFT)
    cause = models.CharField(_("cause"), max_length=16, choices=Cause.choices)
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    caught_stage = models.CharField(max_length=14, blank=True)  # where our own error was noticed
    total_before = models.DecimalField(max_digits=18, decimal_places=2, default=0)
    total_after = models.DecimalField(max_digits=18, decimal_places=2, default=0)
    asked_at = models.DateTimeField(default=timezone.now)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    written_by = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="+")  # all who ever saved its draft
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    decision_note = models.CharField(max_length=500, blank=True)
    applied_at = models.DateTimeField(null=True, blank=True)
    link_hash = models.CharField(max_length=64, blank=True, db_index=True)  # of the customer's one-click link
    customer_confirmed_at = models.DateTimeField(null=True, blank=True)
    customer_confirmed_as = models.CharField(max_length=120, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        verbose_name = _("amendment")
        verbose_name_plural = _("amendments")
        ordering = ["revision"]
        constraints = [models.UniqueConstraint(fields=["order", "revision"], name="one_amendment_a_revision")]


class AmendmentRow(models.Model):
    """One field that changes: of the header (no line), of a line, or a line that comes or goes."""

    amendment = models.ForeignKey(Amendment, on_delete=models.CASCADE, related_name="rows")
    line = models.ForeignKey(OrderLine, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    position = models.PositiveIntegerField(default=0)  # the row of the order; 0 for the header
    field = models.CharField(max_length=40)  # a field name, or "line_added", "line_removed"
    old = models.JSONField(null=True)
    new = models.JSONField(null=True)
    reason = models.CharField(max_length=300, blank=True)  # why it is right, where somebody was asked about it

    class Meta:
        ordering = ["position", "id"]


class ShortClose(models.Model):
    """A quantity that will not be shipped any more, with the reason; not a cancellation."""

    line = models.ForeignKey(OrderLine, on_delete=models.CASCADE, related_name="short_closes")
    quantity = models.DecimalField(_("quantity"), max_digits=16, decimal_places=4)
    reason = models.CharField(_("reason"), max_length=200)
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(quantity__gt=0), name="short_close_positive")]


class OrderReturn(models.Model):
    """Goods of an order that come back."""

    class State(models.TextChoices):
        REQUESTED = "requested", _("Requested")
        AUTHORISED = "authorised", _("Authorised")
        REFUSED = "refused", _("Refused")
        IN_TRANSIT = "in_transit", _("On its way back")
        RECEIVED = "received", _("Received")
        INSPECTED = "inspected", _("Inspected")
        RESOLVED = "resolved", _("Resolved")
        CLOSED = "closed", _("Closed")
        NOTED = "noted", _("Noted in the source")  # imported history tells no more

    class Cause(models.TextChoices):
        OUR_ENTRY = "our_entry", _("We entered it wrong")
        OUR_SHIPMENT = "our_shipment", _("We shipped it wrong")
        QUALITY = "quality", _("Quality")
        TRANSPORT = "transport", _("Transport")
        CUSTOMER = "customer", _("Customer's reason")
        UNKNOWN = "unknown", _("Not stated")

    class Resolution(models.TextChoices):
        REFUND = "refund", _("Refund")
        REPLACE = "replace", _("Replacement")
        REPAIR = "repair", _("Repair")
        CREDIT = "credit", _("Allowance")

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="returns")
    number = models.CharField(_("return number"), max_length=40, null=True, blank=True, unique=True)
    state = models.CharField(_("state"), max_length=12, choices=State.choices, default=State.NOTED)
    cause = models.CharField(_("cause"), max_length=14, choices=Cause.choices, default=Cause.UNKNOWN)
    resolution = models.CharField(_("resolution"), max_length=8, choices=Resolution.choices, blank=True)
    replacement = models.ForeignKey(Order, on_delete=models.SET_NULL, null=True, blank=True, related_name="replaces")
    red_invoice = models.CharField(_("red invoice"), max_length=40, blank=True)
    freight_by_us = models.BooleanField(_("we pay the freight"), default=False)
    source_number = models.CharField(_("number in the source"), max_length=80, blank=True)
    is_certain = models.BooleanField(_("certain"), default=True)  # False: several orders share the returned number
    note = models.CharField(_("note"), max_length=200, blank=True)
    batch = models.ForeignKey(ImportBatch, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    noted_at = models.DateTimeField(_("noted"), default=timezone.now)
    noted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    received_at = models.DateTimeField(_("received"), null=True, blank=True)
    resolved_at = models.DateTimeField(_("resolved"), null=True, blank=True)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        verbose_name = _("return")
        verbose_name_plural = _("returns")
        ordering = ["-id"]


class ReturnLine(models.Model):
    """How much of one row comes back, and what inspection found."""

    order_return = models.ForeignKey(OrderReturn, on_delete=models.CASCADE, related_name="lines")
    line = models.ForeignKey(OrderLine, on_delete=models.PROTECT, related_name="return_lines")
    quantity = models.DecimalField(_("quantity"), max_digits=16, decimal_places=4)
    accepted = models.DecimalField(_("accepted"), max_digits=16, decimal_places=4, null=True, blank=True)
    refused = models.DecimalField(_("not accepted"), max_digits=16, decimal_places=4, null=True, blank=True)
    field = models.CharField(_("field that was wrong"), max_length=40, blank=True)  # for causes of our own
    right_value = models.CharField(_("what would have been right"), max_length=200, blank=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(quantity__gt=0), name="return_quantity_positive")]
