"""The approval rules: what each says, its versions, and what a change would have done last month."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from orders.actions.rules import change_rule
from orders.desk.rule_effects import MOST_SHOWN, Effect, effect_of
from orders.desk.rule_words import tell_threshold
from orders.errors import OrderError
from orders.models import ApprovalRule
from salesops.web.access import PersonRequest, require
from salesops.web.toasts import toast
from staff.roles import Permission

_WITHOUT_THRESHOLD = frozenset({ApprovalRule.Kind.DUPLICATE_PO})


class RuleForm(forms.Form):
    """A rule as it would be."""

    name = forms.CharField(
        label=pgettext_lazy("rule", "Name"), max_length=80, required=False,
        widget=forms.TextInput(attrs={"class": "form-control"}),
    )  # fmt: skip
    threshold = forms.DecimalField(
        label=gettext_lazy("Threshold"), max_digits=14, decimal_places=4, min_value=0,
        widget=forms.NumberInput(attrs={"class": "form-control"}),
    )  # fmt: skip
    is_active = forms.BooleanField(
        label=gettext_lazy("Switched on"),
        required=False,
        widget=forms.CheckboxInput(attrs={"class": "form-check-input"}),
    )
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2**31 - 1)
    shown = forms.CharField(widget=forms.HiddenInput, required=False, max_length=40)

    def __init__(self, *args: Any, rule: ApprovalRule, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if rule.kind in _WITHOUT_THRESHOLD:
            del self.fields["threshold"]

    def asked(self) -> str:
        """What an effect is shown of: a threshold typed since then makes another one."""
        return f"{self.cleaned_data['version']}:{self.threshold_typed()}"

    def threshold_typed(self) -> Decimal | None:
        """The threshold, none where the kind has none."""
        return self.cleaned_data.get("threshold")


@require_safe
@require(Permission.ADMINISTER)
def rules(request: PersonRequest) -> HttpResponse:
    """Every rule with what it says and whether it is on."""
    rows = [
        {"rule": rule, "says": tell_threshold(rule.kind, rule.threshold)}
        for rule in ApprovalRule.objects.select_related("changed_by").order_by("kind", "pk")
    ]
    return render(request, "orders/rules/list.html", {"rows": rows})


@require_http_methods(["GET", "HEAD", "POST"])
@require(Permission.ADMINISTER)
def rule(request: PersonRequest, pk: int) -> HttpResponse:
    """Change a rule: first its effect is shown, then it is saved."""
    found = get_object_or_404(ApprovalRule, pk=pk)
    initial = {name: getattr(found, name) for name in ("name", "threshold", "is_active", "version")}
    if found.threshold is not None:
        initial["threshold"] = f"{found.threshold.normalize():f}"
    form = RuleForm(request.POST if request.method == "POST" else None, initial=initial, rule=found)
    if request.method != "POST":
        return _show(request, found, form, None)
    if not form.is_valid():
        return _show(request, found, form, None, status=422)
    said = form.cleaned_data
    effect = effect_of(found.kind, form.threshold_typed())
    if "save" not in request.POST or said["shown"] != form.asked():
        return _show(request, found, form, effect)
    try:
        change_rule(
            by=request.user,
            rule=found,
            version=said["version"],
            name=said["name"],
            threshold=form.threshold_typed(),
            is_active=said["is_active"],
            effect=effect,
        )
    except OrderError as refusal:
        form.add_error(None, str(refusal))
        return _show(request, found, form, effect, status=409)
    toast(request, _("The rule is saved."))
    return redirect("orders:rules")


def _show(
    request: PersonRequest, found: ApprovalRule, form: RuleForm, effect: Effect | None, *, status: int = 200
) -> HttpResponse:
    context = {
        "shown": form.asked() if effect else "",
        "rule": found,
        "says": tell_threshold(found.kind, found.threshold),
        "form": form,
        "effect": effect,
        "hits": effect.hits[:MOST_SHOWN] if effect else [],
        "versions": [
            {"version": each, "says": tell_threshold(found.kind, _number(each.content.get("threshold")))}
            for each in found.versions.select_related("by")[:20]
        ],
    }
    return render(request, "orders/rules/detail.html", context, status=status)


def _number(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
