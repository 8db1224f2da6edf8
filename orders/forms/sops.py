"""The step of the SOP beside a deed: a tick for each point, and a reason where one is left out."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from orders.actions.sops import REASON_MISSING, SopAnswer, answer_for
from orders.errors import OrderError
from staff.sop_reading import StepInForce

SEEN = "sop_seen"
"""The hidden field that says which step was on the page."""


class SopStepForm(forms.Form):
    """The step as it is in force now; without a checklist it has no fields, and nothing is kept."""

    def __init__(self, data: Any = None, *, found: StepInForce, is_alone: bool = False) -> None:
        self.is_changed = data is not None and bool(found.step.points) and data.get(SEEN) != found.sight
        if self.is_changed:  # another step than the one that was ticked: what was said of that one counts no more
            data = {SEEN: found.sight, "sop_reason": data.get("sop_reason", "")}
        super().__init__(data)
        self.found, self.version, self.step = found, found.version, found.step
        if not self.step.points:
            return
        self.fields[SEEN] = forms.CharField(
            widget=forms.HiddenInput, max_length=16, initial=found.sight, required=False
        )
        for place, point in enumerate(self.step.points):
            self.fields[f"sop_point_{place}"] = forms.BooleanField(
                label=point, required=False, widget=forms.CheckboxInput(attrs={"class": "form-check-input"})
            )
        if is_alone:  # whoever opened the page by key goes on with the first point
            self.fields["sop_point_0"].widget.attrs["autofocus"] = True
        self.fields["sop_reason"] = forms.CharField(
            label=_("Why not as the SOP says"),
            max_length=300,
            required=False,
            help_text=_("Only where a point is not ticked."),
            widget=forms.Textarea(attrs={"class": "form-control", "rows": 2}),
        )

    def ticks(self) -> list[forms.BoundField]:
        """The points to tick."""
        return [self[f"sop_point_{place}"] for place in range(len(self.step.points))]

    def clean(self) -> dict[str, Any]:
        """Every point, or a reason."""
        said = super().clean() or {}
        if self.is_changed:
            words = gettext("The SOP has changed while this page was open: this is how it is now. Tick it once more.")
            self.add_error(None, words)
        elif "sop_reason" in said and not said["sop_reason"].strip() and len(self._ticked()) < len(self.step.points):
            self.add_error("sop_reason", gettext(REASON_MISSING))
        return said

    def take_refusal(self, refusal: OrderError) -> bool:
        """Put what was refused of the reason beside it; whether it was about that."""
        if refusal.field not in self.fields:
            return False
        self.add_error(refusal.field, str(refusal))
        return True

    def answer(self) -> SopAnswer | None:
        """What was ticked and said; none where there is nothing to tick."""
        if not self.step.points:
            return None
        return answer_for(self.found, self._ticked(), self.cleaned_data["sop_reason"])

    def _ticked(self) -> frozenset[int]:
        return frozenset(place for place in range(len(self.step.points)) if self.cleaned_data.get(f"sop_point_{place}"))

    def told_errors(self) -> list[dict[str, Any]]:
        """What the summary on top of the page tells of this form."""
        if not self.is_bound:
            return []
        return [
            {"id": self[name].id_for_label if name in self.fields else "sop", "label": self.version.title, "text": text}
            for name, texts in self.errors.items()
            for text in texts
        ]
