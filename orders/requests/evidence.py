"""What a customer sent, kept as it came: the kind by its bytes, a hash, a file under a name of our own."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.core.files.base import ContentFile
from django.utils import timezone
from django.utils.translation import gettext_noop

from orders.errors import OrderError
from orders.models import Evidence, Order, Request
from salesops.connectors.mail.attachments import kind_of, safe_name
from salesops.connectors.mail.characters import clean_text

if TYPE_CHECKING:
    from staff.models import User

MOST_FILES = 20
MOST_BYTES = 30 * 1024 * 1024
MOST_TEXT = 500_000  # signs of a note, a paste or the text of a mail
SHOWN_PICTURES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
"""Kinds a browser shows as a picture and nothing else; the bytes were looked at, not the name."""

_SHEETS = frozenset(
    {
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "application/vnd.ms-excel",
        "text/csv",
        "text/tab-separated-values",
    }
)
_SHEET_ENDINGS = (".csv", ".tsv", ".xls", ".xlsx", ".xlsm")


@dataclass(frozen=True, slots=True)
class NewEvidence:
    """Something a request came with: a file (content) or words (text); the hash is taken of the bytes."""

    kind: str
    content: bytes = b""
    file_name: str = ""
    content_type: str = ""
    text: str = ""

    @property
    def sha256(self) -> str:
        """Of the file's bytes, or of the words where there is no file."""
        return hashlib.sha256(self.content or self.text.encode()).hexdigest()


def file_evidence(name: str, content: bytes, declared: str = "") -> NewEvidence:
    """A file as evidence: kind and type by its first bytes, a name that is safe to show and store."""
    suffix = name.lower().rpartition(".")[2] if "." in name else ""
    if suffix in ("eml", "mht") and not declared:
        declared = "message/rfc822"
    found = kind_of(content, declared, name)
    return NewEvidence(_kind(found, name), content, safe_name(name, found)[:200], found[:120])


def note_evidence(text: str) -> NewEvidence:
    """A call note, as it was typed."""
    return NewEvidence(Evidence.Kind.NOTE, text=clean_text(text)[:MOST_TEXT], content_type="text/plain")


def paste_evidence(text: str) -> NewEvidence:
    """Rows or words out of the clipboard, as they were pasted."""
    return NewEvidence(Evidence.Kind.PASTE, text=clean_text(text)[:MOST_TEXT], content_type="text/plain")


def _kind(content_type: str, name: str) -> str:
    if content_type.startswith("image/") and content_type != "image/svg+xml":
        return Evidence.Kind.PICTURE
    if content_type == "application/pdf":
        return Evidence.Kind.PDF
    if content_type == "message/rfc822":
        return Evidence.Kind.MAIL
    readable = content_type.startswith("text/") or content_type == "application/octet-stream"
    if content_type in _SHEETS or (readable and name.lower().endswith(_SHEET_ENDINGS)):
        return Evidence.Kind.SHEET
    return Evidence.Kind.OTHER


def check_files(files: Sequence[tuple[str, int]]) -> None:
    """Raise OrderError where there are too many files or one is too large; (name, bytes) each."""
    if len(files) > MOST_FILES:
        raise OrderError(gettext_noop("%(most)s files at most at once."), {"most": MOST_FILES}, field="files")
    for name, size in files:
        if size > MOST_BYTES:
            values = {"name": name[:80], "most": MOST_BYTES // 1024**2}
            raise OrderError(gettext_noop("“%(name)s” is larger than %(most)s MB."), values, field="files")
        if size == 0:
            raise OrderError(gettext_noop("“%(name)s” is empty."), {"name": name[:80]}, field="files")


def keep_evidence(
    *, request: Request | None, order: Order | None, items: Iterable[NewEvidence], by: User | None, saved: list[str]
) -> list[Evidence]:
    """Write files and rows; the names of written files go to ``saved`` so that a failure can take them away again."""
    rows = []
    for item in items:
        row = Evidence(
            request=request,
            order=order,
            kind=item.kind,
            file_name=item.file_name,
            content_type=item.content_type,
            size=len(item.content) or len(item.text.encode()),
            sha256=item.sha256,
            text=item.text[:MOST_TEXT],
            by=by,
        )
        if item.content:
            # The customer's name for the file never reaches the disk.
            row.file.save(f"{timezone.now():%Y/%m}/{uuid.uuid4().hex}", ContentFile(item.content), save=False)
            saved.append(row.file.name or "")
        row.save(force_insert=True)
        rows.append(row)
    return rows


def remove_files(names: Iterable[str]) -> None:
    """Take away files of a request that was not written after all."""
    storage = Evidence._meta.get_field("file").storage
    for name in names:
        storage.delete(name)


def content_of_evidence(evidence: Evidence) -> bytes:
    """The bytes as they came; b"" when the file is gone."""
    if not evidence.file:
        return evidence.text.encode()
    try:
        with evidence.file.open("rb") as opened:
            return bytes(opened.read())
    except OSError:
        return b""


def is_untouched(evidence: Evidence) -> bool:
    """Whether the bytes are still those that came."""
    return hashlib.sha256(content_of_evidence(evidence)).hexdigest() == evidence.sha256
