"""One search for everything, as a page and as the list under the box."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from salesops.web.access import PersonRequest
from salesops.web.searching import find_commands, search

LONGEST_TEXT = 100


@require_safe
def results(request: PersonRequest) -> HttpResponse:
    """What was found for ``q``; the box asks with htmx and gets the list alone."""
    text = request.GET.get("q", "").strip()[:LONGEST_TEXT]
    in_box = request.headers.get("HX-Target") == "search-hits"
    groups = search(request.user, text, 6 if in_box else 25)
    return render(
        request,
        "web/_hits.html" if in_box else "web/search.html",
        {
            "text": text,
            "searched_for": text,
            "groups": groups,
            "commands": [] if text else find_commands(request.user, "", 8),
        },
    )
