"""`errandless finance`: the finance department's own system."""

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import RenderableType

from chalicelib.domain.finance_systems import FinanceSystem
from chalicelib.finance.compare import Compared, compare_held
from chalicelib.finance.day_files import list_new
from chalicelib.finance.desk import FinanceDesk, find_system, open_desk
from chalicelib.finance.discrepancy_report import describe, write_reports
from chalicelib.finance.report_texts import GUIDE
from chalicelib.finance.result_bodies import describe_result
from chalicelib.storage.files import is_file_name
from chalicelib.storage.finance_files import FinanceFiles
from infra.errandless.answers import answer, confirm, facts, table
from infra.errandless.arguments import AsJson, Day, Local, Province, Yes, read_day
from infra.errandless.failures import OperatorError
from infra.errandless.finance_proposals import diff_of
from infra.errandless.paths import PROVINCES
from infra.errandless.province_rows import OpenedProvince, open_province

FOUND_DIFFERENCES = 3
KEY_BYTES = 33
MAX_SHOWN = 100

finance_cli = typer.Typer(no_args_is_help=True, help="The finance department's own system.")

Sender = Annotated[str, typer.Argument(help="As the profile's finance_systems has it.")]
GivenFile = Annotated[
    Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="JSON, one a line.")
]


@finance_cli.command("send")
def send_command(
    province: Province,
    sender: Sender,
    file: GivenFile,
    local: Local = False,
    as_json: AsJson = False,
) -> None:
    """Puts a file of signed messages where it is taken in; sent again it does nothing more."""
    opened, system = _open(province, sender, local=local)
    if not is_file_name(file.name):
        raise OperatorError(f"{file.name!r} cannot be a file's name there: give it another.")
    settings = opened.platform.settings
    key = f"finance/{system.sender}/in/{file.name}"
    opened.client("s3").upload_file(str(file), settings.statements_bucket, key)
    answers = f"finance/{system.sender}/answers/{file.name}/"
    result = {"bucket": settings.statements_bucket, "key": key, "answers": answers}
    sentence = f"{key} is there; each line is answered under {answers} of the reports."
    answer(result, lambda: [sentence], as_json=as_json)


@finance_cli.command("status")
def status_command(
    province: Province, sender: Sender, local: Local = False, as_json: AsJson = False
) -> None:
    """Shows which message is awaited, and how far the results were read."""
    opened, system = _open(province, sender, local=local)
    desk = open_desk(opened.platform, system)
    awaited = desk.inbox.next_no(system.sender)
    numbers = range(awaited + 1, awaited + 1 + MAX_SHOWN)
    waiting = sorted(each.sequence_no for each in desk.inbox.read_many(system.sender, numbers))
    result = {
        "sender": system.sender,
        "portal": system.portal,
        "next_sequence_no": awaited,
        "waiting": waiting,
        "last_number": desk.results.next_number(system.sender) - 1,
        "read_up_to": desk.results.last_read(system.sender),
    }
    shown = facts(system.sender, [(name, str(value)) for name, value in result.items()])
    answer(result, lambda: [shown], as_json=as_json)


@finance_cli.command("results")
def results_command(
    province: Province,
    sender: Sender,
    *,
    after: Annotated[int, typer.Option(min=0, help="From the number after this one on.")] = 0,
    local: Local = False,
    as_json: AsJson = False,
) -> None:
    """Shows what the finance system is told, in its own words, a hundred at a time."""
    opened, system = _open(province, sender, local=local)
    desk = open_desk(opened.platform, system)
    found = list(list_new(desk.results, system.sender, after, MAX_SHOWN))
    items = [describe_result(each, system, opened.zone) for each in found]
    rows = [
        (each.number, each.kind.value, each.day, each.reference, each.payment_code, each.trade_no)
        for each in found
    ]
    headings = ("No", "Kind", "Business day", "Notice", "Payment code", "Trade no")
    shown = table(headings, rows) if rows else "None."
    answer({"items": items}, lambda: [shown], as_json=as_json)


