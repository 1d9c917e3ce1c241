"""What came of a file of bills: a summary, the payment codes, and every error by line and column.

Put together of the parts, so that who does it again, or at the same moment, writes the same.
"""

import csv
import io
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from tempfile import TemporaryFile
from typing import Any

from chalicelib.bodies.refusal_words import refusal_sentence
from chalicelib.domain.bill_files import BillFile
from chalicelib.domain.business_day import to_rfc3339
from chalicelib.domain.province import Mode
from chalicelib.reconciliation.report_csv import neutralize
from chalicelib.storage.bill_files import BillFiles

BILLS = (
    *("line", "reference", "payment_code", "verification_word", "result"),
    *("amount_minor", "currency", "due_date", "pay_url"),
)
ERRORS = ("line", "reference", "column", "code", "sentence")
TALLIES = ("rows", "issued", "already_issued", "refused")
CSV_TYPE = "text/csv; charset=utf-8"

Part = dict[str, Any]


def describe_bill_file(file: BillFile) -> dict[str, Any]:
    """`line`: behind the last bill that was worked off."""
    return {
        "file": file.key,
        "file_id": file.file_id,
        "status": file.status.value,
        "dry_run": file.is_dry,
        **{name: getattr(file, name) for name in TALLIES},
        "line": file.line,
        "size_bytes": file.size,
        "arrived_at": to_rfc3339(file.arrived_at),
        "changed_at": to_rfc3339(file.changed_at) if file.changed_at else None,
    }


def write_results(files: BillFiles, file: BillFile, mode: Mode, language: str) -> BillFile:
    """Both tables, then the summary. The file as its parts count it."""

    def with_sentence(error: list[Any]) -> list[Any]:
        return [*error, refusal_sentence(error[-1], language)]

    _write_table(files, file, "bills.csv", BILLS, lambda part: part["bills"])
    _write_table(files, file, "errors.csv", ERRORS, lambda part: map(with_sentence, part["errors"]))
    tally: dict[str, Any] = dict.fromkeys(TALLIES, 0)
    for part in _parts_of(files, file):
        for name in TALLIES:
            tally[name] += part[name]
    counted = replace(file, **tally)
    summary = describe_bill_file(counted) | {
        "portal": file.portal,
        "mode": mode.value,
        "code": file.code,
        "sentence": refusal_sentence(file.code, language) if file.code else None,
        "bills": f"{file.folder}bills.csv",
        "errors": f"{file.folder}errors.csv",
    }
    files.write_json(file, "result.json", summary)
    return counted


def _write_table(
    files: BillFiles,
    file: BillFile,
    name: str,
    heading: tuple[str, ...],
    rows_of: Callable[[Part], Iterable[list[Any]]],
) -> None:
    """By way of the disk: a table of any length."""
    with TemporaryFile() as raw:
        text = io.TextIOWrapper(raw, "utf-8-sig", newline="", write_through=True)
        writer = csv.writer(text, lineterminator="\r\n")
        writer.writerow(heading)
        for part in _parts_of(files, file):
            for row in rows_of(part):
                writer.writerow([neutralize(str(cell)) for cell in row])
        text.flush()
        text.detach()
        raw.seek(0)
        files.write(file, name, raw, CSV_TYPE)


def _parts_of(files: BillFiles, file: BillFile) -> Iterator[Part]:
    position = 0
    while position < file.position:
        part = files.read_part(file, position)
        yield part
        position = part["next"]
