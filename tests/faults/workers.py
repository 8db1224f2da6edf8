"""Real workers for the job faults: child processes on the test's own database and on a broker of their own."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import redis
from django.conf import settings
from django.db import connection

from salesops.celery import app
from salesops.jobs import sending

ROOT = Path(__file__).resolve().parents[2]
REDIS = os.environ.get("TEST_REDIS_URL", "redis://127.0.0.1:6379/13")
SHORT_TIMES = {
    "JOB_LEASE_SECONDS": "2",
    "JOB_TICK_SECONDS": "0.1",
    "JOB_RESEND_SECONDS": "1",
    "JOB_SWEEP_SECONDS": "1",
}


def until(true: Callable[[], Any], seconds: float = 30.0, what: str = "") -> Any:
    """Wait for the condition; fails after its time."""
    deadline = time.monotonic() + seconds
    while True:
        value = true()
        if value:
            return value
        if time.monotonic() > deadline:
            pytest.fail(f"not within {seconds:g} s: {what or true}")
        time.sleep(0.03)


def database_url() -> str:
    """The address of the database this test runs on."""
    name = connection.settings_dict["NAME"]
    if connection.vendor == "sqlite":
        return f"sqlite:///{name}"
    given = connection.settings_dict
    return f"postgres://{given['USER']}:{given['PASSWORD']}@{given['HOST']}:{given['PORT']}/{name}"


class Broker:
    """A broker this test alone uses; the test's own process sends to it too."""

    def __init__(self, folder: Path, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.redis_url = redis_url
        self.prefix = f"test-{uuid4().hex[:8]}:"
        queue, control = folder / "broker" / "queue", folder / "broker" / "control"
        queue.mkdir(parents=True)
        control.mkdir()
        options: dict[str, Any] = {
            "data_folder_in": str(queue),
            "data_folder_out": str(queue),
            "control_folder": str(control),
        }
        if redis_url:
            options = {"global_keyprefix": self.prefix}
        monkeypatch.setenv("CELERY_BROKER_URL", redis_url or "folder://localhost")
        monkeypatch.setitem(app.conf, "broker_transport_options", options)
        monkeypatch.setattr(sending, "BROKER", sending._Broker())

    def environment(self) -> dict[str, str]:
        """What a worker needs to share database, files and broker with the test."""
        mine = {
            "DATABASE_URL": database_url(),
            "DJANGO_SETTINGS_MODULE": "tests.faults.worker_settings",
            "SALESOPS_VAR": str(self.folder),
            "SALESOPS_SIDECAR": str(settings.VAR_DIR),
            "SALESOPS_TESTING": "1",
            "SECRET_KEY": settings.SECRET_KEY,
            "REDIS_URL": self.redis_url,
            "BROKER_KEY_PREFIX": self.prefix,
            "CELERY_WORKER_POOL": "threads",
        }
        kept = {name: value for name, value in os.environ.items() if not name.startswith("CELERY_")}
        return {**kept, **SHORT_TIMES, **mine}

    @contextmanager
    def worker(self, *, scheduler: bool = False, failpoints: str = "") -> Iterator[subprocess.Popen[bytes]]:
        """One worker with two threads, and where asked for the scheduler beside it; both are gone at the end."""
        quiet = ["--without-gossip", "--without-mingle", "--without-heartbeat"]
        armed = {"SALESOPS_FAILPOINTS": failpoints} if failpoints else {}
        children = [self._start(armed, "worker", "-I", "tests.faults.job_kinds", "-n", f"{uuid4().hex[:8]}@%h", *quiet)]
        if scheduler:
            children.append(self._start({}, "beat", "--pidfile="))
        try:
            yield children[0]
        finally:
            for child in children:
                child.kill()
            for child in children:
                child.wait(10)

    def _start(self, more: dict[str, str], *command: str) -> subprocess.Popen[bytes]:
        with (self.folder / "worker.log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "celery", "-A", "salesops.celery", *command, "-l", "INFO"],
                cwd=ROOT,
                env={**self.environment(), **more},
                stdout=log,
                stderr=log,
            )

    def said(self) -> str:
        """What the workers wrote."""
        return (self.folder / "worker.log").read_text(encoding="utf-8", errors="replace")


def redis_or_skip() -> str:
    """The address of a Redis that answers; in CI its absence fails."""
    try:
        redis.Redis.from_url(REDIS, socket_connect_timeout=2).ping()
    except redis.RedisError:
        if os.environ.get("CI"):
            pytest.fail(f"Redis is needed and does not answer at {REDIS}")
        pytest.skip(f"no Redis at {REDIS}: jobs over Redis were not tried")
    return REDIS


def forget(prefix: str) -> None:
    """Remove what a test left in Redis."""
    client = redis.Redis.from_url(REDIS, socket_connect_timeout=2)
    for key in client.scan_iter(f"{prefix}*"):
        client.delete(key)
