"""Short texts people type into a deed: trimmed, without odd signs, no longer than their column."""

from __future__ import annotations

from django.utils.translation import gettext_noop

from customers.validation import check_text, strip_invisible
from orders.errors import OrderError

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
