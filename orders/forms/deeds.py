"""What a deed on an order asks for: reasons, the checklist, the faults a verifier found."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from orders.actions.cancel import CancelReason, RejectReason, Side
from orders.actions.invoices import INVOICE_HEADER, INVOICE_ROWS, InvoiceFault
from orders.actions.review import QUESTIONS, Answer
from orders.actions.stock import check_stock
from orders.actions.verify import HEADER_FAULTS, LINE_FAULTS, FaultFound
from orders.desk.comparing import GROUPS, Value, files_to_open, header_values, sight_of_source, sources_of
from orders.errors import OrderError
from orders.ledger.words import FIELD_WORDS
from orders.models import ErrorEvent, Hold, Order, OrderLine, ReviewCheck

MOST_FAULTS = 5
_EMPTY = [("", "—")]


def _text(label: Any, *, most: int, required: bool = False, hint: Any = "") -> forms.CharField:
    widget = forms.Textarea(attrs={"class": "form-control", "rows": 2})
    return forms.CharField(label=label, max_length=most, required=required, help_text=hint, widget=widget)


def _choice(label: Any, choices: Any) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, choices=choices, widget=forms.Select(attrs={"class": "form-select"}))


def _tick(label: Any, missing: Any) -> forms.BooleanField:
    widget = forms.CheckboxInput(attrs={"class": "form-check-input"})
    return forms.BooleanField(label=label, widget=widget, error_messages={"required": missing})


class DeedForm(forms.Form):
    """The words a deed needs; the deed itself checks them once more."""

    def __init__(self, *args: Any, order: Order, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.order = order
        first = next((field for field in self.fields.values() if not field.widget.is_hidden), None)
        if first is not None:  # whoever opened the page by key goes on typing
            first.widget.attrs["autofocus"] = True

    def take_refusal(self, refusal: OrderError) -> None:
        """Put what the deed refused beside its field, or on top."""
        self.add_error(refusal.field if refusal.field in self.fields else None, str(refusal))


class HoldForm(DeedForm):
    kind = _choice(_("What it is about"), Hold.Kind.choices)
    reason = _text(_("Reason"), most=300, required=True)


class ReasonForm(DeedForm):
    reason = _text(_("Reason"), most=300, required=True)


class CancelForm(DeedForm):
    side = _choice(_("Who calls it off"), [*_EMPTY, *Side.choices])
    reason = _choice(_("Reason"), [*_EMPTY, *CancelReason.choices])
    note = _text(_("Note"), most=500)


class RejectForm(DeedForm):
    reason = _choice(_("Reason"), [*_EMPTY, *RejectReason.choices])
    note = _text(_("Note"), most=500)


class ReleaseForm(DeedForm):
    waived_reason = _text(
        _("Why without the warehouse's answer"),
        most=200,
        required=True,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        try:
            check_stock(self.order)
        except OrderError as gap:
            self.fields["waived_reason"].help_text = str(gap)


class CloseForm(DeedForm):
    written_off = _text(_("Why it is written off"), most=500, required=True)


class ReviewForm(DeedForm):
    """Seven questions: right, or not right with a note."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kept = {check.question: check for check in ReviewCheck.objects.filter(order=self.order)}
        for question in QUESTIONS:
            before = kept.get(question)
            self.fields[question] = forms.ChoiceField(
                label=question.label,
                choices=[("", "—"), ("yes", _("Right")), ("no", _("Not right"))],
                initial="yes" if before is None or before.is_right else "no",
                widget=forms.Select(attrs={"class": "form-select"}),
            )
            self.fields[f"{question}_note"] = forms.CharField(
                label=_("Note"),
                max_length=300,
                required=False,
                initial=before.note if before else "",
                widget=forms.TextInput(attrs={"class": "form-control"}),
            )

    def pairs(self) -> Iterator[tuple[forms.BoundField, forms.BoundField]]:
        """Each question with its note."""
        for question in QUESTIONS:
            yield self[question], self[f"{question}_note"]

    def answers(self) -> dict[str, Answer]:
        """What was ticked, as the deed wants it."""
        said = self.cleaned_data
        return {question: Answer(said[question] == "yes", said[f"{question}_note"]) for question in QUESTIONS}


class VerifyForm(DeedForm):
    """A tick for each group that was compared with its source, one for each file no page can show."""

    sight = forms.CharField(widget=forms.HiddenInput, max_length=64)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.sources = sources_of(self.order)
        self.now = sight_of_source(self.order, self.sources)
        self.fields["sight"].initial = self.now
        self.apart = files_to_open(self.sources)
        for group in GROUPS:
            self.fields[group.value] = _tick(group.label, _("Compare this with what the customer sent."))
        for row in self.apart:
            self.fields[f"file_{row.pk}"] = _tick(
                gettext("Opened: %(file)s") % {"file": row}, _("Open this file first: no page can show it.")
            )
        words = _("Note") if self.sources else _("What it was compared with")
        self.fields["note"] = _text(words, most=500, required=not self.sources)
        self.fields[GROUPS[0].value].widget.attrs["autofocus"] = True

    def take_refusal(self, refusal: OrderError) -> None:
        """What changed since it was looked at is looked at anew: nothing stays ticked."""
        super().take_refusal(refusal)
        if self.data.get("sight") != self.now:
            self.data = {"sight": self.now, "note": self.data.get("note", "")}

    def groups(self) -> Iterator[tuple[forms.BoundField, list[Value]]]:
        """The tick of each group with the values of the header that belong to it."""
        values = header_values(self.order)
        for group in GROUPS:
            yield self[group.value], values[group]

    def file_ticks(self) -> list[forms.BoundField]:
        """The ticks of the files that are opened apart."""
        return [self[f"file_{row.pk}"] for row in self.apart]

    def compared(self) -> list[str]:
        """The groups that were ticked."""
        return [group.value for group in GROUPS if self.cleaned_data[group.value]]

    def opened(self) -> list[int]:
        """The files that were opened."""
        return [row.pk for row in self.apart if self.cleaned_data[f"file_{row.pk}"]]


