"""Nobody waits in a circle, and nobody waits for long: random deeds at once, and a row that is not let go.

``SALESOPS_HUNT=300`` hunts for five minutes on each database; a plain run takes some seconds.
"""

from __future__ import annotations

import os

import pytest

from tests.faults.racing import run
from tests.faults.scratch import scratch_postgres

pytestmark = pytest.mark.fault

SECONDS = int(os.environ.get("SALESOPS_HUNT", "8"))


def test_whatever_four_people_do_at_once_no_deed_waits_in_a_circle(database, tmp_path):
    result = run("race_locks", database, tmp_path, "hunt", SECONDS)
    assert result["faults"] == []
    assert result["wrong_sums"] == []
    assert sum(result["done"].values()) > 20
    assert len(result["never"]) <= 4, "most deeds took place"


def test_control_run_two_who_lock_from_both_ends_are_seen_to(postgres_pattern, tmp_path):
    with scratch_postgres(postgres_pattern) as url:
        result = run("race_locks", url, tmp_path, "circle", 1)
    assert result["answers"] == ["OperationalError", "str"]


def test_a_page_that_waits_for_somebody_else_says_so_after_three_seconds(postgres_pattern, tmp_path):
    with scratch_postgres(postgres_pattern) as url:
        result = run("race_locks", url, tmp_path, "wait", 1)
    assert result["status"] == 503
    assert 2.5 < result["seconds"] < 5
    assert "Somebody else is saving the same thing" in result["page"]
    assert result["again_after"]
    assert result["shipments"] == 0
    assert result["longest_statement"] == "15s"
