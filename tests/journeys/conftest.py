"""Provinces on moto behind real HTTP, with the channel simulator, seeded from their own folders."""

import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from chalicelib.wiring import use_platform
from infra.errandless.deploy import Deployed
from infra.errandless.description import describe, simulator_config
from infra.errandless.paths import PROVINCES
from infra.errandless.seed import SeedResult, seed_province
from infra.errandless.smoke import SmokeTest
from infra.simulator import Simulator, read_config
from tests.journal.kept import replayed
from tests.journeys.operations import Operations
from tests.journeys.place import Place
from tests.support.clients import SharingPlatform, client
from tests.support.finance import put_file
from tests.support.http_front import http_front
from tests.support.local_province import LocalProvince, local_cloud
from tests.support.stack_on_moto import create_stack


@contextmanager
def province_on_moto(code: str, folder: Path) -> Iterator[tuple[Place, LocalProvince]]:
    with ExitStack() as stack:
        front = stack.enter_context(http_front())
        clock = stack.enter_context(local_cloud(datetime.now(UTC)))
        port = _free_port()
        settings = create_stack(code, front.url)
        outputs = {
            "Province": code,
            "PublicBaseUrl": front.url,
            "SetupTable": settings.setup_table,
            "DataKeyId": settings.data_key_id,
            "SecretsPrefix": settings.secrets_prefix,
        }
        substitutions = {"SIMULATOR_URL": f"http://127.0.0.1:{port}"}

        def seed(provinces: Path) -> SeedResult:
            return seed_province(
                *(client, outputs, code),
                substitutions=substitutions,
                local=True,
                provinces=provinces,
            )

        seeded = seed(PROVINCES)
        platform = SharingPlatform(settings, now=clock)
        use_platform(platform)
        front.province = province = LocalProvince(settings, clock, platform)
        deployed = Deployed(code, 0, outputs, seeded, SmokeTest(front.url, None))
        description = describe(deployed, "", substitutions["SIMULATOR_URL"])
        config = folder / "simulator.json"
        config.write_text(simulator_config(description))
        stack.enter_context(Simulator(read_config(config), port=port))
        operations = Operations(province, front, folder, seed)
        yield _place(description, operations), province


def _place(description: dict[str, Any], operations: Operations) -> Place:
    province, front = operations.province, operations.front

    def settle() -> None:
        with front.one_at_a_time:
            operations.set_clock()
            province.pump()

    def drop(key: str, body: bytes) -> None:
        folder, _, rest = key.partition("/")
        with front.one_at_a_time:
            if folder == "bills":
                province.put_bill_file(rest, body)
            elif folder == "finance":
                put_file(province, key, body)
            else:
                bucket = province.settings.statements_bucket
                client("s3").put_object(Bucket=bucket, Key=key, Body=body)
                province.tell_arrival(key, len(body))

    def replay() -> list[Any]:
        settle()
        with front.one_at_a_time:
            province.keep_journal()
            report = replayed(province)
        return [*report.faults, *report.differences]

    def reports(prefix: str) -> dict[str, bytes]:
        s3, bucket = client("s3"), province.settings.reports_bucket
        found = s3.list_objects_v2(Bucket=bucket, Prefix=prefix).get("Contents", [])
        keys = [each["Key"] for each in found]
        return {key: s3.get_object(Bucket=bucket, Key=key)["Body"].read() for key in keys}

    return Place(description, settle, drop, reports, replay, operations)


def _free_port() -> int:
    with socket.socket() as each:
        each.bind(("127.0.0.1", 0))
        port: int = each.getsockname()[1]
        return port


@pytest.fixture
def walk_in(tmp_path: Path) -> Iterator[Callable[[str], Place]]:
    """A province by its code, for one test."""
    with ExitStack() as stack:
        yield lambda code: stack.enter_context(province_on_moto(code, tmp_path))[0]
