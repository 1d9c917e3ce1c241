"""`errandless province`: the provinces' folders, before anything is deployed."""

from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.console import RenderableType

from infra.errandless.answers import answer, table
from infra.errandless.arguments import AsJson, Language, Province
from infra.errandless.new_province import NewProvince, create_province
from infra.errandless.paths import PROVINCES
from infra.errandless.province_files import list_marks
from infra.errandless.province_overview import (
    Check,
    Overview,
    check_province,
    list_provinces,
    read_folder,
    show_province,
)

province_cli = typer.Typer(no_args_is_help=True, help="Looks at provinces' files, and makes one.")


@province_cli.command("list")
def list_command(as_json: AsJson = False) -> None:
    """Lists the provinces, and what is still to be filled in."""
    found = list_provinces()
    result = [each.as_json() for each in found]
    answer({"provinces": result}, lambda: [_overview_table(found)], as_json=as_json)


@province_cli.command("show")
def show_command(province: Province, lang: Language = "", as_json: AsJson = False) -> None:
    """Shows one province: profile, units, fee items, channel accounts."""
    document = read_folder(province)
    answer(document, lambda: show_province(document, lang), as_json=as_json)


@province_cli.command("check")
def check_command(
    province: Province,
    sandbox: Annotated[
        bool, typer.Option("--sandbox", help="As `run` reads them: marks are no fault.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Lists every fault of a province's files by file and line, and ends with 1 if there is one."""
    check = check_province(province, sandbox=sandbox)
    answer(check.as_json(), lambda: _check_lines(check), as_json=as_json)
    raise typer.Exit(1 if check.faults else 0)


@province_cli.command("new")
def new_province_command(
    code: Annotated[str, typer.Argument(help="Its folder's name: small letters.")],
    *,
    digits: Annotated[str, typer.Option(help="The first two of its payment codes, 10 to 99.")],
    currency: Annotated[str, typer.Option(help="VND or CNY.")],
    country: Annotated[str, typer.Option(help="Two letters, as VN.")],
    zone: Annotated[str, typer.Option(help="As Asia/Ho_Chi_Minh.")],
    language: Annotated[list[str], typer.Option(help="As vi; repeat it, the first is preferred.")],
    region: Annotated[str, typer.Option(help="Of AWS.")] = "ap-southeast-1",
    as_json: AsJson = False,
) -> None:
    """Writes a province's folder, which runs as a sandbox, and lists what is to be filled in."""
    new = NewProvince(code, digits, currency, country, zone, tuple(language), region)
    folder = create_province(new, datetime.now(UTC).date(), PROVINCES)
    marks = list_marks(folder)
    result = {
        "folder": str(folder),
        "to_fill_in": [{"file": file, "row": line} for file, line in marks],
    }

    def show() -> list[RenderableType | str]:
        return [
            f"infra/provinces/{code} is there; `make run PROVINCE={code}` runs it.",
            "Before real money, fill in:",
            *(f"  {file}:{line}" for file, line in marks),
            "What each means: infra/guides/add-a-province.md",
        ]

    answer(result, show, as_json=as_json)


def _overview_table(found: list[Overview]) -> RenderableType:
    headings = ("Code", "Country", "Currency", "Units", "Fee items", "Accounts", "To fill in")
    rows = [
        (
            *(each.code, each.country, each.currency),
            *(each.units, each.fee_items, each.accounts),
            f"{each.faults} faults: province check" if each.faults else each.marks,
        )
        for each in found
    ]
    return table(headings, rows)


def _check_lines(check: Check) -> list[RenderableType | str]:
    lines: list[RenderableType | str] = [each.text for each in check.faults]
    where = "in a sandbox" if check.sandbox else "on AWS"
    lines += [f"Does not count {where}: {name}" for name in check.left_out]
    return [*lines, f"{len(check.faults)} faults." if check.faults else "Nothing is wrong."]
