"""Rebuilds a province's rows from its journal alone, and compares them with the tables.

Read in an order that makes a repair safe while the province works: the heads before the batches,
the derived rows before the ledger. A derived row is only repaired when the ledger's row that it
follows from is the one that the journal has.
"""

import tempfile
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

from chalicelib.storage.journal import JournalHead
from chalicelib.storage.keys import run_key
from chalicelib.storage.reconciliation_keys import BREAKS_PK, SUMMARIES_PK
from infra.errandless.derive import Derivation, derive_all, is_expired
from infra.errandless.journal_chain import Chain, Fault
from infra.errandless.journal_files import check_files
from infra.errandless.journal_source import JournalSource
from infra.errandless.live_tables import LiveTables
from infra.errandless.row_store import LEDGER, VIEWS, RowDifference, RowStore

MAX_SHOWN = 1_000
# (step, steps done, steps in all or None)
Advance = Callable[[str, int, int | None], None]


@dataclass(frozen=True, slots=True)
class ReplayRequest:
    """`day` None: everything. Else only rows that changed in that day's batches are compared, as
    they were left by everything since. `now`: rows that expire before it are not compared."""

    source: JournalSource
    live: LiveTables
    zone: str
    day: str | None = None
    repair: bool = False
    now: datetime = field(default_factory=lambda: datetime.now(UTC))


@dataclass
class ReplayReport:
    """`differences`: at most MAX_SHOWN; `different` counts them all, by side. `left`: differences
    that a repair did not touch. `unrecorded`: reconciliations of before their runs were recorded:
    the journal says nothing of them. `heads`: where the lanes end, None when nobody knows."""

    batches: int = 0
    records: int = 0
    files: int = 0
    heads: Mapping[str, JournalHead] | None = None
    faults: list[Fault] = field(default_factory=list)
    orphans: list[str] = field(default_factory=list)
    rows: dict[str, int] = field(default_factory=dict)
    different: Counter[str] = field(default_factory=Counter)
    differences: list[RowDifference] = field(default_factory=list)
    repaired: int = 0
    unrecorded: int = 0

    @property
    def left(self) -> int:
        return self.different.total() - self.repaired


def replay(request: ReplayRequest, advance: Advance = lambda *_: None) -> ReplayReport:
    report = ReplayReport()
    with tempfile.TemporaryDirectory(prefix="errandless-replay-") as folder:
        store = RowStore(Path(folder) / "rows.sqlite")
        try:
            _fold(request, store, report, advance)
            _check_files(request, store, report, advance)
            if not report.faults:
                given = Derivation(request.zone, request.now, request.source.read)
                rebuild(store, given, report, advance)
                _load_live(request, store, advance)
                _compare(request, store, report)
        finally:
            store.close()
    return report


def _fold(request: ReplayRequest, store: RowStore, report: ReplayReport, advance: Advance) -> None:
    report.heads = request.live.heads()
    fold_journal(Chain(request.source, report.heads), request.day, store, report, advance)


def _check_files(
    request: ReplayRequest, store: RowStore, report: ReplayReport, advance: Advance
) -> None:
    def advance_one() -> None:
        report.files += 1
        advance("Files", report.files, None)

    report.faults += check_files(store, request.source, advance_one)


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
    store.forget_removed()


def rebuild(store: RowStore, given: Derivation, report: ReplayReport, advance: Advance) -> None:
    total, done = store.count(LEDGER), 0

    def advance_one() -> None:
        nonlocal done
        done += 1
        if done % 100 == 0 or done == total:
            advance("Derived rows", done, total)

    derive_all(store, given, advance_one)
    report.rows = {side: store.count(side) for side in (LEDGER, VIEWS)}


def _load_live(request: ReplayRequest, store: RowStore, advance: Advance) -> None:
    for side in (VIEWS, LEDGER):
        if request.day is None:
            rows = request.live.rows(side)
        else:
            rows = request.live.rows_of(side, list(store.keys(side)))
        store.add_live(side, (row for row in rows if not is_expired(row, request.now)))
        advance(f"Table: {side}", 1, 1)


def _compare(request: ReplayRequest, store: RowStore, report: ReplayReport) -> None:
    behind = {each.pk for each in store.differences() if each.side == LEDGER}
    for difference in store.differences():
        if _is_unrecorded(difference, store):
            report.unrecorded += 1
            continue
        report.different[difference.side] += 1
        if request.repair and _may_repair(difference, behind) and request.live.repair(difference):
            report.repaired += 1
        elif len(report.differences) < MAX_SHOWN:
            report.differences.append(difference)


def _is_unrecorded(difference: RowDifference, store: RowStore) -> bool:
    """A summary or break of an account-day of which no run was ever recorded."""
    if difference.journal is not None or difference.pk not in (SUMMARIES_PK, BREAKS_PK):
        return False
    day, channel, account = difference.sk.split("#")[:3]
    pk = run_key(channel, account, date.fromisoformat(day), 0)["pk"]
    return not store.has_partition(pk)


def _may_repair(difference: RowDifference, behind: set[str]) -> bool:
    """Of a row that the journal does not know nobody knows what it follows from: it may be of what
    is not in the journal yet, unless there is nothing such."""
    if difference.side != VIEWS:
        return False
    return not behind if difference.source is None else difference.source not in behind