@finance_cli.command("proposals")
def proposals_command(
    province: Province,
    sender: Sender,
    *,
    to: Annotated[Path | None, typer.Option(dir_okay=False, help="Write the diff there.")] = None,
    local: Local = False,
    as_json: AsJson = False,
) -> None:
    """Shows what its units and fee items would change in the province's files, as a diff.

    Nothing is changed: review it, fill in what is marked, `git apply` it and deploy."""
    opened, system = _open(province, sender, local=local)
    desk = open_desk(opened.platform, system)
    proposals = list(desk.inbox.list_proposals(system.sender))
    diff = diff_of(PROVINCES / province, proposals, desk.province.languages[0])
    if to is not None:
        to.write_text(diff, encoding="utf-8")
    verdicts = [
        {"kind": each.kind, "code": each.code, "catalogue": each.verdict} for each in proposals
    ]
    result = {"proposals": verdicts, "diff": diff, "file": None if to is None else str(to)}
    sentence = diff or "The files have all of it."
    answer(result, lambda: [sentence if to is None else f"Written: {to}"], as_json=as_json)


@finance_cli.command("discrepancies")
def discrepancies_command(
    province: Province,
    sender: Sender,
    day: Day,
    file: GivenFile,
    *,
    local: Local = False,
    as_json: AsJson = False,
) -> None:
    """Lays what the finance system has of a day beside ours, and writes the report.

    Ends with 0 when everything agrees and 3 when something differs."""
    opened, system = _open(province, sender, local=local)
    desk, business_day = open_desk(opened.platform, system), read_day(day)
    with file.open("rb") as content:
        compared = compare_held(desk, business_day, (line.rstrip(b"\n") for line in content))
    folder = write_reports(desk, compared, _files(opened).write)
    result = {**describe(compared, desk.province.currency), "folder": folder}
    answer(result, lambda: _show(desk, compared, folder), as_json=as_json)
    if compared.differences:
        raise typer.Exit(FOUND_DIFFERENCES)


@finance_cli.command("key")
def key_command(
    province: Province,
    sender: Sender,
    *,
    local: Local = False,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Makes a new signing key, shown once; the one before it is believed until the next change."""
    opened, system = _open(province, sender, local=local)
    confirm(f"Make a new signing key for {system.sender}?", yes=yes)
    secrets = opened.platform.secrets
    is_there = secrets.has_secret(system.secret_name)
    before = secrets.read_secret(system.secret_name).current if is_there else None
    key = base64.urlsafe_b64encode(opened.platform.random_bytes(KEY_BYTES)).decode()
    secrets.write_secret(system.secret_name, {"signing_key": key}, before)
    result = {"sender": system.sender, "signing_key": key, "replaces_one": is_there}
    answer(result, lambda: [f"{system.sender}: {key}", "It is not shown again."], as_json=as_json)


def _show(desk: FinanceDesk, compared: Compared, folder: str) -> Iterator[RenderableType | str]:
    language = desk.province.languages[0]
    yield f"{compared.agreeing} of {compared.theirs} agree; {len(compared.differences)} differ."
    rows: list[tuple[Any, ...]] = [
        (
            *(GUIDE[each.kind].get(language, GUIDE[each.kind]["en"])[0], each.unit),
            *(each.reference, each.our_amount_minor, each.their_amount_minor, each.detail),
        )
        for each in compared.differences[:MAX_SHOWN]
    ]
    if rows:
        yield table(("", "Unit", "Notice", "Ours", "Theirs", "Code"), rows)
    yield f"The reports: {folder}"


def _open(province: str, sender: str, *, local: bool) -> tuple[OpenedProvince, FinanceSystem]:
    """Raises: OperatorError"""
    opened = open_province(province, local=local)
    known = opened.platform.setup.read_province()
    system = find_system(known, sender)
    if system is None:
        listed = ", ".join(each.sender for each in known.finance_systems) or "none"
        raise OperatorError(f"There is no finance system {sender!r}; there are: {listed}.")
    return opened, system


def _files(opened: OpenedProvince) -> FinanceFiles:
    settings = opened.platform.settings
    return FinanceFiles(opened.client("s3"), settings.statements_bucket, settings.reports_bucket)
