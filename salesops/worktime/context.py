"""The clock in the bar on top of every page."""

import time
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _

from salesops.worktime.clock import Clock
from salesops.worktime.queries import house_clock

KEPT_SECONDS = 60.0
_kept: list[tuple[float, Clock]] = []


def worktime(request: HttpRequest) -> dict[str, Any]:
    """Working time left today, in words; read only where a template shows it."""
    return {"worktime_left": SimpleLazyObject(_left_in_words)}


def _left_in_words() -> str:
    minutes = int(_clock().left_today(timezone.now()).total_seconds() // 60)
    if minutes <= 0:
        return _("No working time left today")
    return _("%(hours)sh%(minutes)sm of working time left today") % {
        "hours": minutes // 60,
        "minutes": f"{minutes % 60:02d}",
    }


def _clock() -> Clock:
    """The bar may be a minute behind a changed calendar; deadlines never are: they ask house_clock themselves."""
    now = time.monotonic()
    if not _kept or now - _kept[0][0] > KEPT_SECONDS:
        _kept[:] = [(now, house_clock())]
    return _kept[0][1]
