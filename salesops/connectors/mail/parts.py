"""A mail taken apart, without recursion and within limits: every part is found once or named as left out."""

from __future__ import annotations

import binascii
import re
from dataclasses import dataclass, field

from salesops.connectors.mail.characters import clean_line, decode_text
from salesops.connectors.mail.headers import Headers, decode_value, from_base64, split_headers

MAX_DEPTH = 20
MAX_PARTS = 500
MAX_PARAMETERS = 100
MAX_PARAMETER = 4000
TYPE = re.compile(r"[a-z0-9!#$&^_.+-]{1,100}/[a-z0-9!#$&^_.+-]{1,100}")
SECTION = re.compile(r"^(.+?)\*(\d{1,4})?(\*)?$")


@dataclass
class Part:
    """One leaf of a mail. ``place`` tells where it stands: the kinds of the multiparts around it."""

    headers: Headers
    body: bytes  # as it came, still encoded
    content_type: str
    parameters: dict[str, str]
    disposition: str
    name: str
    place: tuple[tuple[int, str], ...] = ()
    unread: str = ""  # the problem for which it was not taken apart

    def content(self) -> bytes:
        """The bytes the part stands for."""
        coding = self.headers.token("content-transfer-encoding")
        if coding == "base64":
            return from_base64(self.body)
        if coding == "quoted-printable":
            return binascii.a2b_qp(self.body)
        return self.body

    @property
    def is_coding_known(self) -> bool:
        """Whether the way the part was packed is one we can unpack."""
        known = {"", "7bit", "8bit", "binary", "base64", "quoted-printable"}
        return self.headers.token("content-transfer-encoding") in known


@dataclass
class Taken:
    """The leaves in their order and what went wrong on the way."""

    parts: list[Part] = field(default_factory=list)
    problems: set[str] = field(default_factory=set)


def take_apart(headers: Headers, body: bytes) -> Taken:
    """All leaves of the mail. A part too deep, or of too many, is kept whole instead of being opened."""
    taken = Taken()
    number = 0
    stack: list[tuple[Headers, bytes, tuple[tuple[int, str], ...]]] = [(headers, body, ())]
    while stack:
        current, octets, place = stack.pop()
        part = _part(current, octets, place)
        boundary = part.parameters.get("boundary", "")
        if not part.content_type.startswith("multipart/"):
            taken.parts.append(part)
            continue
        pieces = _pieces(octets, boundary) if boundary and len(place) < MAX_DEPTH else []
        if not pieces:
            _keep_whole(taken, part, "too_deep" if boundary and len(place) >= MAX_DEPTH else "no_boundary")
            continue
        room = MAX_PARTS - len(taken.parts) - len(stack)
        if len(pieces) > room:
            taken.problems.add("too_many_parts")
            pieces = pieces[: max(0, room)]
        number += 1
        inside = (*place, (number, part.content_type.removeprefix("multipart/")))
        stack.extend((*split_headers(piece), inside) for piece in reversed(pieces))
    return taken


def _keep_whole(taken: Taken, part: Part, problem: str) -> None:
    taken.problems.add(problem)
    part.unread = problem
    if problem == "no_boundary":
        part.content_type = "text/plain"
    else:
        part.content_type, part.disposition = "message/rfc822", "attachment"
    taken.parts.append(part)


def _pieces(body: bytes, boundary: str) -> list[bytes]:
    """What stands between the boundary's lines; a missing last line is borne."""
    mark = re.escape(boundary.encode("latin-1", "ignore"))
    line = re.compile(rb"(?:\A|\r\n|\n|\r)--" + mark + rb"(--)?[ \t]*(?=\r\n|\n|\r|\Z)")
    pieces: list[bytes] = []
    start: int | None = None
    for found in line.finditer(body):
        if start is not None:
            pieces.append(_without_first_line_end(body[start : found.start()]))
        start = None if found.group(1) else found.end()
        if found.group(1) or len(pieces) > MAX_PARTS:
            break
    if start is not None and start < len(body) and len(pieces) <= MAX_PARTS:
        pieces.append(_without_first_line_end(body[start:]))
    return pieces


