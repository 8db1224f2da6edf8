"""The letterhead, written by administrators."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from salesops.documents.models import CompanyProfile
from salesops.documents.pictures import pixels_of
from salesops.documents.typesetting import UnprintableError, check_logo

MAX_LOGO_BYTES = 300_000  # it travels in every document
MAX_LOGO_PIXELS = 4000  # a small file may unpack to gigabytes


class CompanyForm(forms.ModelForm[CompanyProfile]):
    """The profile with its logo as a file."""

    logo_file = forms.FileField(label=_("New logo"), required=False, help_text=_("PNG or JPEG, 300 kB at most."))
    remove_logo = forms.BooleanField(label=_("Remove the logo"), required=False)

    class Meta:
        model = CompanyProfile
        fields = (
            "name_zh", "name_en", "address_zh", "address_en", "phone", "email", "website", "tax_number",
            "bank_zh", "bank_en", "account", "swift",
        )  # fmt: skip

    def clean_logo_file(self) -> UploadedFile[Any] | None:
        """A picture every document can be printed with."""
        upload: UploadedFile[Any] | None = self.cleaned_data["logo_file"]
        if upload is None:
            return None
        if (upload.size or 0) > MAX_LOGO_BYTES:
            raise forms.ValidationError(_("The picture is larger than 300 kB."))
        picture = upload.read()
        size = pixels_of(picture)
        if size is None:
            raise forms.ValidationError(_("This is neither a PNG nor a JPEG picture."))
        if max(size) > MAX_LOGO_PIXELS:
            raise forms.ValidationError(
                _("The picture has more than %(most)s dots a side.") % {"most": MAX_LOGO_PIXELS}
            )
        try:
            check_logo(picture)
        except UnprintableError as refusal:
            raise forms.ValidationError(_("This picture is damaged and cannot be printed.")) from refusal
        self.cleaned_data["logo"] = picture
        return upload

    def save(self, commit: bool = True) -> CompanyProfile:
        """The fields, and the logo as it was chosen."""
        if self.cleaned_data.get("logo"):
            self.instance.logo = self.cleaned_data["logo"]
        elif self.cleaned_data["remove_logo"]:
            self.instance.logo = b""
        saved: CompanyProfile = super().save(commit)
        return saved


@admin.register(CompanyProfile)
class CompanyProfileAdmin(admin.ModelAdmin[CompanyProfile]):
    form = CompanyForm
    list_display = ("__str__", "tax_number", "phone")
    readonly_fields = ("current_logo",)
    fieldsets = (
        (None, {"fields": ("name_zh", "name_en", "address_zh", "address_en", "phone", "email", "website")}),
        (_("Tax and bank"), {"fields": ("tax_number", "bank_zh", "bank_en", "account", "swift")}),
        (_("Logo"), {"fields": ("current_logo", "logo_file", "remove_logo")}),
    )

    @admin.display(description=_("logo"))
    def current_logo(self, profile: CompanyProfile) -> str:
        """The picture as it stands on documents."""
        address = profile.logo_address
        return format_html('<img src="{}" alt="" height="60">', address) if address else "—"

    def has_add_permission(self, request: HttpRequest) -> bool:
        """There is one company."""
        return super().has_add_permission(request) and not CompanyProfile.objects.exists()

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Documents always have a letterhead."""
        return False
