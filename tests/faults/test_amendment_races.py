"""Several people decide one amendment, or record one error, at the same moment: it happens once, on both databases."""

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
ROUNDS = 6


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request, tmp_path) -> Iterator[str]:
    with scratch_sqlite(tmp_path) if request.param == "sqlite" else scratch_postgres() as url:
        yield url


def run(url: str, folder: Path, race: str) -> dict[str, object]:
    environment = {
        **os.environ,
        "DATABASE_URL": url,
        "TEST_DATABASE_URL": "",
        "DJANGO_SETTINGS_MODULE": "salesops.settings.test",
        "SALESOPS_VAR": str(folder),
    }
    command = [sys.executable, "-m", "tests.faults.race_amendments", race, str(ROUNDS)]
    ran = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=180, check=False)
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)


def test_of_five_who_decide_one_amendment_one_does_and_it_is_applied_once(database, tmp_path):
    assert run(database, tmp_path, "decide") == {
        "decided": ROUNDS,
        "refused": 4 * ROUNDS,
        "rows_fit": True,
        "snapshots_fit": True,
        "diary_fits": True,
        "wrong_sums": [],
    }


def test_control_run_without_lock_and_state_it_is_applied_several_times(database, tmp_path):
    assert run(database, tmp_path, "blindly")["rows"] == 5


def test_the_same_error_recorded_eight_times_at_once_stands_once_and_leaves_no_gap(database, tmp_path):
    result = run(database, tmp_path, "record")
    assert (result["errors"], result["answers"]) == (ROUNDS, ROUNDS)
    assert str(result["last"]).endswith(f"-{ROUNDS:04d}")
