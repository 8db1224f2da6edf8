"""Publishing a version of an SOP, and confirming that one was read."""

from __future__ import annotations

from functools import partial

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_noop

from staff.actions.notices import notify_all
from staff.models import Sop, SopReading, SopVersion, User
from staff.sop_reading import content_of, deeds_of, readers_of


@transaction.atomic
def publish_sop(*, by: User, sop: Sop, note: str = "", is_new_in_force: bool = False) -> SopVersion | None:
    """Keep the SOP as it is written now as its next version; nothing where it says what its last version says.

    Whoever does its deeds is told, unless it is switched off; also where it says nothing new but came into force
    (``is_new_in_force``).
    """
    held = Sop.objects.select_for_update().get(pk=sop.pk)
    content, last = content_of(held), held.versions.first()
    is_new = last is None or last.content != content
    if is_new:
        held.version = last.number + 1 if last else 1
        held.changed_at, held.changed_by = timezone.now(), by
        held.save(update_fields=["version", "changed_at", "changed_by"])
        last = SopVersion.objects.create(sop=held, number=held.version, content=content, note=note.strip(), by=by)
    sop.version, sop.changed_at, sop.changed_by = held.version, held.changed_at, held.changed_by
    if last is not None and held.is_active and (is_new or is_new_in_force):
        transaction.on_commit(partial(_tell_readers, last, by), robust=True)
    return last if is_new else None


@transaction.atomic
def read_sop(*, by: User, version: SopVersion) -> SopReading:
    """Note that this person has read the version; the first time counts."""
    return SopReading.objects.get_or_create(version=version, person=by)[0]


def _tell_readers(version: SopVersion, by: User) -> None:
    """Nobody is told of what was rewritten meanwhile, of what they wrote themselves, or of what they have read."""
    if not Sop.objects.filter(pk=version.sop_id, version=version.number, is_active=True).exists():
        return
    read = SopReading.objects.filter(version=version).values("person")
    notify_all(
        users=readers_of(deeds_of(version)).exclude(pk=by.pk).exclude(pk__in=read),
        text_key=gettext_noop("SOP “%(title)s”: version %(number)s is in force. Read it before you go on."),
        values={"title": version.title, "number": version.number},
        url=version.get_absolute_url(),
    )
