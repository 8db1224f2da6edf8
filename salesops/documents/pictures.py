"""PNG and JPEG as far as a letterhead needs them: how large they are, and how a page shows them."""

from __future__ import annotations

import base64

_PNG = b"\x89PNG\r\n\x1a\n"
_JPEG = b"\xff\xd8\xff"
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # markers that hold the size


def pixels_of(picture: bytes) -> tuple[int, int] | None:
    """(width, height) as the header says, without unpacking the picture; None for anything but PNG and JPEG."""
    if picture.startswith(_PNG) and len(picture) >= 24:
        return int.from_bytes(picture[16:20]), int.from_bytes(picture[20:24])
    if not picture.startswith(_JPEG):
        return None
    at = 2
    while at + 9 <= len(picture) and picture[at] == 0xFF:
        marker, length = picture[at + 1], int.from_bytes(picture[at + 2 : at + 4])
        if marker in _FRAMES:
            return int.from_bytes(picture[at + 7 : at + 9]), int.from_bytes(picture[at + 5 : at + 7])
        at += 2 + max(length, 2)
    return None


def picture_address(picture: bytes) -> str:
    """The picture as a data: address; empty for none."""
    if not picture:
        return ""
    kind = "png" if picture.startswith(_PNG) else "jpeg"
    return f"data:image/{kind};base64,{base64.b64encode(picture).decode()}"
