"""Pages of lists. An app's own view is two lines: ``return list_page(request, listing)``."""

from __future__ import annotations

from collections.abc import Callable

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from salesops.jobs.engine import enqueue
from salesops.listing.cells import amount_text
from salesops.listing.counting import loosened, tab_counts, totals_of
from salesops.listing.filters import row_id
from salesops.listing.listing import LISTINGS, Listing
from salesops.listing.page import build_page, count_text, list_url, shown_columns, tabs_of
from salesops.listing.preferences import drop_view, keep_columns, keep_view, kept_and_counts
from salesops.listing.query import read_query
from salesops.listing.reader import Reader, reader_for
from salesops.web.access import PersonRequest
from salesops.web.toasts import toast

MOST_SELECTED = 200


def list_page(request: HttpRequest, listing: Listing) -> HttpResponse:
    """The page of a list, or the list alone when htmx asks for it; 403 without one of its permissions."""
    reader = _open(request, listing)
    page = build_page(listing, request.GET.urlencode(), reader)
    alone = request.headers.get("HX-Target") == "list" and "HX-History-Restore-Request" not in request.headers
    response = render(request, "listing/_list.html" if alone else "listing/page.html", {"page": page, "alone": alone})
    patch_vary_headers(response, ("HX-Target", "HX-History-Restore-Request"))
    return response


def _open(request: HttpRequest, listing: Listing) -> Reader:
    if not listing.may_be_opened_by(request.user):
        raise PermissionDenied
    return reader_for(request.user)  # type: ignore[arg-type]  # behind sign-in


def _named(request: HttpRequest, name: str) -> tuple[Listing, Reader]:
    """The list of that name, opened; 404 where there is none."""
    listing = LISTINGS.get(name)
    if listing is None:
        raise Http404
    return listing, _open(request, listing)


def _back(request: HttpRequest, listing: Listing) -> HttpResponseRedirect:
    """To the list as it stood; never to another house."""
    target = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(target, {request.get_host()}, request.is_secure()):
        target = list_url(listing)
    return HttpResponseRedirect(target)


@require_safe
def list_part(request: HttpRequest, name: str, part: str) -> HttpResponse:
    """A piece of a list that is fetched when it is needed: counts of the tabs, the sum, the filter form."""
    draw = PARTS.get(part)
    if draw is None:
        raise Http404
    listing, reader = _named(request, name)
    return draw(request, listing, reader)


def _counts(request: HttpRequest, listing: Listing, reader: Reader) -> HttpResponse:
    query = read_query(listing, request.GET.urlencode(), reader)
    kept, counts = kept_and_counts(reader.person, listing.name)
    tabs = tabs_of(query, kept, counts or tab_counts(query, reader, kept.views))
    return render(request, "listing/_tabs.html", {"tabs": tabs, "title": listing.title})


def _sum(request: HttpRequest, listing: Listing, reader: Reader) -> HttpResponse:
    query = read_query(listing, request.GET.urlencode(), reader)
    sums = [amount_text(total, currency, always_symbol=True) for currency, total in totals_of(query, reader)]
    return render(request, "listing/_sum.html", {"sums": sums})


def _loosen(request: HttpRequest, listing: Listing, reader: Reader) -> HttpResponse:
    query = read_query(listing, request.GET.urlencode(), reader)
    ways = [
        {
            "label": one.label,
            "value": one.words(query.values[one.name], reader),
            "count": count_text(count),
            "url": list_url(listing, query.string(drop=one)),
        }
        for one, count in loosened(query, reader)
    ]
    return render(
        request, "listing/_loosen.html", {"ways": ways, "clear_url": list_url(listing, query.string(bare=True))}
    )


def _filters(request: HttpRequest, listing: Listing, reader: Reader) -> HttpResponse:
    """The filter form: inside the list for htmx, a page of its own without JavaScript."""
    query = read_query(listing, request.GET.urlencode(), reader)
    controls = [control for one in listing.filters if not one.quick for control in one.controls(query.params, reader)]
    quick = [one for one in listing.filters if one.quick]
    carried = [(name, value) for one in quick for name in one.parameters for value in query.params.get(name, ())]
    carried += [("view", query.view.name)] if query.view.name not in {"", listing.default_view} else []
    carried += [] if query.is_default_sort else [("sort", query.sort_name)]
    context = {"controls": controls, "carried": carried, "listing": listing, "url": list_url(listing)}
    inside = request.headers.get("HX-Request") == "true"
    return render(request, "listing/_filters.html" if inside else "listing/filters.html", context)


