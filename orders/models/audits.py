"""The sampling audit: orders of a period drawn by lot and held once more against what the customer sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from orders.models.ledger import ErrorEvent
from orders.models.order import Order
from staff.roles import Permission

if TYPE_CHECKING:
    from staff.models import User


class AuditQuerySet(models.QuerySet["Audit"]):
    def visible_to(self, user: User) -> AuditQuerySet:
        """All, for whoever may compare orders; nobody else sees what was drawn before it is compared."""
        return self if user.may(Permission.VERIFY_ORDERS) else self.none()

    def with_counts(self) -> AuditQuerySet:
        """With how many of the drawn orders were compared."""
        compared = models.Count("orders", filter=~models.Q(orders__outcome=AuditedOrder.Outcome.WAITING))
        return self.annotate(compared=compared)


class Audit(models.Model):
    """One draw: from which orders, by which seed, how many. It is never changed, so nobody draws until it pleases."""

    number = models.CharField(_("audit number"), max_length=40, unique=True)  # AU-20261123-0001
    first = models.DateField(_("entered from"))
    last = models.DateField(_("entered until"))
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("entered by"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    population = models.PositiveIntegerField(_("orders to draw from"))
    population_hash = models.CharField(max_length=64)  # of the ids of these orders
    seed = models.CharField(_("seed"), max_length=32)
    size = models.PositiveIntegerField(_("sample"))
    drawn_at = models.DateTimeField(pgettext_lazy("audit", "drawn"), default=timezone.now)
    drawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("drawn by"), on_delete=models.PROTECT, related_name="+"
    )

    objects: ClassVar[models.Manager[Audit]] = AuditQuerySet.as_manager()

    class Meta:
        verbose_name = _("sampling audit")
        verbose_name_plural = _("sampling audits")
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.number


class AuditedOrder(models.Model):
    """One order of a sample: waiting, right, or wrong with the errors that were found."""

    class Outcome(models.TextChoices):
        WAITING = "waiting", _("To be compared")
        RIGHT = "right", pgettext_lazy("audit", "Right")
        WRONG = "wrong", pgettext_lazy("audit", "Wrong")

    audit = models.ForeignKey(Audit, on_delete=models.CASCADE, related_name="orders")
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="audited")
    place = models.PositiveIntegerField()  # in the order of the draw
    outcome = models.CharField(max_length=8, choices=Outcome.choices, default=Outcome.WAITING)
    groups = models.JSONField(default=list, blank=True)  # what was compared
    evidence = models.JSONField(default=list, blank=True)  # ids of what it was compared with
    fields = models.PositiveIntegerField(default=0)  # how many values were compared
    note = models.CharField(max_length=500, blank=True)
    compared_at = models.DateTimeField(null=True, blank=True)
    compared_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    errors = models.ManyToManyField(ErrorEvent, related_name="audited", blank=True)

    class Meta:
        ordering = ["place"]
        constraints = [models.UniqueConstraint(fields=["audit", "order"], name="one_place_in_an_audit")]

    def __str__(self) -> str:
        return f"{self.audit} {self.place}"
