"""What all forms of this room share: clean text, problems beside their fields, one look."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import HTML, Div, Field, Fieldset, Layout
from django import forms

from customers.validation import Problem, check_text, strip_invisible
from salesops.chinese import to_half_width


class CleanForm(forms.BaseForm):
    """Takes invisible marks out of what was typed, refuses what cannot be printed, folds numbers to half width.

    ``folded`` names the fields that hold codes and numbers. Notes collect in ``notes`` and stop nobody.
    """

    folded: tuple[str, ...] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.notes: list[Problem] = []
        for field in self.fields.values():
            if isinstance(field.widget, forms.Textarea):
                field.widget.attrs["rows"] = 3
            if isinstance(field, forms.DateField):
                field.widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
            if isinstance(field, forms.DecimalField):
                field.widget = forms.TextInput(attrs={"inputmode": "decimal"})

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        for name, value in list(cleaned.items()):
            if isinstance(value, list) and all(isinstance(part, str) for part in value):
                cleaned[name] = [part for one in value if (part := strip_invisible(one).strip())]
                self.take(check_text("".join(value), name))
            elif isinstance(value, str):
                text = strip_invisible(value).strip()
                cleaned[name] = to_half_width(text) if name in self.folded else text
                lines = isinstance(self.fields[name].widget, forms.Textarea)
                self.take(check_text(text, name, lines=lines))
                if value.strip() and not text and self.fields[name].required:
                    self.add_error(name, self.fields[name].error_messages["required"])
        return cleaned

    def take(self, problems: Iterable[Problem]) -> None:
        """Errors go beside their fields, everything else into the notes."""
        for problem in problems:
            if problem.level == "error":
                self.add_error(problem.field if problem.field in self.fields else None, problem.sentence)
            else:
                self.notes.append(problem)

    def take_refusal(self, field: str, sentence: str) -> None:
        """A deed said no: the sentence stands beside its field, or on top."""
        self.add_error(field if field in self.fields else None, sentence)


def section(heading: Any, *names: Any) -> Fieldset:
    """Fields under a heading, two beside each other where there is room."""
    fields = [name if not isinstance(name, str) else Field(name) for name in names]
    return Fieldset(heading, Div(*fields, css_class="cu-grid"), css_class="cu-set")


def wide(name: str) -> Field:
    """A field over the whole width."""
    return Field(name, wrapper_class="cu-wide")


def include(template: str) -> HTML:
    """A template in between, with the page's own context."""
    return HTML(f'{{% include "{template}" %}}')


def helper_of(*parts: Any) -> FormHelper:
    """The layout alone: the page brings form tag, token, summary and buttons."""
    helper = FormHelper()
    helper.form_tag = False
    helper.disable_csrf = True
    helper.form_show_errors = True
    helper.layout = Layout(*parts)
    return helper
