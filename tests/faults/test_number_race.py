"""Many people make orders at the same moment: no number twice, none left out."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.faults.scratch import scratch_postgres, scratch_sqlite

pytestmark = pytest.mark.fault

ROOT = Path(__file__).resolve().parents[2]
TAKERS, EACH = 8, 100
WANTED = [f"SO-20261123-{place:04d}" for place in range(1, TAKERS * EACH + 1)]


def race(url: str, folder: Path, way: str, kind: str) -> tuple[list[str], float]:
    """The numbers eight takers of a hundred each got, and how many that was in a second."""
    environment = {
        **os.environ,
        "DATABASE_URL": url,
        "DJANGO_SETTINGS_MODULE": "salesops.settings.base",
        "SALESOPS_VAR": str(folder),
    }
    command = [sys.executable, "-m", "tests.faults.take_numbers", way, kind, str(TAKERS), str(EACH)]
    ran = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert ran.returncode == 0, ran.stderr
    seconds, *numbers = ran.stdout.split()
    return numbers, len(numbers) / float(seconds)


def test_eight_threads_on_postgresql_get_every_number_once(tmp_path):
    with scratch_postgres() as url:
        numbers, rate = race(url, tmp_path, "counter", "threads")
    assert numbers == WANTED
    assert rate > 50


def test_control_run_the_highest_number_plus_one_gives_duplicates_on_postgresql(tmp_path):
    with scratch_postgres() as url:
        numbers, _rate = race(url, tmp_path, "maximum", "threads")
    assert len(numbers) == TAKERS * EACH
    assert len(set(numbers)) < len(numbers)


def test_eight_processes_on_sqlite_get_every_number_once_and_none_hears_of_a_lock(tmp_path):
    with scratch_sqlite(tmp_path) as url:
        numbers, rate = race(url, tmp_path, "counter", "processes")
    assert numbers == WANTED
    assert rate > 20


def test_control_run_the_highest_number_plus_one_gives_duplicates_on_sqlite(tmp_path):
    with scratch_sqlite(tmp_path) as url:
        numbers, _rate = race(url, tmp_path, "maximum", "processes")
    assert len(numbers) == TAKERS * EACH
    assert len(set(numbers)) < len(numbers)
