"""`errandless units`: payee units on their way in."""

from typing import Annotated

import typer
from rich.console import RenderableType

from infra.errandless.answers import answer, table
from infra.errandless.arguments import AsJson, Local, Province
from infra.errandless.failures import OperatorError
from infra.errandless.joint_test import JointTest, examine_unit, write_report
from infra.errandless.province_overview import province_folder
from infra.errandless.province_rows import open_province
from infra.errandless.setup_rows import portal_ids, scan_setup

NOT_PASSED = 3

units_cli = typer.Typer(no_args_is_help=True, help="Brings payee units in, stage by stage.")


@units_cli.callback()
def units() -> None:
    """Brings payee units in, stage by stage."""


@units_cli.command("report")
def report_command(
    province: Province,
    unit: Annotated[str, typer.Argument(help="The payee unit's code.")],
    *,
    local: Local = False,
    as_json: AsJson = False,
) -> None:
    """Writes what a unit's joint test has proved, and ends with 3 where it did not pass.

    Looked at are test orders of the unit: made, paid, receipted, told to its portal, found in a
    reconciled statement. `payee_units.csv` names the report; `province check` asks for it before
    the unit is live.
    """
    opened = open_province(province, local=local)
    if unit not in opened.platform.setup.read_province().units_by_code:
        raise OperatorError(f"There is no payee unit {unit!r} in {province}.")
    portals = portal_ids(scan_setup(opened.client("dynamodb"), opened.outputs["SetupTable"]))
    report = examine_unit(opened.platform, unit, portals, opened.platform.now())
    path = write_report(report, province_folder(province))
    told = {**report.as_json(), "file": str(path)}
    answer(told, lambda: _show(report, str(path)), as_json=as_json)
    if not report.passed:
        raise typer.Exit(NOT_PASSED)


def _show(report: JointTest, path: str) -> list[RenderableType | str]:
    rows = [(each.step, "yes" if each.passed else "no", each.what) for each in report.steps]
    verdict = "passed" if report.passed else "did not pass"
    return [
        table(("Step", "Passed", ""), rows, wide=("",)),
        f"The joint test of {report.unit} {verdict}: {path}",
    ]
