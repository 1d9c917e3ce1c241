"""How fast a journal of a million events is replayed, and how much memory that takes.

The replay runs in a process of its own, whose highest memory the system tells.
"""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from infra.bench.journal_made import RECORDS_PER_ORDER, write_journal
from infra.bench.report import Figure, Part
from infra.errandless.paths import ROOT

EVENTS = 1_000_000
TENTH = 10
MEMORY_BAR = 1.3
MEBIBYTE = 1024 * 1024


def run() -> Part:
    with tempfile.TemporaryDirectory(prefix="errandless-journal-") as folder:
        small = measure(Path(folder) / "small", EVENTS // TENTH)
        large = measure(Path(folder) / "large", EVENTS)
    rate, memory = large["records"] / large["seconds"], large["memory"] / MEBIBYTE
    return Part(
        title="Replay of a journal",
        figures=[
            Figure(f"{large['records']:,} events", f"{large['seconds']:.0f} s"),
            Figure("events a second", f"{rate:,.0f}"),
            Figure(
                "memory, beside a tenth of the events",
                f"{memory:.0f} MiB",
                f"{small['memory'] / MEBIBYTE:.0f} MiB",
                large["memory"] / small["memory"],
                MEMORY_BAR,
            ),
        ],
        notes=[
            f"{large['rows']} rows rebuilt from {large['batches']} files; the chain is checked;"
            " without reading live tables",
        ],
        detail={"small": small, "large": large},
    )


def measure(folder: Path, events: int) -> dict[str, float]:
    orders = events // RECORDS_PER_ORDER
    write_journal(folder, orders)
    command = [sys.executable, "-m", "infra.bench.journal_child", str(folder)]
    started = time.perf_counter()
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    seconds = time.perf_counter() - started
    found: dict[str, float] = json.loads(done.stdout)
    assert found["records"] == orders * RECORDS_PER_ORDER
    return found | {"seconds": seconds}
