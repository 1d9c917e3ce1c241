"""How fast the province works off tens of thousands of bills from a file in the bucket, and how
much memory its function needs for that.

Each run has a process of its own, whose highest memory the system tells.
"""

import json
import subprocess
import sys
from typing import Any

from infra.bench.bills import MEBIBYTE, MEMORY_BAR, ROWS, TENTH
from infra.bench.bills_child import BAD
from infra.bench.report import Figure, Part
from infra.errandless.paths import ROOT


def run() -> Part:
    small, large = measure(ROWS // TENTH), measure(ROWS)
    first, again = large["first"], large["again"]
    return Part(
        title="Bills from a file in the bucket",
        figures=[
            Figure(f"{ROWS:,} rows, {BAD} of them bad", f"{first['seconds']:.0f} s"),
            Figure("issued, refused", f"{first['issued']:,}, {first['refused']}"),
            Figure("bills a second", f"{first['issued'] / first['seconds']:,.0f}"),
            Figure("put again: issued", f"{again['issued']}"),
            Figure(
                "put again: found, a second", f"{again['already_issued'] / again['seconds']:,.0f}"
            ),
            Figure(
                "memory, beside a tenth of the rows",
                f"{large['memory'] / MEBIBYTE:.0f} MiB",
                f"{small['memory'] / MEBIBYTE:.0f} MiB",
                large["memory"] / small["memory"],
                MEMORY_BAR,
            ),
        ],
        notes=[
            "Reader, pricing, parts and results in one process and one bill at a time, without the "
            "time that AWS takes: each bill is one TransactWriteItems there, and a function of "
            "five minutes hands the rest to the next.",
        ],
        detail={"small": small, "large": large},
    )


def measure(rows: int) -> dict[str, Any]:
    command = [sys.executable, "-m", "infra.bench.bill_files_child", str(rows)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    good = rows - BAD
    first, again = found["first"], found["again"]
    assert (first["issued"], first["already_issued"], first["refused"]) == (good, 0, BAD)
    assert (again["issued"], again["already_issued"], again["refused"]) == (0, good, BAD)
    return found
