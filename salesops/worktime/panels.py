"""What the calendar adds to pages of others."""

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils import timezone

from salesops.web.panels import register_panel
from salesops.worktime.queries import year_without_holidays


def missing_year_panel(request: HttpRequest, subject: object) -> str | None:
    """A warning on the first page while the holidays of this or the next year are missing."""
    missing = year_without_holidays(timezone.localdate())
    if missing is None:
        return None
    return render_to_string("worktime/_missing.html", {"missing": missing}, request=request)


register_panel("today", 5, missing_year_panel)
