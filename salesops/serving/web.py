"""The web server of the embedded start: waitress, which finishes what it is answering before it stops."""

import argparse
import signal
import sys
import time
from types import FrameType
from typing import Any

from waitress import wasyncore
from waitress.channel import HTTPChannel
from waitress.server import BaseWSGIServer, create_server

from salesops.wsgi import application

THREADS = 8
LAST_ANSWERS_SECONDS = 5.0


class Web:
    """Waitress' loop in our hands: left to itself it drops the answers it owes at SIGTERM."""

    def __init__(self, host: str, port: int) -> None:
        self.sockets: dict[int, Any] = {}
        self.server = create_server(
            application, map=self.sockets, host=host, port=port, threads=THREADS, ident="", channel_timeout=60
        )
        self.stopping = False

    def stop(self, _signal: int, _frame: FrameType | None) -> None:
        """Leave the loop soon."""
        self.stopping = True

    def serve(self) -> None:
        """Answer until asked to stop, then take nothing new and finish what was begun."""
        while not self.stopping:
            wasyncore.loop(timeout=0.5, map=self.sockets, count=1)
        for listener in self.sockets.values():
            if isinstance(listener, BaseWSGIServer):
                listener.accepting = False
        deadline = time.monotonic() + LAST_ANSWERS_SECONDS
        while self._owes_answers() and time.monotonic() < deadline:
            wasyncore.loop(timeout=0.05, map=self.sockets, count=1)
        self.server.task_dispatcher.shutdown(cancel_pending=True, timeout=1)

    def _owes_answers(self) -> bool:
        channels = [channel for channel in self.sockets.values() if isinstance(channel, HTTPChannel)]
        return any(channel.requests or channel.total_outbufs_len for channel in channels)


def main() -> int:
    """Serve on one address until SIGTERM."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--host", required=True)
    parser.add_argument("--port", type=int, required=True)
    wanted = parser.parse_args()
    web = Web(wanted.host, wanted.port)
    signal.signal(signal.SIGTERM, web.stop)
    signal.signal(signal.SIGINT, web.stop)
    web.serve()
    return 0


if __name__ == "__main__":
    sys.exit(main())
