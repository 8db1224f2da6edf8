"""SOPs as people read them: what is in force, one version with what changed, and who has read it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from salesops.web.toasts import toast
from staff.actions.sops import read_sop
from staff.models import SopReading, SopVersion
from staff.roles import Permission
from staff.sop_reading import changes_between, reader_rows, sop_rows
from staff.sops import deed_words
from staff.views.requests import person_of


@require_safe
def sops(request: HttpRequest) -> HttpResponse:
    """The SOPs in force, and which of them one has read."""
    person = person_of(request)
    context = {"rows": sop_rows(person), "may_write": person.may(Permission.ADMINISTER)}
    return render(request, "staff/sops/list.html", context)


@require_safe
def sop_version(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """One version: its steps, what changed against the one before, earlier ones."""
    version, person = _version(pk, number), person_of(request)
    before = version.sop.versions.filter(number__lt=version.number).first()
    reading = SopReading.objects.filter(version=version, person=person).first()
    supervises = person.may(Permission.SUPERVISE_ORDERS)
    context = {
        "version": version,
        "steps": [(step, deed_words(step.deed) if step.deed else "") for step in version.steps],
        "is_in_force": _is_in_force(version),
        "before": before,
        "changes": changes_between(before, version) if before else [],
        "reading": reading,
        "others": version.sop.versions.exclude(pk=version.pk).select_related("by"),
        "readers": reader_rows(version) if supervises else [],
        "may_write": person.may(Permission.ADMINISTER),
    }
    return render(request, "staff/sops/version.html", context)


@require_POST
def sop_read(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """Confirm that one has read the version in force; once more changes nothing."""
    version = _version(pk, number)
    if _is_in_force(version):
        read_sop(by=person_of(request), version=version)
        toast(request, _("Noted: you have read this version."))
    else:
        toast(request, _("This version is no longer in force: nothing was noted."), tone="warn")
    return redirect(version)


def _version(pk: int, number: int) -> SopVersion:
    return get_object_or_404(SopVersion.objects.select_related("sop", "by"), sop=pk, number=number)


def _is_in_force(version: SopVersion) -> bool:
    return version.sop.is_active and version.sop.version == version.number
