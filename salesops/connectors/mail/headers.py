"""The lines above a mail: found, unfolded and decoded without trusting any of them."""

from __future__ import annotations

import binascii
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from email.utils import parsedate_to_datetime

from salesops.connectors.mail.characters import Decoded, clean_line, decode_text

MAX_BLOCK = 256 * 1024
MAX_LINES = 4000
MAX_VALUE = 64 * 1024
MAX_PEOPLE = 500
MAX_REFERENCES = 100
END = re.compile(rb"\r\n\r\n|\n\n|\r\r|\n\r\n|\r\n\n")
LINE_END = re.compile(rb"\r\n|\n|\r")
FIELD = re.compile(rb"([!-9;-~]{1,200})[ \t]*:(.*)", re.DOTALL)
WORD = re.compile(r"=\?([^?\s]{1,60})\?([bBqQ])\?([^?]*)\?=")
IDENTIFIER = re.compile(r"<([^<>\s]{1,900})>")
ADDRESS = re.compile(r"[^\s<>\"(),;:@\[\]]{1,120}@[^\s<>\"(),;:@\[\]]{1,180}")
CHINESE_DATE = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?[ T,]*(\d{1,2})[:时](\d{1,2})(?:[:分](\d{1,2}))?")


@dataclass(frozen=True)
class Person:
    """A name as written and an address; either may be empty."""

    name: str
    address: str


@dataclass
class Headers:
    """The fields of one mail or part in their order, values as bytes."""

    fields: list[tuple[str, bytes]] = field(default_factory=list)
    was_cut: bool = False

    def all(self, name: str) -> list[bytes]:
        """Every value of that name, in order."""
        return [value for known, value in self.fields if known == name]

    def first(self, name: str) -> bytes:
        """The first value of that name, or nothing."""
        return next((value for known, value in self.fields if known == name), b"")

    def text(self, name: str, limit: int = 998) -> Decoded:
        """The first value of that name as one clean line."""
        decoded = decode_value(self.first(name))
        return Decoded(clean_line(decoded.text, limit), decoded.doubtful)

    def token(self, name: str) -> str:
        """The first word of a value, in lower case: ``7BIT (really)`` is ``7bit``."""
        words = self.first(name)[:200].decode("ascii", "ignore").lower().replace(";", " ").split()
        return words[0] if words else ""


def split_headers(octets: bytes) -> tuple[Headers, bytes]:
    """The header fields and what follows the empty line; line ends may be of any kind."""
    if octets[:1] in (b"\r", b"\n"):
        return Headers(), LINE_END.sub(b"", octets[:2], count=1) + octets[2:]
    end = END.search(octets, 0, MAX_BLOCK)
    block, rest = (octets[: end.start()], octets[end.end() :]) if end else (octets[:MAX_BLOCK], octets[MAX_BLOCK:])
    headers = Headers(was_cut=bool(rest) and end is None)
    lines = LINE_END.split(block)
    headers.was_cut = headers.was_cut or len(lines) > MAX_LINES
    unfolded: list[list[bytes]] = []
    for line in lines[:MAX_LINES]:
        if line[:1] in (b" ", b"\t") and unfolded:
            unfolded[-1].append(line)
        else:
            unfolded.append([line])
    for pieces in unfolded:
        found = FIELD.match(b"".join(pieces)[:MAX_VALUE])
        if found:
            headers.fields.append((found.group(1).decode("ascii").lower(), found.group(2).strip()))
    return headers, rest if headers.fields else octets  # without a single field all of it is text


def decode_value(value: bytes) -> Decoded:
    """A field's text: encoded words (also when cut inside a character) and raw 8-bit text."""
    raw = decode_text(value)
    parts, doubtful = _words(raw.text)
    return Decoded("".join(part if isinstance(part, str) else part.text for part in parts), raw.doubtful or doubtful)


def _words(text: str) -> tuple[list[str | Decoded], bool]:
    """Plain stretches and decoded runs of encoded words; white space between two words of a run is no text."""
    parts: list[str | Decoded] = []
    place = 0
    run: list[tuple[str, str, str]] = []
    for found in WORD.finditer(text):
        between = text[place : found.start()]
        word = (found.group(1).split("*")[0].lower(), found.group(2).lower(), found.group(3))
        if run and (between.strip() or word[:2] != run[-1][:2]):
            parts.append(_run(run))
            run = []
        if between.strip() or (not parts and not run):
            parts.append(between)
        run.append(word)
        place = found.end()
    if run:
        parts.append(_run(run))
    parts.append(text[place:])
    return parts, any(part.doubtful for part in parts if isinstance(part, Decoded))


