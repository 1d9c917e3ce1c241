"""`errandless statements`: the channels' files, put where they belong."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeElapsedColumn

from chalicelib.domain.breaks import AccountDay
from chalicelib.domain.business_day import to_rfc3339
from chalicelib.domain.reconciliations import Summary
from chalicelib.reconciliation.issue_own_files import layouts_of
from chalicelib.reconciliation.own_file import write_own_file
from chalicelib.storage.files import FileVersion, StatementFiles, is_file_name, statements_prefix
from infra.errandless.answers import answer, local_time, table
from infra.errandless.arguments import Account, AsJson, Channel, Day, Local, Province
from infra.errandless.console import console
from infra.errandless.failures import OperatorError
from infra.errandless.province_rows import OpenedProvince, open_province
from infra.errandless.reconciling import read_account_day

statements_cli = typer.Typer(no_args_is_help=True, help="Keeps the channels' statement files.")


@dataclass(frozen=True, slots=True)
class PutStatement:
    """`was_there`: the same bytes under the same name already, so nothing was sent."""

    bucket: str
    key: str
    sha256: str
    size_bytes: int
    was_there: bool


@statements_cli.command("put")
def put_command(
    province: Province,
    channel: Channel,
    account: Account,
    day: Day,
    file: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="The file itself.")
    ],
    *,
    local: Local = False,
    as_json: AsJson = False,
) -> None:
    """Puts a channel's file where it is reconciled from; the same file again changes nothing."""
    opened = open_province(province, local=local)
    done = put_statement(opened, read_account_day(opened.platform, channel, account, day), file)
    result = {
        "bucket": done.bucket,
        "key": done.key,
        "sha256": done.sha256,
        "size_bytes": done.size_bytes,
        "was_there": done.was_there,
    }
    sentence = f"{done.key} is there; it is reconciled within a minute."
    if done.was_there:
        sentence = f"{done.key} was there already, the same bytes."
    answer(result, lambda: [sentence], as_json=as_json)


@statements_cli.command("list")
def list_command(
    province: Province,
    channel: Channel,
    account: Account,
    day: Day,
    *,
    local: Local = False,
    as_json: AsJson = False,
) -> None:
    """Lists the files of one account's day, newest first, and which of them counts."""
    opened = open_province(province, local=local)
    of = read_account_day(opened.platform, channel, account, day)
    files = _files(opened).list_versions(of)
    states = _states_of(files, opened.platform.reconciliations.read_summary(of))
    stated = list(zip(files, states, strict=True))
    result = {"files": [_file_json(file, state) for file, state in stated]}
    rows = [
        (each.key.rpartition("/")[2], each.size, local_time(each.arrived_at, opened.zone), state)
        for each, state in stated
    ]
    shown = table(("File", "Bytes", "Arrived", "State"), rows) if rows else "None so far."
    answer(result, lambda: [shown], as_json=as_json)


@statements_cli.command("write")
def write_command(
    province: Province,
    channel: Channel,
    account: Account,
    day: Day,
    to: Annotated[Path, typer.Option(dir_okay=False, help="Where our own file is written.")],
    *,
    form: Annotated[str, typer.Option(help="Its layout: ours, or the account's own.")] = "standard",
    local: Local = False,
    as_json: AsJson = False,
) -> None:
    """Writes our own file of one account's day, with control totals, for the bank to compare."""
    opened = open_province(province, local=local)
    of = read_account_day(opened.platform, channel, account, day)
    found = opened.platform.setup.read_province().account_of(channel, account)
    assert found is not None
    payments = list(opened.platform.views.list_day_payments(of))
    layouts = {layout.name: layout for layout in layouts_of(found)}
    if form not in layouts:
        raise OperatorError(f"This account has no form {form!r}, but {', '.join(layouts)}.")
    content = write_own_file(payments, of.business_day, found.currency, layouts[form])
    to.write_bytes(content)
    result = {
        "file": str(to),
        "form": form,
        "payments": len(payments),
        "sha256": hashlib.sha256(content).hexdigest(),
    }
    sentence = f"{to}: {len(payments)} payments; the last minute's may be missing."
    answer(result, lambda: [sentence], as_json=as_json)


def _states_of(files: list[FileVersion], summary: Summary | None) -> list[str]:
    reconciled = summary.files if summary else ()
    counted = {(each.key, each.version) for each in reconciled if each.is_current}

    def state_of(file: FileVersion) -> str:
        if (file.key, file.version) in counted:
            return "reconciled"
        return "not reconciled" if file.is_latest else "replaced or deleted"

    return [state_of(each) for each in files]


def _file_json(file: FileVersion, state: str) -> dict[str, Any]:
    return {
        "key": file.key,
        "version": file.version,
        "size_bytes": file.size,
        "arrived_at": to_rfc3339(file.arrived_at),
        "state": state,
    }


def put_statement(opened: OpenedProvince, of: AccountDay, file: Path) -> PutStatement:
    """Raises: OperatorError"""
    if not is_file_name(file.name):
        raise OperatorError(f"{file.name!r} cannot be a statement's name: give it another.")
    digest, size = _digest(file), file.stat().st_size
    key = statements_prefix(of) + file.name
    bucket = opened.platform.settings.statements_bucket
    files = _files(opened)
    there = next(
        (each for each in files.list_versions(of) if each.key == key and each.is_latest), None
    )
    was_there = there is not None and there.size == size and files.hash(there) == digest
    if not was_there:
        _upload(opened, bucket, key, file, size)
    return PutStatement(bucket, key, digest, size, was_there)


def _files(opened: OpenedProvince) -> StatementFiles:
    return StatementFiles(opened.client("s3"), opened.platform.settings.statements_bucket)


def _digest(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _upload(opened: OpenedProvince, bucket: str, key: str, file: Path, size: int) -> None:
    columns = (TextColumn(file.name, markup=False), BarColumn(), DownloadColumn())
    with Progress(*columns, TimeElapsedColumn(), console=console, transient=True) as progress:
        task = progress.add_task("", total=size)
        opened.client("s3").upload_file(
            str(file), bucket, key, Callback=lambda sent: progress.advance(task, sent)
        )
