"""Two clerks on one order, and one form sent fifty times: nothing lost, nothing twice, on both databases."""

from __future__ import annotations

import pytest

from tests.faults.racing import run

pytestmark = pytest.mark.fault

POSTS, ROUNDS, DECISIONS = 50, 40, 12


def test_one_form_sent_fifty_times_at_once_makes_one_order_and_all_answers_point_to_it(database, tmp_path):
    result = run("race_orders", database, tmp_path, "same_token", POSTS)
    assert result["orders"] == 1
    assert len(result["answers"]) == 1
    assert result["changed_body"] == "OrderError"
    assert result["wrong_sums"] == []
    assert result["last_number"].endswith("-0001")


def test_control_run_without_the_token_every_post_makes_an_order(database, tmp_path):
    result = run("race_orders", database, tmp_path, "no_token", POSTS)
    assert result["orders"] == POSTS
    assert result["last_number"].endswith(f"-{POSTS:04d}")


def test_of_two_clerks_one_saves_and_the_other_is_shown_the_difference(database, tmp_path):
    result = run("race_orders", database, tmp_path, "two_clerks", ROUNDS)
    assert result == {
        "saved": ROUNDS,
        "conflicts": ROUNDS,
        "told": ROUNDS,
        "version": ROUNDS + 1,
        "diary": ROUNDS,
    }


def test_control_run_without_the_version_updates_are_lost(database, tmp_path):
    result = run("race_orders", database, tmp_path, "no_version", ROUNDS)
    assert result["saved"] == 2 * ROUNDS
    assert result["version"] < 2 * ROUNDS + 1


def test_approved_cancelled_and_edited_at_once_an_order_takes_one_legal_way_and_the_others_are_told(database, tmp_path):
    result = run("race_orders", database, tmp_path, "decide", DECISIONS)
    assert result["broken"] == []
    assert result["wrong_sums"] == []
    # the edit is refused in every round; of the other two one may still follow the other (confirmed, then cancelled)
    assert result["refused"] >= DECISIONS
    assert set(result["ends"]) <= {"confirmed", "cancelled"}


def test_control_run_without_the_lock_two_decisions_leave_one_state(database, tmp_path):
    result = run("race_orders", database, tmp_path, "no_lock", DECISIONS)
    assert result["refused"] == 0
    assert result["broken"] != []
