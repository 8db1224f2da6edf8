"""SOPs: how the house does its work, step by step, kept version by version, with who has read which."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NoReturn

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

MOST_POINTS = 20
POINT_LENGTH = 200


def points_of(checklist: str) -> list[str]:
    """The points of a checklist, one a line; blank lines are none."""
    return [point for line in checklist.splitlines() if (point := line.strip())]


def check_checklist(checklist: str) -> None:
    """ValidationError for too many points or one that is too long to be read at a glance."""
    points = points_of(checklist)
    if len(points) > MOST_POINTS:
        raise ValidationError(_("A checklist can have %(most)s points at most."), params={"most": MOST_POINTS})
    if any(len(point) > POINT_LENGTH for point in points):
        raise ValidationError(_("A point can have %(most)s characters at most."), params={"most": POINT_LENGTH})


class Sop(models.Model):
    """One SOP as it is written now; what people follow is its newest version."""

    title = models.CharField(_("title"), max_length=80)
    is_active = models.BooleanField(
        _("in force"), default=True, help_text=_("An SOP that is no longer followed is switched off, never deleted.")
    )
    version = models.PositiveIntegerField(_("version"), default=0, editable=False)  # 0: nothing published yet
    changed_at = models.DateTimeField(_("changed"), default=timezone.now, editable=False)
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("changed by"), on_delete=models.SET_NULL, null=True, blank=True,
        related_name="+", editable=False,
    )  # fmt: skip

    class Meta:
        verbose_name = _("SOP")
        verbose_name_plural = _("SOPs")
        ordering = ["title", "id"]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        """The page of the version in force."""
        return reverse("staff:sop_version", args=[self.pk, self.version]) if self.version else reverse("staff:sops")


class SopStep(models.Model):
    """One step as it is written now: what is done, and the points that are ticked while doing it."""

    sop = models.ForeignKey(Sop, on_delete=models.CASCADE, related_name="steps", verbose_name=_("SOP"))
    position = models.PositiveSmallIntegerField(_("position"), default=1)
    deed = models.CharField(_("deed"), max_length=20, blank=True)  # a code of staff.sops; blank: only read
    title = models.CharField(_("title"), max_length=80)
    text = models.TextField(_("what is done"), max_length=2000, blank=True)
    checklist = models.TextField(
        _("checklist"), max_length=4400, blank=True, validators=[check_checklist], help_text=_("One point a line.")
    )

    class Meta:
        verbose_name = _("step")
        verbose_name_plural = _("steps")
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return self.title

    def points(self) -> list[str]:
        """The points of the checklist."""
        return points_of(self.checklist)


@dataclass(frozen=True, slots=True)
class KeptStep:
    """A step as a version keeps it."""

    position: int
    deed: str
    title: str
    text: str
    points: tuple[str, ...]


class SopVersion(models.Model):
    """An SOP as it was from a moment on; never changed and never removed."""

    sop = models.ForeignKey(Sop, on_delete=models.PROTECT, related_name="versions", verbose_name=_("SOP"))
    number = models.PositiveIntegerField(_("version"))
    content = models.JSONField()  # title, and steps with deed, title, text and points
    note = models.CharField(_("what changed"), max_length=300, blank=True)
    at = models.DateTimeField(_("published"), default=timezone.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("version of an SOP")
        verbose_name_plural = _("versions of SOPs")
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["sop", "number"], name="one_content_a_sop_version")]

    def __str__(self) -> str:
        return f"{self.title} v{self.number}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Only once."""
        if not self._state.adding:
            self._refuse()
        super().save(*args, **kwargs)

    def get_absolute_url(self) -> str:
        """The page of this version."""
        return reverse("staff:sop_version", args=[self.sop_id, self.number])

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Never."""
        self._refuse()

    def _refuse(self) -> NoReturn:
        raise TypeError("a version of an SOP stays as it was published")

    @property
    def title(self) -> str:
        """The SOP's title in this version."""
        return str(self.content["title"])

    @property
    def steps(self) -> list[KeptStep]:
        """The steps of this version."""
        return [
            KeptStep(place, step["deed"], step["title"], step["text"], tuple(step["points"]))
            for place, step in enumerate(self.content["steps"], 1)
        ]


class SopReading(models.Model):
    """Somebody confirmed that they have read a version."""

    version = models.ForeignKey(SopVersion, on_delete=models.PROTECT, related_name="readings")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["version", "person"], name="one_reading_a_person")]
