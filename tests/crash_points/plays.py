"""One handler played without a fault, then once for each fault at each of its calls."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

from tests.crash_points.children import in_children
from tests.crash_points.wire import CRASHES, Crash, Fault, Plan, faults_of, is_read
from tests.crash_points.world import World
from tests.journal.kept import replayed
from tests.support.invariants import check_always
from tests.support.province_tables import read_tables
from tests.support.requiring import require
from tests.support.settled_invariants import check_settled

MAX_TURNS = 6
EVERY_CRASH = "EVERY_CRASH" in os.environ
# True when whoever called is content; False when it will call again.
Invoke = Callable[[], bool]


@dataclass(frozen=True, slots=True)
class Handler:
    """`prepare` brings a province to the moment before and returns the call. `comes_again_after`:
    how long its caller waits. `is_warm`: the process has read its setup before; the calls for that
    are struck in another handler. `is_scheduled`: called again in any case. `is_replayed`: its
    rows are compared with the journal's at the end. `hours`: of chasing until nothing is open."""

    name: str
    prepare: Callable[[World], Invoke]
    comes_again_after: timedelta = timedelta(seconds=1)
    is_warm: bool = False
    is_scheduled: bool = False
    is_replayed: bool = False
    hours: int = 0


@dataclass(frozen=True, slots=True)
class Played:
    """`answers`: what callers were told in the end. `is_new`: the fault came before any write, so
    that the next call was as good as the first, only later. `standing` None: the writes that took
    effect were those of the play without a fault, so that what follows is known."""

    calls: tuple[str, ...]
    effects: tuple[tuple[str, bytes], ...]
    answers: tuple[tuple[int, str], ...]
    is_new: bool
    standing: dict[str, Any] | None


def crashes_of(calls: tuple[str, ...]) -> list[Plan]:
    """Before and after each call; but only writes change what is outside of a process, so to die
    anywhere between two of them is one death. It is played once, unless all are asked for."""
    if EVERY_CRASH:
        return [Plan(fault, at, call) for at, call in enumerate(calls) for fault in CRASHES]
    writes = [at for at, call in enumerate(calls) if not is_read(call)]
    before = [Plan(Fault.CRASH_BEFORE, at, calls[at]) for at in writes]
    return [*before, Plan(Fault.CRASH_AFTER, len(calls) - 1, calls[-1])]


def faults_in(calls: tuple[str, ...]) -> list[Plan]:
    """At the first call of each kind: what is caught there is caught for all of them."""
    return [
        Plan(fault, calls.index(call), call)
        for call in dict.fromkeys(calls)
        for fault in faults_of(call)
    ]


def play_without_fault(world: World, handler: Handler, invoke: Invoke) -> Played:
    (played,) = in_children([partial(_play, world, handler, invoke, None, None)])
    return played


def play_each(
    world: World, handler: Handler, invoke: Invoke, plans: list[Plan], usual: Played
) -> None:
    """Raises: AssertionError naming the fault after which something was lost, doubled or wrong."""
    tasks = [partial(_play, world, handler, invoke, plan, usual) for plan in plans]
    for plan, played in zip(plans, in_children(tasks), strict=True):
        where = f"{handler.name}: {plan}"
        if not played.is_new:
            assert played.answers == usual.answers, where
        if played.standing is not None and usual.standing is not None:
            differences = list(_differences(usual.standing, played.standing))
            assert not differences, (where, differences)


def _play(
    world: World, handler: Handler, invoke: Invoke, plan: Plan | None, usual: Played | None
) -> Played:
    try:
        return _play_through(world, handler, invoke, plan, usual)
    except BaseException as error:
        error.add_note(f"after {plan or 'no fault'}")
        raise


def _play_through(
    world: World, handler: Handler, invoke: Invoke, plan: Plan | None, usual: Played | None
) -> Played:
    wire = world.wire
    if not handler.is_warm:
        world.start_process()
    wire.effects.clear()
    before = world.processes
    is_content = _call(world, invoke, plan)
    calls = tuple(wire.calls)
    assert plan is None or wire.struck, "the call to strike never came"
    is_new = not wire.effects
    if is_new and world.processes > before:
        return Played(calls, (), (), True, None)  # nothing is left of it
    if not is_new:
        check_always(read_tables(world.province))
    turns = 0
    while not is_content or (handler.is_scheduled and turns == 0):
        turns += 1
        assert turns <= MAX_TURNS, "it never succeeded"
        world.province.clock.advance(seconds=handler.comes_again_after.total_seconds())
        is_content = invoke()
    answers = tuple((answer.status, answer.text) for _, answer in world.told)
    effects = tuple(wire.effects)
    if usual is not None and (is_new or effects == usual.effects):
        return Played(calls, effects, answers, is_new, None)
    _require_same_answers(world)
    world.settle(handler.hours)
    tables = read_tables(world.province)
    check_settled(tables, world.outside.portals.received, world.acknowledged)
    if handler.is_replayed:
        _require_same_as_the_journal(world)
    return Played(calls, effects, answers, is_new, world.standing(tables))


def _require_same_as_the_journal(world: World) -> None:
    """I15."""
    world.province.keep_journal()
    report = replayed(world.province)
    require(not report.faults, "I11 journal", report.faults)
    require(not report.differences, "I15 same rows", report.differences)
    require(not report.unrecorded, "I15 recorded", report.unrecorded)


def _call(world: World, invoke: Invoke, plan: Plan | None) -> bool:
    with world.wire.watched(plan):
        try:
            return invoke()
        except Crash:
            is_dead = True
        except Exception:
            if plan is None:
                raise
            is_dead = False
    if is_dead:
        world.start_process()
    return False


def _require_same_answers(world: World) -> None:
    """I10: whoever asks again with the same key gets the same bytes, from any process."""
    world.start_process()
    for ask, answer in list(world.told):
        again = ask()
        is_same = (again.status, again.text) == (answer.status, answer.text)
        require(is_same, "I10 same answer", (again, answer))


def _differences(usual: dict[str, Any], found: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    if usual["notices"] != found["notices"]:
        yield "notices", (usual["notices"], found["notices"])
    for row in usual["rows"]:
        if row not in found["rows"]:
            yield "missing", row
    for row in found["rows"]:
        if row not in usual["rows"]:
            yield "not expected", row
