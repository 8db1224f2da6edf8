"""The documents of an order: as PDF in Chinese, English or both, and as a page for printing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from orders.documents.building import delivery_note_of, open_quantities, revision_of
from orders.documents.contents import Document
from orders.documents.records import NoPaperError, amendment_paper, confirmation_as_of, return_note, shipment_note
from orders.documents.rendering import file_name, lay_out, render_pdf
from orders.models import Amendment
from orders.sight import SEES_ORDERS, returns_seen_by, sees_prices, shipments_seen_by
from orders.views.detail import visible_order
from salesops.documents.pages import PageLink, page_context
from salesops.documents.paper import LANGUAGES, Language
from salesops.web.access import PersonRequest, require

_LANGUAGES: dict[str, tuple[Language, ...]] = {"zh": ("zh",), "en": ("en",), "both": LANGUAGES}
_LONGEST_REVISION = 6


@dataclass(frozen=True, slots=True)
class Found:
    """A document, the page it belongs to, and what its address says besides the language."""

    document: Document
    back_url: str
    query: str = ""


def _confirmation(request: PersonRequest, pk: int) -> Found:
    """``?revision=`` asks for an earlier revision, rebuilt from what was kept."""
    order = visible_order(request, pk)
    _demand_prices(request)
    wanted = request.GET.get("revision", "")
    if wanted and not (wanted.isascii() and wanted.isdecimal() and len(wanted) <= _LONGEST_REVISION):
        raise Http404
    document = confirmation_as_of(order, int(wanted) if wanted else None)
    return Found(document, _order_page(order.pk), f"&revision={int(wanted)}" if wanted else "")


def _delivery_note(request: PersonRequest, pk: int) -> Found:
    order = visible_order(request, pk)
    document = delivery_note_of(order, open_quantities(order), revision=revision_of(order))
    return Found(document, _order_page(order.pk))


def _amendment(request: PersonRequest, pk: int) -> Found:
    amendment = get_object_or_404(Amendment, pk=pk)
    order = visible_order(request, amendment.order_id)
    _demand_prices(request)
    return Found(amendment_paper(order, amendment), reverse("orders:amendment", args=[pk]))


def _shipment(request: PersonRequest, pk: int) -> Found:
    shipment = get_object_or_404(shipments_seen_by(request.user).select_related("order__customer"), pk=pk)
    return Found(shipment_note(shipment.order, shipment), reverse("orders:shipment", args=[pk]))


def _return(request: PersonRequest, pk: int) -> Found:
    """The warehouse's copy has no amounts."""
    held = get_object_or_404(returns_seen_by(request.user).select_related("order__customer"), pk=pk)
    document = return_note(held.order, held, with_amounts=sees_prices(request.user))
    return Found(document, reverse("orders:return", args=[pk]))


FINDERS: dict[str, Callable[[PersonRequest, int], Found]] = {
    "confirmation": _confirmation,
    "delivery_note": _delivery_note,
    "amendment_paper": _amendment,
    "shipment_note": _shipment,
    "return_note": _return,
}


@require_safe
@require(*SEES_ORDERS)
def pdf(request: PersonRequest, pk: int, kind: str) -> HttpResponse:
    """The document as a file; ``?languages=`` is zh, en or both."""
    found, languages = _found(request, pk, kind), _wanted(request)
    response = HttpResponse(render_pdf(found.document, languages=languages), content_type="application/pdf")
    response["Content-Disposition"] = content_disposition_header(True, file_name(found.document, languages=languages))
    response["Cache-Control"] = "no-store"
    return response


@require_safe
@require(*SEES_ORDERS)
def page(request: PersonRequest, pk: int, kind: str) -> HttpResponse:
    """The document as a page that prints like the PDF."""
    found = _found(request, pk, kind)
    paper = lay_out(found.document, languages=_wanted(request))
    links = _links(found, pk, kind, request.GET.get("languages", "both"))
    return render(request, "documents/paper.html", page_context(paper, links=links, back_url=found.back_url))


def _found(request: PersonRequest, pk: int, kind: str) -> Found:
    try:
        return FINDERS[kind](request, pk)
    except NoPaperError:
        raise Http404 from None


def _demand_prices(request: PersonRequest) -> None:
    """Confirmations and amendments are about money; the warehouse gets neither."""
    if not sees_prices(request.user):
        raise PermissionDenied


def _wanted(request: PersonRequest) -> tuple[Language, ...]:
    try:
        return _LANGUAGES[request.GET.get("languages", "both")]
    except KeyError:
        raise Http404 from None


def _order_page(pk: int) -> str:
    return reverse("orders:detail", args=[pk])


def _links(found: Found, pk: int, kind: str, chosen: str) -> list[PageLink]:
    """The same document in the other languages, and this one as PDF."""
    names = {"zh": "中文", "en": "English", "both": _("Both languages")}
    here, more = reverse(f"orders:{kind}_page", args=[pk]), found.query
    links = [PageLink(f"{here}?languages={key}{more}", name, "language", key == chosen) for key, name in names.items()]
    file_url = f"{reverse(f'orders:{kind}_pdf', args=[pk])}?languages={chosen}{more}"
    return [*links, PageLink(file_url, "PDF", "download")]
