from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.business_day import (
    add_working_days,
    business_day_of,
    from_epoch_ms,
    is_working_day,
    start_of,
    to_epoch_ms,
    to_rfc3339,
)

VIETNAM = "Asia/Ho_Chi_Minh"
CHINA = "Asia/Shanghai"
NAIVE = datetime(2026, 3, 1, 12, 0)  # noqa: DTZ001

instants = st.datetimes(
    min_value=datetime(1970, 1, 1),  # noqa: DTZ001
    max_value=datetime(2200, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
).map(lambda instant: instant.replace(microsecond=instant.microsecond // 1000 * 1000))


@pytest.mark.parametrize(
    ("instant", "zone", "day"),
    [
        ("2026-02-28T16:59:59.999999+00:00", VIETNAM, "2026-02-28"),
        ("2026-02-28T17:00:00+00:00", VIETNAM, "2026-03-01"),
        ("2026-02-28T15:59:59+00:00", CHINA, "2026-02-28"),
        ("2026-02-28T16:00:00+00:00", CHINA, "2026-03-01"),
        ("2025-12-31T17:00:00+00:00", VIETNAM, "2026-01-01"),
        ("2024-02-28T17:00:00+00:00", VIETNAM, "2024-02-29"),
        ("2026-03-01T00:00:00+14:00", VIETNAM, "2026-02-28"),
        ("2026-02-28T23:30:00-12:00", VIETNAM, "2026-03-01"),
    ],
)
def test_a_business_day_begins_at_local_midnight(instant: str, zone: str, day: str) -> None:
    assert business_day_of(datetime.fromisoformat(instant), zone).isoformat() == day


def test_an_instant_without_a_zone_has_no_business_day() -> None:
    with pytest.raises(ValueError, match="zone"):
        business_day_of(NAIVE, VIETNAM)
    with pytest.raises(ValueError, match="zone"):
        to_epoch_ms(NAIVE)


def test_the_first_instant_of_a_day_in_utc() -> None:
    assert start_of(date(2026, 3, 1), VIETNAM) == datetime(2026, 2, 28, 17, tzinfo=UTC)
    assert start_of(date(2026, 3, 1), CHINA).isoformat() == "2026-02-28T16:00:00+00:00"


@given(instants, st.sampled_from([VIETNAM, CHINA, "UTC"]))
def test_every_instant_lies_in_exactly_one_business_day(instant: datetime, zone: str) -> None:
    day = business_day_of(instant, zone)
    assert start_of(day, zone) <= instant < start_of(day + timedelta(days=1), zone)


@pytest.mark.parametrize(
    ("instant", "text"),
    [
        (datetime(2026, 3, 1, 2, 30, tzinfo=UTC), "2026-03-01T02:30:00Z"),
        (datetime(2026, 3, 1, 14, 5, tzinfo=ZoneInfo(VIETNAM)), "2026-03-01T07:05:00Z"),
        (datetime(2026, 3, 1, 0, 0, tzinfo=timezone(timedelta(hours=7))), "2026-02-28T17:00:00Z"),
        (datetime(2026, 3, 1, 2, 30, 0, 120_000, tzinfo=UTC), "2026-03-01T02:30:00.120Z"),
        (datetime(2026, 3, 1, 2, 30, 0, 999, tzinfo=UTC), "2026-03-01T02:30:00Z"),
        (datetime(2026, 3, 1, 2, 30, 59, 999_999, tzinfo=UTC), "2026-03-01T02:30:59.999Z"),
        (datetime(987, 1, 1, tzinfo=UTC), "0987-01-01T00:00:00Z"),
    ],
)
def test_instants_are_written_in_utc_with_a_z(instant: datetime, text: str) -> None:
    assert to_rfc3339(instant) == text


@given(instants)
def test_what_is_written_reads_back_as_the_same_instant(instant: datetime) -> None:
    assert datetime.fromisoformat(to_rfc3339(instant)) == instant


@pytest.mark.parametrize(
    ("instant", "epoch_ms"),
    [
        (datetime(1970, 1, 1, tzinfo=UTC), 0),
        (datetime(1970, 1, 1, 7, 0, 0, 1000, tzinfo=ZoneInfo("Asia/Bangkok")), 1),
        (datetime(2001, 9, 9, 1, 46, 40, tzinfo=UTC), 1_000_000_000_000),
        (datetime(2038, 1, 19, 3, 14, 7, 999_000, tzinfo=UTC), 2_147_483_647_999),
        (datetime(1969, 12, 31, 23, 59, 59, 999_000, tzinfo=UTC), -1),
    ],
)
def test_known_epoch_milliseconds(instant: datetime, epoch_ms: int) -> None:
    assert to_epoch_ms(instant) == epoch_ms
    assert from_epoch_ms(epoch_ms) == instant
    assert from_epoch_ms(epoch_ms).tzinfo is UTC


@given(instants)
def test_epoch_milliseconds_read_back_as_the_same_instant(instant: datetime) -> None:
    assert from_epoch_ms(to_epoch_ms(instant)) == instant


FRIDAY, SATURDAY, SUNDAY, MONDAY = (date(2026, 8, day) for day in (21, 22, 23, 24))
HOLIDAYS = frozenset({date(2026, 8, 31), date(2026, 9, 1), date(2026, 9, 2)})
WORKED = frozenset({SATURDAY})


def test_weekends_and_holidays_are_free_and_worked_weekends_are_not() -> None:
    assert is_working_day(FRIDAY, HOLIDAYS, WORKED)
    assert is_working_day(SATURDAY, HOLIDAYS, WORKED)
    assert not is_working_day(SATURDAY, HOLIDAYS, frozenset())
    assert not is_working_day(SUNDAY, HOLIDAYS, WORKED)
    assert not is_working_day(date(2026, 9, 1), HOLIDAYS, WORKED)
    assert is_working_day(date(2026, 9, 1), frozenset(), WORKED)


@pytest.mark.parametrize(
    ("day", "count", "after"),
    [
        (FRIDAY, 0, FRIDAY),
        (FRIDAY, 1, SATURDAY),
        (FRIDAY, 2, MONDAY),
        (SUNDAY, 1, MONDAY),
        (date(2026, 8, 28), 1, date(2026, 9, 3)),
        (date(2026, 8, 28), 3, date(2026, 9, 7)),
    ],
)
def test_working_days_are_counted_over_holidays(day: date, count: int, after: date) -> None:
    assert add_working_days(day, count, HOLIDAYS, WORKED) == after


def test_an_instant_that_was_stored_is_never_later_than_it_was() -> None:
    instant = datetime(2026, 3, 1, 2, 30, 0, 999_999, tzinfo=UTC)
    assert from_epoch_ms(to_epoch_ms(instant)) == datetime(
        2026, 3, 1, 2, 30, 0, 999_000, tzinfo=UTC
    )
    before = datetime(1969, 12, 31, 23, 59, 59, 999_500, tzinfo=UTC)
    assert from_epoch_ms(to_epoch_ms(before)) <= before
