"""`errandless bills put` and `files`: files of bills that the province itself works off."""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer
from rich.console import RenderableType

from chalicelib.bodies.bill_file_results import describe_bill_file
from chalicelib.domain.bill_files import PREFIX, BillFile, place_bill_file
from infra.errandless.answers import NOTHING, answer, local_time, table
from infra.errandless.arguments import AsJson, Local, Province
from infra.errandless.failures import OperatorError
from infra.errandless.file_upload import upload_file
from infra.errandless.portals import known_portal
from infra.errandless.province_rows import open_province

PortalId = Annotated[str, typer.Argument(help="Whose bills they are.")]


def put_command(
    province: Province,
    portal: PortalId,
    file: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="CSV or XLSX.")
    ],
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would happen.")] = False,
    local: Local = False,
    as_json: AsJson = False,
) -> None:
    """Puts a file where the province issues its bills by itself, as a unit's own system may."""
    if file.suffix.lower() not in (".csv", ".xlsx"):
        raise OperatorError(f"{file.name} is neither CSV nor XLSX.")
    opened = open_province(province, local=local)
    owner = known_portal(opened.platform, portal).portal_id
    key = f"{PREFIX}{owner}/{'try/' if dry_run else ''}{file.name}"
    if place_bill_file(key) is None:
        raise OperatorError(f"{file.name!r} cannot be a file's name there: give it another.")
    bucket = opened.platform.settings.statements_bucket
    upload_file(opened, bucket, key, file)
    what = f"{key} is there; `errandless bills files {province} {owner}` tells how far it is."
    answer({"bucket": bucket, "key": key, "dry_run": dry_run}, lambda: [what], as_json=as_json)


def files_command(
    province: Province, portal: PortalId, *, local: Local = False, as_json: AsJson = False
) -> None:
    """Lists a portal's files of bills, newest first, how far each is and where its results are."""
    opened = open_province(province, local=local)
    owner = known_portal(opened.platform, portal).portal_id
    files = opened.platform.bill_files.list(owner)
    bucket = opened.platform.settings.reports_bucket
    told = [
        describe_bill_file(each) | {"code": each.code, "results": f"s3://{bucket}/{each.folder}"}
        for each in files
    ]
    answer({"files": told}, lambda: _show(files, bucket, opened.zone), as_json=as_json)


def _show(files: list[BillFile], bucket: str, zone: str) -> Iterable[RenderableType | str]:
    if not files:
        yield "None so far."
        return
    rows = [
        (
            *(each.name, local_time(each.arrived_at, zone), "dry run" if each.is_dry else ""),
            each.code or each.status.value,
            *(each.line or NOTHING, each.issued, each.already_issued, each.refused),
        )
        for each in files
    ]
    headings = ("File", "Arrived", "", "State", "Line", "Issued", "Before", "Refused")
    yield table(headings, rows, wide=("File",))
    yield f"Results of the newest: s3://{bucket}/{files[0].folder}"
