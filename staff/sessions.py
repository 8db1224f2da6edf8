"""The session store: Django's database store that knows the person, the browser and two limits.

A session is gone after ``SESSION_IDLE_SECONDS`` without a request and ``SESSION_COOKIE_AGE`` after sign-in,
whatever happened in between; both are asked of the row itself, so that no page can forget it.
"""

from datetime import datetime, timedelta
from typing import Any, cast

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.utils import timezone

from salesops.locking import unless_busy
from staff.models import User
from staff.models.session import PersonSession

SEEN_STEP = timedelta(seconds=60)  # the row is written at most once a minute, not at each request


class SessionStore(DatabaseStore):
    address: str | None = None
    browser: str = ""
    _started_at: datetime | None = None
    _row: PersonSession | None = None

    @classmethod
    def get_model_class(cls) -> type[PersonSession]:
        return PersonSession

    def _get_session_from_db(self) -> PersonSession | None:
        row = PersonSession.objects.with_person(self.session_key or "")
        if row is None or not _is_alive(row, timezone.now()):
            self._session_key = None
            return None
        self._row, self._started_at = row, row.started_at
        return row

    @property
    def person(self) -> User | None:
        """Whose session this is, read with it; None where nobody is signed in."""
        signed_in = self.get(SESSION_KEY)  # reads the row
        row = self._row
        if row is None or row.session_key != self.session_key or signed_in != str(row.user_id):
            return None
        return row.user

    def create(self) -> None:
        self._started_at = None  # a new id is a new session: the twelve hours begin at sign-in
        super().create()

    def create_model_instance(self, data: dict[str, Any]) -> PersonSession:
        row = cast(PersonSession, super().create_model_instance(data))
        user_id = data.get("_auth_user_id")
        row.user_id = int(user_id) if user_id else None
        self._started_at = row.started_at = self._started_at or timezone.now()
        row.seen_at = timezone.now()
        row.address = self.address or (self._row.address if self._row else None)
        row.browser = (self.browser or (self._row.browser if self._row else ""))[:200]
        return row

    def touch(self) -> None:
        """Note that the person is still there, from where and with what (at most one write a minute)."""
        row, now = self._row, timezone.now()
        if row is None or self.session_key != row.session_key:
            return
        moved = row.address != self.address or row.browser != self.browser[:200]
        if not moved and now - row.seen_at < SEEN_STEP:
            return
        with unless_busy():
            PersonSession.objects.filter(pk=row.pk).update(
                seen_at=now, address=self.address, browser=self.browser[:200]
            )
        row.seen_at, row.address, row.browser = now, self.address, self.browser[:200]


def _is_alive(row: PersonSession, now: datetime) -> bool:
    """Neither idle for too long nor signed in too long ago."""
    return (
        row.expire_date > now
        and row.seen_at > now - timedelta(seconds=settings.SESSION_IDLE_SECONDS)
        and row.started_at > now - timedelta(seconds=settings.SESSION_COOKIE_AGE)
    )
