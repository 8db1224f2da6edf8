"""The embedded start, whole: up, hurt, up again, stopped in time, and nothing left behind."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.faults.workers import ROOT, until

pytestmark = pytest.mark.fault


class Server:
    """One ``script/server`` on a folder of its own."""

    def __init__(self, folder: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        kept = {k: v for k, v in os.environ.items() if k not in {"DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE"}}
        self.folder = folder
        self.log = folder / "server.log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "salesops.serving", "--port", str(self.port)],
                cwd=ROOT,
                env={**kept, "SALESOPS_VAR": str(folder)},
                stdout=log,
                stderr=log,
            )

    def health(self) -> tuple[int, dict[str, object]]:
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            line.request("GET", "/healthz")
            answer = line.getresponse()
            return answer.status, json.loads(answer.read())
        except (OSError, ValueError):
            return 0, {}
        finally:
            line.close()

    def child(self, words: str) -> int:
        """The process number of the child whose command line holds the words; 0 when there is none."""
        lines = subprocess.run(
            ["ps", "--ppid", str(self.process.pid), "-o", "pid=,args="], capture_output=True, text=True, check=False
        ).stdout.splitlines()
        return next((int(line.split()[0]) for line in lines if words in line), 0)

    def said(self) -> str:
        return self.log.read_text(encoding="utf-8")


@pytest.fixture
def server(tmp_path):
    server = Server(tmp_path)
    try:
        yield server
    finally:
        server.process.terminate()
        try:
            server.process.wait(15)
        except subprocess.TimeoutExpired:
            server.process.kill()


def test_it_comes_up_survives_the_death_of_its_parts_and_stops_in_ten_seconds(server):
    until(lambda: "Ready: " in server.said(), 120, "the first start")
    assert server.health()[0] == 200, server.health()
    first = {words: server.child(words) for words in ("serving.web", " worker ", " beat ")}
    assert all(first.values())
    for pid in first.values():
        os.kill(pid, signal.SIGKILL)
    for words, pid in first.items():
        until(lambda w=words, p=pid: server.child(w) not in {0, p}, 30, f"{words} starts again")
    until(lambda: server.health()[0] == 200, 60, "it is healthy again")
    last = {words: server.child(words) for words in first}
    asked = time.monotonic()
    server.process.send_signal(signal.SIGINT)
    assert server.process.wait(15) == 0
    assert time.monotonic() - asked < 10
    for pid in last.values():
        assert not Path(f"/proc/{pid}").exists()
    assert "Traceback" not in server.said()


def test_its_parts_go_when_it_is_killed_itself(server):
    until(lambda: "Ready: " in server.said(), 120, "the first start")
    parts = [server.child(words) for words in ("serving.web", " worker ", " beat ")]
    server.process.kill()
    server.process.wait(10)
    until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in parts), 20, "no part is left")
