"""The job row: the record of long work. The queue only wakes a worker up."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from salesops.jobs.kinds import KINDS
from salesops.web.access import may_any


class JobQuerySet(models.QuerySet["Job"]):
    def visible_to(self, user: Any) -> JobQuerySet:
        """A person's own jobs; an administrator sees all, the house's own included."""
        return self if may_any(user, "administer") else self.filter(owner=user)


class Job(models.Model):
    """One piece of work with its state, lease, attempts and progress."""

    class State(models.TextChoices):
        QUEUED = "queued", _("Waiting")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")
        CANCELLED = "cancelled", _("Stopped")

    kind = models.CharField(_("kind"), max_length=60)
    title = models.CharField(_("title"), max_length=200, blank=True)
    arguments = models.JSONField(default=dict)
    state = models.CharField(_("state"), max_length=12, choices=State.choices, default=State.QUEUED)
    slot = models.CharField(max_length=80, null=True, blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("owner"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    lease_number = models.PositiveIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    cancel_asked = models.BooleanField(default=False)
    done_units = models.PositiveBigIntegerField(default=0)
    total_units = models.PositiveBigIntegerField(null=True, blank=True)
    step = models.CharField(max_length=200, blank=True)  # an English msgid, translated when shown
    steps = models.JSONField(default=list, blank=True)  # [msgid, seconds since 1970 when it began] of this attempt
    result = models.JSONField(default=dict, blank=True)
    result_file = models.FileField(upload_to="jobs/", blank=True)
    result_url = models.CharField(max_length=300, blank=True)
    error = models.TextField(_("error"), blank=True)  # an English msgid, translated when shown; never a trace
    error_values = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(_("asked"), default=timezone.now)
    started_at = models.DateTimeField(_("started"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)

    objects: ClassVar[models.Manager[Job]] = JobQuerySet.as_manager()

    class Meta:
        verbose_name = _("job")
        verbose_name_plural = _("jobs")
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["state", "lease_until"], name="job_due"),
            models.Index(fields=["owner", "-id"], name="job_of_owner"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "slot"], name="one_job_a_slot", condition=models.Q(slot__isnull=False)
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=["queued", "running", "done", "failed", "cancelled"]),
                name="job_state_known",
            ),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """What the job is called on pages: its own title, else that of its kind."""
        kind = KINDS.get(self.kind)
        return self.title or (str(kind.title) if kind else self.kind)

    @property
    def keeps_pieces(self) -> bool:
        """Whether what it made stays when it fails or is stopped."""
        kind = KINDS.get(self.kind)
        return kind is not None and kind.keeps_pieces
