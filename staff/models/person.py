"""People, teams and the roles they hold."""

from __future__ import annotations

import unicodedata
from functools import cached_property
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from staff.roles import PERMISSIONS, Permission, Reach, Role


class Team(models.Model):
    """A group of clerks and salespeople who share customers."""

    name = models.CharField(_("name"), max_length=80, unique=True)

    class Meta:
        verbose_name = _("team")
        verbose_name_plural = _("teams")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class UserQuerySet(models.QuerySet["User"]):
    def active(self) -> UserQuerySet:
        """People who may sign in today."""
        return self.filter(is_active=True)

    def holding(self, role: Role) -> UserQuerySet:
        """Active people who hold the role."""
        return self.active().filter(role_assignments__role=role)


class UserManager(BaseUserManager["User"].from_queryset(UserQuerySet)):  # type: ignore[misc]
    def create_user(
        self, username: str, password: str | None = None, *, roles: tuple[Role, ...] = (), **fields: Any
    ) -> User:
        """Make a person; without a password they cannot sign in until one is set."""
        user: User = self.model(username=self.model.clean_account_name(username), **fields)
        user.set_password(password)
        user.save(using=self._db)
        for role in roles:
            RoleAssignment.objects.create(user=user, role=role)
        return user

    def create_superuser(self, username: str, password: str | None = None, **fields: Any) -> User:
        """Make an administrator (Django's command line calls it so)."""
        return self.create_user(username, password, roles=(Role.ADMINISTRATOR,), **fields)

    def get_by_natural_key(self, username: str | None) -> User:
        found: User = self.get(username__iexact=username)
        return found


class User(AbstractBaseUser):
    """A person who works here; what they may do comes from their roles alone."""

    class Theme(models.TextChoices):
        SYSTEM = "system", _("As the computer")
        LIGHT = "light", _("Light")
        DARK = "dark", _("Dark")

    username = models.CharField(_("account name"), max_length=80, unique=True)
    display_name = models.CharField(_("display name"), max_length=80)
    employee_number = models.CharField(_("employee number"), max_length=40, unique=True, null=True, blank=True)
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    email = models.EmailField(_("mail address"), blank=True)
    language = models.CharField(_("language"), max_length=10, blank=True, choices=settings.LANGUAGES)
    time_zone = models.CharField(_("time zone"), max_length=60, default="Asia/Shanghai")
    theme = models.CharField(_("theme"), max_length=10, choices=Theme.choices, default=Theme.SYSTEM)
    shortcuts = models.BooleanField(_("single-key shortcuts"), default=True)
    team = models.ForeignKey(
        Team, verbose_name=_("team"), on_delete=models.PROTECT, null=True, blank=True, related_name="members"
    )
    is_active = models.BooleanField(_("active"), default=True)
    joined_at = models.DateTimeField(_("joined"), default=timezone.now)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["display_name"]

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        ordering = ["display_name", "id"]
        constraints = [
            models.UniqueConstraint(
                Lower("username"),
                name="account_name_once",
                violation_error_message=_("Somebody already has this account name."),
            )
        ]

    def __str__(self) -> str:
        return self.display_name or self.username

    @staticmethod
    def clean_account_name(text: str) -> str:
        """One spelling: full-width letters made half-width, small letters, no blanks around."""
        return unicodedata.normalize("NFKC", text).strip().lower()

    def get_full_name(self) -> str:
        return self.display_name

    def get_short_name(self) -> str:
        return self.display_name

    @cached_property
    def roles(self) -> frozenset[Role]:
        """The roles held now (one query a request)."""
        if self._state.adding:
            return frozenset()
        return frozenset(Role(role) for role in self.role_assignments.values_list("role", flat=True))

    def may(self, permission: Permission) -> bool:
        """Whether one of this active person's roles grants the permission."""
        return self.is_active and any(permission in PERMISSIONS[role] for role in self.roles)

    @property
    def reach(self) -> tuple[Reach, int]:
        """How far this person sees, with the id of the team or the person it is about (0: of nobody)."""
        if self.may(Permission.SEE_ALL_CUSTOMERS):
            return Reach.ALL, 0
        if self.may(Permission.SEE_TEAM_CUSTOMERS):
            return (Reach.TEAM, self.team_id) if self.team_id else (Reach.NO_TEAM, 0)
        if self.may(Permission.SEE_OWN_CUSTOMERS):
            return Reach.OWN, self.pk
        return (Reach.RELEASED if self.may(Permission.SEE_RELEASED_ORDERS) else Reach.NONE), 0

    @property
    def is_administrator(self) -> bool:
        return self.is_active and Role.ADMINISTRATOR in self.roles

    # Django admin asks for these names; the answer is the role table's.
    @property
    def is_staff(self) -> bool:
        return self.is_administrator

    @property
    def is_superuser(self) -> bool:
        return self.is_administrator

    def has_perm(self, perm: str, obj: object = None) -> bool:
        return self.is_administrator

    def has_perms(self, perm_list: Any, obj: object = None) -> bool:
        return self.is_administrator

    def has_module_perms(self, app_label: str) -> bool:
        return self.is_administrator


class RoleAssignment(models.Model):
    """One role held by one person."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="role_assignments", verbose_name=_("person"))
    role = models.CharField(_("role"), max_length=20, choices=Role.choices)
    given_at = models.DateTimeField(_("given"), default=timezone.now)
    given_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("given by"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        editable=False,
    )

    class Meta:
        verbose_name = _("role")
        verbose_name_plural = _("roles")
        constraints = [
            models.UniqueConstraint(fields=["user", "role"], name="one_role_once"),
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="role_known"),
        ]

    def __str__(self) -> str:
        return str(Role(self.role).label)


class NoticeQuerySet(models.QuerySet["Notice"]):
    def visible_to(self, user: User) -> NoticeQuerySet:
        """One's own and nobody else's."""
        return self.filter(user=user)

    def unread(self) -> NoticeQuerySet:
        """Not opened yet."""
        return self.filter(read_at__isnull=True)


class Notice(models.Model):
    """Something a person is told, read when they open it: a job that ended, a record waiting for them."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="notices", verbose_name=_("person"))
    text_key = models.CharField(max_length=200)  # an English msgid with %(name)s places, translated when shown
    text_values = models.JSONField(default=dict)
    url = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField(default=timezone.now)
    read_at = models.DateTimeField(null=True, blank=True)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        ordering = ["-id"]
        indexes = [models.Index(fields=["user", "read_at", "-id"], name="notice_unread")]

    def __str__(self) -> str:
        return self.text

    @property
    def text(self) -> str:
        """What is told, in the reader's language; as stored when a place has no value."""
        translated = gettext(self.text_key)
        try:
            return str(translated % self.text_values)
        except (KeyError, TypeError, ValueError):
            return translated
