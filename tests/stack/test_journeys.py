"""The first journeys on the local AWS: the walks of moto, through the packaged functions."""

import time
from collections.abc import Callable
from typing import Any

import pytest

from infra.errandless.target import Target
from infra.local_cloud.server import REGION
from tests.journeys import test_j01_a_driver_pays_a_fine as j1
from tests.journeys import test_j02_an_exam_s_opening_hour as j2
from tests.journeys import test_j04_one_code_on_a_dossier_receipt as j4
from tests.journeys.place import Place
from tests.stack.portal import PAUSE_SECONDS, wait_until
from tests.stack.test_journal import replayed


@pytest.fixture(scope="module")
def place(local_province: dict[str, Any]) -> Place:
    s3 = Target(REGION, local_province["aws_endpoint_url"]).client("s3")
    outputs = local_province["outputs"]

    def drop(key: str, body: bytes) -> None:
        s3.put_object(Bucket=outputs["StatementsBucket"], Key=key, Body=body)

    def reports(prefix: str) -> dict[str, bytes]:
        bucket = outputs["ReportsBucket"]
        found = s3.list_objects_v2(Bucket=bucket, Prefix=prefix).get("Contents", [])
        keys = [each["Key"] for each in found]
        return {key: s3.get_object(Bucket=bucket, Key=key)["Body"].read() for key in keys}

    def replay() -> list[Any]:
        """The keeper reads the stream at a pace of its own: what it has not kept yet comes."""
        report = wait_until(
            lambda: replayed(local_province), lambda seen: not seen.faults and not seen.left
        )
        return [*report.faults, *report.differences]

    return Place(local_province, lambda: time.sleep(PAUSE_SECONDS), drop, reports, replay)


@pytest.mark.parametrize("walk", [j1.walk, j2.walk, j4.walk], ids=["J1", "J2", "J4"])
def test_a_journey_on_the_local_aws(place: Place, walk: Callable[[Place], None]) -> None:
    walk(place)
    assert place.replay() == []
