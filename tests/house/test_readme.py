"""Every command of the README does what it says, in a fresh clone."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shlex
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.house.words import ROOT

BLOCK = re.compile(r"^```sh\n(.*?)^```", re.DOTALL | re.MULTILINE)
UNTIL = 150.0


def commands_of(name: str) -> list[str]:
    text = (ROOT / name).read_text(encoding="utf-8")
    return [line for block in BLOCK.findall(text) for line in block.splitlines() if line.strip()]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def clone(tmp_path_factory) -> Path:
    """The committed tree in an empty folder; the libraries are borrowed, all else is its own."""
    folder = tmp_path_factory.mktemp("clone") / "salesops"
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(folder)], check=True)
    (folder / ".venv").symlink_to(ROOT / ".venv")
    return folder


def environment() -> dict[str, str]:
    dropped = ("DATABASE_URL", "REDIS_URL", "SALESOPS_VAR", "DJANGO_SETTINGS_MODULE", "PYTEST_XDIST_WORKER")
    return {name: value for name, value in os.environ.items() if name not in dropped}


def answer_of(url: str) -> tuple[int, dict[str, str]]:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)
    except (OSError, ValueError):
        return 0, {}


def press_ctrl_c(process: subprocess.Popen[bytes]) -> None:
    """End it as a person does, who presses again where nothing happens: a callback of SQLite swallows what is raised."""
    for _press in range(4):
        if process.poll() is not None:
            return
        process.send_signal(signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=10)
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        pytest.fail(f"{process.args!r} did not end")


def run_until(clone: Path, command: list[str], is_up: Callable[[str], bool]) -> str:
    """Start a command that stays, wait until it is up, end it as Ctrl-C does; returns what it printed."""
    log = clone / "readme-test.log"
    with log.open("w") as out:
        process = subprocess.Popen(
            command, cwd=clone, env=environment(), stdout=out, stderr=subprocess.STDOUT, start_new_session=True
        )
        try:
            until = time.monotonic() + UNTIL
            while not is_up(log.read_text(errors="replace")):
                assert process.poll() is None, log.read_text(errors="replace")[-3000:]
                assert time.monotonic() < until, log.read_text(errors="replace")[-3000:]
                time.sleep(0.2)
        finally:
            press_ctrl_c(process)
    return log.read_text(errors="replace")


def run_to_the_end(clone: Path, command: list[str]) -> str:
    done = subprocess.run(
        command, cwd=clone, env=environment(), capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return done.stdout


def run_command(clone: Path, line: str) -> None:
    """One line of the README."""
    command = shlex.split(line)
    port = str(free_port())
    if line.startswith("script/server"):
        printed = run_until(
            clone,
            [*command, "--port", port],
            lambda text: f":{port}" in text and answer_of(f"http://127.0.0.1:{port}/healthz")[0] == 200,
        )
        assert "lin" in printed, "the demo accounts are printed"
    elif line == "script/test":
        assert "passed" in run_to_the_end(
            clone, [*command, "tests/house/test_vendored_files.py", "-p", "no:cacheprovider"]
        )
    elif "gunicorn" in line:
        bound = [part.replace(":8001", f":{port}") for part in command]
        run_until(clone, bound, lambda _text: answer_of(f"http://127.0.0.1:{port}/healthz")[1].get("web") == "ok")
    elif " worker " in line:
        run_until(clone, command, lambda text: "[queues]" in text)
    elif line.endswith(" beat"):
        run_until(clone, command, lambda text: "maxinterval" in text)
    else:
        run_to_the_end(clone, command)


def test_both_readmes_name_the_same_commands():
    assert commands_of("README.md") == commands_of("README.zh-CN.md")
    assert len(commands_of("README.md")) >= 8


@pytest.mark.fault
def test_every_command_of_the_readme_runs_in_a_fresh_clone(clone):
    for line in commands_of("README.md"):
        run_command(clone, line)


def test_every_file_the_readmes_point_to_is_there():
    for name in ("README.md", "README.zh-CN.md"):
        for target in re.findall(r"\]\(([^)#]+)\)", (ROOT / name).read_text(encoding="utf-8")):
            assert (ROOT / target).exists(), f"{name}: {target}"