PARTS: dict[str, Callable[[HttpRequest, Listing, Reader], HttpResponse]] = {
    "counts": _counts,
    "sum": _sum,
    "loosen": _loosen,
    "filters": _filters,
}


@require_POST
def choose_columns(request: HttpRequest, name: str) -> HttpResponse:
    """Keep the columns and the density the person ticked; ``reset`` goes back to the list's own."""
    listing, reader = _named(request, name)
    chosen = [column for column in request.POST.getlist("column") if column in listing.by_name]
    if "reset" in request.POST:
        chosen = []
    elif not chosen:
        chosen = [listing.key.name]
    keep_columns(person=reader.person, listing=name, columns=chosen, is_dense=request.POST.get("density") != "roomy")
    return _back(request, listing)


@require_POST
def save_view(request: HttpRequest, name: str) -> HttpResponse:
    """Keep the list as it stands under a name of the person's own."""
    listing, reader = _named(request, name)
    title = " ".join(request.POST.get("name", "").replace("\x00", "").split())[:60]
    if not title:
        toast(request, _("Give the view a name, then it can be saved."), tone="warn")
        return _back(request, listing)
    query = read_query(listing, request.POST.get("query", ""), reader)
    query.saved = None
    string = query.string()[:2000]
    view_id = keep_view(person=reader.person, listing=name, name=title, query=string)
    toast(request, _("The view “%(name)s” is saved.") % {"name": title})
    return HttpResponseRedirect(list_url(listing, f"{string}&saved={view_id}" if string else f"saved={view_id}"))


@require_POST
def delete_view(request: HttpRequest, name: str, view_id: int) -> HttpResponse:
    """Delete one of the person's own views; 404 where it is not theirs."""
    listing, reader = _named(request, name)
    if not 0 < view_id < 2**63 or not drop_view(person=reader.person, listing=name, view_id=view_id):
        raise Http404
    toast(request, _("The view is deleted."))
    return HttpResponseRedirect(list_url(listing))


@require_POST
def export_list(request: PersonRequest, name: str) -> HttpResponse:
    """Start the export of exactly what is filtered; the job's page tells when it can be downloaded."""
    listing, reader = _named(request, name)
    if not reader.person.may(listing.export_permission):
        raise PermissionDenied
    kept, _counts = kept_and_counts(reader.person, name)
    query = read_query(listing, request.POST.get("query", ""), reader)
    chosen = request.POST.get("format", "xlsx")
    job = enqueue(
        "listing.export",
        arguments={
            "listing": name,
            "query": query.string(),
            "columns": [column.name for column in shown_columns(listing, kept)],
            "format": chosen if chosen in {"xlsx", "csv"} else "xlsx",
            "language": reader.language,
        },
        owner=request.user,
        title=_("Export: %(list)s") % {"list": listing.title},
    )
    return HttpResponseRedirect(reverse("jobs:detail", args=[job.pk]))


@require_POST
def run_deed(request: HttpRequest, name: str, deed: str) -> HttpResponse:
    """Do a bulk deed to the selected rows the person may see; anything else that was sent is left alone."""
    listing, reader = _named(request, name)
    found = next((one for one in listing.bulk_deeds if one.name == deed), None)
    if found is None:
        raise Http404
    if not reader.person.may(found.permission):
        raise PermissionDenied
    asked = [number for raw in request.POST.getlist("id")[:MOST_SELECTED] if (number := row_id(raw))]
    visible = listing.rows(reader.person).filter(pk__in=asked).order_by("pk")
    ids = list(visible.values_list("pk", flat=True))
    if not ids:
        toast(request, _("Select the rows first."), tone="warn")
        return _back(request, listing)
    fields = {"choice": request.POST.get(f"{deed}_choice", "")}
    result = found.run(reader.person, ids, fields)
    toast(request, result.text, result.undo_url or None, result.tone)
    left = len(set(asked)) - len(ids)
    if left:
        text = ngettext(
            "%(count)d selected row is not there for you.", "%(count)d selected rows are not there for you.", left
        )
        toast(request, text % {"count": left}, tone="warn")
    return _back(request, listing)
