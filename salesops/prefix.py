"""Looking up by the beginning of a text so that both databases walk an index."""

from django.db import connection
from django.db.models import Q

# Sorts after every text one can type; SQLite compares bytes, and this is the last code point.
_LAST = "\U0010ffff"


def starts_with(field: str, beginning: str) -> Q:
    """Rows whose field begins with the text, exactly as written (upper and lower case differ).

    SQLite's LIKE cannot use an ordinary index, a range can; PostgreSQL's LIKE uses a varchar_pattern_ops index,
    a range under a language's collation could not.
    """
    if connection.vendor == "sqlite":
        return Q(**{f"{field}__gte": beginning, f"{field}__lt": beginning + _LAST})
    return Q(**{f"{field}__startswith": beginning})
