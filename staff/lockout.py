"""How often one may guess: django-axes' five per account and address, and two wider nets.

An account is also closed to strangers after 20 wrong passwords an hour from anywhere, an address after 100 in a
quarter of an hour. Neither may be used as a weapon: who signed in to this account from this address before still
meets only the limit of five. Every lock ends by itself.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from axes.handlers.database import AxesDatabaseHandler
from axes.helpers import get_client_username, get_cool_off
from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.conf import settings
from django.utils import timezone


@dataclass(frozen=True, slots=True)
class Net:
    """At most ``limit`` failures that share ``field`` within ``window``."""

    field: str
    limit: int
    window: timedelta


NETS = (
    Net("username", 20, timedelta(hours=1)),
    Net("ip_address", 100, timedelta(minutes=15)),
)
KNOWN_FOR = timedelta(days=30)


def caught_until(username: str | None, address: str | None) -> datetime | None:
    """When the wider nets let this account from this address try again; None: now."""
    now = timezone.now()
    values = {"username": username, "ip_address": address}
    ends: list[datetime] = []
    for net in NETS:
        if not values[net.field]:
            continue
        failures = AccessFailureLog.objects.filter(
            **{net.field: values[net.field]}, attempt_time__gt=now - net.window
        ).order_by("-attempt_time")
        oldest = failures.values_list("attempt_time", flat=True)[net.limit - 1 : net.limit].first()
        if oldest is not None:
            ends.append(oldest + net.window)
    if not ends or _is_known(username, address, now):
        return None
    return max(ends)


def _is_known(username: str | None, address: str | None, now: datetime) -> bool:
    sign_ins = AccessLog.objects.filter(username=username, ip_address=address, attempt_time__gt=now - KNOWN_FOR)
    return bool(sign_ins.exists())


class LockoutHandler(AxesDatabaseHandler):  # type: ignore[misc]  # django-axes has no types
    """django-axes' handler with the wider nets behind it."""

    def is_locked(self, request: Any, credentials: dict[str, Any] | None = None) -> bool:
        if super().is_locked(request, credentials):
            return True
        return caught_until(get_client_username(request, credentials), request.axes_ip_address) is not None


def locked_until(username: str | None, address: str | None) -> datetime:
    """When this account may be tried again from this address (at the latest a cool-off from now)."""
    cool_off: timedelta = get_cool_off() or timedelta(0)
    now = timezone.now()
    last = (
        AccessAttempt.objects.filter(username=username, ip_address=address)
        .order_by("-attempt_time")
        .values_list("attempt_time", flat=True)
        .first()
    )
    narrow = last + cool_off if last else now
    wide = caught_until(username, address) or now
    until: datetime = max(narrow, wide, now + timedelta(seconds=1))
    return until


def tries_left(failures: int | None) -> int:
    """How many more wrong passwords before the lock, after so many."""
    limit: int = settings.AXES_FAILURE_LIMIT
    return max(0, limit - (failures or 0))


def forget_failures(username: str) -> None:
    """Open the account's locks everywhere."""
    AccessAttempt.objects.filter(username=username).delete()
    AccessFailureLog.objects.filter(username=username).delete()
