"""Why a connection or a mail failed, as a sentence for the person who can do something about it."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext


class ConnectorFault(Exception):  # noqa: N818 - a fault of the other side, told as a sentence
    """An English msgid and its values. ``is_final`` when trying again cannot help."""

    def __init__(self, msgid: str, values: dict[str, Any] | None = None, *, is_final: bool = False) -> None:
        super().__init__(msgid)
        self.msgid = msgid
        self.values = values or {}
        self.is_final = is_final

    @property
    def sentence(self) -> str:
        """In the reader's language."""
        return told(self.msgid, self.values)

    def __str__(self) -> str:
        return self.sentence


def told(msgid: str, values: dict[str, Any]) -> str:
    """A stored sentence in the reader's language; empty for none."""
    return gettext(msgid) % values if msgid else ""
