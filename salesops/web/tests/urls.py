"""Addresses for the tests of the frame: the frame, the people's pages, and pages that refuse or break."""

from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.urls import include, path

from salesops.web.access import require


def denied(request: HttpRequest) -> HttpResponse:
    raise PermissionDenied


def broken(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("secret words of a trace")


def busy(request: HttpRequest) -> HttpResponse:
    raise OperationalError("database is locked")


def away(request: HttpRequest) -> HttpResponse:
    raise OperationalError("server closed the connection")


def odd(request: HttpRequest) -> HttpResponse:
    raise SuspiciousOperation


@require("enter_orders", "review_orders")
def guarded(request: HttpRequest) -> HttpResponse:
    return HttpResponse("inside")


urlpatterns = [
    path("", include("salesops.web.urls")),
    path("", include("staff.urls")),
    path("orders/", guarded, name="guarded"),
    path("orders/new/", guarded, name="guarded_new"),
    path("denied/", denied),
    path("broken/", broken),
    path("odd/", odd),
    path("busy/", busy),
    path("away/", away),
]