def _run(words: list[tuple[str, str, str]]) -> Decoded:
    """Neighbours of one charset are joined as bytes first: a character may begin in one and end in the next."""
    label, coding, _ = words[0]
    if coding == "q":
        octets = b"".join(_unquote(text) for _, _, text in words)
    elif all(len(text.rstrip()) % 4 == 0 for _, _, text in words):
        octets = b"".join(from_base64(text.encode("ascii", "ignore")) for _, _, text in words)
    else:
        octets = from_base64("".join(text for _, _, text in words).encode("ascii", "ignore"))
    return decode_text(octets, label)


def _unquote(text: str) -> bytes:
    return binascii.a2b_qp(text.encode("utf-8", "ignore"), header=True)


NOT_BASE64 = bytes(set(range(256)) - set(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="))
MAX_CHUNKS = 2000


def from_base64(octets: bytes) -> bytes:
    """What base64 text stands for; strange signs are left out, missing padding is borne, padding inside joins."""
    kept = octets.translate(None, NOT_BASE64)
    chunks = re.split(rb"=+", kept)
    if len(chunks) > MAX_CHUNKS:
        chunks = [kept.replace(b"=", b"")]
    whole = []
    for chunk in chunks:
        usable = chunk[:-1] if len(chunk) % 4 == 1 else chunk
        whole.append(binascii.a2b_base64(usable + b"=" * (-len(usable) % 4)))
    return b"".join(whole)


def people_of(values: list[bytes]) -> tuple[list[Person], bool]:
    """The people named in address fields, and whether a name could not be read for sure."""
    people: list[Person] = []
    doubtful = False
    for value in values:
        raw = decode_text(value)
        # Encoded words are taken out first: they may hold commas and quotes that are part of a name.
        words: list[Decoded] = []
        parts, unsure = _words(re.sub("[\ue000\ue001]", "", raw.text))
        plain = ""
        for part in parts:
            if isinstance(part, Decoded):
                plain += f"\ue000{len(words)}\ue001"
                words.append(part)
            else:
                plain += part
        doubtful = doubtful or raw.doubtful or unsure
        for mailbox in _mailboxes(plain):
            people += _person(mailbox, words)
            if len(people) >= MAX_PEOPLE:
                return people[:MAX_PEOPLE], doubtful
    return people, doubtful


def _mailboxes(text: str) -> list[str]:
    """Cut at commas and semicolons that stand outside quotes, brackets and comments; a group's name falls away."""
    found: list[str] = []
    current: list[str] = []
    quoted, angled, depth, escaped = False, False, 0, False
    for sign in text:
        if escaped:
            escaped = False
        elif sign == "\\" and (quoted or depth):
            escaped = True
        elif sign == '"' and not depth:
            quoted = not quoted
        elif not quoted and sign in "()":
            depth = depth + 1 if sign == "(" else max(0, depth - 1)
        elif not quoted and not depth and sign in "<>":
            angled = sign == "<"
        elif not quoted and not depth and not angled and sign in ",;:":
            if sign != ":":
                found.append("".join(current))
            current = []
            continue
        current.append(sign)
    return [*found, "".join(current)]


def _person(mailbox: str, words: list[Decoded]) -> list[Person]:
    def filled(text: str) -> str:
        return re.sub("\ue000(\\d+)\ue001", lambda found: words[int(found.group(1))].text, text)

    before, bracket, after = mailbox.rpartition("<")
    if not bracket:
        before, after = "", filled(mailbox)
    found = ADDRESS.search(filled(after))
    name = before
    if not bracket:
        # name@example.com (Name), or a whole «Name <address>» inside one encoded word
        name = after[: found.start()].rstrip("< ") if found else after
        comment = re.search(r"\(([^()]*)\)", after)
        name = comment.group(1) if comment and not name.strip(' "()') else name
    shown = clean_line(filled(name).replace('\\"', '"').strip(" \"'()"), 200)
    address = clean_line(found.group(0), 254) if found else ""
    return [Person(shown, address)] if shown or address else []


def identifiers(value: bytes) -> list[str]:
    """Message-IDs with their brackets; one written without brackets gets them."""
    text = decode_text(value[:MAX_VALUE]).text
    found = [f"<{clean_line(one, 900)}>" for one in IDENTIFIER.findall(text)[:MAX_REFERENCES]]
    bare = clean_line(text, 900).split()
    return found or ([f"<{bare[0].strip('<>')}>"] if bare and bare[0].strip("<>") else [])


def moment_of(value: bytes, zone: tzinfo) -> datetime | None:
    """When the mail says it was sent, in UTC; a date without a zone is in the house's. None for what is no date."""
    text = clean_line(decode_text(value[:400]).text, 200)
    moment: datetime | None = None
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        moment = _written_out(text)
    if moment is None:
        return None
    try:
        aware = (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return aware if 1990 <= aware.year <= 2100 else None


def _written_out(text: str) -> datetime | None:
    found = CHINESE_DATE.search(text)
    if found is None:
        return None
    try:
        return datetime(*(int(part or 0) for part in found.groups()))  # type: ignore[arg-type]  # noqa: DTZ001 - the caller adds the zone
    except ValueError:
        return None
