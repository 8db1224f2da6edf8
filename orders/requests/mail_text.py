"""The words of a mail that count: what its sender wrote now, and of a forwarded mail what was forwarded."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby

from orders.models import Evidence

FORWARDED = re.compile(r"\s*(fwd?|转发|轉發|轉寄|wg|tr)\s*[:：]", re.IGNORECASE)
_MOST_SIGNS = 100_000


def lines_written(evidence: Evidence) -> list[str]:
    """The lines of a note, a paste or a mail, the first one first; without the older mails an answer quotes."""
    lines = evidence.text[:_MOST_SIGNS].splitlines()
    request = evidence.request
    if evidence.kind != Evidence.Kind.MAIL or request is None or FORWARDED.match(request.subject):
        return lines
    own = request.body[:_MOST_SIGNS].splitlines()
    return own if lines[: len(own)] == own else lines


def tables_in(lines: list[str]) -> Iterator[tuple[int, str]]:
    """Tables among the lines, as rows of a sheet with tabs between the cells: (lines above it, its rows)."""
    for is_table, block in groupby(enumerate(lines), key=lambda line: "\t" in line[1].strip()):
        rows = list(block)
        if is_table and len(rows) > 1:
            yield rows[0][0], "\n".join(text for _number, text in rows)
