"""Two people send the same goods at once: one does, the other is told; on both databases."""

from __future__ import annotations

import pytest

from tests.faults.racing import run

pytestmark = pytest.mark.fault

ROUNDS = 10


def test_of_two_who_ask_for_the_same_rest_one_gets_it(database, tmp_path):
    assert run("race_shipments", database, tmp_path, "request", ROUNDS) == {
        "done": ROUNDS,
        "refused": ROUNDS,
        "shipments": ROUNDS,
        "shipped": 0,
        "told": ROUNDS,
    }


def test_of_two_who_send_one_shipment_off_one_does_and_it_counts_once(database, tmp_path):
    assert run("race_shipments", database, tmp_path, "ship", ROUNDS) == {
        "done": ROUNDS,
        "refused": ROUNDS,
        "shipments": ROUNDS,
        "shipped": 10 * ROUNDS,
        "told": ROUNDS,
    }


def test_control_run_without_the_lock_both_think_they_sent_it(database, tmp_path):
    result = run("race_shipments", database, tmp_path, "blind", ROUNDS)
    assert result["done"] > ROUNDS
    assert result["refused"] < ROUNDS
