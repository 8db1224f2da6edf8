"""What was ticked of an SOP's step at a deed, and what was not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from orders.models.order import Order

if TYPE_CHECKING:
    from staff.models import User


class SopCheckQuerySet(models.QuerySet["SopCheck"]):
    def visible_to(self, user: User) -> SopCheckQuerySet:
        """Checks of the orders this person sees."""
        return self.filter(order__in=Order.objects.visible_to(user))

    def deviations(self) -> SopCheckQuerySet:
        """Those that left a point out."""
        return self.filter(missed_count__gt=0)


class SopCheck(models.Model):
    """The checklist of one deed on one order, against the version of the SOP that was in force."""

    class Cause(models.TextChoices):
        TYPED = "typed", _("In words")
        MANY = "many_at_once", _("many at once")

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="sop_checks")
    deed = models.CharField(max_length=20)  # a code of staff.sops
    version = models.ForeignKey("staff.SopVersion", on_delete=models.PROTECT, related_name="+")
    step = models.PositiveSmallIntegerField()  # its place in the version
    ticked = models.JSONField(default=list)  # the points in their words
    missed = models.JSONField(default=list)
    missed_count = models.PositiveSmallIntegerField(default=0)
    cause = models.CharField(max_length=12, choices=Cause.choices, default=Cause.TYPED)
    reason = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    objects = SopCheckQuerySet.as_manager()

    class Meta:
        verbose_name = _("check against an SOP")
        verbose_name_plural = _("checks against SOPs")
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["-at", "-id"], condition=models.Q(missed_count__gt=0), name="sop_deviations"),
        ]

    @property
    def why(self) -> str:
        """Why a point was left out, in words."""
        return str(self.Cause.MANY.label) if self.cause == self.Cause.MANY else self.reason
