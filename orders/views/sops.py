"""Deviations from SOPs: their list, and the way from one to its order."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_safe

from orders.desk.listings import sop_deviations
from orders.models import SopCheck
from salesops.listing.views import list_page
from salesops.web.access import PersonRequest, require
from staff.roles import Permission


@require_safe
@require(Permission.SUPERVISE_ORDERS)
def deviations(request: PersonRequest) -> HttpResponse:
    """Points of checklists that were left out."""
    return list_page(request, sop_deviations)


@require_safe
@require(Permission.SUPERVISE_ORDERS)
def check(request: PersonRequest, pk: int) -> HttpResponse:
    """Lead from a deviation to its order, whose diary tells it."""
    found = get_object_or_404(SopCheck.objects.visible_to(request.user), pk=pk)
    return redirect("orders:detail", found.order_id)
