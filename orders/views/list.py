"""The list of orders."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from orders.listings import orders
from salesops.listing.views import list_page


@require_safe
def order_list(request: HttpRequest) -> HttpResponse:
    """Orders the person may see; 403 for people who see none by their roles."""
    return list_page(request, orders)
