"""What brings a province to a machine, changes it there and ends it."""

import dataclasses
import json
from pathlib import Path
from typing import Annotated, Any

import typer

from infra.errandless.answers import answer, table
from infra.errandless.arguments import AsJson, Local, Province, Yes
from infra.errandless.console import step
from infra.errandless.deploy import Request, deploy
from infra.errandless.deployment import read_deployment
from infra.errandless.failures import OperatorError
from infra.errandless.package import build_package
from infra.errandless.paths import BUILD
from infra.errandless.province_rows import open_province
from infra.errandless.run import deploy_locally, read_description
from infra.errandless.seeding import seed
from infra.errandless.setup_rows import compare, scan_setup
from infra.errandless.target import Target
from infra.errandless.template import chalice_package, stage_project
from infra.local_cloud.server import REGION


def deploy_command(
    province: Province, local: Local = False, yes: Yes = False, as_json: AsJson = False
) -> None:
    """Plans, asks, deploys, seeds and smoke-tests a province."""
    deployment = read_deployment(province)
    if local:
        known = read_description(province)
        simulator_port = int(known["simulator_url"].rpartition(":")[2])
        deployed = deploy_locally(
            province, known["base_url"], known["aws_endpoint_url"], simulator_port
        )
    else:
        deployed = deploy(Request(deployment, Target(deployment.region), yes))
    result = {
        "stack_name": deployed.stack_name,
        "changes": deployed.changes,
        "outputs": deployed.outputs,
        "smoke": dataclasses.asdict(deployed.smoke),
    }
    sentence = f"{province} is deployed: {deployed.outputs['PublicBaseUrl']}"
    answer(result, lambda: [sentence], as_json=as_json)


def seed_command(province: Province, local: Local = False, as_json: AsJson = False) -> None:
    """Writes the province's files into its setup table, and tells what changed there.

    Doing it again changes nothing. Secrets of channel accounts are only asked for by name."""
    opened = open_province(province, local=local)
    client, setup_table = opened.client("dynamodb"), opened.outputs["SetupTable"]
    before = scan_setup(client, setup_table)
    with step("Seed"):
        seeded = seed(opened.target, opened.outputs, province, opened.simulator_url)
    changes = compare(before, scan_setup(client, setup_table))
    stayed = len(before) - sum(each.what == "changed" for each in changes)
    result = {
        "province_version": seeded.province_version,
        "changes": [dataclasses.asdict(each) for each in changes],
        "stayed": stayed,
        "missing_secrets": list(seeded.missing_secrets),
        "left_out": list(seeded.left_out),
    }

    def show() -> list[Any]:
        rows = [(each.what, each.kind, each.name) for each in changes]
        shown: list[Any] = [table(("Change", "Row", "Which"), rows)] if rows else []
        shown.append(f"Version {seeded.province_version}; {stayed} rows stayed as they were.")
        missing = seeded.missing_secrets
        shown += [f"No secret yet: {name} (errandless secrets set)" for name in missing]
        return shown + [f"Left out here: {name}" for name in seeded.left_out]

    answer(result, show, as_json=as_json)


def destroy_command(
    province: Province,
    local: Annotated[bool, typer.Option("--local", help="The only place where it may.")] = False,
    as_json: AsJson = False,
) -> None:
    """Ends a province on this machine. On AWS nothing here deletes money rows."""
    read_deployment(province)
    if not local:
        raise OperatorError(
            "Only a local province is destroyed by this command (--local). On AWS delete the stack"
            " in CloudFormation: tables, buckets and the key stay."
        )
    known = read_description(province)
    stack_name = known["stack_name"]
    cloudformation = Target(REGION, known["aws_endpoint_url"]).client("cloudformation")
    cloudformation.delete_stack(StackName=stack_name)
    sentence = f"{stack_name} is deleted; Ctrl-C in `make run` forgets its data."
    answer({"deleted": stack_name}, lambda: [sentence], as_json=as_json)


def package_command(as_json: AsJson = False) -> None:
    """Builds the zip and the template under .build/package/."""
    with step("Package"):
        package = build_package()
    result = {"code": str(package.code), "sha256": package.digest, "bytes": package.unzipped_bytes}
    size = package.unzipped_bytes / 1024 / 1024
    sentence = f".build/package: {size:.1f} MB unzipped, sha256 {package.digest[:16]}"
    answer(result, lambda: [sentence], as_json=as_json)


def template_command(
    output: Annotated[Path, typer.Option(help="Where to.")] = BUILD / "template.json",
) -> None:
    """Writes the template alone, without installing what ships."""
    project = BUILD / "template-project"
    stage_project(project)
    template = chalice_package(project, BUILD / "template-package")
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(json.dumps(template, indent=1))
