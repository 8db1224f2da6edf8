"""Writing and checking the audit trail."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.utils import timezone
from django.utils.encoding import force_str

from salesops.audit.addresses import clean_address
from salesops.audit.models import AuditEntry
from salesops.locking import lock_rule

ABOUT_MAX = AuditEntry._meta.get_field("about").max_length


def record(
    *,
    by: Any | None,
    deed: str,
    about: str = "",
    values: Mapping[str, Any] | None = None,
    address: str | None = None,
) -> AuditEntry:
    """Write one deed behind the last one, in the caller's transaction.

    ``by`` is the person (None: nobody signed in). The end of the chain stays locked until the transaction ends, so
    in long work record last. Personal data and secrets never belong into ``values``.
    """
    with transaction.atomic():
        lock_rule("audit")
        last = AuditEntry.objects.order_by("-id").values_list("own_hash", flat=True).first()
        entry = AuditEntry(
            at=timezone.now(),
            by_id=by.pk if by is not None else None,
            deed=str(deed),
            about=plain_text(about)[:ABOUT_MAX],
            address=clean_address(address or ""),
            values=plain_json(values or {}),
            previous_hash=last or "",
        )
        entry.own_hash = hash_of(entry)
        entry.save(force_insert=True)
    return entry


def plain_text(text: object) -> str:
    """The text on one line, without what a database or a log refuses (NUL, lone surrogates, line ends, escapes)."""
    return "".join(
        letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in force_str(text, errors="replace")
    )


def plain_json(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values in a form that both databases give back as they were taken: no floats, no control characters."""
    loaded = json.loads(json.dumps(values, cls=DjangoJSONEncoder), parse_float=str)
    cleaned = _cleaned(loaded)
    assert isinstance(cleaned, dict)
    return cleaned


def _cleaned(value: Any) -> Any:
    if isinstance(value, str):
        return plain_text(value)
    if isinstance(value, list):
        return [_cleaned(item) for item in value]
    if isinstance(value, dict):
        return {plain_text(key): _cleaned(item) for key, item in value.items()}
    return value


def hash_of(entry: AuditEntry) -> str:
    """SHA-256 over everything the entry says and the hash before it."""
    said = [
        entry.previous_hash,
        entry.at.isoformat(),
        entry.by_id,
        entry.deed,
        entry.about,
        entry.address,
        entry.values,
    ]
    return hashlib.sha256(json.dumps(said, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class ChainReport:
    """How many entries were read, the newest hash, and the first entry that does not fit (None: all fit)."""

    entries: int
    head: str
    broken_at: int | None
    expected_found: bool

    @property
    def sound(self) -> bool:
        return self.broken_at is None and self.expected_found


def verify_chain(expected: str = "") -> ChainReport:
    """Read the whole trail and hold each entry against its hash and its neighbour.

    ``expected`` is a hash noted elsewhere earlier; when it is no longer in the chain the end was cut off.
    """
    previous, entries, found = "", 0, not expected
    for entry in AuditEntry.objects.order_by("id").iterator(chunk_size=2000):
        if entry.previous_hash != previous or hash_of(entry) != entry.own_hash:
            return ChainReport(entries, previous, entry.pk, expected_found=found)
        previous, entries = entry.own_hash, entries + 1
        found = found or previous == expected
    return ChainReport(entries, previous, None, expected_found=found)
