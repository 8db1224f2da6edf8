"""Starting the product and its floor under the same server, and asking both in turn."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

ROOT = Path(__file__).resolve().parent.parent
ONE_AT_A_TIME = ("--workers", "2")
SECRET = "m" * 32  # stands in cookie and form alike, as the pages do it
IN_PRODUCTION = ("--workers", "5")
"""As the readme starts it where people depend on it."""


@dataclass
class Times:
    """Milliseconds of one call."""

    name: str
    values: list[float] = field(default_factory=list)

    @property
    def p50(self) -> float:
        return statistics.median(self.values)

    @property
    def p95(self) -> float:
        return sorted(self.values)[max(int(len(self.values) * 0.95) - 1, 0)]


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def serve(module: str, served: tuple[str, ...] = ONE_AT_A_TIME) -> Iterator[int]:
    """A WSGI module under gunicorn, two synchronous workers unless told; gives the port, ends it afterwards."""
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", f"{module}:application", *served, "-b", f"127.0.0.1:{port}",
               "--keep-alive", "30", "--log-level", "error"]  # fmt: skip
    process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, "CONN_MAX_AGE": "600"})
    try:
        _wait(port)
        yield port
    finally:
        process.terminate()
        process.wait(timeout=20)


def _wait(port: int) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.1)
    message = f"nothing answers on port {port}"
    raise RuntimeError(message)


class Caller:
    """One keep-alive connection with a session cookie."""

    def __init__(self, port: int, cookie: str = "") -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.headers = {"Accept-Language": "zh-CN", "Accept-Encoding": "identity"}
        if cookie:
            self.headers["Cookie"] = f"{cookie}; csrftoken={SECRET}"

    def get(self, path: str, *, fragment: bool = False) -> tuple[float, bytes]:
        """(milliseconds, body) of one request; an answer other than 200 is an error."""
        headers = {"HX-Request": "true", "HX-Target": "list"} if fragment else {}
        try:
            return self._ask("GET", path, None, headers, 200)
        except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError):
            self.connection.close()
            return self.get(path, fragment=fragment)

    def post(self, path: str, body: dict[str, Any]) -> tuple[float, Any]:
        """(milliseconds, answer) of what a page's script sends."""
        headers = {"Content-Type": "application/json", "Accept": "application/json", "X-CSRFToken": SECRET}
        took, answer = self._ask("POST", path, json.dumps(body).encode(), headers, 200)
        return took, json.loads(answer)

    def press(self, path: str, **fields: str) -> float:
        """Milliseconds of a button's form up to the redirect it answers with; a refusal with words is an error."""
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        body = urlencode({"csrfmiddlewaretoken": SECRET, **fields}).encode()
        return self._ask("POST", path, body, headers, 302)[0]

    def _ask(
        self, method: str, path: str, body: bytes | None, headers: dict[str, str], status: int
    ) -> tuple[float, bytes]:
        start = time.perf_counter()
        self.connection.request(method, path, body=body, headers=self.headers | headers)
        answer = self.connection.getresponse()
        told = answer.read()
        took = (time.perf_counter() - start) * 1000
        if answer.status != status:
            message = f"{method} {path}: {answer.status} {told[:500].decode(errors='replace')}"
            raise RuntimeError(message)
        return took, told


def measure(calls: dict[str, Callable[[int], float]], rounds: int) -> dict[str, Times]:
    """All calls round-robin, so that a noisy minute hits each alike; three rounds warm up and do not count."""
    times = {name: Times(name) for name in calls}
    for turn in range(-3, rounds):
        for name, call in calls.items():
            took = call(turn + 3)
            if turn >= 0:
                times[name].values.append(took)
    return times
