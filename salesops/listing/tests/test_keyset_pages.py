"""Walking a list page by page, forwards and backwards, on whatever database the tests run on."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from salesops.jobs.models import Job
from salesops.listing.keyset import Cursor, decode_cursor, encode_cursor, fetch, in_order, sort_of

pytestmark = pytest.mark.django_db
BEGIN = datetime(2026, 11, 1, tzinfo=UTC)

jobs = st.lists(
    st.tuples(
        st.none() | st.integers(0, 3),  # total_units: empty and equal values on purpose
        st.none() | st.integers(0, 5).map(lambda hours: BEGIN + timedelta(hours=hours, microseconds=hours % 2)),
        st.sampled_from(["a", "B", "ä", "订单", ""]),
    ),
    max_size=18,
)


def make(rows):
    Job.objects.all().delete()
    Job.objects.bulk_create(
        Job(kind="t", total_units=units, started_at=at, title=title, done_units=place % 3)
        for place, (units, at, title) in enumerate(rows)
    )


def walk(sort, size, start, step):
    """Every id met on the way, page by page, through cursors as a URL carries them."""
    rows, met, cursor, pages = Job.objects.filter(kind="t"), [], start, 0
    while True:
        part = fetch(rows, sort, ("title",), size=size, cursor=cursor)
        pages += 1
        assert pages < 50
        met.append([row["id"] for row in part.rows])
        more = part.has_next if step == "after" else part.has_previous
        if not more:
            return met
        edge = part.rows[-1 if step == "after" else 0]
        cursor = decode_cursor(encode_cursor(Cursor(step, edge[sort.path], edge["id"])), sort)
        assert cursor is not None


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=jobs,
    path=st.sampled_from(["total_units", "started_at", "title", "done_units", "id"]),
    descending=st.booleans(),
    size=st.integers(1, 7),
)
def test_every_row_is_met_once_and_in_order_both_ways(rows, path, descending, size):
    make(rows)
    sort = sort_of(Job, path, descending=descending)
    expected = list(in_order(Job.objects.filter(kind="t"), sort).values_list("id", flat=True))
    forwards = walk(sort, size, None, "after")
    assert [one for page in forwards for one in page] == expected
    backwards = walk(sort, size, Cursor("last"), "before")
    assert [one for page in reversed(backwards) for one in page] == expected
    assert len(expected) == len(rows)


def test_rows_without_a_value_come_last_in_both_directions():
    make([(None, None, ""), (1, None, ""), (2, None, "")])
    for descending, expected in ((False, [1, 2, None]), (True, [2, 1, None])):
        part = fetch(Job.objects.all(), sort_of(Job, "total_units", descending=descending), (), size=9, cursor=None)
        assert [row["total_units"] for row in part.rows] == expected


def test_a_row_that_is_added_in_front_does_not_shift_the_next_page():
    make([(place, None, "") for place in range(6)])
    sort = sort_of(Job, "total_units", descending=True)
    first = fetch(Job.objects.all(), sort, (), size=3, cursor=None)
    Job.objects.create(kind="t", total_units=99)
    edge = first.rows[-1]
    second = fetch(Job.objects.all(), sort, (), size=3, cursor=Cursor("after", edge["total_units"], edge["id"]))
    assert [row["total_units"] for row in second.rows] == [2, 1, 0]


@pytest.mark.parametrize(
    "token",
    [
        "",
        "a.",
        "a.!!!",
        "a.W10",
        "b.bnVsbA",
        "x.W10",
        "a." + "W" * 700,
        "a.WzEsMSxudWxsXQ\x00",
        "a.WyJcdWQ4MDAiLDEsbnVsbF0",
    ],
)
def test_a_cursor_that_is_not_ours_is_no_cursor(token):
    assert decode_cursor(token, sort_of(Job, "started_at", descending=False)) is None
