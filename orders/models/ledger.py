"""The error ledger: every error made on the way of an order, where it was made and where it was caught."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from customers.models import Customer
from orders.models.changes import Amendment, OrderReturn
from orders.models.order import Order, OrderLine
from staff.models import Team
from staff.roles import Permission

if TYPE_CHECKING:
    from staff.models import User


HAS_COST = models.Q(cost__isnull=False) | models.Q(cost_minutes__isnull=False)
"""Somebody wrote down what it cost, in money or in minutes."""


class ErrorQuerySet(models.QuerySet["ErrorEvent"]):
    def visible_to(self, user: User) -> ErrorQuerySet:
        """All; or the team's; or, for everybody, what they made or caught themselves."""
        if user.may(Permission.SEE_ALL_CUSTOMERS):
            return self
        own = models.Q(made_by=user) | models.Q(caught_by=user)
        if user.may(Permission.SEE_TEAM_CUSTOMERS):
            return self.filter(own | models.Q(team_id=user.team_id))
        return self.filter(own)

    def counted(self) -> ErrorQuerySet:
        """Errors the figures count: no near misses, none that a ruling withdrew."""
        return self.filter(is_near_miss=False).exclude(dispute=ErrorEvent.Dispute.WITHDRAWN)


class ErrorEvent(models.Model):
    """One wrong value of one field: what it was, what is right, who made it at which stage, who caught it where."""

    class Type(models.TextChoices):
        OMISSION = "omission", _("Left out")
        TRANSPOSITION = "transposition", _("Figures changed places")
        WRONG_ITEM = "wrong_item", _("Wrong product")
        WRONG_QUANTITY = "wrong_quantity", _("Wrong quantity")
        UNIT = "unit", _("Wrong unit")
        PRICE = "price", _("Wrong price")
        TAX = "tax", _("Wrong tax")
        ADDRESS = "address", _("Wrong address")
        INVOICE_PROFILE = "invoice_profile", _("Wrong invoice profile")
        DATE = "date", _("Wrong date")
        DUPLICATE = "duplicate", _("Entered twice")
        WRONG_CUSTOMER = "wrong_customer", _("Wrong customer")
        OTHER = "other", _("Other")

    class Stage(models.TextChoices):
        INTAKE = "intake", _("Intake")
        REVIEW = "review", _("Review")
        ENTRY = "entry", _("Entry")
        VERIFICATION = "verification", _("Verification")
        APPROVAL = "approval", _("Approval")
        WAREHOUSE = "warehouse", _("Warehouse")
        FINANCE = "finance", _("Finance")
        CARRIER = "carrier", _("Carrier")
        CUSTOMER = "customer", _("Customer")
        AUDIT = "audit", _("Sampling audit")
        SELF = "self", _("The person themselves")
        COLLEAGUE = "colleague", _("A colleague")
        RECORD = "record", _("Customer record")

    class Severity(models.TextChoices):
        S1 = "S1", _("S1: reached the customer at a cost")
        S2 = "S2", _("S2: reached the customer or the warehouse")
        S3 = "S3", _("S3: caught inside the office")
        S4 = "S4", _("S4: of no consequence")

    class Cause(models.TextChoices):
        SOURCE_UNCLEAR = "source_unclear", _("The source was unclear")
        MASTER_DATA = "master_data", _("The customer or product record was wrong")
        DEFAULT = "default", _("The system filled it in wrong")
        FATIGUE = "fatigue", _("Haste or fatigue")
        SOP_UNKNOWN = "sop_unknown", _("The SOP was not known")
        UNKNOWN = "unknown", _("Not known yet")

    class Origin(models.TextChoices):
        VERIFICATION = "verification", _("Sent back by the verifier")
        AMENDMENT = "amendment", _("Amendment for our error")
        WAREHOUSE = "warehouse", _("Sent back by the warehouse")
        RETURN = "return", _("Return")
        INVOICE = "invoice", _("Invoice sent back by the customer")
        AUDIT = "audit", _("Sampling audit")
        DETECTOR = "detector", _("Corrected by somebody else")
        BY_HAND = "by_hand", _("Entered by hand")

    class Dispute(models.TextChoices):
        NONE = "none", _("Not disputed")
        OPEN = "open", _("Disputed")
        UPHELD = "upheld", _("Upheld")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    CAUGHT_STAGES = (
        Stage.SELF, Stage.COLLEAGUE, Stage.WAREHOUSE, Stage.FINANCE, Stage.CARRIER, Stage.CUSTOMER, Stage.AUDIT,
    )  # fmt: skip
    """Where an error of a confirmed order can have been noticed."""

    number = models.CharField(_("error number"), max_length=40, unique=True)  # ER-20261123-0001
    order = models.ForeignKey(Order, on_delete=models.PROTECT, null=True, blank=True, related_name="errors")
    line = models.ForeignKey(OrderLine, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    line_position = models.PositiveIntegerField(null=True, blank=True)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    team = models.ForeignKey(Team, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    amendment = models.ForeignKey(Amendment, on_delete=models.SET_NULL, null=True, blank=True, related_name="errors")
    order_return = models.ForeignKey(
        OrderReturn, on_delete=models.SET_NULL, null=True, blank=True, related_name="errors"
    )
    invoice_number = models.CharField(_("invoice number"), max_length=40, blank=True)  # the one that came back
    origin = models.CharField(_("origin"), max_length=14, choices=Origin.choices)
    field = models.CharField(_("field"), max_length=40)
    wrong_value = models.CharField(_("wrong"), max_length=300, blank=True)
    right_value = models.CharField(_("right"), max_length=300, blank=True)
    type = models.CharField(_("type"), max_length=16, choices=Type.choices)
    made_stage = models.CharField(_("made at"), max_length=14, choices=Stage.choices)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("made by"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="errors_made",
    )
    made_at = models.DateTimeField(_("made"), null=True, blank=True)
    caught_stage = models.CharField(_("caught at"), max_length=14, choices=Stage.choices)
    caught_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("caught by"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="errors_caught",
    )
    caught_at = models.DateTimeField(_("caught"), default=timezone.now)
    severity = models.CharField(_("severity"), max_length=2, choices=Severity.choices, default=Severity.S3)
    is_customer_visible = models.BooleanField(_("the customer saw it"), default=False)
    is_near_miss = models.BooleanField(_("near miss"), default=False)  # shown, not scored
    cost = models.DecimalField(_("cost"), max_digits=14, decimal_places=2, null=True, blank=True)
    cost_minutes = models.PositiveIntegerField(_("minutes it took"), null=True, blank=True)
    cause = models.CharField(_("root cause"), max_length=16, choices=Cause.choices, default=Cause.UNKNOWN)
    prevention = models.CharField(_("prevention"), max_length=300, blank=True)
    dispute = models.CharField(_("dispute"), max_length=10, choices=Dispute.choices, default=Dispute.NONE)
    dispute_reason = models.CharField(max_length=500, blank=True)
    disputed_at = models.DateTimeField(null=True, blank=True)
    ruling = models.CharField(max_length=500, blank=True)
    ruled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    ruled_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    objects: ClassVar[models.Manager[ErrorEvent]] = ErrorQuerySet.as_manager()

    class Meta:
        verbose_name = _("error")
        verbose_name_plural = _("errors")
        ordering = ["-caught_at", "-id"]
        indexes = [
            models.Index(fields=["-caught_at", "-id"], name="errors_by_time"),
            models.Index(fields=["made_by", "-caught_at"], name="errors_by_person"),
            models.Index(fields=["team", "-caught_at"], name="errors_of_team"),
        ]
        constraints = [
            # One event for one wrong value: the detector and the bounce must not count it twice.
            models.UniqueConstraint(
                fields=["order", "field", "line_position", "wrong_value", "right_value", "origin"],
                name="one_event_a_wrong_value",
            )
        ]

    def __str__(self) -> str:
        return self.number


class ErrorEntry(models.Model):
    """The diary of an error: recorded, judged, disputed, ruled on."""

    error = models.ForeignKey(ErrorEvent, on_delete=models.CASCADE, related_name="entries")
    kind = models.CharField(max_length=12)  # recorded, changed, disputed, ruled
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    before = models.JSONField(default=dict, blank=True)
    after = models.JSONField(default=dict, blank=True)
    note = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["id"]
