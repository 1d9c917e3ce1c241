"""`errandless bills`: thousands of bills from a spreadsheet."""

import os
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import RenderableType
from rich.progress import (
    BarColumn,
    Progress,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
)

from chalicelib.bodies.bill_rows import BadBill, BillRow, read_bills
from chalicelib.bodies.bill_tables import CsvTable, SheetTable, Table
from chalicelib.errors import InvalidRequest
from infra.errandless.answers import answer
from infra.errandless.arguments import AsJson, Local, Province
from infra.errandless.bill_file_commands import files_command, put_command
from infra.errandless.bill_upload import Results, result_files, sender, upload
from infra.errandless.console import console
from infra.errandless.deployment import read_deployment
from infra.errandless.failures import OperatorError
from infra.errandless.run import read_description

KEY_VARIABLE = "ERRANDLESS_PORTAL_KEY"
FOUND_ERRORS = 3

bills_cli = typer.Typer(no_args_is_help=True, help="Issues bills from files.")


@bills_cli.callback()
def bills() -> None:
    """Issues bills from files."""


bills_cli.command("put")(put_command)
bills_cli.command("files")(files_command)


@bills_cli.command("upload")
def upload_command(
    province: Province,
    file: Annotated[Path, typer.Argument(help="CSV or XLSX whose first line names the columns.")],
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would happen.")] = False,
    unit: Annotated[str, typer.Option(help="Payee unit of rows that name none.")] = "",
    encoding: Annotated[str, typer.Option(help="The file's, as utf-8 or gbk.")] = "utf-8",
    parallel: Annotated[int, typer.Option(min=1, max=16, help="Requests at once.")] = 4,
    local: Local = False,
    as_json: AsJson = False,
) -> None:
    """Issues a bill for each row; sent again it issues none, so a run that died is run again.

    Beside the file it writes `.bills.csv` with the payment codes and `.errors.csv` with line,
    column and code of each error. Ends with 3 when there were errors. The portal's key is read from
    ERRANDLESS_PORTAL_KEY; with --local it is the sample portal's.
    """
    deployment = read_deployment(province)
    if local:
        running = read_description(province)
        base_url, api_key = running["base_url"], running["portal"]["api_key"]
    else:
        base_url, api_key = deployment.public_base_url, os.environ.get(KEY_VARIABLE, "")
    if not api_key:
        raise OperatorError(f"Set {KEY_VARIABLE} to a portal's key with bills:write.")
    send = sender(base_url, api_key, is_dry=dry_run)
    defaults = {"payee_unit": unit} if unit else {}
    run = f"file-{secrets.token_hex(8)}"
    with (
        _table(file, _known(encoding)) as table,
        result_files(file, is_dry=dry_run) as results,
        _bar(table, read_bills(table, defaults), results) as rows,
    ):
        upload(rows, send, results, run=run, parallel=parallel)
    names = {"bills": results.bills.name, "errors": results.errors.name}
    tally = results.tally
    told = {
        "dry_run": dry_run,
        "rows": tally.rows,
        "issued": tally.issued,
        "already_issued": tally.already_issued,
        "refused": tally.refused,
        "files": names,
    }
    answer(told, lambda: _show(results, is_dry=dry_run), as_json=as_json)
    if tally.refused:
        raise typer.Exit(FOUND_ERRORS)


def _show(results: Results, *, is_dry: bool) -> Iterable[RenderableType | str]:
    tally = results.tally
    done = "would be issued" if is_dry else "issued"
    before = f"{tally.already_issued} issued before"
    yield f"{tally.rows} rows: {tally.issued} {done}, {before}, {tally.refused} refused."
    yield f"Payment codes: {results.bills.name}"
    if tally.refused:
        yield f"Errors by line and column: {results.errors.name}"


def _known(encoding: str) -> str:
    try:
        "".encode(encoding)
    except LookupError as error:
        raise OperatorError(f"There is no encoding {encoding!r}.") from error
    return encoding


@contextmanager
def _table(file: Path, encoding: str) -> Iterator[Table]:
    """Raises: OperatorError when it is no table of ours."""
    try:
        with file.open("rb") as opened:
            if file.suffix.lower() == ".xlsx":
                yield SheetTable(opened, file.name)
            else:
                yield CsvTable(opened, encoding, file.stat().st_size)
    except InvalidRequest as refusal:
        raise OperatorError(refusal.detail) from refusal


@contextmanager
def _bar(
    table: Table, rows: Iterator[BillRow | BadBill], results: Results
) -> Iterator[Iterator[BillRow | BadBill]]:
    """By what was read of the file, and with what was answered so far."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[counted]}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("Bills", total=table.size, counted="")

        def show() -> None:
            tally = results.tally
            counted = f"{tally.issued + tally.already_issued} issued, {tally.refused} refused"
            progress.update(task, completed=table.position, counted=counted)

        def shown() -> Iterator[BillRow | BadBill]:
            for row in rows:
                yield row
                show()

        yield shown()
        show()
