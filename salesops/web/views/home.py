"""The first page of the day."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from salesops.web.access import PersonRequest
from salesops.web.navigation import permitted_commands
from salesops.web.panels import panels_of


@require_safe
def today(request: PersonRequest) -> HttpResponse:
    """What the rooms put on this person's day; where nothing waits, what could be begun."""
    commands = [
        {"label": command.label, "url": url, "icon": command.icon} for command, url in permitted_commands(request.user)
    ]
    return render(
        request,
        "web/today.html",
        {
            "today": timezone.localdate(),
            "main_panels": panels_of("today", request, request.user, "main"),
            "side_panels": panels_of("today", request, request.user, "side"),
            "commands": commands,
            "deeds": commands[1::-1],  # the main deed stands last, at the right
        },
    )
