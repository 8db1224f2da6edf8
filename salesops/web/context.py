"""What the frame around every page needs; nothing of it is asked for until a template reads it."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from salesops.web.navigation import WayGroup, ways_for
from salesops.web.toasts import undo_address

THEME_COOKIE = "salesops_theme"  # the rooms' middleware writes the same name
RAIL_COOKIE = "salesops_rail"
THEMES = ("system", "light", "dark")
_TONES = {messages.SUCCESS: "ok", messages.INFO: "note", messages.WARNING: "warn", messages.ERROR: "bad"}
_ICONS = {"ok": "check", "note": "info-circle", "warn": "alert-triangle", "bad": "alert-circle"}


def theme_of(request: HttpRequest) -> str:
    """The person's own choice; before sign-in the one this browser remembers."""
    user = getattr(request, "user", None)
    chosen = getattr(user, "theme", "") or request.COOKIES.get(THEME_COOKIE, "")
    return chosen if chosen in THEMES else "system"


def toasts_of(request: HttpRequest) -> list[dict[str, Any]]:
    """What happened since the last page, each with its tone and its way back."""
    found = []
    for message in messages.get_messages(request):
        tone = _TONES.get(message.level, "note")
        undo = undo_address(message.extra_tags or "")
        found.append({"text": message.message, "tone": tone, "icon": _ICONS[tone], "undo_url": undo})
    return found


def unread_notices(request: HttpRequest) -> int:
    """How many notices the person has not opened."""
    notices = getattr(request.user, "notices", None)
    return int(notices.filter(read_at=None).count()) if notices is not None else 0


def shell(request: HttpRequest) -> dict[str, Any]:
    """Names the frame around each page reads."""
    user = getattr(request, "user", None)
    signed_in = bool(user is not None and user.is_authenticated)

    def ways() -> list[WayGroup]:
        return ways_for(user, request.path) if signed_in else []

    return {
        "product_name": settings.PRODUCT_NAME,
        "house_currency": settings.HOUSE_CURRENCY,
        "languages": settings.LANGUAGES,
        "signed_in": signed_in,
        "theme": theme_of(request),
        "is_rail": request.COOKIES.get(RAIL_COOKIE) == "1",
        "shortcuts": bool(getattr(user, "shortcuts", True)),
        "ways": SimpleLazyObject(ways),
        "unread": SimpleLazyObject(lambda: unread_notices(request) if signed_in else 0),
        "toast_tones": list(_ICONS.items()),
        "toasts": SimpleLazyObject(lambda: toasts_of(request)),
    }
