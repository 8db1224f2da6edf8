"""Sign-in sessions that know whose they are, so that a person can see and end their own."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.base_session import AbstractBaseSession, BaseSessionManager
from django.db import models
from django.utils import timezone
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

from salesops.prepared import Prepared
from staff.roles import Role


class RolesHeld(models.Func):
    """The roles of the person a column names, joined by commas; nothing where none is held."""

    arity = 1
    template = "(SELECT STRING_AGG(held.role, ',') FROM staff_roleassignment held WHERE held.user_id = %(expressions)s)"
    output_field = models.CharField(null=True)

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        """SQLite's name for it (STRING_AGG came with 3.44)."""
        template = self.template.replace("STRING_AGG", "GROUP_CONCAT")
        return self.as_sql(compiler, connection, template=template, **context)


class PersonSessionManager(BaseSessionManager["PersonSession"]):
    def with_person(self, session_key: str) -> PersonSession | None:
        """The session with its person and the roles held now, in one statement: every request begins with it."""
        row = _WITH_PERSON.first(key=session_key)
        if row is not None and row.user is not None:
            held: str = getattr(row, "roles_held", None) or ""
            row.user.roles = frozenset(Role(role) for role in held.split(",") if role)
        return row


class PersonSession(AbstractBaseSession):
    """One browser signed in."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, related_name="sessions", verbose_name=_("person")
    )
    started_at = models.DateTimeField(_("started"), default=timezone.now)
    seen_at = models.DateTimeField(_("last seen"), default=timezone.now)
    address = models.GenericIPAddressField(_("address"), null=True, blank=True)
    browser = models.CharField(_("browser"), max_length=200, blank=True)

    objects: ClassVar[PersonSessionManager] = PersonSessionManager()

    class Meta:
        verbose_name = _("session")
        verbose_name_plural = _("sessions")

    @classmethod
    def get_session_store_class(cls) -> type[SessionBase]:
        store: type[SessionBase] = import_string(f"{settings.SESSION_ENGINE}.SessionStore")
        return store


def _with_person(key: Any) -> models.QuerySet[PersonSession]:
    rows = PersonSession.objects.filter(pk=key).select_related("user")
    return rows.annotate(roles_held=RolesHeld("user_id"))


_WITH_PERSON = Prepared(_with_person)
