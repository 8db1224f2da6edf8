"""What hangs on a mail: safe names, and the kind by the first bytes rather than by what the sender says."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import dataclass
from mimetypes import guess_extension
from pathlib import PurePosixPath

from salesops.connectors.mail.characters import TURNING, clean_text

MAX_NAME_BYTES = 180
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
PPTX = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
TNEF = "application/vnd.ms-tnef"
PROGRAM = "application/x-executable"
MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"%PDF-", "application/pdf"), (b"\x89PNG\r\n\x1a\n", "image/png"), (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"), (b"GIF89a", "image/gif"), (b"BM", "image/bmp"), (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"), (b"Rar!\x1a\x07", "application/vnd.rar"),
    (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (b"\x1f\x8b", "application/gzip"), (b"{\\rtf", "application/rtf"), (b"\x78\x9f\x3e\x22", TNEF),
    (b"MZ", PROGRAM), (b"\x7fELF", PROGRAM), (b"#!", PROGRAM), (b"<?xml", "text/xml"),
    (b"ITSF", "application/vnd.ms-htmlhelp"),
)  # fmt: skip
EXTENSIONS = {
    XLSX: ".xlsx", DOCX: ".docx", PPTX: ".pptx", "application/vnd.ms-excel": ".xls", "application/msword": ".doc",
    "message/rfc822": ".eml", TNEF: ".dat", "application/pdf": ".pdf", "image/jpeg": ".jpg", "image/png": ".png",
    "text/plain": ".txt", "text/html": ".html", "text/csv": ".csv", "application/zip": ".zip", "text/calendar": ".ics",
    "application/pkcs7-signature": ".p7s", "application/pkcs7-mime": ".p7m", "application/pgp-signature": ".asc",
    "application/x-pkcs7-mime": ".p7m", "application/x-pkcs7-signature": ".p7s",
}  # fmt: skip
RESERVED = re.compile(r"(?i)^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])$")
UNSAFE = re.compile(r"[<>:\"|?*\x00-\x1f\x7f-\x9f]")


@dataclass(frozen=True)
class Attachment:
    """One file of a mail. ``content_type`` is what the bytes are, ``declared_type`` what the sender says."""

    name: str
    content_type: str
    declared_type: str
    content: bytes
    sha256: str
    is_inline: bool

    @property
    def size(self) -> int:
        """In bytes."""
        return len(self.content)


def make_attachment(name: str, declared: str, content: bytes, *, is_inline: bool) -> Attachment:
    """The file under a name that is safe to store and show."""
    kind = kind_of(content, declared, name)
    return Attachment(
        safe_name(name, kind), kind, declared, content, hashlib.sha256(content).hexdigest(), is_inline
    )  # fmt: skip


def safe_name(name: str, kind: str = "") -> str:
    """A file's name without folders, control signs, signs that turn the text, or names Windows keeps for itself.

    At most 180 bytes of UTF-8, the extension kept; a name of nothing becomes ``attachment``.
    """
    plain = unicodedata.normalize("NFC", TURNING.sub("", clean_text(name[:4000])))
    plain = re.sub("[\u200b-\u200d\u2060\ufeff\u2028\u2029]", "", plain).replace("\n", " ").replace("\t", " ")
    plain = plain.replace("\\", "/").rstrip("/ ").rpartition("/")[2]
    plain = UNSAFE.sub("_", " ".join(plain.split())).strip(" .")
    stem, dot, extension = plain.rpartition(".")
    if not dot or len(extension) > 12:
        stem, extension = plain, ""
    stem = stem.strip(" .") or "attachment"
    if RESERVED.match(stem.split(".")[0].strip()):
        stem = f"_{stem}"
    suffix = f".{extension}" if extension else (_extension(kind) if not plain else "")
    room = MAX_NAME_BYTES - len(suffix.encode())
    stem = stem.encode()[:room].decode("utf-8", "ignore").strip(" .") or "attachment"
    return stem + suffix


def _extension(kind: str) -> str:
    return EXTENSIONS.get(kind) or (guess_extension(kind) or "")


def kind_of(content: bytes, declared: str, name: str) -> str:
    """The content type by the first bytes; what has no such mark keeps the sender's word if it can be true."""
    for magic, kind in MAGIC:
        if content.startswith(magic) and (magic not in (b"BM", b"MZ", b"#!") or len(content) > 64 or magic == b"#!"):
            return kind
    if content.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _kind_of_zip(content)
    if content.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return _kind_of_ole(content)
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    start = content[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<!doctype html", b"<html", b"<script", b"<svg", b"<head", b"<body", b"<table")):
        return "image/svg+xml" if start.startswith(b"<svg") else "text/html"
    if declared.startswith("text/") and declared != "text/html" and b"\x00" not in content[:4096]:
        return declared
    if declared.startswith(("message/", "application/pkcs7", "application/x-pkcs7", "application/pgp")):
        return declared
    if b"\x00" not in content[:4096] and PurePosixPath(name.lower()).suffix in (".txt", ".csv", ".tsv", ".log"):
        return "text/csv" if name.lower().endswith(".csv") else "text/plain"
    return "application/octet-stream"


def _kind_of_zip(content: bytes) -> str:
    """By the names in the directory at its end; nothing is unpacked."""
    directory = content[-65536:] + content[:4096]
    for mark, kind in ((b"xl/workbook", XLSX), (b"word/document", DOCX), (b"ppt/presentation", PPTX)):
        if mark in directory:
            return kind
    return "application/zip"


def _kind_of_ole(content: bytes) -> str:
    for mark, kind in (("Workbook", "application/vnd.ms-excel"), ("WordDocument", "application/msword")):
        if mark.encode("utf-16-le") in content:
            return kind
    if "__substg1.0_".encode("utf-16-le") in content:
        return "application/vnd.ms-outlook"
    return "application/x-ole-storage"
