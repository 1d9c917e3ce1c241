"""A business day as files for the finance system, written again when something came later.

Which results a revision holds is decided first, in a row: all of the day up to a number that the
counter has passed, and so the same for ever. Whoever died while writing is followed by one who
writes the same bytes.
"""

import csv
import hashlib
import io
import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from chalicelib.domain.business_day import business_day_of
from chalicelib.domain.finance_systems import FinanceSystem, ResultKind
from chalicelib.finance.result_bodies import amount_text, describe_result
from chalicelib.reconciliation.report_csv import neutralize
from chalicelib.storage.finance_results import DayFile, FinanceResults, Result

# How many days back something may still come: as far as reconciliation looks.
WINDOW_DAYS = 35
JSON, JSON_LINES, CSV = "application/json", "application/x-ndjson", "text/csv; charset=utf-8"
Write = Callable[[str, bytes, str], None]


@dataclass(frozen=True, slots=True)
class TotalKey:
    payee_unit: str
    fee_item: str
    channel: str
    kind: ResultKind


@dataclass(frozen=True, slots=True)
class DayDesk:
    """`write`: key, content, content type."""

    system: FinanceSystem
    zone: str
    currency: str
    results: FinanceResults
    write: Write


def write_due_days(desk: DayDesk, now: datetime) -> list[DayFile]:
    """Those that were written now. The last day is written also when nothing was paid on it. Where
    nothing came since the last run and no day ended, nothing is looked at."""
    sender, days = desk.system.sender, due_days(desk, now)
    up_to = desk.results.next_number(sender) - 1
    if desk.results.is_all_written(sender, up_to, days[-1]):
        return []
    written: list[DayFile] = []
    for day in days:
        while (file := write_day(desk, day, even_empty=day == days[-1])) is not None:
            written.append(file)
    desk.results.mark_all_written(sender, up_to, days[-1])
    return written


def due_days(desk: DayDesk, now: datetime) -> list[date]:
    """Oldest first; the day before from the agreed time on."""
    local = now.astimezone(ZoneInfo(desk.zone))
    back = 1 if local.time() >= time.fromisoformat(desk.system.files_from) else 2
    last = business_day_of(now, desk.zone) - timedelta(days=back)
    return [last - timedelta(days=days) for days in reversed(range(WINDOW_DAYS))]


def write_day(desk: DayDesk, day: date, *, even_empty: bool = True) -> DayFile | None:
    """None where the last revision holds everything that there is. One that was decided and not
    written comes first."""
    sender = desk.system.sender
    before = desk.results.last_file(sender, day)
    if before is not None and not before.is_written:
        return _finish(desk, before)
    up_to = desk.results.next_number(sender) - 1
    count = len(_numbers_up_to(desk, day, up_to))
    if count == (before.count if before else 0) and (before is not None or not even_empty):
        return None
    revision = before.revision + 1 if before else 1
    return _finish(
        desk, desk.results.decide_file(DayFile(sender, day, revision, up_to=up_to, count=count))
    )


def _finish(desk: DayDesk, file: DayFile) -> DayFile:
    _write_files(desk, file, _numbers_up_to(desk, file.day, file.up_to))
    desk.results.mark_written(file)
    return file


def _numbers_up_to(desk: DayDesk, day: date, up_to: int) -> list[int]:
    numbers = desk.results.numbers_of_day(desk.system.sender, day)
    return [number for number in numbers if number <= up_to]


def total_of(results: Sequence[Result]) -> dict[TotalKey, tuple[int, int]]:
    """Count and sum for each unit, item, channel and kind. A line counts once, with its
    surcharge."""
    counts: Counter[TotalKey] = Counter()
    sums: Counter[TotalKey] = Counter()
    for result in results:
        for line in result.lines:
            key = TotalKey(result.payee_unit, line.fee_item, result.channel, result.kind)
            counts[key] += 1
            sums[key] += line.amount_minor + line.surcharge_minor
    order = sorted(counts, key=lambda key: (key.payee_unit, key.fee_item, key.channel, key.kind))
    return {key: (counts[key], sums[key]) for key in order}


def describe_totals(
    desk: DayDesk, day: date, up_to: int, results: Sequence[Result]
) -> dict[str, Any]:
    """With control totals over the payments themselves, which their lines must sum to."""
    by_kind: dict[str, Any] = {}
    for kind in ResultKind:
        of_kind = [result for result in results if result.kind is kind]
        amount = sum(result.amount_minor for result in of_kind)
        by_kind[kind.value] = {"count": len(of_kind), "amount": _amount(desk, amount)}
    return {
        "sender": desk.system.sender,
        "business_day": day.isoformat(),
        "currency": desk.currency,
        "up_to_number": up_to,
        "totals": [
            {
                "unit": desk.system.their_unit(key.payee_unit),
                "item": desk.system.their_item(key.fee_item),
                "channel": key.channel,
                "kind": key.kind.value,
                "count": count,
                "amount": _amount(desk, amount),
            }
            for key, (count, amount) in total_of(results).items()
        ],
        "control": by_kind,
    }


def folder_of(file: DayFile) -> str:
    return f"finance/{file.sender}/out/{file.day.isoformat()}/{file.revision:03d}"


def _write_files(desk: DayDesk, file: DayFile, numbers: Sequence[int]) -> None:
    """`control.json` comes last: where it lies, the others are whole."""
    folder = folder_of(file)
    results = desk.results.read(file.sender, numbers)
    lines = b"".join(_line_of(desk, result) for result in results)
    totals = describe_totals(desk, file.day, file.up_to, results)
    control = {
        "sender": file.sender,
        "business_day": file.day.isoformat(),
        "revision": file.revision,
        "up_to_number": file.up_to,
        "results": len(results),
        "results_sha256": hashlib.sha256(lines).hexdigest(),
        "control": totals["control"],
    }
    desk.write(f"{folder}/results.jsonl", lines, JSON_LINES)
    desk.write(f"{folder}/totals.json", _json(totals), JSON)
    desk.write(f"{folder}/totals.csv", _totals_csv(totals), CSV)
    desk.write(f"{folder}/control.json", _json(control), JSON)


def _line_of(desk: DayDesk, result: Result) -> bytes:
    told = describe_result(result, desk.system, desk.zone)
    return (json.dumps(told, ensure_ascii=False, separators=(",", ":")) + "\n").encode()


def _totals_csv(totals: dict[str, Any]) -> bytes:
    text = io.StringIO()
    columns = ("unit", "item", "channel", "kind", "count", "amount")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(("business_day", *columns, "currency"))
    for row in totals["totals"]:
        told = (neutralize(str(row[column])) for column in columns)
        writer.writerow((totals["business_day"], *told, totals["currency"]))
    return b"\xef\xbb\xbf" + text.getvalue().encode()


def _json(value: Any) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode()


def _amount(desk: DayDesk, amount_minor: int) -> str:
    return amount_text(desk.system, amount_minor, desk.currency)


def list_new(results: FinanceResults, sender: str, after: int, limit: int) -> Iterator[Result]:
    """The results that follow number `after`, at most `limit`."""
    stop = min(results.next_number(sender), after + 1 + limit)
    yield from results.read(sender, range(after + 1, stop))
