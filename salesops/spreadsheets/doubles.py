"""The same file twice: the second time is refused, unless somebody means it."""

from __future__ import annotations

from salesops.spreadsheets.faults import SheetRefused, gettext_noop
from salesops.spreadsheets.models import ImportBatch

SAME_FILE = gettext_noop(
    "This file was imported already: import %(number)s, “%(file)s”. Undo that one first, or import it again on purpose."
)


def earlier_import(batch: ImportBatch) -> ImportBatch | None:
    """The written and not undone import of the same content, if any."""
    same = ImportBatch.objects.filter(kind=batch.kind, sha256=batch.sha256, state=ImportBatch.State.DONE)
    return same.exclude(pk=batch.pk).order_by("pk").first()


def refuse_second_time(batch: ImportBatch) -> None:
    """Raises SheetRefused naming the first import of the same file; a batch taken again on purpose passes."""
    first = None if batch.again else earlier_import(batch)
    if first is not None:
        raise SheetRefused(SAME_FILE, {"number": first.pk, "file": first.file_name})
