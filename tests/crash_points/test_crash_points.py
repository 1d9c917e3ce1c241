"""Whatever call a function dies at, whatever call fails: nothing is lost, doubled or made up."""

from collections import Counter
from collections.abc import Iterator

import pytest

from tests.crash_points import (
    back_rooms,
    bank_counter,
    bank_reversals,
    basket_desk,
    bill_desk,
    bill_file_desk,
    clerk_desk,
    decisions,
    finance_desk,
    front_door,
    live_desk,
    open_code_desk,
)
from tests.crash_points.plays import (
    Handler,
    crashes_of,
    faults_in,
    play_each,
    play_without_fault,
)
from tests.crash_points.world import World, world
from tests.support.province_tables import read_tables

HANDLERS = (
    front_door.HANDLERS
    + bank_counter.HANDLERS
    + bank_reversals.HANDLERS
    + bill_desk.HANDLERS
    + bill_file_desk.HANDLERS
    + clerk_desk.HANDLERS
    + open_code_desk.HANDLERS
    + basket_desk.HANDLERS
    + decisions.HANDLERS
    + finance_desk.HANDLERS
    + live_desk.HANDLERS
    + back_rooms.HANDLERS
)
Report = dict[str, Counter[str]]


@pytest.fixture(scope="module", autouse=True)
def warm() -> None:
    """What is loaded on first use is loaded before the first fork."""
    with world() as first:
        assert front_door.prepare_success(first)()
        first.settle(hours=1)
        first.standing(read_tables(first.province))


@pytest.fixture
def prepared() -> Iterator[World]:
    with world() as made:
        yield made


@pytest.mark.parametrize("handler", HANDLERS, ids=lambda handler: handler.name)
def test_no_crash_and_no_fault_loses_or_doubles_anything(
    handler: Handler, prepared: World, report: Report, stride: int
) -> None:
    invoke = handler.prepare(prepared)
    usual = play_without_fault(prepared, handler, invoke)
    crashes, faults = crashes_of(usual.calls), faults_in(usual.calls)
    assert crashes
    crashes, faults = crashes[::stride], faults[::stride]
    play_each(prepared, handler, invoke, crashes + faults, usual)
    report[handler.name] = Counter(calls=len(usual.calls), deaths=len(crashes), faults=len(faults))


def test_no_handler_is_played_twice() -> None:
    names = Counter(handler.name for handler in HANDLERS)
    assert [name for name, times in names.items() if times > 1] == []
