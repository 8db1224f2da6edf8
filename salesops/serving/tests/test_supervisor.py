"""One supervisor keeps its children alive and is rid of them in time."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from babel.messages.mofile import read_mo

from salesops.serving import supervisor as supervising
from salesops.serving.supervisor import Child, Supervisor
from salesops.serving.translations import compile_translations

STUBBORN = "import signal,time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"
MEEK = "import time; print('up', flush=True); time.sleep(60)"


def until(true, seconds=10.0):
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "not in time"
        time.sleep(0.02)


@pytest.fixture
def keep(tmp_path):
    """A supervisor of children that run these lines of Python."""
    made = []

    def make(*programs):
        children = [
            Child(f"child{place}", [sys.executable, "-c", text], tmp_path / f"{place}.log")
            for place, text in enumerate(programs)
        ]
        supervisor = Supervisor(children, "127.0.0.1", 1)
        made.append(supervisor)
        for child in children:
            child.start()
        until(lambda: all("up" in child.log.read_text() for child in children))
        return supervisor

    yield make
    for supervisor in made:
        for child in supervisor.children:
            child.signal_group(signal.SIGKILL)


def test_a_child_that_died_is_started_again(keep, capsys):
    supervisor = keep(MEEK)
    child = supervisor.children[0]
    first = child.process.pid
    os.kill(first, signal.SIGKILL)

    def again():
        supervisor.tend()
        return child.alive and child.process.pid != first

    until(again)
    assert "child0 ended (SIGKILL)" in capsys.readouterr().out


def test_a_child_that_dies_again_and_again_is_started_less_and_less_often(tmp_path):
    child = Child("worker", ["false"], tmp_path / "log")
    child.started_at = time.monotonic()
    pauses = [child.fell() for _ in range(8)]
    assert pauses == [1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0, 30.0]
    child.started_at = time.monotonic() - 60
    assert child.fell() == 0.5


def test_stopping_ends_the_meek_by_asking_and_the_stubborn_by_force(keep, monkeypatch, capsys):
    monkeypatch.setattr(supervising, "STOP_SECONDS", 1.0)
    supervisor = keep(MEEK, STUBBORN)
    supervisor.stop()
    codes = [child.process.poll() for child in supervisor.children]
    assert codes == [-signal.SIGTERM, -signal.SIGKILL]
    assert "child1 did not stop in time" in capsys.readouterr().out


def test_a_worker_that_lives_but_does_nothing_is_started_anew(keep, monkeypatch):
    supervisor = keep(MEEK)
    worker = supervisor.children[0]
    worker.name = "worker"
    monkeypatch.setattr(Supervisor, "health", lambda _: {"worker_seconds": 301})
    supervisor._look()
    supervisor._look()
    assert worker.alive, "one late sign of life is not the end"
    supervisor._look()
    until(lambda: not worker.alive)


def test_a_taken_port_is_a_sentence_with_another_port_to_try(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = subprocess.run(
            [sys.executable, "-m", "salesops.serving", "--port", str(port)],
            env={**os.environ, "SALESOPS_VAR": str(tmp_path)},
            capture_output=True,
            text=True,
            check=False,
            timeout=30,
        )
    assert done.returncode == 1
    assert f"Port {port} on 127.0.0.1 is taken" in done.stdout
    assert f"script/server --port {port + 1}" in done.stdout
    assert "Traceback" not in done.stderr


def test_translations_are_compiled_without_gettext_and_only_when_they_changed(tmp_path):
    folder = tmp_path / "locale" / "zh_Hans" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    head = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\n'
    Path(folder / "django.po").write_text(f'{head}msgid "Order"\nmsgstr "订单"\n', encoding="utf-8")
    assert compile_translations(tmp_path) == 1
    assert compile_translations(tmp_path) == 0
    with (folder / "django.mo").open("rb") as compiled:
        word = read_mo(compiled).get("Order")
    assert word
    assert word.string == "订单"
