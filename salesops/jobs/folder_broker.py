"""Celery's filesystem transport with messages that appear whole.

kombu writes a message under the name its readers look for, so a reader may take it between open and write and
stop on an empty file; here it is written beside and renamed.
"""

import json
from pathlib import Path
from time import monotonic_ns
from typing import Any
from uuid import uuid4

from kombu.exceptions import ChannelError
from kombu.transport import filesystem


class Channel(filesystem.Channel):
    """A channel whose put is one rename."""

    def _put(self, queue: str, payload: Any, **kwargs: Any) -> None:  # type: ignore[override]
        name = f"{monotonic_ns() // 1_000_000}_{uuid4()}.{queue}.msg"
        folder = Path(self.data_folder_out)
        try:
            part = folder / f"{name}.part"
            part.write_text(json.dumps(payload), encoding="utf-8")
            part.replace(folder / name)
        except OSError as fault:
            raise ChannelError(f"Cannot add the file {name} to {folder}") from fault


class Transport(filesystem.Transport):
    """The filesystem transport with that channel."""

    Channel = Channel
