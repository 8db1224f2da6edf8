"""What a deed on a customer or a product may refuse, always as a sentence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext, gettext_noop


class CustomerError(Exception):
    """A refusal: an English msgid with %(name)s places, translated when shown; ``field`` where it is about one."""

    def __init__(self, msgid: str, values: Mapping[str, Any] | None = None, *, field: str = "") -> None:
        super().__init__(msgid)
        self.msgid = msgid
        self.values = dict(values or {})
        self.field = field

    def __str__(self) -> str:
        return gettext(self.msgid) % self.values if self.values else gettext(self.msgid)


@dataclass(frozen=True, slots=True)
class Difference:
    """One field that is stored differently from what was typed, as plain values."""

    field: str
    stored: Any
    typed: Any


class ConflictError(CustomerError):
    """Somebody else saved first: carries what is stored now beside what this person typed."""

    def __init__(self, differences: Sequence[Difference], *, version: int, changed_by: str) -> None:
        super().__init__(
            gettext_noop(
                "%(name)s saved this while you were editing it. Nothing of yours is lost: compare and save again."
            ),
            {"name": changed_by or "—"},
        )
        self.differences = list(differences)
        self.version = version
