"""Evidence out of the house: as a download, or as a picture or PDF beside the page; never as a page of ours."""

from __future__ import annotations

from io import BytesIO
from typing import TypeVar

from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

from customers.models import Customer
from orders.entry.evidence import cells_of
from orders.models import Evidence
from orders.requests.evidence import SHOWN_PICTURES, content_of_evidence
from orders.requests.queries import evidence_visible_to, rest_of_sheet
from orders.sight import SEES_ORDERS
from salesops.spreadsheets.faults import SheetRefused
from salesops.web.access import PersonRequest, require

A = TypeVar("A", HttpResponse, FileResponse)
LOCKED = "default-src 'none'; sandbox"
PDF_POLICY = "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'self'"
"""A browser's own PDF reader does not start in a sandbox; nothing else of the page may load."""


@require_safe
@require(*SEES_ORDERS)
def download(request: PersonRequest, pk: int) -> HttpResponse | FileResponse:
    """The untouched file, only ever as an attachment."""
    evidence = _visible(request, pk)
    name = evidence.file_name or f"{evidence.pk}.txt"
    answer = FileResponse(
        BytesIO(_content(evidence)), as_attachment=True, filename=name, content_type="application/octet-stream"
    )
    return _locked(answer, LOCKED)


@require_safe
@require(*SEES_ORDERS)
@xframe_options_sameorigin
def show(request: PersonRequest, pk: int) -> HttpResponse:
    """A picture or a PDF for the page beside it; 404 for everything else."""
    evidence = _visible(request, pk)
    if evidence.content_type in SHOWN_PICTURES:
        answer = HttpResponse(_content(evidence), content_type=evidence.content_type)
        answer["Content-Disposition"] = "attachment"  # shown inside <img>; opened by itself it is a download
        return _locked(answer, LOCKED)
    if evidence.content_type == "application/pdf":
        answer = HttpResponse(_content(evidence), content_type="application/pdf")
        answer["Content-Disposition"] = "inline"
        return _locked(answer, PDF_POLICY)
    raise Http404


@require_safe
@require(*SEES_ORDERS)
def rows(request: PersonRequest, pk: int) -> HttpResponse:
    """The rows of a sheet behind the first, which its page asks for once it is there; ``?beside`` for the grid's."""
    evidence = _visible(request, pk)
    try:
        sheet = rest_of_sheet(evidence, _customer(request, evidence), request.GET.get("sheet", ""))
    except SheetRefused as refusal:
        raise Http404 from refusal
    if sheet is None:
        raise Http404
    if "beside" in request.GET:
        return render(request, "orders/entry/_rest.html", {"row": evidence, "rows": cells_of(sheet, sheet.rows)})
    return render(request, "orders/requests/_rest.html", {"row": evidence, "rows": sheet.rows})


def _customer(request: PersonRequest, evidence: Evidence) -> Customer | None:
    """Whose columns and part numbers the sheet is read with; on an order one sees that is its customer."""
    if evidence.order is not None:
        return evidence.order.customer
    asked = evidence.request.customer if evidence.request else None
    return Customer.objects.visible_to(request.user).filter(pk=asked.pk).first() if asked else None


def _visible(request: PersonRequest, pk: int) -> Evidence:
    return get_object_or_404(evidence_visible_to(request.user), pk=pk)


def _content(evidence: Evidence) -> bytes:
    content = content_of_evidence(evidence)
    if not content and evidence.size:
        raise Http404
    return content


def _locked(answer: A, policy: str) -> A:
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Content-Security-Policy"] = policy
    answer["Cross-Origin-Resource-Policy"] = "same-origin"
    answer["Cache-Control"] = "private, no-store"
    return answer
