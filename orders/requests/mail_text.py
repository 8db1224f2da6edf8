"""The words of a mail that count: what its sender wrote now, and of a forwarded mail what was forwarded."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from django.utils import timezone

from orders.models import Evidence
from salesops.connectors.mail.headers import ADDRESS, moment_of
from salesops.connectors.mail.quoting import FIRST_FIELD

FORWARDED = re.compile(r"\s*(fwd?|转发|轉發|轉寄|wg|tr)\s*[:：]", re.IGNORECASE)
_SENT = re.compile(r"[\s>*|]*(sent|date|发送时间|发送日期|日期|时间)[\s*|]*[:：|](?P<moment>.*)", re.IGNORECASE)
_HEAD = 6  # lines below the sender in which the moment stands
_MOST_SIGNS = 100_000


@dataclass(frozen=True, slots=True)
class FirstSender:
    """Who wrote a mail before somebody passed it on, and when."""

    name: str
    address: str
    sent_at: datetime | None


def first_senders(text: str) -> Iterator[FirstSender]:
    """The senders that stand in a forwarded mail, the last one who had it first."""
    lines = text[:_MOST_SIGNS].splitlines()
    for place, line in enumerate(lines):
        if (found := FIRST_FIELD.match(line)) is None or (address := ADDRESS.search(line[:400])) is None:
            continue
        name = line[found.end() : address.start()].strip(" \"'<[*")
        dates = [sent["moment"] for below in lines[place + 1 : place + 1 + _HEAD] if (sent := _SENT.match(below[:400]))]
        moments = (moment_of(date.encode(), timezone.get_default_timezone()) for date in dates)
        yield FirstSender(name[:120], address.group()[:254], next((one for one in moments if one), None))


def lines_written(evidence: Evidence) -> list[str]:
    """The lines of a note, a paste or a mail, the first one first; without the older mails an answer quotes."""
    lines = evidence.text[:_MOST_SIGNS].splitlines()
    request = evidence.request
    if evidence.kind != Evidence.Kind.MAIL or request is None or FORWARDED.match(request.subject):
        return lines
    own = request.body[:_MOST_SIGNS].splitlines()
    return own if own and lines[: len(own)] == own else lines


def tables_in(lines: list[str]) -> Iterator[tuple[int, str]]:
    """Tables among the lines, as rows of a sheet with tabs between the cells: (lines above it, its rows)."""
    for is_table, block in groupby(enumerate(lines), key=lambda line: "\t" in line[1].strip()):
        rows = list(block)
        if is_table and len(rows) > 1:
            yield rows[0][0], "\n".join(text for _number, text in rows)
