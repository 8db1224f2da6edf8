"""The approval rules: what each says, its versions, and what a change would have done last month."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, TypeGuard

from django import forms
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from orders.actions.rules import ask_effect, change_rule
from orders.desk.rule_effects import Effect, effect_asked, effect_kept, effect_of, takes_long
from orders.desk.rule_words import tell_finding, tell_threshold
from orders.errors import OrderError
from orders.models import ApprovalRule
from orders.snapshots import plain_value
from salesops.jobs.engine import ask_to_stop
from salesops.jobs.models import Job
from salesops.jobs.reading import sight_of
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
    job = effect_asked(request.user, found)
    if request.method != "POST":
        form = RuleForm(initial=_initial(found, job), rule=found)
        return _part(request, found, form, job) if "part" in request.GET else _show(request, found, form, job=job)
    form = RuleForm(request.POST, rule=found)
    if "stop" in request.POST or "look" in request.POST:
        if "stop" in request.POST and job is not None:
            ask_to_stop(job)
            job = effect_asked(request.user, found)
        return _show(request, found, _as_typed(request, found), job=job)
    if not form.is_valid():
        return _show(request, found, form, job=job, status=422)
    said, threshold = form.cleaned_data, form.threshold_typed()
    content: dict[str, Any] = {
        "version": said["version"], "name": said["name"], "threshold": threshold, "is_active": said["is_active"],
    }  # fmt: skip
    is_saved = "save" in request.POST
    shown, effect = _shown_of(said["version"], threshold), None
    try:
        if is_saved and _has_judged(job, threshold) and said["shown"] == _shown_of(said["version"], threshold, job):
            shown, effect = said["shown"], effect_kept(job.result)
        elif takes_long():
            ask_effect(by=request.user, rule=found, **content)
            return redirect("orders:rule", found.pk)
        else:
            effect = effect_of(found.kind, threshold)
        if not is_saved or said["shown"] != shown:
            return _show(request, found, form, shown=shown, effect=effect)
        change_rule(by=request.user, rule=found, effect=effect, **content)
    except OrderError as refusal:
        form.add_error(None, str(refusal))
        return _show(request, found, form, shown=shown, effect=effect, status=409)
    toast(request, _("The rule is saved."))
    return redirect("orders:rules")


def _part(request: PersonRequest, found: ApprovalRule, form: RuleForm, job: Job | None) -> HttpResponse:
    """The progress of the work on the effect; once that is over, the effect in its place and nothing else anew."""
    if job is not None and job.state in (Job.State.QUEUED, Job.State.RUNNING):
        context = {"sight": sight_of(job), "progress_url": _part_url(found)}
        return render(request, "jobs/_progress.html", context)
    answer = render(request, "orders/rules/_effect.html", _context(found, form, job=job))
    answer["HX-Retarget"], answer["HX-Reswap"] = "#rule-effect", "outerHTML"
    return answer


def _part_url(found: ApprovalRule) -> str:
    return reverse("orders:rule", args=[found.pk], query={"part": "effect"})


def _as_typed(request: PersonRequest, found: ApprovalRule) -> RuleForm:
    """Every word as it stands in the form; nothing is checked yet."""
    typed = {name: request.POST.get(name, "") for name in RuleForm.base_fields}
    return RuleForm(initial=typed | {"is_active": "is_active" in request.POST}, rule=found)


def _has_judged(job: Job | None, threshold: Decimal | None) -> TypeGuard[Job]:
    return job is not None and job.state == Job.State.DONE and job.arguments["threshold"] == plain_value(threshold)


def _shown_of(version: int, threshold: Decimal | None, job: Job | None = None) -> str:
    """What an effect is shown of: a threshold typed since then makes another one, and so does another job."""
    return f"{version}:{plain_value(threshold)}" + (f":{job.pk}" if job else "")


def _initial(found: ApprovalRule, job: Job | None) -> dict[str, Any]:
    """The rule as it is, or as it was typed when its effect was asked for."""
    values = job.arguments if job else {name: getattr(found, name) for name in ("name", "is_active", "version")}
    return values | {"threshold": values["threshold"] if job else plain_value(found.threshold)}


def _show(
    request: PersonRequest,
    found: ApprovalRule,
    form: RuleForm,
    *,
    shown: str = "",
    effect: Effect | None = None,
    job: Job | None = None,
    status: int = 200,
) -> HttpResponse:
    """The page of the rule, with an effect at hand or with what became of the job that was asked for one."""
    context = _context(found, form, shown=shown, effect=effect, job=None if effect else job) | {
        "rule": found,
        "says": tell_threshold(found.kind, found.threshold),
        "form": form,
        "versions": [
            {"version": each, "says": tell_threshold(found.kind, _number(each.content.get("threshold")))}
            for each in found.versions.select_related("by")[:20]
        ],
    }
    return render(request, "orders/rules/detail.html", context, status=status)


def _context(
    found: ApprovalRule, form: RuleForm, *, shown: str = "", effect: Effect | None = None, job: Job | None = None
) -> dict[str, Any]:
    """What the effect's part of the page shows: of the threshold that was judged, whatever is typed by now."""
    threshold = form.threshold_typed() if form.is_bound and form.is_valid() else found.threshold
    if job is not None:
        threshold = _number(job.arguments["threshold"])
    if _has_judged(job, threshold):
        shown, effect = _shown_of(found.version, threshold, job), effect_kept(job.result)
    return {
        "shown": shown,
        "effect": effect,
        "effect_says": tell_threshold(found.kind, threshold),
        "hits": [(hit.order, tell_finding(hit.finding)) for hit in effect.hits] if effect else [],
        "sight": sight_of(job) if job else None,
        "part_url": _part_url(found),
    }


def _number(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
