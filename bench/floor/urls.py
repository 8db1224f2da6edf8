"""What Django itself costs: an empty view, and bare lists of the same rows without sign-in, rights or frame."""

from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.template import Context, Engine
from django.urls import path

from orders.models import Order

ROW = (
    "<tr><td>{{ o.number }}</td><td>{{ o.received_at }}</td><td>{{ o.customer_name }}</td><td>{{ o.owner }}</td>"
    "<td>{{ o.state }}</td><td>{{ o.net }}</td><td>{{ o.total }}</td></tr>"
)
PAGE = Engine().from_string(
    f"<!doctype html><title>Orders</title><table>{{% for o in orders %}}{ROW}{{% endfor %}}</table>{{{{ count }}}}"
)


def _page(rows: object, count: int) -> HttpResponse:
    return HttpResponse(PAGE.render(Context({"orders": rows, "count": count})))


def _capped(rows: object) -> int:
    return rows.order_by().values("pk")[:10_001].count()  # type: ignore[attr-defined, no-any-return]


def empty(request: HttpRequest) -> HttpResponse:
    """Nothing but the framework."""
    return HttpResponse("ok")


def first_page(request: HttpRequest) -> HttpResponse:
    """The newest 50 orders."""
    rows = Order.objects.select_related("owner").order_by("-received_at", "-id")
    return _page(rows[:50], _capped(Order.objects.all()))


def filtered(request: HttpRequest) -> HttpResponse:
    """The newest 50 orders of one state."""
    rows = Order.objects.filter(state=request.GET["state"])
    return _page(rows.select_related("owner").order_by("-received_at", "-id")[:50], _capped(rows))


def deep(request: HttpRequest) -> HttpResponse:
    """The 50 orders after 50,000, by OFFSET."""
    rows = Order.objects.select_related("owner").order_by("-received_at", "-id")
    return _page(rows[50_000:50_050], _capped(Order.objects.all()))


def scan(request: HttpRequest) -> HttpResponse:
    """The newest 50 orders whose customer's name holds a text, by sequential scan."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET enable_indexscan = off; SET enable_bitmapscan = off; SET enable_indexonlyscan = off")
        rows = list(
            Order.objects.filter(customer_name__icontains=request.GET["q"])
            .select_related("owner")
            .order_by("-received_at", "-id")[:50]
        )
        if connection.vendor == "postgresql":
            cursor.execute("RESET enable_indexscan; RESET enable_bitmapscan; RESET enable_indexonlyscan")
    return _page(rows, len(rows))


urlpatterns = [
    path("empty/", empty),
    path("first/", first_page),
    path("filtered/", filtered),
    path("deep/", deep),
    path("scan/", scan),
]
