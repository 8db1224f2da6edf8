"""Telling a person something, and noting that they read it."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils import timezone

from staff.models import Notice, User


def notify(*, user: User, text_key: str, values: Mapping[str, Any] | None = None, url: str = "") -> Notice:
    """Leave a notice for the person.

    ``text_key`` is an English msgid with ``%(name)s`` places, translated when it is shown; ``values`` fill the places
    and must be what JSON can hold; ``url`` is an address of our own (begins with one slash).
    """
    notice = _notice(user, text_key, values, url)
    notice.save(force_insert=True)
    return notice


def notify_all(
    *, users: Iterable[User], text_key: str, values: Mapping[str, Any] | None = None, url: str = ""
) -> list[Notice]:
    """Leave the same notice for each of them, as ``notify`` does for one."""
    return Notice.objects.bulk_create([_notice(user, text_key, values, url) for user in users])


def _notice(user: User, text_key: str, values: Mapping[str, Any] | None, url: str) -> Notice:
    own = url.startswith("/") and not url.startswith(("//", "/\\"))
    return Notice(user=user, text_key=text_key, text_values=dict(values or {}), url=url if own else "")


def read_notice(*, notice: Notice) -> Notice:
    """Note that the notice was opened; the first time counts."""
    if notice.read_at is None:
        notice.read_at = timezone.now()
        notice.save(update_fields=["read_at"])
    return notice


def read_all_notices(*, user: User) -> int:
    """Note that all of the person's notices were read; returns how many were not yet."""
    return user.notices.filter(read_at__isnull=True).update(read_at=timezone.now())
