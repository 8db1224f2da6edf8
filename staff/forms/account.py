"""What a person fills in about themselves."""

from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.conf import settings
from django.contrib.auth import password_validation
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from staff.models import User

# The zones people of this trade sit in; whoever needs another one is served by an administrator.
COMMON_ZONES = [
    "Asia/Shanghai", "Asia/Hong_Kong", "Asia/Taipei", "Asia/Singapore", "Asia/Tokyo", "Asia/Seoul", "Asia/Bangkok",
    "Asia/Ho_Chi_Minh", "Asia/Jakarta", "Asia/Kolkata", "Asia/Dubai", "Europe/Moscow", "Europe/Berlin", "Europe/Paris",
    "Europe/London", "America/New_York", "America/Chicago", "America/Los_Angeles", "America/Sao_Paulo",
    "Australia/Sydney", "UTC",
]  # fmt: skip
PASSWORD_MAX = 128


class DressedForm(forms.BaseForm):
    """Gives each field the class its look hangs on."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            look = "form-control"
            if isinstance(field.widget, forms.Select):
                look = "form-select"
            elif isinstance(field.widget, forms.CheckboxInput):
                look = "form-check-input"
            field.widget.attrs.setdefault("class", look)


class SignInForm(DressedForm, forms.Form):
    """Account name (or mail address) and password; whether they fit is asked elsewhere."""

    username = forms.CharField(label=_("Account name or mail address"), max_length=254)
    password = forms.CharField(label=_("Password"), max_length=PASSWORD_MAX, strip=False, widget=forms.PasswordInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].widget.attrs |= {"autocomplete": "username", "autocapitalize": "none"}
        self.fields["password"].widget.attrs |= {"autocomplete": "current-password"}


class NewPasswordMixin(DressedForm, forms.Form):
    """A new password typed twice and held against the house's rules."""

    new_password = forms.CharField(
        label=_("New password"), max_length=PASSWORD_MAX, strip=False, widget=forms.PasswordInput,
        help_text=_("At least 12 characters. A short sentence is easy to remember and hard to guess."),
    )  # fmt: skip
    repeated = forms.CharField(
        label=_("New password again"), max_length=PASSWORD_MAX, strip=False, widget=forms.PasswordInput
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        for name in ("new_password", "repeated"):
            self.fields[name].widget.attrs |= {"autocomplete": "new-password"}

    def clean_new_password(self) -> str:
        password: str = self.cleaned_data["new_password"]
        password_validation.validate_password(password, self.user)
        return password

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        first, second = cleaned.get("new_password"), cleaned.get("repeated")
        if first and second and first != second:
            self.add_error("repeated", _("The two passwords differ. Type the same one twice."))
        return cleaned


class NewPasswordForm(NewPasswordMixin):
    """After a reset link: only the new password."""


class PasswordForm(NewPasswordMixin):
    """One's own password: the present one first."""

    password = forms.CharField(
        label=_("Present password"), max_length=PASSWORD_MAX, strip=False, widget=forms.PasswordInput
    )
    field_order = ("password", "new_password", "repeated")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].widget.attrs |= {"autocomplete": "current-password"}

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        if not self.user.check_password(password):
            raise ValidationError(_("This is not your present password."))
        return password


class PasswordResetForm(DressedForm, forms.Form):
    """The mail address a reset link shall go to."""

    email = forms.EmailField(label=_("Mail address"), max_length=254)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].widget.attrs |= {"autocomplete": "email"}


class WelcomeForm(NewPasswordMixin):
    """The first person of an empty company."""

    username = forms.CharField(
        label=_("Account name"),
        max_length=80,
        help_text=_("What you type to sign in, for example your name in letters."),
    )
    display_name = forms.CharField(label=_("Name"), max_length=80)
    email = forms.EmailField(label=_("Mail address"), required=False, max_length=254)
    field_order = ("display_name", "username", "email", "new_password", "repeated")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].widget.attrs |= {"autocomplete": "username", "autocapitalize": "none"}
        self.fields["display_name"].widget.attrs |= {"autocomplete": "name"}
        self.fields["email"].widget.attrs |= {"autocomplete": "email"}

    def clean_username(self) -> str:
        return User.clean_account_name(self.cleaned_data["username"])

    def clean_new_password(self) -> str:
        # The rules compare the password with the person, who does not exist yet.
        self.user = User(
            username=self.cleaned_data.get("username", ""),
            display_name=self.cleaned_data.get("display_name", ""),
            email=self.cleaned_data.get("email", ""),
        )
        return super().clean_new_password()


class ProfileForm(DressedForm, forms.ModelForm[User]):
    """What a person may change about themselves; roles and team are not among it."""

    class Meta:
        model = User
        fields = ["display_name", "phone", "email", "language", "time_zone", "theme", "shortcuts"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        zones = sorted({*COMMON_ZONES, self.instance.time_zone} & available_timezones(), key=_zone_order)
        self.fields["language"] = forms.ChoiceField(
            label=_("Language"),
            required=False,
            choices=[("", _("As the browser asks")), *settings.LANGUAGES],
            widget=forms.Select(attrs={"class": "form-select"}),
        )
        self.fields["time_zone"] = forms.ChoiceField(
            label=_("Time zone"),
            choices=[(zone, zone) for zone in zones],
            widget=forms.Select(attrs={"class": "form-select"}),
        )
        self.fields["shortcuts"].help_text = _(
            "Keys such as / j k without Ctrl. Turn them off if they get in your way."
        )
        self.fields["display_name"].widget.attrs |= {"autocomplete": "name"}
        self.fields["phone"].widget.attrs |= {"autocomplete": "tel", "inputmode": "tel"}
        self.fields["email"].widget.attrs |= {"autocomplete": "email"}


def _zone_order(zone: str) -> int:
    return COMMON_ZONES.index(zone) if zone in COMMON_ZONES else len(COMMON_ZONES)
