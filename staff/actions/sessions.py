"""Ending sign-ins."""

from django.db import transaction

from salesops.audit.deeds import Deed
from salesops.audit.trail import record
from staff.models import PersonSession, User


@transaction.atomic
def end_session(*, session: PersonSession, by: User, address: str | None = None) -> None:
    """End one sign-in; its next request is asked to sign in again."""
    owner = session.user
    PersonSession.objects.filter(pk=session.pk).delete()
    record(
        by=by, deed=Deed.SESSION_ENDED, about=owner.username if owner else "", values={"sessions": 1}, address=address
    )


@transaction.atomic
def end_sessions(*, user: User, keep: str | None, by: User | None, address: str | None = None) -> int:
    """End all of the person's sign-ins but the one with the key ``keep``; returns how many ended."""
    ended, _each = PersonSession.objects.filter(user=user).exclude(session_key=keep or "").delete()
    if ended:
        record(by=by, deed=Deed.SESSION_ENDED, about=user.username, values={"sessions": ended}, address=address)
    return ended
