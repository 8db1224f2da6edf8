"""Two people send the same goods at once: one does, the other is told; on both databases."""

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
ROUNDS = 10


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request, tmp_path) -> Iterator[str]:
    with scratch_sqlite(tmp_path) if request.param == "sqlite" else scratch_postgres() as url:
        yield url


def run(url: str, folder: Path, race: str) -> dict[str, int]:
    environment = {
        **os.environ,
        "DATABASE_URL": url,
        "TEST_DATABASE_URL": "",
        "DJANGO_SETTINGS_MODULE": "salesops.settings.test",
        "SALESOPS_VAR": str(folder),
    }
    command = [sys.executable, "-m", "tests.faults.race_shipments", race, str(ROUNDS)]
    ran = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=180, check=False)
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)


def test_of_two_who_ask_for_the_same_rest_one_gets_it(database, tmp_path):
    assert run(database, tmp_path, "request") == {
        "done": ROUNDS,
        "refused": ROUNDS,
        "shipments": ROUNDS,
        "shipped": 0,
        "told": ROUNDS,
    }


def test_of_two_who_send_one_shipment_off_one_does_and_it_counts_once(database, tmp_path):
    assert run(database, tmp_path, "ship") == {
        "done": ROUNDS,
        "refused": ROUNDS,
        "shipments": ROUNDS,
        "shipped": 10 * ROUNDS,
        "told": ROUNDS,
    }


def test_control_run_without_the_lock_both_think_they_sent_it(database, tmp_path):
    result = run(database, tmp_path, "blind")
    assert result["done"] > ROUNDS
    assert result["refused"] < ROUNDS
