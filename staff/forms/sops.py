"""SOPs as an administrator writes them."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from staff.models import Sop, SopStep
from staff.models.sop import points_of
from staff.sop_reading import other_sop_with
from staff.sops import deed_words, sop_deed, sop_deeds


def _deed_choices() -> list[tuple[str, Any]]:
    return [("", _("None: it is only read")), *((deed.code, deed.label) for deed in sop_deeds())]


class SopForm(forms.ModelForm[Sop]):
    """An SOP, and in one sentence what is new about it."""

    note = forms.CharField(
        label=_("What changed"), max_length=300, required=False, widget=forms.TextInput(attrs={"class": "vTextField"}),
        help_text=_("Kept with the new version and shown on its page. Nothing changed in title and steps: no version."),
    )  # fmt: skip

    class Meta:
        model = Sop
        fields = ("title", "is_active")


class SopStepForm(forms.ModelForm[SopStep]):
    """A step: where it stands beside a deed that has no page, it is read and has nothing to tick."""

    deed = forms.ChoiceField(label=_("Deed"), choices=_deed_choices, required=False)

    class Meta:
        model = SopStep
        fields = ("position", "deed", "title", "text", "checklist")

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        deed = sop_deed(said.get("deed") or "")
        if points_of(said.get("checklist") or "") and deed is None and "deed" not in self.errors:
            self.add_error("checklist", _("Choose the deed at which these points are ticked, or leave them out."))
        elif deed is not None and not deed.has_page and said.get("checklist"):
            words = _("“%(deed)s” is entered and confirmed from the keyboard: text only, nothing to tick.")
            self.add_error("checklist", ValidationError(words, params={"deed": deed.label}))
        return said


class SopStepFormSet(forms.BaseInlineFormSet[SopStep, Sop, forms.ModelForm[SopStep]]):
    """All steps of one SOP: each deed once, and of all SOPs in force one speaks of it."""

    def clean(self) -> None:
        super().clean()
        kept = [form for form in self.forms if form not in self.deleted_forms and hasattr(form, "cleaned_data")]
        codes = [code for form in kept if (code := form.cleaned_data.get("deed"))]
        twice = next((code for code in codes if codes.count(code) > 1), None)
        if twice is not None:
            words = _("Two steps stand at “%(deed)s”: one deed has one step.")
            raise ValidationError(words, params={"deed": deed_words(twice)})
        taken = other_sop_with(codes, self.instance.pk) if self.instance.is_active else None
        if taken is not None:
            words = _("The SOP “%(sop)s” has a step at “%(deed)s” already. Take it out there, or switch that SOP off.")
            raise ValidationError(words, params={"sop": taken.sop.title, "deed": deed_words(taken.deed)})


NARROW_TEXT: dict[type[models.Field[Any, Any]], dict[str, Any]] = {
    models.TextField: {"widget": forms.Textarea(attrs={"rows": 4, "cols": 60})}
}
