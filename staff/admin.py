"""People and teams in the administration."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from salesops.audit.addresses import client_address
from salesops.audit.deeds import Deed
from salesops.audit.trail import record
from salesops.web.admin_listing import HouseModelAdmin
from staff.actions.people import activate, deactivate, set_roles, unlock
from staff.actions.refusals import StaffRefusedError
from staff.actions.sessions import end_sessions
from staff.actions.sops import publish_sop
from staff.forms.people import PersonChangeForm, PersonCreationForm
from staff.forms.sops import NARROW_TEXT, SopForm, SopStepForm, SopStepFormSet
from staff.models import Sop, SopStep, Team, User
from staff.roles import Role


class RoleFilter(admin.SimpleListFilter):
    """Who holds a role."""

    title = _("role")
    parameter_name = "role"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(Role.choices)

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.filter(role_assignments__role=self.value()) if self.value() in Role.values else queryset


@admin.register(Team)
class TeamAdmin(HouseModelAdmin):
    list_display = ("name",)
    search_fields = ("name",)


@admin.register(User)
class PersonAdmin(HouseModelAdmin, UserAdmin[User]):
    """People are added, changed and let go here; never deleted, because records name them."""

    form = PersonChangeForm
    add_form = PersonCreationForm
    list_display = ("username", "display_name", "employee_number", "team", "role_names", "is_active", "last_login")
    list_filter = ("is_active", RoleFilter, "team")
    list_select_related = ("team",)
    search_fields = ("username", "display_name", "employee_number", "phone", "email")
    ordering = ("username",)
    filter_horizontal = ()
    autocomplete_fields = ("team",)
    readonly_fields = ("last_login", "joined_at")
    actions = ("let_go", "let_in", "end_sign_ins", "unlock_sign_in")
    fieldsets = (
        (None, {"fields": ("username", "password", "is_active")}),
        (_("Person"), {"fields": ("display_name", "employee_number", "phone", "email", "team")}),
        (_("Roles"), {"fields": ("roles",)}),
        (_("Preferences"), {"fields": ("language", "time_zone", "theme", "shortcuts")}),
        (_("Dates"), {"fields": ("last_login", "joined_at")}),
    )
    add_fieldsets = (
        (
            None,
            {
                "classes": ("wide",),
                "fields": (
                    "username",
                    "display_name",
                    "email",
                    "team",
                    "usable_password",
                    "password1",
                    "password2",
                    "roles",
                ),
            },
        ),
    )

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).prefetch_related("role_assignments")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description=_("roles"))
    def role_names(self, person: User) -> str:
        """The person's roles in the order of the table."""
        held = {assignment.role for assignment in person.role_assignments.all()}
        return ", ".join(str(role.label) for role in Role if role in held)

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        by, address, wanted = _administrator(request), client_address(request), obj.is_active
        if change:
            obj.is_active = User.objects.values_list("is_active", flat=True).get(pk=obj.pk)
        super().save_model(request, obj, form, change)
        if not change:
            record(by=by, deed=Deed.PERSON_ADDED, about=obj.username, address=address)
        elif obj.is_active and not wanted:
            deactivate(user=obj, by=by, address=address)
        elif wanted and not obj.is_active:
            activate(user=obj, by=by, address=address)
        obj.is_active = wanted
        set_roles(user=obj, roles=form.cleaned_data.get("roles", []), by=by, address=address)

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        entry = super().log_change(request, obj, message)
        if "password" in str(message).lower():
            by = _administrator(request)
            keep = request.session.session_key if obj == by else None
            record(by=by, deed=Deed.PASSWORD_CHANGED, about=obj.username, address=client_address(request))
            end_sessions(user=obj, keep=keep, by=by, address=client_address(request))
        return entry

    @admin.action(description=_("Let go: no sign-in any more"))
    def let_go(self, request: HttpRequest, queryset: Any) -> None:
        done = 0
        for person in queryset.order_by("pk"):
            try:
                deactivate(user=person, by=_administrator(request), address=client_address(request))
                done += 1
            except StaffRefusedError as refusal:
                messages.error(request, refusal.sentence)
        self._tell(request, done)

    @admin.action(description=_("Let in again"))
    def let_in(self, request: HttpRequest, queryset: Any) -> None:
        people = list(queryset.order_by("pk"))
        for person in people:
            activate(user=person, by=_administrator(request), address=client_address(request))
        self._tell(request, len(people))

    @admin.action(description=_("End all their sessions"))
    def end_sign_ins(self, request: HttpRequest, queryset: Any) -> None:
        by, people = _administrator(request), list(queryset.order_by("pk"))
        for person in people:
            keep = request.session.session_key if person == by else None
            end_sessions(user=person, keep=keep, by=by, address=client_address(request))
        self._tell(request, len(people))

    @admin.action(description=_("Unlock sign-in after wrong passwords"))
    def unlock_sign_in(self, request: HttpRequest, queryset: Any) -> None:
        people = list(queryset.order_by("pk"))
        for person in people:
            unlock(user=person, by=_administrator(request), address=client_address(request))
        self._tell(request, len(people))

    def _tell(self, request: HttpRequest, done: int) -> None:
        if done:
            said = ngettext("Done for %(done)s person.", "Done for %(done)s people.", done) % {"done": done}
            messages.success(request, said)


class SopStepInline(admin.StackedInline[SopStep, Sop]):
    """The steps below their SOP."""

    model = SopStep
    form = SopStepForm
    formset = SopStepFormSet
    extra = 0
    min_num = 1
    validate_min = True
    fields = (("position", "deed"), "title", "text", "checklist")
    formfield_overrides = NARROW_TEXT


@admin.register(Sop)
class SopAdmin(HouseModelAdmin):
    """SOPs are written here; saving one that says something new publishes a version. Switched off, never deleted."""

    form = SopForm
    inlines = (SopStepInline,)
    list_display = ("title", "is_active", "version", "changed_at", "changed_by")
    list_filter = ("is_active",)
    list_select_related = ("changed_by",)
    search_fields = ("title",)
    fields = ("title", "is_active", "note", "version", "changed_at", "changed_by")
    readonly_fields = ("version", "changed_at", "changed_by")
    actions = None

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        came_in = change and "is_active" in form.changed_data and form.instance.is_active
        note = form.cleaned_data.get("note", "")
        publish_sop(by=_administrator(request), sop=form.instance, note=note, is_new_in_force=came_in)


def _administrator(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
