"""The forms of the sampling audit: what to draw, and what was found in one order of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from orders.actions.audits import AUDITED_HEADER, MOST_DRAWN, AuditFault, audited_fields, stored_audited
from orders.desk.comparing import GROUPS, sight_of_source, sources_of
from orders.errors import OrderError
from orders.forms.fields import check_year
from orders.ledger.words import FIELD_WORDS, told_pair
from orders.models import Order, OrderLine
from staff.models import User

_USUAL = 50


def _day(label: Any) -> forms.DateField:
    widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "class": "form-control"})
    return forms.DateField(label=label, widget=widget, validators=[check_year])


class DrawForm(forms.Form):
    """Which orders to draw from, and how many."""

    first = _day(_("Entered from"))
    last = _day(_("Entered until"))
    person = forms.ModelChoiceField(
        label=_("Entered by"), queryset=User.objects.none(), required=False, empty_label=_("Everybody"),
        widget=forms.Select(attrs={"class": "form-select"}),
    )  # fmt: skip
    size = forms.IntegerField(
        label=_("How many"), min_value=1, max_value=MOST_DRAWN, initial=_USUAL,
        widget=forms.NumberInput(attrs={"class": "form-control"}),
        help_text=_("50 as a routine, 100 to 200 where a bonus depends on it; all of them where there are fewer."),
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        entered = Order.objects.filter(entered_by__isnull=False).order_by().values("entered_by")
        people = User.objects.filter(pk__in=entered).order_by("display_name", "pk")
        self.fields["person"].queryset = people  # type: ignore[attr-defined]

    def take_refusal(self, refusal: OrderError) -> None:
        """Put what the draw refused beside its field, or on top."""
        self.add_error(refusal.field if refusal.field in self.fields else None, str(refusal))


@dataclass(frozen=True, slots=True)
class AuditedGroup:
    """One group: its tick, the fields of the header, and row by row the fields of the rows."""

    tick: forms.BoundField
    header: list[forms.BoundField]
    rows: list[tuple[OrderLine, list[forms.BoundField]]]


class CompareForm(forms.Form):
    """A tick for each group that was compared; a field is right unless something is typed into it."""

    sight = forms.CharField(widget=forms.HiddenInput, max_length=64)
    note = forms.CharField(
        label=_("Note"), max_length=500, required=False,
        widget=forms.Textarea(attrs={"class": "form-control", "rows": 2}),
    )  # fmt: skip

    def __init__(self, *args: Any, order: Order, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.sources = sources_of(order)
        self.now = sight_of_source(order, self.sources)
        self.fields["sight"].initial = self.now
        if not self.sources:
            self.fields["note"].label = _("What it was compared with")
            self.fields["note"].required = True
        self.places: dict[str, list[tuple[OrderLine | None, str, str]]] = {}
        for group in GROUPS:
            widget = forms.CheckboxInput(attrs={"class": "form-check-input"})
            self.fields[group.value] = forms.BooleanField(label=group.label, widget=widget, required=False)
            self.places[group.value] = [
                (line, field, self._add(order, line, field))
                for line, fields in audited_fields(order, [group.value])
                for field in fields
            ]

    def _add(self, order: Order, line: OrderLine | None, field: str) -> str:
        position = line.position if line else 0
        name = f"right_{position}_{field}"
        value = stored_audited(order, line, field)
        if field == "customer_id":
            value = order.customer_name
        shown = told_pair(field, position or None, value, "")[0]
        word = gettext("A row that is missing") if field == "line" else capfirst(str(FIELD_WORDS[field]))
        label = word if field == "line" else f"{word}: {shown or '—'}"
        widget = forms.TextInput(
            attrs={"class": "form-control", "placeholder": gettext("right"), "autocomplete": "off"}
        )
        self.fields[name] = forms.CharField(label=label, max_length=300, required=False, widget=widget)
        return name

    def groups(self) -> Iterator[AuditedGroup]:
        """The groups with their fields."""
        for group in GROUPS:
            header: list[forms.BoundField] = []
            rows: dict[OrderLine, list[forms.BoundField]] = {}
            for line, _field, name in self.places[group.value]:
                (header if line is None else rows.setdefault(line, [])).append(self[name])
            yield AuditedGroup(self[group.value], header, list(rows.items()))

    def compared(self) -> list[str]:
        """The groups that were ticked."""
        return [group for group in AUDITED_HEADER if self.cleaned_data[group]]

    def faults(self) -> list[AuditFault]:
        """The fields into which something was typed."""
        return [
            AuditFault(line, field, self.cleaned_data[name])
            for places in self.places.values()
            for line, field, name in places
            if self.cleaned_data[name]
        ]

    def take_refusal(self, refusal: OrderError) -> None:
        """Put what was refused beside its field, or on top; what has changed since is looked at anew."""
        self.add_error(refusal.field if refusal.field in self.fields else None, str(refusal))
        if self.data.get("sight") != self.now:
            self.data = {"sight": self.now, "note": self.data.get("note", "")}
