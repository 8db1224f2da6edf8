"""Short words after a deed, with a way back where there is one."""

from __future__ import annotations

import json

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django_htmx.http import trigger_client_event

TONES = {"ok": messages.SUCCESS, "note": messages.INFO, "warn": messages.WARNING, "bad": messages.ERROR}


def toast(request: HttpRequest, text: str, undo_url: str | None = None, tone: str = "ok") -> None:
    """Tell the person on the next page they see. ``undo_url`` takes a POST that undoes the deed.

    ``tone``: ok, note, warn or bad. KeyError for any other.
    """
    tags = json.dumps({"undo": undo_url}) if undo_url else ""
    messages.add_message(request, TONES[tone], str(text), extra_tags=tags, fail_silently=True)


def toast_now(response: HttpResponse, text: str, undo_url: str | None = None, tone: str = "ok") -> HttpResponse:
    """Tell the person as soon as this fragment arrives (htmx only), without waiting for the next page."""
    assert tone in TONES, tone
    return trigger_client_event(response, "wb:toast", {"text": str(text), "tone": tone, "undo": undo_url})


def undo_address(extra_tags: str) -> str | None:
    """The address kept in a message by ``toast``; None where the message came from elsewhere."""
    if not extra_tags.startswith("{"):
        return None
    undo = json.loads(extra_tags).get("undo")
    return undo if isinstance(undo, str) and undo.startswith("/") and not undo.startswith("//") else None
