"""Many deeds begun at the same moment, each on a connection of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

from django.db import connection


def at_once(deeds: Sequence[Callable[[], object]]) -> list[Any]:
    """What each deed answered; an exception is its answer."""
    start = threading.Barrier(len(deeds))
    answers: list[Any] = [None] * len(deeds)

    def one(place: int) -> None:
        try:
            start.wait(30)
            answers[place] = deeds[place]()
        except Exception as fault:
            answers[place] = fault
        finally:
            connection.close()

    threads = [threading.Thread(target=one, args=(place,)) for place in range(len(deeds))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers
