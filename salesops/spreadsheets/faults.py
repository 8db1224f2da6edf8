"""What goes wrong with sheets, said in one sentence. Free of Django: the reading child imports it too."""

from typing import Any


def gettext_noop(message: str) -> str:
    """Mark a sentence for translation; it is translated where a person reads it."""
    return message


def ngettext_noop(one: str, many: str) -> tuple[str, str]:
    """Mark a sentence with a count and its plural for translation."""
    return one, many


class SheetRefused(Exception):  # noqa: N818  # a refusal, not an accident
    """A file cannot be taken: an English msgid and its values; never a trace."""

    def __init__(self, msgid: str, values: dict[str, Any] | None = None) -> None:
        super().__init__(msgid, values or {})
        self.msgid = msgid
        self.values: dict[str, Any] = values or {}

    def __str__(self) -> str:
        return self.msgid % self.values if self.values else self.msgid


class CellProblem(Exception):  # noqa: N818  # one cell's problem, collected and shown beside its row
    """A cell's value cannot be trusted: an English msgid and its values."""

    def __init__(self, msgid: str, values: dict[str, Any] | None = None) -> None:
        super().__init__(msgid, values or {})
        self.msgid = msgid
        self.values: dict[str, Any] = values or {}

    def __str__(self) -> str:
        return self.msgid % self.values if self.values else self.msgid
