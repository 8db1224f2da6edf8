"""Week templates and calendar days: what counts as working time."""

from django.db import models
from django.utils.translation import gettext_lazy as _

WEEKDAYS = [
    (0, _("Monday")),
    (1, _("Tuesday")),
    (2, _("Wednesday")),
    (3, _("Thursday")),
    (4, _("Friday")),
    (5, _("Saturday")),
    (6, _("Sunday")),
]


class WeekTemplate(models.Model):
    """The ordinary week of a site; its intervals may be split (a lunch break is a gap)."""

    name = models.CharField(_("name"), max_length=80, unique=True)
    time_zone = models.CharField(_("time zone"), max_length=60, default="Asia/Shanghai")
    is_default = models.BooleanField(_("used where nothing else is said"), default=False)

    class Meta:
        verbose_name = _("working week")
        verbose_name_plural = _("working weeks")
        constraints = [
            models.UniqueConstraint(fields=["is_default"], condition=models.Q(is_default=True), name="one_default_week")
        ]

    def __str__(self) -> str:
        return self.name


class WeekInterval(models.Model):
    """One stretch of work on one weekday (0 = Monday)."""

    template = models.ForeignKey(WeekTemplate, on_delete=models.CASCADE, related_name="intervals")
    weekday = models.PositiveSmallIntegerField(_("weekday"), choices=WEEKDAYS)
    start = models.TimeField(_("from"))
    end = models.TimeField(_("to"))

    class Meta:
        verbose_name = _("working stretch")
        verbose_name_plural = _("working stretches")
        ordering = ["weekday", "start"]
        constraints = [
            models.CheckConstraint(condition=models.Q(weekday__lte=6), name="weekday_known"),
            models.CheckConstraint(condition=models.Q(start__lt=models.F("end")), name="stretch_forward"),
        ]

    def __str__(self) -> str:
        return f"{self.start:%H:%M}-{self.end:%H:%M}"


class CalendarDay(models.Model):
    """A date that differs from the ordinary week, or confirms it."""

    class Kind(models.TextChoices):
        WORKDAY = "workday", _("Working day")
        REST = "rest", _("Day of rest")
        HOLIDAY = "holiday", _("Public holiday")
        MAKEUP = "makeup", _("Make-up working day")

    date = models.DateField(_("date"), unique=True)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    name = models.CharField(_("name"), max_length=80, blank=True)
    intervals = models.JSONField(_("own working hours"), null=True, blank=True)  # [["09:00","12:00"], ...]
    source = models.CharField(_("source"), max_length=120, blank=True)

    class Meta:
        verbose_name = _("calendar day")
        verbose_name_plural = _("calendar days")
        ordering = ["date"]

    def __str__(self) -> str:
        return f"{self.date} {self.kind}"
