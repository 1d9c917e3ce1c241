"""A made-up journal of thousands of events, as the bench has it by the million."""

import subprocess
import sys
from pathlib import Path

import pytest

from infra.bench.journal_child import replay_folder
from infra.bench.journal_made import RECORDS_PER_ORDER, made_records, write_journal
from infra.errandless.journal_chain import Chain
from infra.errandless.journal_source import FolderJournal
from infra.errandless.paths import ROOT
from infra.errandless.row_store import LEDGER, VIEWS

ORDERS = 834


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("made")
    write_journal(made, ORDERS)
    return made


def test_five_thousand_events_are_replayed(folder: Path) -> None:
    report = replay_folder(folder)
    assert report.faults == []
    assert report.records == ORDERS * RECORDS_PER_ORDER > 5_000
    # An order, its transaction and its receipt; two search rows, a day row and a token.
    assert report.rows == {LEDGER: 3 * ORDERS, VIEWS: 4 * ORDERS}


def test_the_lanes_are_about_even_and_end_at_their_heads(tmp_path: Path) -> None:
    heads = write_journal(tmp_path, 100, batch_size=50)
    chain = Chain(FolderJournal(tmp_path), heads)
    counts = dict.fromkeys(heads, 0)
    for batch in chain.batches():
        counts[batch.name.lane] += len(batch.records)
    assert (chain.faults, chain.orphans) == ([], [])
    assert sum(counts.values()) == 600
    assert len(counts) == 4
    assert min(counts.values()) > 50


def test_the_verifier_follows_one_of_them(folder: Path) -> None:
    first = next(made_records(1))["dynamodb"]["Keys"]["pk"]["S"].removeprefix("O#")
    script = ROOT / "infra" / "verifier" / "verify.py"
    command = [sys.executable, "-I", str(script), first, "--journal", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"series UNITA-phi-2026: 1 to {ORDERS}, no gap" in done.stdout
