"""People as an administrator adds and changes them."""

from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from staff.actions.people import check_administrator_remains
from staff.actions.refusals import StaffRefusedError
from staff.models import User
from staff.roles import Role


def _roles_field() -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=_("Roles"),
        choices=Role.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("What a person may do follows from their roles alone and acts on their next click."),
    )


class PersonCreationForm(AdminUserCreationForm[User]):
    """A new person; without a password they cannot sign in until one is set."""

    roles = _roles_field()

    class Meta:
        model = User
        fields = ("username", "display_name", "email", "team")

    def clean_username(self) -> str:
        self.cleaned_data["username"] = User.clean_account_name(self.cleaned_data.get("username", ""))
        return str(super().clean_username())


class PersonChangeForm(UserChangeForm[User]):
    """A person and their roles; the last administrator stays one."""

    roles = _roles_field()
    time_zone = forms.ChoiceField(
        label=_("Time zone"), choices=[(zone, zone) for zone in sorted(available_timezones())]
    )

    class Meta:
        model = User
        fields = "__all__"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["roles"] = sorted(self.instance.roles)

    def clean_username(self) -> str:
        return User.clean_account_name(self.cleaned_data["username"])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if Role.ADMINISTRATOR in self.instance.roles and User.objects.active().filter(pk=self.instance.pk).exists():
            try:
                check_administrator_remains(
                    user=self.instance, roles=cleaned.get("roles", []), active=bool(cleaned.get("is_active"))
                )
            except StaffRefusedError as refusal:
                raise ValidationError(refusal.sentence) from refusal
        return cleaned
