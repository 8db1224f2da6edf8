"""A mail as a value: whatever bytes arrive, a ``ParsedMail`` comes out, with its problems named."""

from __future__ import annotations

import hashlib
import logging
import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext, gettext_noop

from salesops.connectors.mail.attachments import PROGRAM, TNEF, Attachment, make_attachment
from salesops.connectors.mail.characters import clean_line, clean_text, decode_text
from salesops.connectors.mail.headers import Headers, Person, identifiers, moment_of, people_of, split_headers
from salesops.connectors.mail.html_text import html_to_text
from salesops.connectors.mail.parts import Part, Taken, take_apart
from salesops.connectors.mail.quoting import split_reply

log = logging.getLogger(__name__)

MAX_BYTES = 30 * 1024 * 1024
MAX_TEXT = 500_000  # signs
MUCH_MORE = 4  # times as long
MAX_HTML = 4 * 1024 * 1024  # bytes
PACKED = {"application/zip", "application/vnd.rar", "application/x-7z-compressed", "application/gzip"}
PROGRAMS = {"exe", "scr", "com", "bat", "cmd", "js", "vbs", "ps1", "msi", "lnk", "hta"}
ONCE = ("from", "to", "cc", "subject", "date", "message-id", "in-reply-to", "references", "reply-to")

PROBLEMS: dict[str, str] = {
    "too_big": gettext_noop("The mail is larger than %(megabytes)s MB; only its head was read."),
    "no_message_id": gettext_noop("The mail has no Message-ID."),
    "repeated_header": gettext_noop("A header that may stand once stands several times; the first one counts."),
    "no_sender": gettext_noop("The mail names no sender's address."),
    "several_senders": gettext_noop("The mail names several senders; the first one counts."),
    "no_date": gettext_noop("The mail has no date."),
    "odd_date": gettext_noop("The mail's date cannot be read."),
    "odd_characters": gettext_noop("Some characters could not be read for sure."),
    "headers_cut": gettext_noop("The mail's headers are too long; the rest of them was left out."),
    "too_deep": gettext_noop("Parts nested too deeply are kept unopened."),
    "too_many_parts": gettext_noop("The mail has too many parts; the rest of them was left out."),
    "no_boundary": gettext_noop("A part of the mail is broken and is shown as it came."),
    "odd_coding": gettext_noop("A part is packed in an unknown way and is kept as it came."),
    "text_cut": gettext_noop("The text is very long; the rest of it was left out."),
    "winmail": gettext_noop("An Outlook packet (winmail.dat) is kept unopened. Ask the sender to send plain text."),
    "encrypted": gettext_noop("The mail is encrypted and is kept unopened."),
    "signed": gettext_noop("The mail carries a digital signature, which was not checked."),
    "mail_inside": gettext_noop("Another mail is attached and is kept unopened."),
    "packed_file": gettext_noop("A packed file is kept unopened."),
    "program": gettext_noop("An attached file is a program. Do not open it."),
    "other_kind": gettext_noop("An attached file is not what its name says."),
    "empty": gettext_noop("The mail is empty."),
    "unreadable": gettext_noop("The mail could not be read; its original is kept."),
}


@dataclass(frozen=True)
class Problem:
    """Something odd about a mail: a short code and a sentence in the reader's language."""

    code: str
    values: dict[str, Any] = field(default_factory=dict)

    @property
    def sentence(self) -> str:
        """What a person is told."""
        return gettext(PROBLEMS[self.code]) % self.values


@dataclass(frozen=True)
class ParsedMail:
    """What a mail says. All text is plain, without control signs; nothing in it was checked to be true.

    ``text`` is what the sender wrote now, ``quoted`` the mails below it. ``receipt_id`` and ``received_at`` are
    known when the mail was read from a mailbox.
    """

    sha256: str
    size: int
    message_id: str = ""
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    from_name: str = ""
    from_address: str = ""
    reply_to: str = ""
    to: tuple[Person, ...] = ()
    cc: tuple[Person, ...] = ()
    subject: str = ""
    sent_at: datetime | None = None
    text: str = ""
    quoted: str = ""
    attachments: tuple[Attachment, ...] = ()
    is_auto_reply: bool = False
    problems: tuple[Problem, ...] = ()
    received_at: datetime | None = None
    receipt_id: int | None = None

    @property
    def problem_codes(self) -> set[str]:
        """The codes of all problems."""
        return {problem.code for problem in self.problems}

    @property
    def thread(self) -> tuple[str, ...]:
        """The Message-IDs this mail answers, the nearest last and each once."""
        return tuple(dict.fromkeys([*self.references, *([self.in_reply_to] if self.in_reply_to else [])]))


