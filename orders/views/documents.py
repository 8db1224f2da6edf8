"""The documents of an order: as PDF in Chinese, English or both, and as a page for printing."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from orders.documents.building import confirmation_of, delivery_note_of, open_quantities, revision_of
from orders.documents.contents import Document
from orders.documents.rendering import file_name, lay_out, render_pdf
from orders.models import Order
from orders.sight import SEES_ORDERS, sees_prices
from orders.views.detail import visible_order
from salesops.documents.pages import PageLink, page_context
from salesops.documents.paper import LANGUAGES, Language
from salesops.web.access import PersonRequest, require

_LANGUAGES: dict[str, tuple[Language, ...]] = {"zh": ("zh",), "en": ("en",), "both": LANGUAGES}


@require_safe
@require(*SEES_ORDERS)
def pdf(request: PersonRequest, pk: int, kind: str) -> HttpResponse:
    """The document as a file; ``?languages=`` is zh, en or both."""
    order = visible_order(request, pk)
    _check_prices(request, kind)
    document = _document(order, kind)
    languages = _wanted(request)
    response = HttpResponse(render_pdf(document, languages=languages), content_type="application/pdf")
    response["Content-Disposition"] = content_disposition_header(True, file_name(document, languages=languages))
    response["Cache-Control"] = "no-store"
    return response


@require_safe
@require(*SEES_ORDERS)
def page(request: PersonRequest, pk: int, kind: str) -> HttpResponse:
    """The document as a page that prints like the PDF."""
    order = visible_order(request, pk)
    _check_prices(request, kind)
    chosen = request.GET.get("languages", "both")
    paper = lay_out(_document(order, kind), languages=_wanted(request))
    context = page_context(paper, links=_links(order, kind, chosen), back_url=reverse("orders:detail", args=[order.pk]))
    return render(request, "documents/paper.html", context)


def _check_prices(request: PersonRequest, kind: str) -> None:
    """Only a delivery note is without prices; the warehouse gets nothing else."""
    if kind != "delivery_note" and not sees_prices(request.user):
        raise PermissionDenied


def _wanted(request: PersonRequest) -> tuple[Language, ...]:
    try:
        return _LANGUAGES[request.GET.get("languages", "both")]
    except KeyError:
        raise Http404 from None


def _document(order: Order, kind: str) -> Document:
    revision = revision_of(order)
    if kind == "confirmation":
        return confirmation_of(order, revision)
    return delivery_note_of(order, open_quantities(order), revision=revision)


def _links(order: Order, kind: str, chosen: str) -> list[PageLink]:
    """The same document in the other languages, and this one as PDF."""
    names = {"zh": "中文", "en": "English", "both": _("Both languages")}
    here = reverse(f"orders:{kind}_page", args=[order.pk])
    links = [PageLink(f"{here}?languages={key}", name, "language", key == chosen) for key, name in names.items()]
    return [*links, PageLink(f"{reverse(f'orders:{kind}_pdf', args=[order.pk])}?languages={chosen}", "PDF", "download")]
