"""The clock in the bar on top of every page."""

from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _

from salesops.worktime.queries import house_clock


def worktime(request: HttpRequest) -> dict[str, Any]:
    """Working time left today, in words; read only where a template shows it."""
    return {"worktime_left": SimpleLazyObject(_left_in_words)}


def _left_in_words() -> str:
    minutes = int(house_clock().left_today(timezone.now()).total_seconds() // 60)
    if minutes <= 0:
        return _("No working time left today")
    return _("%(hours)sh%(minutes)sm of working time left today") % {
        "hours": minutes // 60,
        "minutes": f"{minutes % 60:02d}",
    }
