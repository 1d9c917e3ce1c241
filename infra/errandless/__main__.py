"""python -m infra.errandless --help"""

import contextlib
import dataclasses
import json
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from botocore.exceptions import BotoCoreError, ClientError

from infra.errandless.console import console
from infra.errandless.deploy import Request, deploy
from infra.errandless.deployment import read_deployment
from infra.errandless.explain_command import explain_command
from infra.errandless.failures import OperatorError
from infra.errandless.new_province import NewProvince, create_province
from infra.errandless.package import build_package
from infra.errandless.paths import BUILD, ROOT
from infra.errandless.province_files import list_marks
from infra.errandless.replay_command import replay_command
from infra.errandless.run import (
    CLOUD_PORT,
    PUBLIC_PORT,
    SIMULATOR_PORT,
    Ports,
    deploy_locally,
    read_description,
    running_province,
)
from infra.errandless.target import Target
from infra.errandless.template import chalice_package, stage_project

cli = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)

Province = Annotated[str, typer.Argument(help="Its folder under infra/provinces/.")]
AsJson = Annotated[bool, typer.Option("--json", help="The result on standard output, as JSON.")]


@cli.command("run")
def run_command(
    province: Province = "quangninh",
    port: Annotated[int, typer.Option(help="What payers and portals use.")] = PUBLIC_PORT,
    cloud_port: Annotated[int, typer.Option(help="The local AWS.")] = CLOUD_PORT,
    simulator_port: Annotated[int, typer.Option(help="Banks and wallets.")] = SIMULATOR_PORT,
) -> None:
    """A whole province on this machine, until Ctrl-C."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with (
        contextlib.suppress(KeyboardInterrupt),
        running_province(province, Ports(port, cloud_port, simulator_port)) as description,
    ):
        _say_where(description)
        signal.pause()
    console.print("Stopped.")


@cli.command("new-province")
def new_province_command(
    code: Annotated[str, typer.Argument(help="Its folder's name: small letters.")],
    *,
    digits: Annotated[str, typer.Option(help="The first two of its payment codes, 10 to 99.")],
    currency: Annotated[str, typer.Option(help="VND or CNY.")],
    country: Annotated[str, typer.Option(help="Two letters, as VN.")],
    zone: Annotated[str, typer.Option(help="As Asia/Ho_Chi_Minh.")],
    language: Annotated[list[str], typer.Option(help="As vi; repeat it, the first is preferred.")],
    region: Annotated[str, typer.Option(help="Of AWS.")] = "ap-southeast-1",
) -> None:
    """Writes a province's folder: it runs as a sandbox, and says what is still to be filled in."""
    new = NewProvince(code, digits, currency, country, zone, tuple(language), region)
    folder = create_province(new, datetime.now(UTC).date())
    console.print(f"{folder.relative_to(ROOT)} is there; `make run PROVINCE={code}` runs it.")
    console.print("Before real money, fill in:")
    for file, line in list_marks(folder):
        console.print(f"  {file}:{line}")
    console.print("What each means: infra/guides/add-a-province.md")


@cli.command("deploy")
def deploy_command(
    province: Province,
    local: Annotated[bool, typer.Option("--local", help="To what `run` has started.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Run the plan without asking.")] = False,
    as_json: AsJson = False,
) -> None:
    """Plans, asks, deploys, seeds and smoke-tests a province."""
    if local:
        known = read_description(province)
        simulator_port = int(known["simulator_url"].rpartition(":")[2])
        deployed = deploy_locally(
            province, known["base_url"], known["aws_endpoint_url"], simulator_port
        )
    else:
        deployment = read_deployment(province)
        deployed = deploy(Request(deployment, Target(deployment.region), yes))
    result = {
        "stack_name": deployed.stack_name,
        "changes": deployed.changes,
        "outputs": deployed.outputs,
        "smoke": dataclasses.asdict(deployed.smoke),
    }
    _finish(result, f"{province} is deployed: {deployed.outputs['PublicBaseUrl']}", as_json)


@cli.command("destroy")
def destroy_command(
    province: Province,
    local: Annotated[bool, typer.Option("--local", help="The only place where it may.")] = False,
) -> None:
    """Ends a province on this machine. On AWS nothing here deletes money rows."""
    if not local:
        raise OperatorError(
            "Only a local province is destroyed by this command (--local). On AWS delete the stack"
            " in CloudFormation: tables, buckets and the key stay."
        )
    known = read_description(province)
    Target("ap-southeast-1", known["aws_endpoint_url"]).client("cloudformation").delete_stack(
        StackName=known["stack_name"]
    )
    console.print(f"{known['stack_name']} is deleted; Ctrl-C in `make run` forgets its data.")


@cli.command("package")
def package_command(as_json: AsJson = False) -> None:
    """Builds the zip and the template under .build/package/."""
    package = build_package()
    result = {"code": str(package.code), "sha256": package.digest, "bytes": package.unzipped_bytes}
    size = package.unzipped_bytes / 1024 / 1024
    _finish(
        result, f".build/package: {size:.1f} MB unzipped, sha256 {package.digest[:16]}", as_json
    )


@cli.command("template")
def template_command(output: Annotated[Path, typer.Option()] = BUILD / "template.json") -> None:
    """Writes the template alone, without installing what ships."""
    project = BUILD / "template-project"
    stage_project(project)
    template = chalice_package(project, BUILD / "template-package")
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(json.dumps(template, indent=1))


cli.command("replay")(replay_command)
cli.command("explain")(explain_command)


def _finish(result: dict[str, Any], sentence: str, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(result, indent=2))
    else:
        console.print(sentence)


def _say_where(description: dict[str, Any]) -> None:
    base_url, province = description["base_url"], description["province"]
    console.print(f"\n[bold]{province}[/] is up. Ctrl-C ends it.\n")
    console.print(f"  API and pages      {base_url}/   {base_url}/health")
    console.print(f"  API description    {base_url}/openapi.json")
    console.print(f"  Banks and wallets  {description['simulator_url']}/control/actions")
    console.print(f"  Local AWS          {description['aws_endpoint_url']}")
    console.print(f"  For scripts        .local/{province}.json (keys, accounts, outputs)\n")


def main() -> None:
    try:
        cli()
    except OperatorError as error:
        sys.exit(_fail(str(error)))
    except (ClientError, BotoCoreError) as error:
        sys.exit(_fail(f"AWS refused: {error}"))


def _fail(sentence: str) -> int:
    console.print(sentence, style="red", markup=False, soft_wrap=True)
    return 1


if __name__ == "__main__":
    main()
