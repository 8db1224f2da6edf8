"""What the pages of this room share: finding what one may see, saving with a conflict shown, one template for forms."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ObjectDoesNotExist
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from customers.errors import ConflictError, CustomerError
from customers.history import label_of, words_for
from customers.models import Customer
from salesops.web.access import PersonRequest
from salesops.web.toasts import toast


@dataclass(frozen=True)
class Crumb:
    label: Any
    url: str


@dataclass(frozen=True)
class FormPage:
    """Words and ways of a page that holds one form."""

    title: Any
    crumbs: tuple[Crumb, ...]
    back: str
    deed: Any
    text: Any = ""
    danger: bool = False


def visible_customer(request: PersonRequest, pk: int) -> Customer:
    """The customer, or 404 where this person may not know of it."""
    return get_object_or_404(Customer.objects.visible_to(request.user).for_listing(), pk=pk)


def saved_form(
    request: HttpRequest,
    form: Any,
    page: FormPage,
    save: Callable[[], Any],
    *,
    done: Any,
    to: Callable[[Any], str],
    template: str = "customers/form.html",
    version_field: str = "version",
    context: dict[str, Any] | None = None,
) -> HttpResponse:
    """Show the form, or save what was typed and go on; a refusal and a conflict keep every word that was typed."""
    context = dict(context or {})
    status = 200
    differences: list[dict[str, str]] = []
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                result = save()
            except ConflictError as conflict:
                status = 409
                differences = _in_words(form._meta.model, conflict)
                form = _with_version(form, version_field, conflict.version)
                context["conflict"] = conflict
            except CustomerError as refusal:
                form.take_refusal(refusal.field, str(refusal))
            except ObjectDoesNotExist as gone:
                raise Http404 from gone
            else:
                _tell(request, form, str(done))
                return redirect(to(result))
    return render(request, template, {"form": form, "page": page, "differences": differences, **context}, status=status)


def _tell(request: HttpRequest, form: Any, done: str) -> None:
    toast(request, done)
    for note in form.notes:
        toast(request, note.sentence, tone="note")


def _in_words(model: type[models.Model], conflict: ConflictError) -> list[dict[str, str]]:
    return [
        {
            "field": label_of(model, one.field),
            "stored": words_for(model, one.field, one.stored),
            "typed": words_for(model, one.field, one.typed),
        }
        for one in conflict.differences
    ]


def _with_version(form: Any, name: str, version: int) -> forms.BaseForm:
    """The same form with what was typed, now against the version that is stored: saving again is a decision."""
    typed = form.data.copy()
    typed[form.add_prefix(name)] = str(version)
    form.data = typed
    return form  # type: ignore[no-any-return]
