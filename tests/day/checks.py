"""What must be so when a day is over, whatever the order in which it arrived."""

from collections import Counter
from pathlib import Path
from typing import Any

from infra.errandless.replay import ReplayReport, ReplayRequest, replay
from infra.verifier.verify import verify
from tests.day.facts import Fact
from tests.day.oracle import Totals, Verdict, judge
from tests.day.world import World
from tests.journal.kept import bucket_journal, copy_journal, live_tables
from tests.reconciliation.statement_files import watched_calls
from tests.support.province_tables import read_tables
from tests.support.settled_invariants import check_settled

# A statement line that says something else than was paid: the verifier must say so. In a bank's
# listing it cannot: the amount is part of what it knows the credit by.
WRONG_AT_THE_CHANNEL = "wrong_amount_in_the_file"


def check_breaks(world: World) -> Verdict:
    """Each break is one that the oracle tells, and each of its is there; every readable line of the
    file is matched or in one break."""
    verdict, found = judge(world.plan), world.breaks()
    missing, extra = verdict.breaks - found, found - verdict.breaks
    assert (missing, extra) == (Counter(), Counter())
    days = {_day_of(each): each for each in world.reconciliations()}
    wanted = {
        (account.channel, account.name, day.isoformat()): _as_listed(world, totals)
        for (account, day), totals in verdict.totals.items()
    }
    assert {of: _sums(listed) for of, listed in days.items()} == wanted
    return verdict


def check_files(world: World, verdict: Verdict) -> int:
    """How many rows the newest files hold: each is a line, or a bad row that is one break."""
    rows = 0
    for (account, day), totals in verdict.totals.items():
        if totals.lines.count == 0:
            continue
        written = len(world.plan.lines_of(account, day))
        of = (account.channel, account.name, day.isoformat())
        bad = sum(
            times
            for found, times in verdict.breaks.items()
            if found[:4] == (*of, "bad_row") and found[4]
        )
        assert totals.lines.count + bad == written, of
        rows += written
    return rows


def check_rerun(world: World) -> None:
    """Every file told of again, and another hour: nothing is written."""
    with watched_calls() as calls:
        for file in world.issued:
            world.announce(file)
        world.province.clock.advance(hours=1)
        world.strike()
    assert calls.names != []
    assert calls.writes == []


def check_invariants(world: World) -> None:
    check_settled(read_tables(world.province), world.outside.portals.received)


def check_replay(world: World) -> ReplayReport:
    source, live = bucket_journal(world.province), live_tables(world.province)
    now, zone = world.province.clock.at, world.plan.country.zone
    report = replay(ReplayRequest(source, live, zone, now=now))
    assert report.faults == []
    assert report.differences == []
    assert report.left == 0
    return report


def check_by_verifier(world: World, folder: Path, most: int) -> int:
    """One payment of each kind of trouble, at most `most` in all; returns how many."""
    copy_journal(world.province, folder)
    sample = _one_of_each(world)[:most]
    for fact in sample:
        assert fact.order is not None
        status, found = verify(world.codes[fact.order], folder, None)
        is_wrong = fact.trouble == WRONG_AT_THE_CHANNEL and fact.account.channel != "vietqr"
        assert status == int(is_wrong), (fact.trouble, found.wrong)
    return len(sample)


def _one_of_each(world: World) -> list[Fact]:
    kinds: dict[str, Fact] = {}
    for fact in world.plan.facts:
        if fact.order is not None:
            kinds.setdefault(fact.trouble, fact)
    return list(kinds.values())


def _day_of(listed: dict[str, Any]) -> tuple[str, str, str]:
    return listed["channel"], listed["account"], listed["business_day"]


def _sums(listed: dict[str, Any]) -> dict[str, Any]:
    sides = ("theirs", "matched", "ours", "waiting")
    return {side: (listed[side]["count"], listed[side]["amounts"]) for side in sides}


def _as_listed(world: World, totals: Totals) -> dict[str, Any]:
    currency = world.plan.country.currency
    sums = {
        "theirs": totals.lines,
        "matched": totals.matched,
        "ours": totals.ours,
        "waiting": totals.waiting,
    }
    return {
        side: (
            each.count,
            [{"amount_minor": each.minor, "currency": currency}] if each.count else [],
        )
        for side, each in sums.items()
    }
