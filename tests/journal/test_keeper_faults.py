"""The keeper dies or fails at each of its calls; the chain stays true and nothing is missing."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest

import app as table_of_contents
from tests.crash_points.wire import CRASHES, Crash, Fault, Plan, Wire, faults_of
from tests.journal.kept import replayed
from tests.support.local_province import Context, LocalProvince
from tests.support.paid_orders import paid

Event = dict[str, Any]


@pytest.fixture
def wire() -> Iterator[Wire]:
    with Wire().attached() as attached:
        yield attached


def keep(event: Event) -> None:
    table_of_contents.journal_keeper(event, Context())


def next_event(province: LocalProvince, number: int) -> Event:
    paid(province, number)
    return {"Records": province.take_journal_records()}


def plans_of(calls: list[str]) -> list[Plan]:
    """Every death, and each kind of failure at the first call of each name."""
    deaths = [Plan(fault, at, call) for at, call in enumerate(calls) for fault in CRASHES]
    faults = [
        Plan(fault, calls.index(call), call)
        for call in dict.fromkeys(calls)
        for fault in faults_of(call)
    ]
    return deaths + faults


MENDED = (Fault.THROTTLED_ONCE, Fault.CONFLICT_ONCE, Fault.REPLY_LOST)


def strike(wire: Wire, event: Event, plan: Plan) -> None:
    """Lambda gives the same batch again until it is taken."""
    is_content = False
    with wire.watched(plan), suppress(Crash, Exception):
        keep(event)
        is_content = True
    assert wire.struck
    is_thrown = plan.fault is Fault.THROTTLED_ONCE and plan.call.startswith("s3.")
    assert is_content == (plan.fault in MENDED and not is_thrown), str(plan)
    keep(event)


def test_no_death_and_no_fault_breaks_the_chain_or_loses_a_record(
    province: LocalProvince, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(province.platform.dynamo, "_sleep", lambda _: None)
    first = next_event(province, 1)
    with wire.watched(None):
        keep(first)
    calls = list(wire.calls)
    assert {"dynamodb.GetItem", "s3.PutObject", "dynamodb.UpdateItem"} <= set(calls)
    plans = plans_of(calls)
    assert len(plans) > 20
    event = first
    for plan in plans:
        strike(wire, event, plan)
        assert replayed(province).faults == [], str(plan)
    province.pump()
    province.keep_journal()
    report = replayed(province)
    assert (report.faults, report.differences) == ([], [])


def test_a_death_between_file_and_head_leaves_no_second_file(
    province: LocalProvince, wire: Wire
) -> None:
    """The same records give the same file."""
    event = next_event(province, 1)
    with wire.watched(None):
        keep(event)
    heads = [at for at, call in enumerate(wire.calls) if call == "dynamodb.UpdateItem"]
    following = next_event(province, 2)
    plan = Plan(Fault.CRASH_BEFORE, heads[0], "dynamodb.UpdateItem")
    with wire.watched(plan), pytest.raises(Crash):
        keep(following)
    keep(following)
    province.pump()
    province.keep_journal()
    report = replayed(province)
    assert (report.faults, report.orphans, report.differences) == ([], [], [])


def test_of_two_keepers_at_once_one_leaves_an_orphan_and_both_are_kept(
    province: LocalProvince, monkeypatch: pytest.MonkeyPatch
) -> None:
    from chalicelib.storage.journal import JournalFiles

    one, other = next_event(province, 1), next_event(province, 2)
    write = JournalFiles.write
    raced: list[str] = []

    def write_and_be_overtaken(files: JournalFiles, key: str, content: bytes) -> None:
        write(files, key, content)
        if not raced:
            raced.append(key)
            keep(other)

    monkeypatch.setattr(JournalFiles, "write", write_and_be_overtaken)
    keep(one)
    province.pump()
    province.keep_journal()
    report = replayed(province)
    assert (report.faults, report.differences) == ([], [])
    assert report.orphans == raced
