"""Who did what, append-only and chained by hash, for deeds that no record's own diary holds."""

from typing import Any, NoReturn

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from salesops.audit.deeds import Deed


class AuditIsAppendOnlyError(Exception):
    """Somebody tried to change or remove an audit entry; programs never may."""


class AuditQuerySet(models.QuerySet["AuditEntry"]):
    def update(self, **_kwargs: Any) -> NoReturn:
        raise AuditIsAppendOnlyError("audit entries are never changed")

    def delete(self) -> NoReturn:
        raise AuditIsAppendOnlyError("audit entries are never deleted")


class AuditEntry(models.Model):
    """One deed: sign-in, role change, import, export, unmasking, session ended."""

    at = models.DateTimeField(_("when"), default=timezone.now)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("who"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    deed = models.CharField(_("deed"), max_length=60)
    about = models.CharField(_("about"), max_length=200, blank=True)
    address = models.GenericIPAddressField(_("address"), null=True, blank=True)
    values = models.JSONField(_("values"), default=dict, blank=True)
    # Unique: two entries can never claim the same one before them, whatever the locks do.
    previous_hash = models.CharField(max_length=64, blank=True, unique=True)
    own_hash = models.CharField(max_length=64, unique=True)

    objects = AuditQuerySet.as_manager()

    class Meta:
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit entries")
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["deed", "-id"], name="audit_of_deed"),
            models.Index(fields=["at"], name="audit_at"),
        ]

    def __str__(self) -> str:
        return f"{self.deed_label} {self.about}".strip()

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise AuditIsAppendOnlyError("audit entries are never changed")
        super().save(*args, **kwargs)

    def delete(self, *_args: Any, **_kwargs: Any) -> NoReturn:
        raise AuditIsAppendOnlyError("audit entries are never deleted")

    @property
    def deed_label(self) -> str:
        """The deed in the reader's language; an unknown one as it is stored."""
        return str(Deed(self.deed).label) if self.deed in Deed.values else self.deed
