"""python -m infra.bench.journal_child FOLDER: replays it; says what it took, as JSON."""

import json
import resource
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from infra.bench.journal_made import ZONE
from infra.errandless.derive import Derivation
from infra.errandless.journal_chain import Chain
from infra.errandless.journal_source import FolderJournal
from infra.errandless.replay import ReplayReport, fold_journal, rebuild
from infra.errandless.row_store import RowStore

KIBIBYTE = 1024


def replay_folder(folder: Path) -> ReplayReport:
    report = ReplayReport()
    with tempfile.TemporaryDirectory(prefix="errandless-replay-") as scratch:
        store = RowStore(Path(scratch) / "rows.sqlite")
        try:
            source = FolderJournal(folder)
            chain = Chain(source, None)
            fold_journal(chain, None, store, report, lambda *_: None)
            given = Derivation(ZONE, datetime.now(UTC), source.read)
            rebuild(store, given, report, lambda *_: None)
        finally:
            store.close()
    return report


def main() -> None:
    report = replay_folder(Path(sys.argv[1]))
    assert report.faults == []
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * KIBIBYTE
    found = {"records": report.records, "batches": report.batches, "memory": peak}
    print(json.dumps(found | {"rows": sum(report.rows.values())}))


if __name__ == "__main__":
    main()
