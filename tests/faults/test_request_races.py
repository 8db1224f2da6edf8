"""One mail handed over twenty times, one request taken by twenty clerks: nothing twice, nothing lost."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.scratch import scratch_postgres, scratch_sqlite

pytestmark = pytest.mark.fault

ROOT = Path(__file__).resolve().parents[2]
COUNT = 20


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request, tmp_path) -> Iterator[str]:
    with scratch_sqlite(tmp_path) if request.param == "sqlite" else scratch_postgres() as url:
        yield url


def run(url: str, folder: Path, race: str, count: int = COUNT) -> dict[str, object]:
    environment = {
        **os.environ,
        "DATABASE_URL": url,
        "TEST_DATABASE_URL": "",
        "DJANGO_SETTINGS_MODULE": "salesops.settings.test",
        "SALESOPS_VAR": str(folder),
    }
    command = [sys.executable, "-m", "tests.faults.race_requests", race, str(count)]
    ran = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=180, check=False)
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)


def test_one_mail_handed_over_twenty_times_at_once_is_one_request(database, tmp_path):
    assert run(database, tmp_path, "same_mail") == {"requests": 1, "originals": 1, "faults": []}


def test_control_run_without_the_look_every_hand_over_makes_a_request(database, tmp_path):
    result = run(database, tmp_path, "no_look")
    assert result["requests"] == COUNT


def test_control_run_without_the_lock_postgresql_lets_several_through(tmp_path):
    with scratch_postgres() as url:
        result = run(url, tmp_path, "no_lock")
    assert result["requests"] > 1


def test_twenty_clerks_who_take_one_request_at_once_make_one_order(database, tmp_path):
    result = run(database, tmp_path, "takers")
    assert result == {"orders": 1, "drafts": 1, "taken": 1, "refused": COUNT - 1}


def test_of_twenty_answers_at_once_one_closes_the_question_and_all_stand_in_the_thread(database, tmp_path):
    result = run(database, tmp_path, "answers")
    assert result == {"state": "received", "answered": 1, "mails": COUNT, "moves_back": 1, "faults": []}
