"""The one clock: what people are paid and judged by."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesops.worktime.actions import import_calendar
from salesops.worktime.clock import Clock, Day, NoWorkingTimeError, week_of
from salesops.worktime.models import CalendarDay
from salesops.worktime.queries import house_clock, year_without_holidays

ZONE = ZoneInfo("Asia/Shanghai")
SPLIT = ((time(9), time(12)), (time(13, 30), time(18)))


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


def clock_with(days: dict[date, Day], zone: ZoneInfo = ZONE) -> Clock:
    return Clock(week_of([SPLIT] * 5 + [[], []]), days, zone, frozenset({2026}))


@pytest.mark.django_db
class TestTheSeededCalendar:
    def test_eight_hours_from_friday_afternoon_end_on_the_make_up_saturday(self):
        assert house_clock().add(moment("2026-02-13 17:00"), 8 * 60) == moment("2026-02-14 17:30")

    def test_two_hours_before_the_spring_festival_end_after_it(self):
        assert house_clock().add(moment("2026-02-14 17:00"), 120) == moment("2026-02-24 10:00")

    def test_a_make_up_saturday_counts_a_whole_day(self):
        elapsed = house_clock().elapsed(moment("2026-10-10 00:00"), moment("2026-10-11 00:00"))
        assert elapsed == timedelta(hours=7.5)

    @pytest.mark.parametrize(
        "day", ["2026-01-04", "2026-02-14", "2026-02-28", "2026-05-09", "2026-09-20", "2026-10-10"]
    )
    def test_every_make_up_day_of_2026_is_worked(self, day: str):
        assert house_clock().stretches_on(date.fromisoformat(day)) == SPLIT

    @pytest.mark.parametrize(
        "day",
        "2026-01-01 2026-01-02 2026-02-16 2026-02-17 2026-02-18 2026-02-19 2026-02-20 2026-02-23 2026-04-06 2026-05-01 "
        "2026-05-04 2026-05-05 2026-06-19 2026-09-25 2026-10-01 2026-10-02 2026-10-05 2026-10-06 2026-10-07".split(),
    )
    def test_every_weekday_holiday_of_2026_is_free(self, day: str):
        assert house_clock().stretches_on(date.fromisoformat(day)) == ()

    def test_a_year_without_holidays_is_said_to_be_provisional(self):
        clock = house_clock()
        assert clock.unknown_years(moment("2026-12-30 09:00"), moment("2027-01-05 09:00")) == [2027]
        segments = clock.explain(moment("2026-12-31 17:00"), moment("2027-01-04 10:00"))
        assert [segment.provisional for segment in segments] == [False, True, True, True]

    def test_from_november_on_the_missing_next_year_is_pointed_out(self):
        assert year_without_holidays(date(2026, 10, 31)) is None
        assert year_without_holidays(date(2026, 11, 1)) == 2027
        assert year_without_holidays(date(2027, 2, 1)) == 2027


@pytest.mark.django_db
class TestLoadingACalendarFile:
    def test_the_loaded_year_counts_at_once(self, django_capture_on_commit_callbacks):
        assert house_clock().stretches_on(date(2027, 1, 1)) == SPLIT
        rows = ["日期,类型,名称,工时", "2027-01-01,节假日,元旦,", "2027/01/02,补班,调休,09:00-12:00 13:00-16:00"]
        with django_capture_on_commit_callbacks(execute=True):
            report = import_calendar(lines=rows, source="通知")
        assert (report.written, report.refused) == (2, [])
        assert year_without_holidays(date(2027, 2, 1)) is None
        clock = house_clock()
        assert clock.stretches_on(date(2027, 1, 1)) == ()
        assert clock.stretches_on(date(2027, 1, 2)) == ((time(9), time(12)), (time(13), time(16)))

    @pytest.mark.parametrize(
        "row",
        [
            "2027-02-30,holiday,x,",
            "2027-01-05,feast,x,",
            "2027-01-05,makeup,x,9 to 5",
            "2027-01-05,makeup,x,09:00-12:00 11:00-13:00",
        ],
    )
    def test_one_bad_row_keeps_the_whole_file_out_and_is_named(self, row: str):
        report = import_calendar(lines=["date,kind,name,hours", "2027-01-01,holiday,元旦,", row], source="notice")
        assert [number for number, _reason, _values in report.refused] == [3]
        assert not CalendarDay.objects.filter(date__year=2027).exists()


class TestTheArithmetic:
    def test_the_lunch_break_does_not_count(self):
        clock = clock_with({})
        segments = clock.explain(moment("2026-03-02 11:00"), moment("2026-03-02 14:00"))
        assert [segment.length for segment in segments] == [timedelta(hours=1), timedelta(minutes=30)]

    def test_own_hours_of_a_day_replace_the_week(self):
        clock = clock_with({date(2026, 3, 2): Day("workday", stretches=((time(10), time(11)),))})
        assert clock.elapsed(moment("2026-03-02 00:00"), moment("2026-03-03 00:00")) == timedelta(hours=1)

    def test_a_span_ending_exactly_at_closing_time_ends_that_day(self):
        assert clock_with({}).add(moment("2026-03-02 17:00"), 60) == moment("2026-03-02 18:00")

    def test_a_week_without_work_is_said_instead_of_searched_for_ever(self):
        clock = Clock(week_of([[]] * 7), {}, ZONE, frozenset())
        with pytest.raises(NoWorkingTimeError):
            clock.add(moment("2026-03-02 17:00"), 1)

    def test_overlapping_stretches_are_refused(self):
        with pytest.raises(ValueError, match="overlap"):
            week_of([[(time(9), time(12)), (time(11), time(13))]] + [[]] * 6)

    def test_a_night_shift_over_the_change_of_summer_time_counts_real_time(self):
        berlin = ZoneInfo("Europe/Berlin")
        clock = Clock(week_of([[(time(0), time(8))]] * 7), {}, berlin, frozenset())
        start = datetime(2026, 3, 29, 0, 0, tzinfo=berlin)
        assert clock.elapsed(start, datetime(2026, 3, 29, 8, 0, tzinfo=berlin)) == timedelta(hours=7)

    @given(
        start=st.datetimes(datetime(2026, 1, 1), datetime(2026, 11, 1), timezones=st.just(UTC)),
        minutes=st.integers(0, 20_000),
    )
    def test_what_add_adds_elapsed_counts(self, start: datetime, minutes: int):
        clock = clock_with({date(2026, 2, 14): Day("makeup"), date(2026, 10, 1): Day("holiday")})
        assert clock.elapsed(start, clock.add(start, minutes)) == timedelta(minutes=minutes)

    @given(
        st.lists(
            st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 1), timezones=st.just(UTC)), min_size=3, max_size=3
        )
    )
    def test_two_spans_in_a_row_count_as_one(self, moments: list[datetime]):
        first, middle, last = sorted(moments)
        clock = clock_with({date(2026, 5, 1): Day("holiday")})
        assert clock.elapsed(first, middle) + clock.elapsed(middle, last) == clock.elapsed(first, last)
