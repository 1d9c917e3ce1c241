"""python -m infra.conformance --help: the same as `errandless conformance`."""

import sys

import typer

from infra.errandless.conformance_command import conformance_command

if __name__ == "__main__":
    cli = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    cli.command()(conformance_command)
    sys.exit(cli(prog_name="infra.conformance"))
