"""Archives are counted before anything is unpacked, and again while it is. Free of Django."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable, Iterator
from typing import Protocol

from salesops.spreadsheets.faults import SheetRefused, gettext_noop
from salesops.spreadsheets.limits import MEGABYTE, Limits

SMALL_PART = 2 * MEGABYTE  # a part below this may be packed as tightly as it likes

TOO_MANY_PARTS = gettext_noop(
    "The file consists of %(count)s parts; %(limit)s are allowed. It is no ordinary workbook."
)
TOO_MUCH_UNPACKED = gettext_noop(
    "Unpacked the file has more than %(limit)s MB. Save only the sheet that is needed as a new file."
)
PACKED_TOO_TIGHTLY = gettext_noop(
    "A part of the file unpacks to more than %(ratio)s times its size. "
    "It was refused because such files can stop a computer."
)
ENCRYPTED = gettext_noop("The file is protected with a password. Remove the password in Excel and upload it again.")
NESTED = gettext_noop("The file holds another archive. Unpack it and upload the sheet inside.")


class Looker(Protocol):
    """Sees the bytes of one part as they are unpacked."""

    def feed(self, piece: bytes) -> None: ...


def has_xml_sheets(names: list[str]) -> bool:
    """Whether the archive is a workbook with XML parts."""
    return any(re.fullmatch(r"/?xl/workbook\d*\.xml", name, re.IGNORECASE) for name in names)


def check_archive(
    archive: zipfile.ZipFile, limits: Limits, look: Callable[[str], Looker | None] = lambda _: None
) -> None:
    """Refuse by what the directory says; what it hides is found by `unpack`, which counts real bytes.

    Every piece is shown to `look(part name)` on its way, so that nothing is unpacked twice.
    """
    members = archive.infolist()
    if len(members) > limits.parts:
        raise SheetRefused(TOO_MANY_PARTS, {"count": f"{len(members):,}", "limit": f"{limits.parts:,}"})
    total = 0
    for member in members:
        total += member.file_size
        if member.flag_bits & 1:
            raise SheetRefused(ENCRYPTED)
        if member.file_size > SMALL_PART and member.file_size > limits.ratio * max(member.compress_size, 1):
            raise SheetRefused(PACKED_TOO_TIGHTLY, {"ratio": limits.ratio})
        if member.filename.lower().endswith((".zip", ".rar", ".7z")):
            raise SheetRefused(NESTED)
    if total > limits.unpacked_bytes:
        raise SheetRefused(TOO_MUCH_UNPACKED, {"limit": limits.unpacked_bytes // MEGABYTE})
    counted = 0
    for member in members:
        looker = look(member.filename.lstrip("/").lower())
        for piece in unpack(archive, member, limits):
            counted += len(piece)
            if looker is not None:
                looker.feed(piece)
            if counted > limits.unpacked_bytes:
                raise SheetRefused(TOO_MUCH_UNPACKED, {"limit": limits.unpacked_bytes // MEGABYTE})


def unpack(archive: zipfile.ZipFile, member: zipfile.ZipInfo, limits: Limits) -> Iterator[bytes]:
    """A part in pieces, its real bytes counted whatever the directory says."""
    counted = 0
    allowed = max(SMALL_PART, limits.ratio * max(member.compress_size, 1))
    with archive.open(member) as opened:
        while piece := opened.read(MEGABYTE):
            counted += len(piece)
            if counted > allowed:
                raise SheetRefused(PACKED_TOO_TIGHTLY, {"ratio": limits.ratio})
            yield piece
