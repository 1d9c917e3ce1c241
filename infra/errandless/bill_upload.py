"""Thousands of bills through the API, a hundred at a time. Sent again, they are issued no second
time: so a run that died is run again."""

import csv
import json
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, TextIO

from chalicelib.bodies.bill_rows import BadBill, BillRow, RowError
from chalicelib.domain.identifiers import group_payment_code
from chalicelib.errors import FieldError
from infra.errandless.failures import OperatorError
from infra.errandless.portal_api import http_ask

MAX_BILLS = 100
# Of the 64 KB that a body may have.
MAX_BYTES = 60_000

Answer = tuple[int, dict[str, Any]]
# Body and Idempotency-Key → HTTP status and JSON.
Send = Callable[[dict[str, Any], str], Answer]


@dataclass
class Tally:
    """`issued` counts what would be in a dry run. `refused`: bills with at least one error."""

    rows: int = 0
    issued: int = 0
    already_issued: int = 0
    refused: int = 0


@dataclass(frozen=True)
class Results:
    """Both files are open for writing from the start."""

    bills: TextIO
    errors: TextIO
    tally: Tally = field(default_factory=Tally)

    def begin(self) -> None:
        csv.writer(self.errors).writerow(asdict(RowError(0, "", "", "")))
        csv.writer(self.bills).writerow(
            (
                *("line", "reference", "payment_code", "verification_word", "result"),
                *("amount_minor", "currency", "due_date", "pay_url"),
            )
        )

    def refuse(self, errors: Iterable[RowError]) -> None:
        self.tally.refused += 1
        csv.writer(self.errors).writerows(asdict(each).values() for each in errors)

    def add(self, row: BillRow, result: dict[str, Any]) -> None:
        if result["result"] == "refused":
            self.refuse(errors_of(row, result["problem"]))
            return
        is_own = result["result"] != "already_issued"
        self.tally.issued += is_own
        self.tally.already_issued += not is_own
        bill = result["bill"]
        # In groups: a spreadsheet keeps fifteen digits of a number, and all of a text.
        code = group_payment_code(bill["payment_code"])
        told = (bill["amount_minor"], bill["currency"], bill["due_date"], bill["pay_url"])
        named = (row.line, row.body["reference"], code, bill["verification_word"])
        csv.writer(self.bills).writerow((*named, result["result"], *told))


def upload(
    rows: Iterable[BillRow | BadBill], send: Send, results: Results, *, run: str, parallel: int
) -> None:
    """`run`: different for each run, so that none is answered with an older run's words; within it
    a request that is tried again has the same key. At most twice `parallel` requests are held.

    Raises: OperatorError when a request is refused as a whole."""
    results.begin()
    waiting: deque[tuple[list[BillRow], Future[Answer]]] = deque()
    with ThreadPoolExecutor(parallel) as pool:
        for number, batch in enumerate(_batches(_readable(rows, results))):
            body = {"bills": [row.body for row in batch]}
            waiting.append((batch, pool.submit(send, body, f"{run}-{number}")))
            if len(waiting) >= 2 * parallel:
                _take(results, *waiting.popleft())
        while waiting:
            _take(results, *waiting.popleft())


def errors_of(row: BillRow, problem: dict[str, Any]) -> tuple[RowError, ...]:
    """One for each field that is wrong, in the file's own terms."""
    fields = problem["errors"] or [{**problem, "field": ""}]
    named = (FieldError(each["field"], each["code"], each["detail"]) for each in fields)
    return row.errors_of(named)


def _readable(rows: Iterable[BillRow | BadBill], results: Results) -> Iterator[BillRow]:
    for row in rows:
        if isinstance(row, BadBill):
            results.tally.rows += row.rows
            results.refuse(row.errors)
        else:
            results.tally.rows += len(row.lines)
            yield row


def _batches(rows: Iterator[BillRow]) -> Iterator[list[BillRow]]:
    batch: list[BillRow] = []
    size = 0
    for row in rows:
        own = len(json.dumps(row.body, ensure_ascii=False).encode()) + 2
        if batch and (len(batch) == MAX_BILLS or size + own > MAX_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(row)
        size += own
    if batch:
        yield batch


def _take(results: Results, batch: list[BillRow], answered: Future[Answer]) -> None:
    status, answer = answered.result()
    if status != 200:
        said = answer.get("detail", "no answer that can be read")
        raise OperatorError(f"The API refused the bills from line {batch[0].line}: {said}.")
    for row, result in zip(batch, answer["results"], strict=True):
        results.add(row, result)


@contextmanager
def result_files(file: Path, *, is_dry: bool) -> Iterator[Results]:
    """Beside the file: `<name>.bills.csv` and `<name>.errors.csv`, with `dry-run` in a dry run's
    names."""
    middle = ".dry-run" if is_dry else ""
    bills, errors = (
        file.with_suffix(f"{middle}.{kind}.csv").open("w", encoding="utf-8-sig", newline="")
        for kind in ("bills", "errors")
    )
    with bills, errors:
        yield Results(bills, errors)


def sender(base_url: str, api_key: str, *, is_dry: bool) -> Send:
    """Tries again what may be tried again, with the same key. Raises: OperatorError"""
    ask = http_ask(base_url, api_key)
    path = f"/v1/bills{'?dry_run=true' if is_dry else ''}"

    def send(body: dict[str, Any], key: str) -> Answer:
        answer = ask("POST", path, body, key)
        told = _json_of(answer.text.encode())
        if answer.status == 200 and "results" not in told:
            raise OperatorError(f"{base_url} answers what cannot be read. Run it again.")
        return answer.status, told

    return send


def _json_of(content: bytes) -> dict[str, Any]:
    try:
        value = json.loads(content)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
