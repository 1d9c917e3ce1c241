"""One command per province: preflight, package, upload, plan, run, seed, smoke test.

The same for a laptop and for AWS.
"""

import sys
from dataclasses import dataclass
from typing import Any

from rich.prompt import Confirm

from infra.errandless.change_set import Plan, discard, make_plan, read_outputs, run
from infra.errandless.console import ResourceBars, console, show_plan, step
from infra.errandless.deployment import Deployment
from infra.errandless.failures import OperatorError
from infra.errandless.package import Package, build_package
from infra.errandless.preflight import Account, check_account
from infra.errandless.seed import SeedResult
from infra.errandless.seeding import seed
from infra.errandless.smoke import SmokeTest, smoke_test
from infra.errandless.target import Target
from infra.local_cloud.gateway_responses import apply_gateway_responses


@dataclass(frozen=True, slots=True)
class Deployed:
    stack_name: str
    changes: int
    outputs: dict[str, str]
    seeded: SeedResult
    smoke: SmokeTest


@dataclass(frozen=True, slots=True)
class Request:
    """`simulator_url`: where test accounts of channels find the channel simulator; local only."""

    deployment: Deployment
    target: Target
    assume_yes: bool
    simulator_url: str | None = None


def deploy(request: Request) -> Deployed:
    """Raises: OperatorError"""
    deployment, target = request.deployment, request.target
    with step("Credentials, region, permissions, runtime"):
        account = check_account(target)
    with step("Package"):
        package = build_package(for_this_machine=target.is_local)
    with step(f"Upload to {account.artefact_bucket}"):
        template_url = _upload(package, target, account, deployment.stack_name)
    cloudformation = target.client("cloudformation")
    with step("Plan"):
        plan = make_plan(
            cloudformation, deployment.stack_name, template_url, _parameters(deployment, target)
        )
    _run_plan(cloudformation, plan, request)
    outputs = read_outputs(cloudformation, deployment.stack_name)
    if target.is_local:
        api = target.client("apigateway")
        apply_gateway_responses(api, outputs["RestAPIId"], package.template)
    with step("Seed"):
        seeded = seed(target, outputs, deployment.province, request.simulator_url)
    with step("Smoke test"):
        smoke = smoke_test(direct_base_url(outputs, target), seeded.portal_key)
    return Deployed(deployment.stack_name, len(plan.changes), outputs, seeded, smoke)


def direct_base_url(outputs: dict[str, str], target: Target) -> str:
    """The API's own address, whatever name is put in front of it."""
    if target.is_local:
        return f"{target.endpoint_url}/restapis/{outputs['RestAPIId']}/api/_user_request_"
    return outputs["EndpointURL"].rstrip("/")


def _run_plan(cloudformation: Any, plan: Plan, request: Request) -> None:
    if not plan.changes:
        discard(cloudformation, plan)
        console.print(f"{plan.stack_name} is already as it should be.")
        return
    show_plan(plan)
    if not request.assume_yes and not _confirmed():
        discard(cloudformation, plan)
        raise OperatorError("Nothing was changed: the plan was not confirmed (--yes runs it).")
    bars = ResourceBars(plan)
    with bars.progress:
        run(cloudformation, plan, bars.show)


def _confirmed() -> bool:
    return sys.stdin.isatty() and Confirm.ask("Run this plan?", console=console, default=False)


def _upload(package: Package, target: Target, account: Account, stack_name: str) -> str:
    """Returns: the template's URL. Equal code has an equal key: CloudFormation sees no change."""
    s3 = target.client("s3")
    bucket, key = account.artefact_bucket, f"code/{package.digest}.zip"
    s3.upload_file(str(package.code), bucket, key, ExtraArgs={"ServerSideEncryption": "AES256"})
    template = package.template_for(bucket, key)
    template_key = f"templates/{stack_name}-{package.digest[:16]}.json"
    s3.put_object(
        Bucket=bucket, Key=template_key, Body=template.encode(), ServerSideEncryption="AES256"
    )
    return f"{s3.meta.endpoint_url}/{bucket}/{template_key}"


def _parameters(deployment: Deployment, target: Target) -> dict[str, str]:
    return {
        "Province": deployment.province,
        "PublicBaseUrl": deployment.public_base_url,
        "KeepData": "false" if target.is_local else "true",
    }
