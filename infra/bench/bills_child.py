"""Runs in a process of its own: a file of bills read, priced, sealed and answered, twice, with a
ledger that remembers only what tells a repetition.

python -m infra.bench.bills_child ROWS
"""

import json
import os
import resource
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import redirect_stdout
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest import mock

from chalicelib.bodies.bill_rows import read_bills
from chalicelib.bodies.bill_tables import CsvTable
from chalicelib.domain.orders import Order
from chalicelib.storage.ledger import CreateRefused, Ledger
from infra.bench.bench_province import UNIT, bench_province
from infra.errandless.bill_upload import Answer, Results, upload

COLUMNS = (
    *("reference", "fee_item", "amount_minor", "payer_kind", "payer_name"),
    *("identity_kind", "identity_number", "due_date"),
)
BAD = 37
# Each of them is refused for another reason, by the reader or by the API.
SPOILED = (
    ("reference", "2.25411E+17"),
    ("amount_minor", "1.500.000"),
    ("amount_minor", "0"),
    ("fee_item", "NONE"),
    ("payer_kind", "pupil"),
    ("due_date", "31/3/2026"),
    ("payer_name", ""),
    ("identity_number", "one two"),
)


def lines(rows: int) -> Iterator[str]:
    yield ",".join(COLUMNS)
    step = rows // BAD
    for number in range(rows):
        cells = {
            "reference": f"HP-2026-{number:06d}",
            "fee_item": "PHAT-VPHC",
            "amount_minor": str(1_000_000 + number),
            "payer_kind": "individual",
            "payer_name": f"Nguyễn Thị Bình {number}",
            "identity_kind": "citizen_id",
            "identity_number": f"0220{number:08d}",
            "due_date": "2026-03-31",
        }
        if number % step == 0 and number // step < BAD:
            cells.update([SPOILED[number // step % len(SPOILED)]])
        yield ",".join(cells[column] for column in COLUMNS)


def remembering() -> Any:
    """In place of the ledger's writes: (fingerprint, key) by payment code."""
    known: dict[str, tuple[bytes, bytes]] = {}

    def create_order(_: Ledger, order: Order) -> CreateRefused | None:
        own = (order.fingerprint, order.idempotency_key_hash)
        fingerprint, key = known.setdefault(order.payment_code, own)
        if (fingerprint, key) == own:
            return None
        taken = replace(order, fingerprint=fingerprint, idempotency_key_hash=key)
        return CreateRefused(taken, None)

    return mock.patch.multiple(
        Ledger,
        create_order=create_order,
        read_answer=lambda *_: None,
        keep_answer=lambda _, answer: answer,
    )


def main(rows: int) -> dict[str, Any]:
    with bench_province() as bench, remembering(), TemporaryDirectory() as folder:
        path = Path(folder) / "bills.csv"
        with path.open("w", encoding="utf-8") as file:
            file.writelines(f"{line}\n" for line in lines(rows))

        def send(body: dict[str, Any], key: str) -> Answer:
            answer = bench.call("POST", "/v1/bills", body, key)
            return answer.status, answer.json

        found: dict[str, Any] = {"bytes": path.stat().st_size}
        for turn in ("first", "again"):
            errors = Path(folder) / "errors.csv"
            with (
                path.open("rb") as source,
                open(os.devnull, "w") as bills,
                errors.open("w") as refused,
            ):
                results = Results(bills, refused)
                begun = time.perf_counter()
                table = CsvTable(source, "utf-8", path.stat().st_size)
                given = read_bills(table, {"payee_unit": UNIT})
                upload(given, send, results, run=turn, parallel=1)
            codes = Counter(line.split(",")[2] for line in errors.read_text().splitlines()[1:])
            found[turn] = vars(results.tally) | {
                "seconds": time.perf_counter() - begun,
                "codes": codes,
            }
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return found | {"memory": peak * (1 if sys.platform == "darwin" else 1024)}


if __name__ == "__main__":
    with open(os.devnull, "w") as log, redirect_stdout(log):
        measured = main(int(sys.argv[1]))
    print(json.dumps(measured))
