"""What is left of a deadline is working time, as the deadline itself is."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from salesops.worktime.left import Countdown
from salesops.worktime.queries import house_clock

pytestmark = pytest.mark.django_db
ZONE = ZoneInfo("Asia/Shanghai")


def left(now, due):
    countdown = Countdown(datetime.fromisoformat(now).replace(tzinfo=ZONE), house_clock())
    told = countdown.until(datetime.fromisoformat(due).replace(tzinfo=ZONE))
    return told.text, told.tone


@pytest.mark.parametrize(
    ("now", "due", "words"),
    [
        ("2026-11-26T09:00", "2026-11-26T10:48", ("1h48m left", "soon")),
        ("2026-11-26T09:00", "2026-11-26T16:00", ("5h30m left", "")),  # without the noon break
        ("2026-11-27T17:30", "2026-11-30T09:30", ("1h00m left", "soon")),  # Friday evening to Monday morning
        ("2026-11-28T12:00", "2026-11-30T11:08", ("2h08m left", "")),  # asked on a Saturday
        ("2026-11-26T09:00", "2026-12-01T11:00", ("12-01 Tue", "")),
        ("2026-11-28T04:00", "2026-11-27T15:23", ("2h37m over", "late")),
        ("2026-11-30T09:10", "2026-11-27T17:50", ("20m over", "late")),
        ("2026-12-01T17:00", "2026-11-27T10:00", ("2 working days over", "late")),
        ("2026-12-01T08:00", "2026-11-27T10:00", ("1 working day over", "late")),  # nobody has begun today
        ("2026-12-03T17:00", "2026-11-27T10:00", ("4 working days over", "late")),
        ("2026-11-29T17:00", "2026-11-09T10:00", ("14 working days over", "late")),
        ("2026-11-28T12:00", "2026-11-27T18:00", ("just over", "late")),
        ("2026-11-28T12:00", "2026-06-27T12:00", ("154 d over", "late")),
    ],
)
def test_a_night_and_a_weekend_neither_hurry_nor_help(now, due, words):
    assert left(now, due) == words
