"""A second before midnight and a second after it, by each channel's own clock and file."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import pytest

from chalicelib.domain.breaks import BreakStatus, TrackedBreak
from chalicelib.domain.reconciliations import Summary
from tests.reconciliation.channel_files import CHANNELS, DAY, ChannelFiles, Row
from tests.reconciliation.statement_files import watched_calls
from tests.support.local_province import LocalProvince

NEXT = DAY + timedelta(days=1)
ORDERS = ((DAY, NEXT), (NEXT, DAY))


@dataclass
class Cut:
    files: ChannelFiles
    province: LocalProvince

    def summary(self, day: date) -> Summary:
        found = self.province.platform.reconciliations.read_summary(self.files.on(day))
        assert found is not None
        return found

    def found(self) -> dict[str, tuple[int, list[tuple[str, str]]]]:
        """By day: how many agree, and the open breaks with what they say of the other day."""
        told = {}
        for day in (DAY, NEXT):
            breaks = self.province.platform.reconciliations.list_breaks_of(self.files.on(day))
            told[str(day)] = (
                self.summary(day).matched.count,
                sorted(_told(each) for each in breaks if each.status is BreakStatus.OPEN),
            )
        return told

    def require_quiet(self) -> None:
        """Told again, and struck by the hour: nothing is written."""
        before = self.found()
        with watched_calls() as calls:
            for day in (DAY, NEXT):
                key = f"statements/{self.files.of.channel}/{self.files.of.account}/{day}/"
                self.province.tell_arrival(key + self.files.file_name, 1)
            self.province.clock.advance(minutes=1)
        assert calls.writes == []
        assert self.found() == before


def _told(tracked: TrackedBreak) -> tuple[str, str]:
    detail = tracked.found.detail
    return tracked.found.kind, detail.get("our_day") or detail.get("counted_on", "")


@pytest.fixture(params=CHANNELS, ids=lambda files: files.of.channel)
def cut(request: pytest.FixtureRequest) -> Iterator[Cut]:
    files: ChannelFiles = request.param
    with files.province() as running:
        running.clock.advance(days=1)
        yield Cut(files, running)


def around(files: ChannelFiles) -> tuple[Row, Row]:
    return Row(1, files.at(DAY, "23:59:59"), 41_000), Row(2, files.at(NEXT, "00:00:01"), 59_000)


@pytest.mark.parametrize("order", ORDERS, ids=["in order", "the later day first"])
def test_two_seconds_apart_are_two_days_and_each_agrees_with_its_own_file(
    cut: Cut, order: tuple[date, date]
) -> None:
    before, after = around(cut.files)
    cut.files.pay(cut.province, before, after)
    contents = {DAY: cut.files.write(DAY, [before]), NEXT: cut.files.write(NEXT, [after])}
    for day in order:
        cut.files.arrive(cut.province, day, contents[day])
    assert cut.found() == {"2026-03-01": (1, []), "2026-03-02": (1, [])}
    amounts = [cut.summary(day).matched.amounts[cut.files.currency] for day in (DAY, NEXT)]
    assert amounts == [41_000, 59_000]
    cut.require_quiet()


@pytest.mark.parametrize("order", ORDERS, ids=["in order", "the later day first"])
def test_the_channels_file_decides_where_money_stands_and_both_days_say_so(
    cut: Cut, order: tuple[date, date]
) -> None:
    """Its clock is two seconds behind ours: both stand on the first day."""
    before, after = around(cut.files)
    cut.files.pay(cut.province, before, after)
    contents = {DAY: cut.files.write(DAY, [before, after]), NEXT: cut.files.write(NEXT, [])}
    for day in order:
        cut.files.arrive(cut.province, day, contents[day])
    assert cut.found() == {
        "2026-03-01": (1, [("late_cutoff", "2026-03-02")]),
        "2026-03-02": (0, [("late_cutoff", "2026-03-01")]),
    }
    cut.require_quiet()


@pytest.mark.parametrize("order", ORDERS, ids=["in order", "the later day first"])
def test_a_day_that_the_channel_closed_early(cut: Cut, order: tuple[date, date]) -> None:
    before, after = around(cut.files)
    cut.files.pay(cut.province, before, after)
    contents = {DAY: cut.files.write(DAY, []), NEXT: cut.files.write(NEXT, [before, after])}
    for day in order:
        cut.files.arrive(cut.province, day, contents[day])
    assert cut.found() == {
        "2026-03-01": (0, [("late_cutoff", "2026-03-02")]),
        "2026-03-02": (1, [("late_cutoff", "2026-03-01")]),
    }
    cut.require_quiet()


@pytest.mark.parametrize(
    ("clock", "kind"), [("23:30:00", "late_cutoff"), ("23:29:59", "wrong_day")]
)
def test_half_an_hour_is_near_midnight_by_the_channels_own_zone(
    cut: Cut, clock: str, kind: str
) -> None:
    row = Row(1, cut.files.at(DAY, clock))
    cut.files.pay(cut.province, row)
    cut.files.arrive(cut.province, DAY, cut.files.write(DAY, []))
    cut.files.arrive(cut.province, NEXT, cut.files.write(NEXT, [row]))
    assert cut.found() == {
        "2026-03-01": (0, [(kind, "2026-03-02")]),
        "2026-03-02": (0, [(kind, "2026-03-01")]),
    }


@pytest.mark.parametrize("order", ORDERS, ids=["in order", "the later day first"])
def test_money_that_stands_on_both_days_is_there_twice(cut: Cut, order: tuple[date, date]) -> None:
    before, _ = around(cut.files)
    cut.files.pay(cut.province, before)
    for day in order:
        cut.files.arrive(cut.province, day, cut.files.write(day, [before]))
    assert cut.found() == {
        "2026-03-01": (1, []),
        "2026-03-02": (0, [("duplicate_in_channel", "")]),
    }
    cut.require_quiet()


def test_a_day_that_is_issued_again_without_it_leaves_it_on_the_other(cut: Cut) -> None:
    before, _ = around(cut.files)
    cut.files.pay(cut.province, before)
    for day in (DAY, NEXT):
        cut.files.arrive(cut.province, day, cut.files.write(day, [before]))
    cut.files.arrive(cut.province, DAY, cut.files.write(DAY, []), f"z-{cut.files.file_name}")
    assert cut.found() == {
        "2026-03-01": (0, [("late_cutoff", "2026-03-02")]),
        "2026-03-02": (0, [("late_cutoff", "2026-03-01")]),
    }
    cut.require_quiet()
