"""One process that starts web, worker and scheduler, starts again what died, and stops all of them in time.

Only the standard library: it stays small, and nothing that goes wrong in the product goes wrong here.
"""

from __future__ import annotations

import contextlib
import ctypes
import http.client
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

STOP_SECONDS = 8.0  # then SIGKILL; all of it stays under ten
STEADY_SECONDS = 30.0  # a child that lived so long starts anew without waiting
LONGEST_PAUSE = 30.0
LOG_BYTES = 5 * 1024 * 1024
LOOK_SECONDS = 30.0
WORKER_SILENT_SECONDS = 300.0
LOOKS_BEFORE_RESTART = 3
PR_SET_PDEATHSIG = 1


def say(text: str) -> None:
    """One line to the person at the terminal, who may have closed it."""
    with contextlib.suppress(OSError, ValueError):
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()


def die_with_parent() -> None:
    """Linux: when the supervisor itself is killed, its children are asked to stop."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


@dataclass
class Child:
    """One server process and how often it fell."""

    name: str
    command: Sequence[str]
    log: Path
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    start_at: float = 0.0
    falls: int = 0
    late_looks: int = 0

    def start(self) -> None:
        """Start it in a process group of its own, so that Ctrl-C reaches the supervisor alone."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        if self.log.exists() and self.log.stat().st_size > LOG_BYTES:
            self.log.replace(self.log.with_suffix(".log.1"))
        with self.log.open("ab") as output:
            # preexec_fn is safe here: this process has one thread.
            self.process = subprocess.Popen(  # noqa: S603 - our own command lines
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=die_with_parent,  # noqa: PLW1509
            )
        self.started_at = time.monotonic()

    @property
    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def fell(self) -> float:
        """Note that it ended by itself; the pause before it starts again, in seconds."""
        self.falls = 0 if time.monotonic() - self.started_at > STEADY_SECONDS else self.falls + 1
        pause: float = min(LONGEST_PAUSE, 0.5 * 2**self.falls)
        self.start_at = time.monotonic() + pause
        return pause

    def signal_group(self, number: signal.Signals) -> None:
        """Signal the child and what it forked; its group carries its own number."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, number)

    def ask_to_stop(self) -> None:
        """SIGTERM to the child itself; it tells what it forked."""
        if self.alive and self.process is not None:
            self.process.terminate()


@dataclass
class Supervisor:
    """Keeps the children alive until it is asked to stop."""

    children: list[Child]
    host: str
    port: int
    stopping: bool = False
    next_look: float = field(default_factory=lambda: time.monotonic() + LOOK_SECONDS)

    def on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self.stopping = True

    def start(self) -> None:
        signal.signal(signal.SIGINT, self.on_signal)
        signal.signal(signal.SIGTERM, self.on_signal)
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # nohup asked for it
            signal.signal(signal.SIGHUP, self.on_signal)
        for child in self.children:
            child.start()

    def tend(self) -> None:
        """One round: start what fell and may start again, look at what may hang."""
        now = time.monotonic()
        for child in self.children:
            if child.alive:
                continue
            if child.process is not None:
                code = child.process.returncode
                child.signal_group(signal.SIGKILL)  # what a killed parent left running
                child.process = None
                say(f"{child.name} ended ({_how(code)}); starting it again in {child.fell():g} s. See {child.log}")
            elif now >= child.start_at:
                child.start()
        if now >= self.next_look:
            self.next_look = now + LOOK_SECONDS
            self._look()

    def run(self) -> None:
        """Tend until asked to stop, then stop."""
        while not self.stopping:
            self.tend()
            time.sleep(0.1)
        self.stop()

    def stop(self) -> None:
        """Ask all to stop, wait with one deadline for all, kill what is left."""
        say("Stopping …")
        for child in self.children:
            child.ask_to_stop()
        _wait(self.children, STOP_SECONDS)
        for child in self.children:
            if child.alive:
                say(f"{child.name} did not stop in time and was ended. Jobs it held begin again at the next start.")
            child.signal_group(signal.SIGKILL)
        _wait(self.children, 1.0)
        say("Stopped.")

    def health(self) -> dict[str, Any] | None:
        """What /healthz says, empty when it answers something else, or None when nobody answers."""
        line = http.client.HTTPConnection(self.host, self.port, timeout=5)
        try:
            line.request("GET", "/healthz")
            text = line.getresponse().read()
        except (OSError, http.client.HTTPException):
            return None
        finally:
            line.close()
        try:
            return dict(json.loads(text))
        except (ValueError, TypeError):
            return {}

    def _look(self) -> None:
        """A process may live and do nothing: after three looks without a sign of life it is started anew."""
        health = self.health()
        silence = (health or {}).get("worker_seconds")
        late = {"web": health is None, "worker": silence is not None and silence > WORKER_SILENT_SECONDS}
        for child in self.children:
            child.late_looks = child.late_looks + 1 if late.get(child.name) else 0
            if child.late_looks >= LOOKS_BEFORE_RESTART:
                say(f"{child.name} lives but does nothing; it is started anew.")
                child.late_looks = 0
                child.ask_to_stop()
                _wait([child], STOP_SECONDS)
                child.signal_group(signal.SIGKILL)


def _wait(children: Sequence[Child], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while any(child.alive for child in children) and time.monotonic() < deadline:
        time.sleep(0.05)


def _how(code: int | None) -> str:
    """An exit code in words."""
    if code is None or code >= 0:
        return f"exit code {code}"
    try:
        return signal.Signals(-code).name
    except ValueError:
        return f"signal {-code}"