class FaultsForm(DeedForm):
    """Up to five faults, each in a row of fields: where, which field, what would be right, and what a deed adds."""

    header_faults: ClassVar[tuple[str, ...]]
    line_faults: ClassVar[tuple[str, ...]]
    columns: ClassVar[tuple[str, ...]]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lines = list(self.order.lines.all())
        places = [(0, _("Header")), *((line.position, f"{line.position} · {line.product_name}") for line in self.lines)]
        names = dict.fromkeys((*self.line_faults, *self.header_faults))
        words = [("", "—"), *((name, capfirst(str(FIELD_WORDS.get(name) or _word(name)))) for name in names)]
        for place in range(1, MOST_FAULTS + 1):
            self.fields[f"place_{place}"] = _optional(_("Where"), places)
            self.fields[f"field_{place}"] = _optional(_("Field"), words)
            self.fields[f"right_{place}"] = _line(_("Right would be"))
            self.add_fields(place)

    def add_fields(self, place: int) -> None:
        """The further fields of one fault."""
        raise NotImplementedError

    def rows(self) -> Iterator[list[forms.BoundField]]:
        """The fields of each fault."""
        for place in range(1, MOST_FAULTS + 1):
            yield [self[f"{name}_{place}"] for name in self.columns]

    def named(self) -> Iterator[tuple[OrderLine | None, dict[str, str]]]:
        """The faults that name a field: their row, and what was said in each column."""
        by_position = {str(line.position): line for line in self.lines}
        for place in range(1, MOST_FAULTS + 1):
            said = {name: self.cleaned_data[f"{name}_{place}"] for name in self.columns}
            if said["field"]:
                yield by_position.get(said["place"]), said

    def clean(self) -> dict[str, Any]:
        """A field belongs to the rows or to the header."""
        said = super().clean() or {}
        for place in range(1, MOST_FAULTS + 1):
            field, where = said.get(f"field_{place}"), said.get(f"place_{place}") or "0"
            if not field:
                continue
            if field not in (self.header_faults if where == "0" else self.line_faults):
                self.add_error(f"field_{place}", gettext("This field is not there: choose the header or a row."))
            if not said.get(f"right_{place}"):
                self.add_error(f"right_{place}", gettext("Say what would be right."))
        return said


class BounceForm(FaultsForm):
    """What a verifier found, and what kind of error each fault is."""

    header_faults = HEADER_FAULTS
    line_faults = LINE_FAULTS
    columns = ("place", "field", "right", "type")
    note = _text(_("Note for the clerk"), most=500)

    def add_fields(self, place: int) -> None:
        """The kind, where the field does not say it."""
        self.fields[f"type_{place}"] = _optional(_("Kind of error"), [("", _("As the field says")), *_TYPES])

    def faults(self) -> list[FaultFound]:
        """The rows that name a field, as the deed wants them."""
        return [FaultFound(line, said["field"], said["right"], said["type"]) for line, said in self.named()]


class InvoiceBackForm(FaultsForm):
    """The invoice that came back, and what was wrong on it because of what we kept."""

    header_faults = INVOICE_HEADER
    line_faults = INVOICE_ROWS
    columns = ("place", "field", "wrong", "right", "cause")
    invoice_number = forms.CharField(
        label=_("Invoice number"), max_length=40, widget=forms.TextInput(attrs={"class": "form-control"})
    )
    note = _text(_("What the customer said"), most=500)

    def add_fields(self, place: int) -> None:
        """What was printed, where something else stands there by now, and why it was wrong."""
        self.fields[f"wrong_{place}"] = _line(_("Printed was"), _("Empty: what stands in the order now"))
        self.fields[f"cause_{place}"] = _optional(_("Root cause"), _CAUSES)

    def faults(self) -> list[InvoiceFault]:
        """The rows that name a field, as the deed wants them."""
        return [
            InvoiceFault(line, said["field"], said["right"], said["cause"], said["wrong"])
            for line, said in self.named()
        ]


def _word(name: str) -> Any:
    model = OrderLine if name in LINE_FAULTS else Order
    return model._meta.get_field(name.removesuffix("_id")).verbose_name  # type: ignore[union-attr]


_TYPES = list(ErrorEvent.Type.choices)
_CAUSES = sorted(ErrorEvent.Cause.choices, key=lambda one: one[0] != ErrorEvent.Cause.UNKNOWN)


def _line(label: Any, hint: Any = "") -> forms.CharField:
    widget = forms.TextInput(attrs={"class": "form-control"})
    return forms.CharField(label=label, max_length=300, required=False, help_text=hint, widget=widget)


def _optional(label: Any, choices: Any) -> forms.ChoiceField:
    return forms.ChoiceField(
        label=label, choices=choices, required=False, widget=forms.Select(attrs={"class": "form-select"})
    )
