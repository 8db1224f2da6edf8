"""What a deed on an order may refuse, always as a sentence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext, gettext_noop


class OrderError(Exception):
    """A refusal: an English msgid with %(name)s places, translated when it is shown.

    ``line`` is the row (from 1) and ``field`` the field's name where the refusal is about one.
    """

    def __init__(
        self, msgid: str, values: Mapping[str, Any] | None = None, *, line: int | None = None, field: str = ""
    ) -> None:
        super().__init__(msgid)
        self.msgid = msgid
        self.values = dict(values or {})
        self.line = line
        self.field = field

    def __str__(self) -> str:
        return gettext(self.msgid) % self.values


@dataclass(frozen=True, slots=True)
class Difference:
    """One field that is not the same in two versions; the key is "customer_po", "lines.3.quantity" or "lines.3"."""

    key: str
    stored: Any
    typed: Any


class ConflictError(OrderError):
    """Somebody else saved first: carries what is stored now beside what this person typed."""

    def __init__(self, differences: Sequence[Difference], *, version: int, changed_by: str) -> None:
        super().__init__(
            gettext_noop("%(name)s saved this order while you were editing it. Nothing of yours is lost."),
            {"name": changed_by},
        )
        self.differences = list(differences)
        self.version = version
