"""Pictures taken with a phone: known by their first bytes, kept as they came, shown without what the phone wrote in.

A photo tells where and when it was taken and with which phone (EXIF, XMP). The evidence keeps that, untouched and with
its hash; whoever looks at the picture gets it without, only the way it is turned stays.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_noop

from orders.errors import OrderError
from orders.models import Evidence, Order
from orders.requests.evidence import file_evidence, keep_evidence

if TYPE_CHECKING:
    from staff.models import User

MOST_BYTES = 10 * 1024 * 1024
_PNG = b"\x89PNG\r\n\x1a\n"
_SUFFIXES = {"image/jpeg": "jpg", "image/png": "png", "image/webp": "webp"}
_PNG_SHOWN = frozenset({b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"sBIT"})
_WEBP_HIDDEN = frozenset({b"EXIF", b"XMP "})
_ORIENTATION = 0x0112


@dataclass(frozen=True, slots=True)
class Photo:
    """A picture that was looked at: its bytes and what they are."""

    content: bytes
    content_type: str


def read_photo(content: bytes) -> Photo:
    """The picture, by its first bytes and not by its name; OrderError for anything else and for more than 10 MB."""
    if len(content) > MOST_BYTES:
        raise OrderError(
            gettext_noop("The picture is larger than %(most)s MB."), {"most": MOST_BYTES // 1024**2}, field="photo"
        )
    kind = _kind(content)
    if not kind or not without_metadata(content):
        raise OrderError(gettext_noop("This is not a picture: take a photo (JPEG, PNG or WebP)."), field="photo")
    return Photo(content, kind)


def keep_photo(*, by: User, order: Order, photo: Photo) -> Evidence:
    """Keep the picture as evidence of the order, exactly as it came."""
    item = file_evidence(f"{order.number}.{_SUFFIXES[photo.content_type]}", photo.content, photo.content_type)
    return keep_evidence(request=None, order=order, items=[item], by=by, saved=[])[0]


def without_metadata(content: bytes) -> bytes:
    """The picture without place, time, phone and remarks; b"" where it cannot be read to its end."""
    kind = _kind(content)
    try:
        if kind == "image/jpeg":
            return _plain_jpeg(content)
        if kind == "image/png":
            return _plain_png(content)
        return _plain_webp(content) if kind == "image/webp" else b""
    except (struct.error, IndexError):
        return b""


def _kind(content: bytes) -> str:
    if content.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if content.startswith(_PNG):
        return "image/png"
    return "image/webp" if content[:4] == b"RIFF" and content[8:12] == b"WEBP" else ""


def _plain_jpeg(content: bytes) -> bytes:
    """Segments up to the picture itself without APP1..APP15 and comments; APP0 and Adobe's APP14 tell the colours."""
    kept, at, turned = [b"\xff\xd8"], 2, 0
    while True:
        if content[at] != 0xFF:
            return b""
        marker = content[at + 1]
        if marker == 0xFF:  # a filling byte
            at += 1
            continue
        (length,) = struct.unpack_from(">H", content, at + 2)
        segment = content[at : at + 2 + length]
        if length < 2 or len(segment) < 2 + length:
            return b""
        if marker == 0xE1 and segment[4:10] == b"Exif\0\0":
            turned = turned or _orientation(segment[10:])
        if not (marker == 0xFE or (0xE1 <= marker <= 0xEF and marker != 0xEE)):
            kept.append(segment)
        at += 2 + length
        if marker == 0xDA:
            break
    # What a phone appends behind the picture (a film, a second picture) is cut off at the end mark.
    end = content.rfind(b"\xff\xd9")
    kept.insert(1, _orientation_segment(turned) if turned > 1 else b"")
    return b"".join(kept) + content[at : end + 2] if end > at else b""


def _orientation(tiff: bytes) -> int:
    """How the picture is turned (1 to 8) by the first directory of its EXIF; 0 where it does not say."""
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2])
    if order is None or len(tiff) < 8:
        return 0
    (start,) = struct.unpack_from(order + "I", tiff, 4)
    if start + 2 > len(tiff):
        return 0
    (count,) = struct.unpack_from(order + "H", tiff, start)
    for place in range(min(count, 100)):
        entry = start + 2 + 12 * place
        if entry + 12 > len(tiff):
            return 0
        if struct.unpack_from(order + "H", tiff, entry)[0] == _ORIENTATION:
            (turned,) = struct.unpack_from(order + "H", tiff, entry + 8)
            return turned if 1 <= turned <= 8 else 0
    return 0


def _orientation_segment(turned: int) -> bytes:
    tiff = b"MM\0*" + struct.pack(">IHHHIHHI", 8, 1, _ORIENTATION, 3, 1, turned, 0, 0)
    body = b"Exif\0\0" + tiff
    return b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body


def _plain_png(content: bytes) -> bytes:
    kept, at = [_PNG], 8
    while at < len(content):
        length, name = struct.unpack_from(">I4s", content, at)
        chunk = content[at : at + 12 + length]
        if len(chunk) < 12 + length:
            return b""
        if name in _PNG_SHOWN:
            kept.append(chunk)
        at += 12 + length
        if name == b"IEND":
            return b"".join(kept)
    return b""


def _plain_webp(content: bytes) -> bytes:
    kept, at = [], 12
    while at + 8 <= len(content):
        name, length = struct.unpack_from("<4sI", content, at)
        chunk = content[at : at + 8 + length + length % 2]
        if len(chunk) < 8 + length:
            return b""
        if name == b"VP8X":
            chunk = chunk[:8] + bytes([chunk[8] & ~0x0C]) + chunk[9:]  # says no longer that EXIF and XMP follow
        if name not in _WEBP_HIDDEN:
            kept.append(chunk)
        at += 8 + length + length % 2
    body = b"WEBP" + b"".join(kept)
    return b"RIFF" + struct.pack("<I", len(body)) + body if kept else b""
