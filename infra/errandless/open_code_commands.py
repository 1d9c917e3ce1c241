"""`errandless open-codes`: codes that a unit sells while it cannot reach the platform."""

import secrets
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import RenderableType
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from chalicelib.domain.identifiers import (
    group_payment_code,
    is_payment_code,
    normalize_payment_code,
)
from chalicelib.domain.money import Money
from chalicelib.domain.open_codes import MAX_CODES
from infra.errandless.answers import amount, answer, confirm, table
from infra.errandless.arguments import AsJson, Language, Local, Province, Yes, read_day
from infra.errandless.console import console
from infra.errandless.failures import OperatorError
from infra.errandless.portal_api import open_api

SCOPE = "open-codes:write"
BATCHES = "/v1/open-code-batches"
MAX_SLIPS = 48

Batch = Annotated[str, typer.Argument(help="The batch's name, as K7QD4M9P.")]
Code = Annotated[str, typer.Argument(help="The 18 digits, with or without spaces.")]
Unit = Annotated[str, typer.Option(help="The payee unit.")]
Out = Annotated[Path, typer.Option("--out", help="The folder to write to.")]

open_codes_cli = typer.Typer(no_args_is_help=True, help="Issues, prints and binds open codes.")


@open_codes_cli.command("issue")
def issue_command(  # noqa: PLR0913 - a parameter is an option
    province: Province,
    *,
    unit: Unit,
    item: Annotated[str, typer.Option(help="The fee item.")],
    count: Annotated[int, typer.Option(min=1, max=100_000, help="How many codes.")],
    purpose: Annotated[str, typer.Option(help="Where and why they are kept.")],
    days: Annotated[int, typer.Option(min=1, max=366, help="Days from now to pay them.")] = 30,
    amount_minor: Annotated[
        int, typer.Option(min=0, help="Where the tariff does not give it; minor units.")
    ] = 0,
    quantity: Annotated[int, typer.Option(min=0, help="Of an item that is counted.")] = 0,
    run: Annotated[str, typer.Option(help="A run that died is run again with its name.")] = "",
    local: Local = False,
    as_json: AsJson = False,
) -> None:
    """Issues open codes, up to 200 in a batch, more in several."""
    api = open_api(province, local=local, scope=SCOPE)
    name = run or secrets.token_hex(6)
    line = {"fee_item": item} | ({"amount_minor": amount_minor} if amount_minor else {})
    line |= {"quantity": quantity} if quantity else {}
    body = {"payee_unit": unit, "lines": [line], "days": days, "purpose": purpose}
    console.print(f"Run {name}: if it dies, give it again with --run {name}.")
    batches = []
    columns = (TextColumn("Codes"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("", total=count)
        for start in range(0, count, MAX_CODES):
            size = min(MAX_CODES, count - start)
            part = body | {"count": size}
            batches.append(api.post(BATCHES, part, f"{name}-{start}").json)
            progress.advance(task, size)
    answer({"run": name, "batches": batches}, lambda: [_batch_table(batches)], as_json=as_json)


@open_codes_cli.command("list")
def list_command(province: Province, local: Local = False, as_json: AsJson = False) -> None:
    """Lists the portal's batches, newest first."""
    found = open_api(province, local=local, scope=SCOPE).items(BATCHES)
    shown = _batch_table(found) if found else "There are no batches."
    answer({"batches": found}, lambda: [shown], as_json=as_json)


@open_codes_cli.command("sheet")
def sheet_command(
    province: Province,
    batch: Batch,
    *,
    out: Out = Path(),
    language: Language = "",
    local: Local = False,
    as_json: AsJson = False,
) -> None:
    """Writes a batch's sheets to print, up to 48 slips in a file."""
    api = open_api(province, local=local, scope=SCOPE)
    count = api.get(f"{BATCHES}/{batch}").json["count"]
    asked = f"&lang={language}" if language else ""
    files = []
    for first in range(1, count + 1, MAX_SLIPS):
        page = api.get(f"{BATCHES}/{batch}/sheet?first={first}&count={MAX_SLIPS}{asked}").text
        files.append(_write(out, f"{batch}-{first:03d}.html", page))
    answer({"files": files}, lambda: files, as_json=as_json)


@open_codes_cli.command("csv")
def csv_command(
    province: Province,
    batch: Batch,
    out: Out = Path(),
    local: Local = False,
    as_json: AsJson = False,
) -> None:
    """Writes a batch's codes, words and signatures as a file."""
    api = open_api(province, local=local, scope=SCOPE)
    text = api.get(f"{BATCHES}/{batch}/codes.csv").text
    file = _write(out, f"{batch}.csv", text)
    answer({"file": file}, lambda: [file], as_json=as_json)


@open_codes_cli.command("bind")
def bind_command(
    province: Province,
    code: Code,
    *,
    reference: Annotated[str, typer.Option(help="The unit's own number, as of a file.")],
    payer: Annotated[str, typer.Option(help="The payer's name.")],
    organisation: Annotated[bool, typer.Option(help="The payer is an organisation.")] = False,
    local: Local = False,
    as_json: AsJson = False,
) -> None:
    """Says for which file and payer a code is; once."""
    kind = "organisation" if organisation else "individual"
    body = {"reference": reference, "payer": {"kind": kind, "name": payer}}
    _act(province, code, "bind", body, local=local, as_json=as_json)


@open_codes_cli.command("void")
def void_command(
    province: Province,
    which: Annotated[str, typer.Argument(help="A batch's name, or the 18 digits of a code.")],
    *,
    reason: Annotated[str, typer.Option(help="Why, for the record.")],
    yes: Yes = False,
    local: Local = False,
    as_json: AsJson = False,
) -> None:
    """Takes back one unpaid code, or all that is unused of a batch."""
    if is_payment_code(normalize_payment_code(which)):
        _act(province, which, "void", {"reason": reason}, local=local, as_json=as_json)
        return
    api = open_api(province, local=local, scope=SCOPE)
    confirm(f"Take back what is unused of {which}?", yes=yes)
    told = api.post(f"{BATCHES}/{which}/void", {"reason": reason}, secrets.token_hex(8)).json

    def show() -> Iterable[RenderableType | str]:
        yield f"{told['voided']} codes of {told['batch']} cannot be paid any more."
        kept = [(each["serial"], each["payment_code"], each["why"]) for each in told["kept"]]
        if kept:
            yield table(("No.", "Payment code", "Kept because"), kept)

    answer(told, show, as_json=as_json)


@open_codes_cli.command("day-end")
def day_end_command(
    province: Province,
    *,
    unit: Unit,
    day: Annotated[str, typer.Option(help="Paid on this day, YYYY-MM-DD; else on any.")] = "",
    local: Local = False,
    as_json: AsJson = False,
) -> None:
    """Lists a unit's paid codes that nobody has bound; ends with 3 when there are some."""
    if day:
        read_day(day)
    api = open_api(province, local=local, scope="orders:read")
    asked = f"&day={day}" if day else ""
    found = api.items(f"/v1/open-codes?payee_unit={unit}{asked}")
    rows = [
        (
            *(group_payment_code(each["payment_code"]), each["batch"], each["serial"]),
            *(amount(Money(each["amount_minor"], each["currency"])), each["paid_at"]),
        )
        for each in found
    ]
    shown = table(("Payment code", "Batch", "No.", "Amount", "Paid"), rows)
    empty = f"Every paid code of {unit} is bound."
    answer({"unbound": found}, lambda: [shown if rows else empty], as_json=as_json)
    if found:
        raise typer.Exit(3)


def _act(
    province: str, code: str, act: str, body: dict[str, Any], *, local: bool, as_json: bool
) -> None:
    api, digits = open_api(province, local=local, scope=SCOPE), normalize_payment_code(code)
    if not is_payment_code(digits):
        raise OperatorError(f"{code!r} is no payment code: a digit is wrong.")
    order = api.post(f"/v1/open-codes/{digits}/{act}", body, secrets.token_hex(8)).json
    known = order["open_code"]["binding"] or {}
    told = f"{group_payment_code(digits)}: {order['status']}"
    bound = f", bound to {known['reference']}" if known else ", not bound"
    answer(order, lambda: [f"{told}{bound}."], as_json=as_json)


def _write(folder: Path, name: str, text: str) -> str:
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / name
    file.write_text(text, encoding="utf-8", newline="")
    return str(file)


def _batch_table(batches: list[dict[str, Any]]) -> RenderableType:
    rows = [
        (
            *(each["batch"], each["state"], each["count"], each["payee_unit"]),
            "+".join(line["fee_item"] for line in each["lines"]),
            amount(Money(each["amount_minor"], each["currency"])),
            *(each["valid_until"], each["purpose"]),
        )
        for each in batches
    ]
    headings = ("Batch", "State", "Codes", "Unit", "Item", "Amount", "Until", "Purpose")
    return table(headings, rows, wide=("Purpose",))
