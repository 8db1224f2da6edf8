"""Several people decide one amendment, or record one error, at the same moment: it happens once, on both databases."""

from __future__ import annotations

import pytest

from tests.faults.racing import run

pytestmark = pytest.mark.fault

ROUNDS = 6


def test_of_five_who_decide_one_amendment_one_does_and_it_is_applied_once(database, tmp_path):
    assert run("race_amendments", database, tmp_path, "decide", ROUNDS) == {
        "decided": ROUNDS,
        "refused": 4 * ROUNDS,
        "rows_fit": True,
        "snapshots_fit": True,
        "diary_fits": True,
        "wrong_sums": [],
    }


def test_control_run_without_lock_and_state_it_is_applied_several_times(database, tmp_path):
    assert run("race_amendments", database, tmp_path, "blindly", ROUNDS)["rows"] == 5


def test_the_same_error_recorded_eight_times_at_once_stands_once_and_leaves_no_gap(database, tmp_path):
    result = run("race_amendments", database, tmp_path, "record", ROUNDS)
    assert (result["errors"], result["answers"]) == (ROUNDS, ROUNDS)
    assert str(result["last"]).endswith(f"-{ROUNDS:04d}")
