"""Cookies of people who are signed in."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.utils import timezone

from staff.models import User
from staff.sessions import SessionStore


def cookie_of(username: str) -> str:
    """The cookie of a fresh session of this person."""
    user = User.objects.get(username=username)
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[-1]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session["_started"] = timezone.now().timestamp()
    session.save()
    return f"{settings.SESSION_COOKIE_NAME}={session.session_key}"
