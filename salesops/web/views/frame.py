"""How this browser likes the frame."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from salesops.web.context import RAIL_COOKIE

A_YEAR = 365 * 24 * 3600


@require_POST
def frame(request: HttpRequest) -> HttpResponse:
    """Remember whether the menu is narrow (``rail`` = 1) or wide (0) in this browser; anything else changes nothing."""
    target = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(target, {request.get_host()}, request.is_secure()):
        target = "/"
    response = HttpResponseRedirect(target)
    rail = request.POST.get("rail", "")
    if rail in {"0", "1"}:
        response.set_cookie(
            RAIL_COOKIE, rail, max_age=A_YEAR, samesite="Lax", secure=request.is_secure(), httponly=True
        )
    return response
