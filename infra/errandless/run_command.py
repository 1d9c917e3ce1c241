"""`errandless run`: a province on this machine, until Ctrl-C."""

import contextlib
import signal
from typing import Annotated, Any

import typer

from infra.errandless.arguments import Province
from infra.errandless.console import console
from infra.errandless.run import (
    CLOUD_PORT,
    PUBLIC_PORT,
    SIMULATOR_PORT,
    Ports,
    running_province,
)


def run_command(
    province: Province = "quangninh",
    port: Annotated[int, typer.Option(help="What payers and portals use.")] = PUBLIC_PORT,
    cloud_port: Annotated[int, typer.Option(help="The local AWS.")] = CLOUD_PORT,
    simulator_port: Annotated[int, typer.Option(help="Banks and wallets.")] = SIMULATOR_PORT,
) -> None:
    """Runs a whole province on this machine, until Ctrl-C."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with (
        contextlib.suppress(KeyboardInterrupt),
        running_province(province, Ports(port, cloud_port, simulator_port)) as description,
    ):
        _say_where(description)
        signal.pause()
    console.print("Stopped.")


def _say_where(description: dict[str, Any]) -> None:
    base_url, province = description["base_url"], description["province"]
    console.print(f"\n[bold]{province}[/] is up. Ctrl-C ends it.\n")
    console.print(f"  API and pages      {base_url}/   {base_url}/health")
    console.print(f"  API description    {base_url}/docs   {base_url}/openapi.json")
    console.print(f"  Banks and wallets  {description['simulator_url']}/")
    console.print(f"  Local AWS          {description['aws_endpoint_url']}")
    console.print(f"  For scripts        .local/{province}.json (keys, accounts, outputs)\n")
