"""Where the files of an import lie, under names of our own, and when they are swept away."""

from __future__ import annotations

import hashlib
import re
import shutil
import unicodedata
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path, PurePosixPath
from typing import Protocol

from django.conf import settings
from django.utils import timezone

from salesops.spreadsheets.models import ImportBatch

KEEP = timedelta(days=30)
ABANDONED = timedelta(days=2)
ENDINGS = frozenset({".csv", ".tsv", ".txt", ".xls", ".xlsx", ".xlsm", ".xlsb", ".zip"})
UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")


class Upload(Protocol):
    """An uploaded file, as far as it is needed here."""

    @property
    def name(self) -> str | None: ...

    @property
    def size(self) -> int | None: ...

    def chunks(self) -> Iterable[bytes]: ...


def folder_of(batch: ImportBatch) -> Path:
    """The batch's working folder."""
    return Path(settings.MEDIA_ROOT) / "imports" / str(batch.pk)


def uploads_of(batch: ImportBatch) -> Path:
    """Where its uploaded files lie."""
    return folder_of(batch) / "upload"


def shown_name(name: str | None) -> str:
    """An uploaded name as it is shown: no path, nothing invisible, at most 200 characters. Never used on disk."""
    plain = UNSEEN.sub("", unicodedata.normalize("NFC", name or ""))
    plain = PurePosixPath(plain.replace("\\", "/")).name.strip() or "?"
    if len(plain) > 200:
        plain = plain[:180] + "…" + plain[-19:]
    return plain


def ending_of(name: str) -> str:
    """The ending the file gets on disk: a known one or none."""
    ending = PurePosixPath(name).suffix.lower()
    return ending if ending in ENDINGS else ".bin"


def print_of(files: Iterable[Upload]) -> str:
    """SHA-256 of the content, whatever the files are called and in whatever order they came."""
    prints = []
    for upload in files:
        own = hashlib.sha256()
        for piece in upload.chunks():
            own.update(piece)
        prints.append(own.hexdigest())
    return prints[0] if len(prints) == 1 else hashlib.sha256("".join(sorted(prints)).encode()).hexdigest()


def store(batch: ImportBatch, files: Iterable[Upload]) -> dict[str, str]:
    """Write the files under names of our own; returns {own name: shown name}.

    The folder is emptied first: an upload that died left its files there, and its number is given again.
    """
    shutil.rmtree(folder_of(batch), ignore_errors=True)
    folder = uploads_of(batch)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    names: dict[str, str] = {}
    for place, upload in enumerate(files):
        shown = shown_name(upload.name)
        own = f"{place:02d}{ending_of(shown)}"
        with (folder / own).open("wb") as sink:
            for piece in upload.chunks():
                sink.write(piece)
        names[own] = shown
    return names


def sweep() -> int:
    """Remove what nobody needs any more; returns the count.

    The working files of batches ended more than 30 days ago (their uploads stay), and whole folders without a batch:
    of uploads and imports whose process died before anything was committed.
    """
    return _sweep_ended() + _sweep_abandoned()


def _sweep_abandoned() -> int:
    root = Path(settings.MEDIA_ROOT) / "imports"
    old = (timezone.now() - ABANDONED).timestamp()
    folders = [entry for entry in root.glob("*") if entry.is_dir() and entry.stat().st_mtime < old]
    numbers = [int(entry.name) for entry in folders if entry.name.isdecimal()]
    known = set(ImportBatch.objects.filter(pk__in=numbers).values_list("pk", flat=True))
    gone = [entry for entry in folders if not entry.name.isdecimal() or int(entry.name) not in known]
    for entry in gone:
        shutil.rmtree(entry, ignore_errors=True)
    return len(gone)


def _sweep_ended() -> int:
    ended = (ImportBatch.State.DONE, ImportBatch.State.FAILED, ImportBatch.State.CANCELLED, ImportBatch.State.UNDONE)
    count = 0
    for batch in ImportBatch.objects.filter(state__in=ended, created_at__lt=timezone.now() - KEEP).iterator():
        folder = folder_of(batch)
        if not folder.is_dir():
            continue
        for entry in folder.iterdir():
            if entry.name == "upload":
                continue
            if entry.is_dir():
                shutil.rmtree(entry, ignore_errors=True)
            else:
                entry.unlink(missing_ok=True)
            count += 1
    return count
