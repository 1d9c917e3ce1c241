"""`errandless replay`: what an operator asks for and sees."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from infra.errandless.console import console
from infra.errandless.failures import OperatorError
from infra.errandless.journal_source import BucketJournal, FolderJournal, JournalSource
from infra.errandless.live_tables import LiveTables
from infra.errandless.province_rows import open_province
from infra.errandless.replay import Advance, ReplayReport, ReplayRequest, replay
from infra.errandless.row_store import LEDGER, VIEWS, RowDifference

SAME, CHAIN_BROKEN, DIFFERENT = 0, 2, 3
MAX_TABLE_ROWS = 40
_TEXT_LENGTH = 60


def replay_command(
    province: Annotated[str, typer.Argument(help="Its folder under infra/provinces/.")],
    *,
    day: Annotated[str, typer.Option(help="Only what changed on that day, YYYY-MM-DD.")] = "",
    everything: Annotated[bool, typer.Option("--all", help="All days.")] = False,
    journal: Annotated[
        Path | None, typer.Option(help="A folder to which the bucket was copied.")
    ] = None,
    repair: Annotated[
        bool, typer.Option("--repair", help="Write derived rows as the journal has them.")
    ] = False,
    local: Annotated[bool, typer.Option("--local", help="What `run` has started.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="The result as JSON.")] = False,
) -> None:
    """Rebuilds rows from the journal and compares them with the tables.

    Ends with 0 when they are the same, 2 when the journal is not whole, 3 when rows differ."""
    opened = open_province(province, local=local)
    source: JournalSource = BucketJournal(opened.client("s3"), opened.outputs["JournalBucket"])
    if journal is not None:
        source = FolderJournal(journal)
    tables = {LEDGER: opened.outputs["LedgerTable"], VIEWS: opened.outputs["ViewsTable"]}
    request = ReplayRequest(
        source=source,
        live=LiveTables(opened.client("dynamodb"), tables),
        zone=opened.zone,
        day=_read_scope(day, everything),
        repair=repair,
    )
    with _bars() as advance:
        report = replay(request, advance)
    if as_json:
        typer.echo(json.dumps(report_as_json(report), indent=2, ensure_ascii=False))
    else:
        show(report)
    raise typer.Exit(exit_code(report))


def exit_code(report: ReplayReport) -> int:
    if report.faults:
        return CHAIN_BROKEN
    return DIFFERENT if report.left else SAME


def _read_scope(day: str, everything: bool) -> str | None:
    if everything == bool(day):
        raise OperatorError("Say either --all or --day YYYY-MM-DD.")
    if not day:
        return None
    try:
        return date.fromisoformat(day).isoformat()
    except ValueError as error:
        raise OperatorError(f"{day!r} is not a day; write it as 2026-03-02.") from error


@contextmanager
def _bars() -> Iterator[Advance]:
    columns = (TextColumn("{task.description:<16}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeElapsedColumn(), console=console) as progress:
        tasks: dict[str, Any] = {}

        def advance(step: str, done: int, total: int | None) -> None:
            if step not in tasks:
                tasks[step] = progress.add_task(step, total=total)
            progress.update(tasks[step], completed=done, total=total)

        yield advance


def show(report: ReplayReport) -> None:
    console.print(
        f"{report.batches} batches, {report.records} records, chains followed;"
        f" {report.files} files have their hashes."
    )
    if report.orphans:
        console.print(f"{len(report.orphans)} files are of no chain: their keeper was cut off.")
    for fault in report.faults:
        console.print(f"[red]{fault.kind}[/]: {fault.batch}: {fault.detail}", soft_wrap=True)
    if report.faults:
        console.print("The journal is not as it was written: nothing was compared.", style="red")
        return
    if report.differences:
        console.print(_differences_table(report.differences))
        if len(report.differences) > MAX_TABLE_ROWS:
            console.print(f"... and {len(report.differences) - MAX_TABLE_ROWS} rows more (--json).")
    rows = ", ".join(f"{count} rows of the {side}" for side, count in report.rows.items())
    console.print(f"{rows} rebuilt; {report.left} differ, {report.repaired} repaired.")
    if report.unrecorded:
        console.print(
            f"{report.unrecorded} rows are of reconciliations whose runs were not recorded yet."
        )


def _differences_table(differences: list[RowDifference]) -> Table:
    table = Table(show_lines=False)
    for heading in ("Table", "Row", "Attribute", "Journal says", "Table says"):
        table.add_column(heading, overflow="fold")
    for difference in differences[:MAX_TABLE_ROWS]:
        row = difference.pk if difference.sk == "-" else f"{difference.pk} {difference.sk}"
        for attribute, says, found in attributes_of(difference):
            table.add_row(difference.side, row, attribute, _short(says), _short(found))
    return table


def attributes_of(difference: RowDifference) -> list[tuple[str, Any, Any]]:
    """(attribute, what the journal says, what the table says); `*` for a whole row."""
    if difference.journal is None:
        return [("*", None, "a row")]
    if difference.table is None:
        return [("*", "a row", None)]
    wanted, found = json.loads(difference.journal), json.loads(difference.table)
    return [
        (name, _plain(wanted.get(name)), _plain(found.get(name)))
        for name in sorted(wanted.keys() | found.keys())
        if wanted.get(name) != found.get(name)
    ]


def _plain(value: Any) -> Any:
    """Without DynamoDB's types where that is plain to read."""
    if isinstance(value, dict) and len(value) == 1:
        ((kind, content),) = value.items()
        if kind in ("S", "N", "B", "BOOL"):
            return content
    return value


def _short(value: Any) -> str:
    text = "nothing" if value is None else str(value)
    return text if len(text) <= _TEXT_LENGTH else text[: _TEXT_LENGTH - 3] + "..."


def report_as_json(report: ReplayReport) -> dict[str, Any]:
    return {
        "batches": report.batches,
        "records": report.records,
        "files": report.files,
        "heads": {lane: head.sha256 for lane, head in (report.heads or {}).items()},
        "faults": [asdict(fault) for fault in report.faults],
        "orphans": report.orphans,
        "rows": report.rows,
        "different": dict(report.different),
        "repaired": report.repaired,
        "left": report.left,
        "unrecorded": report.unrecorded,
        "differences": [
            {
                "table": each.side,
                "pk": each.pk,
                "sk": each.sk,
                "attributes": [
                    {"name": name, "journal": says, "table": found}
                    for name, says, found in attributes_of(each)
                ],
            }
            for each in report.differences
        ],
    }
