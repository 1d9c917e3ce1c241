"""A whole province here: local AWS, the same deploy, channel simulator, clean addresses."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.errandless.console import step
from infra.errandless.deploy import Deployed, Request, deploy, direct_base_url
from infra.errandless.deployment import Deployment, read_deployment
from infra.errandless.description import describe, simulator_config
from infra.errandless.failures import OperatorError
from infra.errandless.paths import LOCAL, ROOT
from infra.errandless.target import Target
from infra.local_cloud.proxy import CleanUrls
from infra.local_cloud.server import REGION, require_free_port, start_local_cloud, stop_group

PUBLIC_PORT, CLOUD_PORT, SIMULATOR_PORT = 8000, 4566, 8100


@dataclass(frozen=True, slots=True)
class Ports:
    """All on 127.0.0.1. `public`: what payers and portals use."""

    public: int
    cloud: int
    simulator: int


@contextmanager
def running_province(
    province: str, ports: Ports, file: Path | None = None
) -> Iterator[dict[str, Any]]:
    """Yields what `file` says (`.local/<province>.json`); ends all that it started.

    Raises: OperatorError
    """
    read_deployment(province)
    for port in (ports.public, ports.cloud, ports.simulator):
        require_free_port(port)
    with ExitStack() as stack:
        proxy = CleanUrls(ports.public)
        stack.callback(proxy.stop)
        with step("Local AWS"):
            cloud = start_local_cloud(ports.cloud)
        stack.callback(cloud.stop)
        deployed = deploy_locally(province, proxy.url, cloud.endpoint_url, ports.simulator)
        api = direct_base_url(deployed.outputs, Target(REGION, cloud.endpoint_url))
        proxy.lead_to("127.0.0.1", ports.cloud, api.removeprefix(cloud.endpoint_url))
        description = describe(deployed, cloud.endpoint_url, _simulator_url(ports.simulator))
        with step("Channel simulator"):
            stack.callback(stop_group, _start_simulator(ports.simulator, description))
        file = file or LOCAL / f"{province}.json"
        file.write_text(json.dumps(description, indent=2, ensure_ascii=False) + "\n")
        stack.callback(file.unlink, missing_ok=True)
        yield description


def deploy_locally(
    province: str, base_url: str, endpoint_url: str, simulator_port: int
) -> Deployed:
    """Also deploys again to a local AWS that is running. Raises: OperatorError"""
    deployment = Deployment(province, REGION, base_url)
    target = Target(REGION, endpoint_url)
    return deploy(Request(deployment, target, True, _simulator_url(simulator_port)))


def _simulator_url(port: int) -> str:
    return f"http://127.0.0.1:{port}"


def _start_simulator(port: int, description: dict[str, Any]) -> subprocess.Popen[bytes]:
    config = LOCAL / f"simulator-{port}.json"
    config.write_text(simulator_config(description))
    command = [sys.executable, "-m", "infra.simulator", "--port", str(port)]
    log = LOCAL / f"simulator-{port}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*command, "--config", str(config)],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=output,
            start_new_session=True,
        )
    if process.stdout is None or not process.stdout.readline():
        raise OperatorError(f"The channel simulator did not come up; its log: {log}")
    return process


def read_description(province: str) -> dict[str, Any]:
    """Raises: OperatorError when nothing runs here."""
    file: Path = LOCAL / f"{province}.json"
    if not file.is_file():
        raise OperatorError(
            f"{province} is not running here: `make run PROVINCE={province}` first."
        )
    description: dict[str, Any] = json.loads(file.read_text())
    return description
