"""Rebuilds a province's rows from its journal alone, and compares them with the tables.

Read in an order that makes a repair safe while the province works: the heads before the batches,
the derived rows before the ledger. A derived row is only repaired when the ledger's row that it
follows from is the one that the journal has.
"""

import tempfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from infra.errandless.derive import derive_all
from infra.errandless.journal_chain import Chain, Fault
from infra.errandless.journal_source import JournalSource
from infra.errandless.live_tables import LiveTables
from infra.errandless.row_store import LEDGER, VIEWS, RowDifference, RowStore

MAX_SHOWN = 1_000
# (step, steps done, steps in all or None)
Advance = Callable[[str, int, int | None], None]


@dataclass(frozen=True, slots=True)
class ReplayRequest:
    """`day` None: everything. Else only rows that changed in that day's batches are compared, as
    they were left by everything since."""

    source: JournalSource
    live: LiveTables
    zone: str
    day: str | None = None
    repair: bool = False


@dataclass
class ReplayReport:
    """`differences`: at most MAX_SHOWN; `different` counts them all, by side. `left`: differences
    that a repair did not touch."""

    batches: int = 0
    records: int = 0
    faults: list[Fault] = field(default_factory=list)
    orphans: list[str] = field(default_factory=list)
    rows: dict[str, int] = field(default_factory=dict)
    different: Counter[str] = field(default_factory=Counter)
    differences: list[RowDifference] = field(default_factory=list)
    repaired: int = 0

    @property
    def left(self) -> int:
        return self.different.total() - self.repaired


def replay(request: ReplayRequest, advance: Advance = lambda *_: None) -> ReplayReport:
    report = ReplayReport()
    with tempfile.TemporaryDirectory(prefix="errandless-replay-") as folder:
        store = RowStore(Path(folder) / "rows.sqlite")
        try:
            _fold(request, store, report, advance)
            if not report.faults:
                rebuild(store, request.zone, report, advance)
                _load_live(request, store, advance)
                _compare(request, store, report)
        finally:
            store.close()
    return report


def _fold(request: ReplayRequest, store: RowStore, report: ReplayReport, advance: Advance) -> None:
    fold_journal(Chain(request.source, request.live.heads()), request.day, store, report, advance)


def fold_journal(
    chain: Chain, day: str | None, store: RowStore, report: ReplayReport, advance: Advance
) -> None:
    for batch in chain.batches(day):
        store.fold(batch.records)
        if batch.name.day == day:
            keys = (each["keys"] for each in batch.records)
            store.mark((key["pk"]["S"], key["sk"]["S"]) for key in keys)
        report.batches += 1
        report.records += len(batch.records)
        advance("Journal", report.batches, chain.size)
    report.faults, report.orphans = chain.faults, chain.orphans
    if day is not None:
        store.forget_unmarked()


def rebuild(store: RowStore, zone: str, report: ReplayReport, advance: Advance) -> None:
    total, done = store.count(LEDGER), 0

    def advance_one() -> None:
        nonlocal done
        done += 1
        if done % 100 == 0 or done == total:
            advance("Derived rows", done, total)

    derive_all(store, zone, datetime.now(UTC), advance_one)
    report.rows = {side: store.count(side) for side in (LEDGER, VIEWS)}


def _load_live(request: ReplayRequest, store: RowStore, advance: Advance) -> None:
    for side in (VIEWS, LEDGER):
        if request.day is None:
            store.add_live(side, request.live.rows(side))
        else:
            keys = list(store.keys(side))
            store.add_live(side, request.live.rows_of(side, keys))
        advance(f"Table: {side}", 1, 1)


def _compare(request: ReplayRequest, store: RowStore, report: ReplayReport) -> None:
    behind = {each.pk for each in store.differences() if each.side == LEDGER}
    for difference in store.differences():
        report.different[difference.side] += 1
        if request.repair and _may_repair(difference, behind) and request.live.repair(difference):
            report.repaired += 1
        elif len(report.differences) < MAX_SHOWN:
            report.differences.append(difference)


def _may_repair(difference: RowDifference, behind: set[str]) -> bool:
    """Of a row that the journal does not know nobody knows what it follows from: it may be of what
    is not in the journal yet, unless there is nothing such."""
    if difference.side != VIEWS:
        return False
    return not behind if difference.source is None else difference.source not in behind
