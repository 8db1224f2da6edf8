"""Reads about people whose answer is not a plain queryset."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone

from staff.models import PersonSession, User


def account_name_for(typed: str) -> str:
    """The account name meant by what was typed: itself, or the one active account with that mail address."""
    name = User.clean_account_name(typed)
    if "@" not in name:
        return name
    named = list(User.objects.active().filter(email__iexact=name).values_list("username", flat=True)[:2])
    return named[0] if len(named) == 1 else name


def people_to_reset(email: str) -> list[User]:
    """Active people who have a password and exactly this mail address (several may share one)."""
    return [
        person
        for person in User.objects.active().filter(email__iexact=email.strip()).order_by("pk")
        if person.has_usable_password()
    ]


@dataclass(frozen=True, slots=True)
class SignedIn:
    """One open sign-in as its owner sees it; ``reference`` stands for the key, which never leaves the server."""

    reference: str
    row: PersonSession
    here: bool
    system: str
    program: str
    seen_at: datetime


SYSTEMS = (
    ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("HarmonyOS", "HarmonyOS"), ("Windows", "Windows"),
    ("Mac OS X", "macOS"), ("Linux", "Linux"),
)  # fmt: skip
PROGRAMS = (
    ("MicroMessenger", "WeChat"), ("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)  # fmt: skip


def _named(browser: str, names: tuple[tuple[str, str], ...]) -> str:
    return next((name for mark, name in names if mark in browser), "")


def session_reference(session_key: str) -> str:
    """What a page may say instead of the session key."""
    return hashlib.sha256(f"session:{session_key}".encode()).hexdigest()[:24]


def open_sessions(user: User, current_key: str | None) -> list[SignedIn]:
    """The person's sign-ins that still hold, this one first, then the latest seen."""
    now = timezone.now()
    rows = PersonSession.objects.filter(
        user=user,
        expire_date__gt=now,
        seen_at__gt=now - timedelta(seconds=settings.SESSION_IDLE_SECONDS),
        started_at__gt=now - timedelta(seconds=settings.SESSION_COOKIE_AGE),
    ).order_by("-seen_at")[:200]
    found = [
        SignedIn(
            reference=session_reference(row.session_key),
            row=row,
            here=row.session_key == current_key,
            system=_named(row.browser, SYSTEMS),
            program=_named(row.browser, PROGRAMS),
            seen_at=row.seen_at,
        )
        for row in rows
    ]
    return sorted(found, key=lambda each: not each.here)
