"""python -m infra.errandless --help

Ends with 0 when it is done; 1 when it is not, and one sentence says why; 2 when the command line is
not right (`replay`: the journal is not whole); 3 when it is done and found differences or breaks;
130 after Ctrl-C. `doctor` and `province check` end with 1 when they found a problem.
"""

import contextlib
import sys
from collections.abc import Sequence

import typer

from infra.errandless.bill_commands import bills_cli
from infra.errandless.cases_command import cases_cli
from infra.errandless.conformance_command import conformance_command
from infra.errandless.console import console
from infra.errandless.deploy_commands import (
    deploy_command,
    destroy_command,
    package_command,
    seed_command,
    template_command,
)
from infra.errandless.doctor_command import doctor_command
from infra.errandless.explain_command import explain_command
from infra.errandless.figures_command import figures_cli
from infra.errandless.finance_command import finance_cli
from infra.errandless.new_channel import new_channel_command
from infra.errandless.open_code_papers import open_codes_cli
from infra.errandless.order_commands import orders_cli
from infra.errandless.portal_commands import keys_cli, portals_cli
from infra.errandless.province_commands import new_province_command, province_cli
from infra.errandless.reconcile_command import reconcile_command
from infra.errandless.refusals import sentence_of
from infra.errandless.replay_command import replay_command
from infra.errandless.run_command import run_command
from infra.errandless.secret_commands import data_key_cli, secrets_cli
from infra.errandless.statement_commands import statements_cli
from infra.errandless.unit_commands import units_cli

STOPPED = 130
HERE, PROVINCE, MONEY, ACCESS = "On this machine", "A province", "Money", "Who may what"

cli = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Runs, deploys and looks after a province.",
)

cli.command("run", rich_help_panel=HERE)(run_command)
cli.command("destroy", rich_help_panel=HERE)(destroy_command)
cli.command("package", rich_help_panel=HERE)(package_command)
cli.command("template", rich_help_panel=HERE)(template_command)
cli.command("new-channel", rich_help_panel=HERE)(new_channel_command)
cli.command("conformance", rich_help_panel=HERE)(conformance_command)

cli.add_typer(province_cli, name="province", rich_help_panel=PROVINCE)
cli.add_typer(units_cli, name="units", rich_help_panel=PROVINCE)
cli.command("new-province", hidden=True)(new_province_command)
cli.command("deploy", rich_help_panel=PROVINCE)(deploy_command)
cli.command("seed", rich_help_panel=PROVINCE)(seed_command)
cli.command("doctor", rich_help_panel=PROVINCE)(doctor_command)

cli.add_typer(orders_cli, name="orders", rich_help_panel=MONEY)
cli.add_typer(bills_cli, name="bills", rich_help_panel=MONEY)
cli.add_typer(open_codes_cli, name="open-codes", rich_help_panel=MONEY)
cli.add_typer(cases_cli, name="cases", rich_help_panel=MONEY)
cli.add_typer(finance_cli, name="finance", rich_help_panel=MONEY)
cli.add_typer(figures_cli, name="figures", rich_help_panel=MONEY)
cli.add_typer(statements_cli, name="statements", rich_help_panel=MONEY)
cli.command("reconcile", rich_help_panel=MONEY)(reconcile_command)
cli.command("explain", rich_help_panel=MONEY)(explain_command)
cli.command("replay", rich_help_panel=MONEY)(replay_command)

cli.add_typer(portals_cli, name="portals", rich_help_panel=ACCESS)
cli.add_typer(keys_cli, name="keys", rich_help_panel=ACCESS)
cli.add_typer(secrets_cli, name="secrets", rich_help_panel=ACCESS)
cli.add_typer(data_key_cli, name="data-key", rich_help_panel=ACCESS)


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code. Only a fault of our own ends in a traceback."""
    try:
        cli(args=None if arguments is None else list(arguments), prog_name="errandless")
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else 0
        if code == STOPPED:
            _say("Stopped.")
        return code
    except Exception as error:
        sentence = sentence_of(error)
        if sentence is None:
            raise
        _say(sentence)
    return 1


def _say(sentence: str) -> None:
    with contextlib.suppress(OSError):
        console.print(sentence, style="red", markup=False, soft_wrap=True)


if __name__ == "__main__":
    sys.exit(main())
