"""A business day is a date in the province's zone; every instant is aware UTC."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def business_day_of(instant: datetime, zone: str) -> date:
    if instant.tzinfo is None:
        raise ValueError("an instant needs a zone")
    return instant.astimezone(ZoneInfo(zone)).date()


def start_of(day: date, zone: str) -> datetime:
    """The first instant of `day`, in UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)).astimezone(UTC)


def is_working_day(day: date, holidays: frozenset[date], worked_weekends: frozenset[date]) -> bool:
    """`worked_weekends` are the Saturdays and Sundays that a decree makes working days."""
    if day in worked_weekends:
        return True
    return day.weekday() < 5 and day not in holidays


def add_working_days(
    day: date, count: int, holidays: frozenset[date], worked_weekends: frozenset[date]
) -> date:
    """The `count`-th working day after `day`."""
    while count > 0:
        day += timedelta(days=1)
        count -= is_working_day(day, holidays, worked_weekends)
    return day


def next_working_day(
    day: date, holidays: frozenset[date], worked_weekends: frozenset[date]
) -> date:
    """`day` itself, if it is one."""
    while not is_working_day(day, holidays, worked_weekends):
        day += timedelta(days=1)
    return day


def to_rfc3339(instant: datetime) -> str:
    """UTC with milliseconds dropped when they are zero: `2026-03-01T02:30:00Z`."""
    text = instant.astimezone(UTC).isoformat(
        timespec="milliseconds" if instant.microsecond // 1000 else "seconds"
    )
    return text.replace("+00:00", "Z")


def to_epoch_ms(instant: datetime) -> int:
    """Rounded down, so that what is planned for now is never in the future when read back."""
    if instant.tzinfo is None:
        raise ValueError("an instant needs a zone")
    return (instant - _EPOCH) // timedelta(milliseconds=1)


def from_epoch_ms(epoch_ms: int) -> datetime:
    return datetime.fromtimestamp(epoch_ms // 1000, UTC) + timedelta(milliseconds=epoch_ms % 1000)