def _without_first_line_end(octets: bytes) -> bytes:
    for end in (b"\r\n", b"\n", b"\r"):
        if octets.startswith(end):
            return octets[len(end) :]
    return octets


def _part(headers: Headers, body: bytes, place: tuple[tuple[int, str], ...]) -> Part:
    default = "message/rfc822" if place and place[-1][1] == "digest" else "text/plain"
    said, parameters = parameters_of(headers.first("content-type"))
    content_type = said.strip().lower() if TYPE.fullmatch(said.strip().lower()) else ""
    disposition, more = parameters_of(headers.first("content-disposition"))
    name = more.get("filename") or parameters.get("name") or ""
    if not content_type:
        content_type = default if not name else "application/octet-stream"
    return Part(headers, body, content_type, parameters, disposition.strip().lower(), name, place)


def parameters_of(value: bytes) -> tuple[str, dict[str, str]]:
    """The value before the first semicolon and its parameters, RFC 2231 sections joined and decoded."""
    plain: dict[str, str] = {}
    sections: dict[str, dict[int, tuple[bytes, bool]]] = {}
    first, *rest = _cut(value)
    for piece in rest[:MAX_PARAMETERS]:
        key, equals, content = piece.partition(b"=")
        name = key.strip().decode("ascii", "ignore").lower()
        if not equals or not name:
            continue
        octets = _unquoted(content.strip())[:MAX_PARAMETER]
        found = SECTION.match(name)
        if found:
            numbered = sections.setdefault(found.group(1), {})
            numbered.setdefault(int(found.group(2) or 0), (octets, bool(found.group(3)) or found.group(2) is None))
        elif name == "boundary":
            plain.setdefault(name, octets.decode("latin-1"))  # bytes to look for, not text to read
        else:
            plain.setdefault(name, clean_line(decode_value(octets).text, MAX_PARAMETER))
    for name, numbered in sections.items():
        plain[name] = _joined(numbered) or plain.get(name, "")
    return decode_text(first).text, plain


def _cut(value: bytes) -> list[bytes]:
    """At semicolons outside of quotes."""
    pieces: list[bytes] = []
    quoted, start, place = False, 0, 0
    while place < len(value):
        sign = value[place : place + 1]
        if quoted and sign == b"\\" and value[place + 1 : place + 2] in (b'"', b"\\"):
            place += 1
        elif sign == b'"':
            quoted = not quoted
        elif sign == b";" and not quoted:
            pieces.append(value[start:place])
            start = place + 1
        place += 1
    return [*pieces, value[start:]]


def _unquoted(octets: bytes) -> bytes:
    if octets[:1] != b'"':
        return octets.split(b" (")[0]
    end = octets.rfind(b'"')
    inner = octets[1:end] if end > 0 else octets[1:]
    return inner.replace(b'\\"', b'"').replace(b"\\\\", b"\\")


def _joined(numbered: dict[int, tuple[bytes, bool]]) -> str:
    """Sections in their order; the first encoded one names the charset."""
    label, whole = "", b""
    for place, number in enumerate(sorted(numbered)):
        octets, is_encoded = numbered[number]
        if is_encoded:
            if place == 0 and octets.count(b"'") >= 2:
                charset, _language, octets = octets.split(b"'", 2)
                label = charset.decode("ascii", "ignore")
            octets = re.sub(rb"%([0-9A-Fa-f]{2})", lambda found: bytes([int(found.group(1), 16)]), octets)
        whole += octets
    # Some senders put encoded words into sections all the same.
    decoded = decode_text(whole, label) if label else decode_value(whole)
    return clean_line(decoded.text, MAX_PARAMETER)