def parse_mail(raw: bytes) -> ParsedMail:
    """Read a mail; never raises. Bytes that are no mail at all give one with problems."""
    try:
        return read_mail(raw)
    except Exception:  # the last net: a mail must never stop the mails behind it
        log.exception("A mail of %s bytes could not be read.", len(raw))
        digest = hashlib.sha256(raw).hexdigest()
        return ParsedMail(sha256=digest, size=len(raw), problems=(Problem("unreadable"),))


def read_mail(raw: bytes) -> ParsedMail:
    """The same without the net, so that the tests see what it would catch."""
    problems: set[str] = set()
    headers, body = split_headers(raw)
    if not raw.strip():
        problems.add("empty")
    taken = Taken()
    if len(raw) > MAX_BYTES:
        problems.add("too_big")
    else:
        taken = take_apart(headers, body)
    text, attachments = _contents(taken, problems)
    new, quoted = split_reply(text)
    return ParsedMail(
        sha256=hashlib.sha256(raw).hexdigest(),
        size=len(raw),
        text=new,
        quoted=quoted,
        attachments=tuple(attachments),
        is_auto_reply=is_automatic(headers),
        **_head(headers, problems),
        problems=tuple(
            Problem(code, {"megabytes": MAX_BYTES // 1024**2} if code == "too_big" else {})
            for code in PROBLEMS
            if code in problems | taken.problems
        ),
    )


def _head(headers: Headers, problems: set[str]) -> dict[str, Any]:
    """The fields above the text."""
    if headers.was_cut:
        problems.add("headers_cut")
    if any(len(headers.all(name)) > 1 for name in ONCE):
        problems.add("repeated_header")
    named = {name: people_of(headers.all(name)[:1]) for name in ("from", "sender", "reply-to")}
    listed = {name: people_of(headers.all(name)) for name in ("to", "cc")}
    senders = [one for one in named["from"][0] if one.address] or [one for one in named["sender"][0] if one.address]
    if len({one.address.lower() for one in senders}) > 1:
        problems.add("several_senders")
    if not senders:
        problems.add("no_sender")
        senders = named["from"][0][:1] or [Person("", "")]
    subject = headers.text("subject")
    if subject.doubtful or any(doubtful for _, doubtful in (named | listed).values()):
        problems.add("odd_characters")
    message_ids = identifiers(headers.first("message-id"))
    if not message_ids:
        problems.add("no_message_id")
    sent_at = moment_of(headers.first("date"), timezone.get_default_timezone())
    if sent_at is None:
        problems.add("odd_date" if headers.first("date") else "no_date")
    return {
        "message_id": message_ids[0] if message_ids else "",
        "in_reply_to": next(iter(identifiers(headers.first("in-reply-to"))), ""),
        "references": tuple(identifiers(headers.first("references"))),
        "from_name": senders[0].name,
        "from_address": senders[0].address,
        "reply_to": next((one.address for one in named["reply-to"][0] if one.address), ""),
        "to": tuple(listed["to"][0]),
        "cc": tuple(listed["cc"][0]),
        "subject": subject.text,
        "sent_at": sent_at,
    }


def _contents(taken: Taken, problems: set[str]) -> tuple[str, list[Attachment]]:
    """The text of the mail and its files."""
    texts: list[str] = []
    files: list[Attachment] = []
    shown = _chosen(taken.parts)
    for place, part in enumerate(taken.parts):
        if not part.is_coding_known:
            problems.add("odd_coding")
        if place in shown:
            text, doubtful = _text_of(part, problems)
            problems.update({"odd_characters"} if doubtful else set())
            texts.append(text)
        elif not _is_other_version(part):
            files.append(_file_of(part, problems))
    whole = "\n\n".join(text for text in texts if text.strip())
    if len(whole) > MAX_TEXT:
        problems.add("text_cut")
    return whole[:MAX_TEXT], files


def _is_text(part: Part) -> bool:
    return (
        part.content_type in ("text/plain", "text/html")
        and part.disposition != "attachment"
        and not part.name
        and part.is_coding_known
    )


def _is_other_version(part: Part) -> bool:
    """The same text once more, in the form that was not chosen."""
    return _is_text(part) and any(kind == "alternative" for _, kind in part.place)


def _chosen(parts: list[Part]) -> set[int]:
    """Which parts are the text: of alternatives the plain one, unless it says less than the HTML."""
    chosen: set[int] = set()
    groups: dict[int, list[int]] = {}
    for place, part in enumerate(parts):
        if not _is_text(part):
            continue
        around = [number for number, kind in part.place if kind == "alternative"]
        if around:
            groups.setdefault(around[-1], []).append(place)
        else:
            chosen.add(place)
    for places in groups.values():
        plain = [one for one in places if parts[one].content_type == "text/plain" and parts[one].content().strip()]
        html = [one for one in places if parts[one].content_type == "text/html"][-1:]
        chosen.update(plain if plain and not _tells_more(parts, html, plain) else html)
    return chosen


def _tells_more(parts: list[Part], html: list[int], plain: list[int]) -> bool:
    """Whether the HTML holds a table the plain version has lost, or the plain one only says that there is HTML."""
    told, bare = ("\n".join(_text_of(parts[one], set())[0] for one in places) for places in (html, plain))
    rows = [sum("\t" in line.strip() for line in text.split("\n")) for text in (told, bare)]
    return (rows[0] > 1 > rows[1]) or len(told.strip()) > MUCH_MORE * len(bare.strip())


def _text_of(part: Part, problems: set[str]) -> tuple[str, bool]:
    content = part.content()
    if len(content) > MAX_HTML:
        problems.add("text_cut")
        content = content[:MAX_HTML]
    label = part.parameters.get("charset", "")
    if part.content_type == "text/html" and not label:
        named = re.search(rb"charset\s*=\s*[\"']?([A-Za-z0-9_-]{2,30})", content[:4096])
        label = named.group(1).decode("ascii") if named else ""
    decoded = decode_text(content, label)
    text = html_to_text(decoded.text) if part.content_type == "text/html" else decoded.text
    return clean_text(text), decoded.doubtful


def _file_of(part: Part, problems: set[str]) -> Attachment:
    content, name = part.content(), part.name
    if part.content_type == "message/rfc822":
        problems.add("mail_inside")
        name = name or f"{split_headers(content)[0].text('subject', 80).text or 'mail'}.eml"
    is_inline = part.disposition == "inline" or (
        bool(part.headers.first("content-id")) and part.disposition != "attachment"
    )
    made = make_attachment(name, part.content_type, content, is_inline=is_inline)
    problems.update(_file_problems(made, part))
    return made


def _file_problems(made: Attachment, part: Part) -> set[str]:
    """What a person should know before opening it."""
    said = part.content_type
    found: set[str] = set()
    extension = made.name.lower().rpartition(".")[2]
    if made.content_type == TNEF or said in ("application/ms-tnef", TNEF) or made.name.lower() == "winmail.dat":
        found.add("winmail")
    if any(kind == "encrypted" for _, kind in part.place) or (
        said in ("application/pkcs7-mime", "application/x-pkcs7-mime")
        and part.parameters.get("smime-type", "").lower() != "signed-data"
    ):
        found.add("encrypted")
    elif "pkcs7" in said or said == "application/pgp-signature":
        found.add("signed")
    if made.content_type in PACKED:
        found.add("packed_file")
    if made.content_type == PROGRAM or extension in PROGRAMS:
        found.add("program")
    expected = {"xlsx": "spreadsheetml", "pdf": "application/pdf", "png": "image/png", "docx": "wordprocessingml"}
    if extension in expected and expected[extension] not in made.content_type and made.size:
        found.add("other_kind")
    return found


def is_automatic(headers: Headers) -> bool:
    """Whether a machine answered: such a mail is kept, but nobody is waiting for an answer to it."""
    submitted = headers.token("auto-submitted")
    if submitted and submitted != "no":
        return True
    if headers.token("precedence") in ("bulk", "junk", "auto_reply", "auto-reply"):
        return True
    if headers.all("return-path") and headers.first("return-path").strip() in (b"<>", b""):
        return True
    if headers.all("x-autoreply") or headers.all("x-autorespond"):
        return True
    if headers.token("content-type") == "multipart/report":
        return True
    subject = clean_line(headers.text("subject").text, 80).lower()
    return subject.startswith(("自动回复", "自動回覆", "automatic reply", "auto reply", "autoreply", "out of office"))
