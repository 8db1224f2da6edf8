"""Small things every page about people needs from its request."""

from ipaddress import ip_address
from typing import cast

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from salesops.audit.addresses import client_address
from staff.models import User


def person_of(request: HttpRequest) -> User:
    """The signed-in person; only for pages behind sign-in."""
    return cast(User, request.user)


def address_of(request: HttpRequest) -> str | None:
    """Where the request comes from."""
    return client_address(request)


def next_url(request: HttpRequest, fallback: str) -> str:
    """Where to go on: ``next`` when it is an address of our own, else the named page."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    own = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if own else reverse(fallback)


def mail_site(request: HttpRequest) -> str:
    """Where links in mails lead: SITE_URL, else the host of the request when that cannot be a stranger's.

    The Host header is the visitor's to write. Where ALLOWED_HOSTS does not narrow it, only a private address or a
    name without a dot is believed; else the answer is "" and no link may be mailed.
    """
    if settings.SITE_URL:
        return str(settings.SITE_URL)
    host = request.get_host().rsplit(":", 1)[0].strip("[]")
    return request.build_absolute_uri("/") if "*" not in settings.ALLOWED_HOSTS or _is_inside(host) else ""


def _is_inside(host: str) -> bool:
    try:
        return ip_address(host).is_private
    except ValueError:
        return "." not in host


def remember(response: HttpResponseBase, cookie: str, value: str) -> None:
    """Keep a choice in the browser for a year, so that the sign-in page knows it too."""
    response.set_cookie(
        cookie,
        value,
        max_age=365 * 24 * 3600,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
