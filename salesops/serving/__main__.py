"""``script/server``: prepare, then run web, worker and scheduler under one supervisor."""

from __future__ import annotations

import argparse
import fcntl
import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import TextIO

from salesops.serving.supervisor import Child, Supervisor, die_with_parent, say

ROOT = Path(__file__).resolve().parent.parent.parent
READY_SECONDS = 60.0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="script/server")
    # Django, and with it every translation, is not there yet: the terminal is told in English.
    parser.description = "Start the sales back office: web, worker and scheduler. Ctrl-C stops all of it."
    parser.add_argument("--demo", action="store_true", help="load the demo company into an empty installation")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: only this machine)")
    parser.add_argument("--port", type=int, default=8000, help="port to listen on (default: 8000)")
    return parser.parse_args()


def _port_trouble(host: str, port: int) -> str:
    """Why nobody can listen there, or nothing."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except PermissionError:
        return f"Port {port} needs more rights than you have. Choose one above 1023: script/server --port 8000"
    except (socket.gaierror, OverflowError) as fault:
        return f"Nobody can listen on {host}:{port}: {fault}"
    except OSError as fault:
        other = port + 1 if port < 65535 else 8000
        return f"Port {port} on {host} is taken ({fault.strerror}). Choose another: script/server --port {other}"
    return ""


def _lock(var: Path) -> TextIO | None:
    """Hold the installation's folder; None when another start holds it. The lock dies with this process."""
    var.mkdir(parents=True, exist_ok=True)
    holder = (var / "server.lock").open("a+", encoding="ascii")
    try:
        fcntl.flock(holder, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        holder.close()
        return None
    return holder


def _children(host: str, port: int, var: Path) -> list[Child]:
    celery = [sys.executable, "-m", "celery", "-A", "salesops.celery"]
    log = var / "log"
    web = [sys.executable, "-m", "salesops.serving.web", "--host", host, "--port", str(port)]
    quiet = ["--without-gossip", "--without-mingle", "--without-heartbeat"]
    worker = [*celery, "worker", "-l", "WARNING", "-n", f"embedded-{os.getpid()}@%h", *quiet]
    beat = [*celery, "beat", "-l", "WARNING", "--pidfile="]
    return [
        Child("web", web, log / "web.log"),
        Child("worker", worker, log / "worker.log"),
        Child("scheduler", beat, log / "scheduler.log"),
    ]


def _greet(supervisor: Supervisor, address: str, var: Path) -> None:
    """Print the address once everything answers, or after a minute what does not."""
    deadline = time.monotonic() + READY_SECONDS
    health = None
    while not supervisor.stopping and time.monotonic() < deadline:
        supervisor.tend()
        health = supervisor.health()
        if health and set(_parts(health).values()) == {"ok"}:
            break
        time.sleep(0.5)
    if supervisor.stopping:
        return
    late = [name for name, state in _parts(health or {"web": "silent"}).items() if state != "ok"]
    if late:
        say(f"Not alive yet: {', '.join(late)}. See {var / 'log'}")
    say(f"\nReady: {address}")
    accounts = var / "demo_accounts.txt"
    if accounts.exists():
        say(f"\n{accounts.read_text(encoding='utf-8').strip()}")
    say("\nCtrl-C stops it.")


def _parts(health: dict[str, object]) -> dict[str, object]:
    return {name: health[name] for name in ("web", "database", "worker") if name in health}


def main() -> int:
    """Start everything and stay until asked to stop."""
    wanted = _arguments()
    os.chdir(ROOT)
    var = Path(os.environ.get("SALESOPS_VAR") or ROOT / "var").absolute()
    os.environ["SALESOPS_VAR"] = str(var)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "salesops.settings.base")
    trouble = _port_trouble(wanted.host, wanted.port)
    if trouble:
        say(trouble)
        return 1
    holder = _lock(var)
    if holder is None:
        say(f"It already runs on {var}. Stop that one first, or set SALESOPS_VAR to another folder.")
        return 1
    prepare = [sys.executable, "-m", "salesops.serving.preparing", *(["--demo"] if wanted.demo else [])]
    done = subprocess.run(prepare, check=False, preexec_fn=die_with_parent)  # noqa: S603 - ours, one thread
    if done.returncode:
        say("The preparation failed; nothing was started. The lines above say why.")
        return 1
    shown = "127.0.0.1" if wanted.host in {"0.0.0.0", "::", ""} else wanted.host  # noqa: S104
    address = f"http://{f'[{shown}]' if ':' in shown else shown}:{wanted.port}/"
    supervisor = Supervisor(_children(wanted.host, wanted.port, var), shown, wanted.port)
    supervisor.start()
    _greet(supervisor, address, var)
    supervisor.run()
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
