"""One mail handed over twenty times, one request taken by twenty clerks: nothing twice, nothing lost."""

from __future__ import annotations

import pytest

from tests.faults.racing import run
from tests.faults.scratch import scratch_postgres

pytestmark = pytest.mark.fault

COUNT = 20


def test_one_mail_handed_over_twenty_times_at_once_is_one_request(database, tmp_path):
    assert run("race_requests", database, tmp_path, "same_mail", COUNT) == {"requests": 1, "originals": 1, "faults": []}


def test_control_run_without_the_look_every_hand_over_makes_a_request(database, tmp_path):
    result = run("race_requests", database, tmp_path, "no_look", COUNT)
    assert result["requests"] == COUNT


def test_control_run_without_the_lock_postgresql_lets_several_through(postgres_pattern, tmp_path):
    with scratch_postgres(postgres_pattern) as url:
        result = run("race_requests", url, tmp_path, "no_lock", COUNT)
    assert result["requests"] > 1


def test_twenty_clerks_who_take_one_request_at_once_make_one_order(database, tmp_path):
    result = run("race_requests", database, tmp_path, "takers", COUNT)
    assert result == {"orders": 1, "drafts": 1, "taken": 1, "refused": COUNT - 1}


def test_of_twenty_answers_at_once_one_closes_the_question_and_all_stand_in_the_thread(database, tmp_path):
    result = run("race_requests", database, tmp_path, "answers", COUNT)
    assert result == {"state": "received", "answered": 1, "mails": COUNT, "moves_back": 1, "faults": []}
