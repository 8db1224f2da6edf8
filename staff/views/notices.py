"""What a person was told."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from staff.actions.notices import read_all_notices, read_notice
from staff.models import Notice
from staff.views.requests import person_of

PAGE = 50


@require_safe
def notices(request: HttpRequest) -> HttpResponse:
    """One's own notices, newest first."""
    person = person_of(request)
    page = Paginator(Notice.objects.visible_to(person), PAGE).get_page(request.GET.get("page"))
    unread = Notice.objects.visible_to(person).unread().count()
    return render(request, "staff/notices.html", {"page": page, "unread": unread})


@require_POST
def notices_read(request: HttpRequest) -> HttpResponse:
    """Mark all of one's own notices read."""
    read_all_notices(user=person_of(request))
    return redirect("staff:notices")


@require_POST
def notice_open(request: HttpRequest, pk: int) -> HttpResponse:
    """Mark the notice read and go where it leads."""
    notice = read_notice(notice=get_object_or_404(Notice.objects.visible_to(person_of(request)), pk=pk))
    return HttpResponseRedirect(notice.url or reverse("staff:notices"))
