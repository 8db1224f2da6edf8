"""Short texts people type into a deed: trimmed, without odd signs, no longer than their column."""

from __future__ import annotations

import re

from django.utils.translation import gettext_noop

from customers.validation import check_invoice_number, check_text, normalise_invoice_number, strip_invisible
from orders.errors import OrderError

_FOLD = r"(?:=?[ \t]*\r?\n[>| \t]*)?"
_LINK = re.compile(
    rf"(?P<door>(?:/|%2F)confirm(?:/|%2F)){_FOLD}(?:[\w-]{_FOLD}){{20,60}}(?:\.{_FOLD}[0-9a-f]{{1,16}})?",
    re.ASCII | re.IGNORECASE,
)
"""A customer's link as a mail has it: folded over lines, quoted in an answer, wrapped into another address."""
REASON_MISSING = gettext_noop("Say why; whoever reads this later was not there.")


def clean_text(text: str, field: str, *, most: int, missing: str = "") -> str:
    """The text as it may be kept; OrderError when it is too long, holds control signs, or is empty with ``missing``."""
    text = strip_invisible(text).strip()
    if not text and missing:
        raise OrderError(missing, field=field)
    if len(text) > most:
        raise OrderError(gettext_noop("This can have %(most)s characters at most."), {"most": most}, field=field)
    for problem in check_text(text, field, lines=True):
        raise OrderError(problem.msgid, problem.values, field=field)
    return text


def clean_invoice_number(text: str, field: str, *, missing: str = "") -> str:
    """The digits of an invoice number however typed; OrderError for what is none, or is empty with ``missing``."""
    number = normalise_invoice_number(clean_text(text, field, most=40, missing=missing))
    for problem in check_invoice_number(number, field):
        raise OrderError(problem.msgid, problem.values, field=field)
    return number


def without_links(text: str) -> str:
    """Words as colleagues may read them: the customer's click stays the customer's. Lines stay the lines they were."""
    if "confirm" not in text.lower():
        return text
    return _LINK.sub(lambda found: found["door"] + "…" + "\n" * found.group().count("\n"), text)
