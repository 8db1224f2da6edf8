"""How a run may end other than well."""

from typing import Any


class JobRefused(Exception):  # noqa: N818 - an ending, not an error
    """The work cannot be done: an English msgid and its values, shown to the owner in their language."""

    def __init__(self, msgid: str, values: dict[str, Any] | None = None) -> None:
        super().__init__(msgid)
        self.msgid = msgid
        self.values = values or {}


class JobCancelled(Exception):  # noqa: N818 - an ending, not an error
    """The owner asked to stop; raised at the next progress call so that open transactions roll back."""


class JobInterrupted(Exception):  # noqa: N818 - an ending, not an error
    """The worker is being stopped: the job waits again, at once and without having used an attempt."""


class LeaseLost(Exception):  # noqa: N818 - an ending, not an error
    """Another run holds the job now: this one must leave no trace."""
