"""A province on a local AWS of its own, from the packaged template, for the whole session."""

import json
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from infra.errandless.failures import OperatorError
from infra.errandless.run import Ports, running_province
from infra.errandless.target import Target
from infra.errandless.template import require_runtime
from infra.local_cloud.server import REGION
from tests.journeys.place import Place
from tests.stack.portal import PAUSE_SECONDS, PortalClient

PROVINCE = "quangninh"
# What EventBridge hands to a function that a schedule starts.
TICK = {
    "version": "0",
    "id": "tick",
    "account": "123456789012",
    "time": "2026-03-02T02:00:00Z",
    "source": "aws.events",
    "detail-type": "Scheduled Event",
    "detail": {},
    "region": REGION,
    "resources": [],
}


def free_ports(count: int) -> list[int]:
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


@pytest.fixture(scope="session")
def local_province(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """What `.local/quangninh.json` would say of it."""
    try:
        require_runtime()
    except OperatorError as error:
        pytest.skip(str(error))
    file = tmp_path_factory.mktemp("local") / f"{PROVINCE}.json"
    with running_province(PROVINCE, Ports(*free_ports(3)), file) as description:
        yield description


@pytest.fixture(scope="session")
def portal(local_province: dict[str, Any]) -> PortalClient:
    return PortalClient(local_province["base_url"], local_province["portal"]["api_key"])


@pytest.fixture(scope="session")
def place(local_province: dict[str, Any]) -> Place:
    """The same as journeys are walked in; what waits goes on by itself."""
    s3 = Target(REGION, local_province["aws_endpoint_url"]).client("s3")
    outputs = local_province["outputs"]

    def drop(key: str, body: bytes) -> None:
        s3.put_object(Bucket=outputs["StatementsBucket"], Key=key, Body=body)

    def reports(prefix: str) -> dict[str, bytes]:
        bucket = outputs["ReportsBucket"]
        found = s3.list_objects_v2(Bucket=bucket, Prefix=prefix).get("Contents", [])
        keys = [each["Key"] for each in found]
        return {key: s3.get_object(Bucket=bucket, Key=key)["Body"].read() for key in keys}

    return Place(local_province, lambda: time.sleep(PAUSE_SECONDS), drop, reports)


@pytest.fixture(scope="session")
def invoke(local_province: dict[str, Any]) -> Callable[[str], None]:
    """Strikes a schedule: runs a function to its end. Raises: AssertionError when it failed."""
    client = Target(REGION, local_province["aws_endpoint_url"]).client("lambda")

    def run(suffix: str) -> None:
        name = f"{local_province['stack_name']}-{suffix}"
        done = client.invoke(FunctionName=name, Payload=json.dumps(TICK))
        assert "FunctionError" not in done, done["Payload"].read()

    return run
