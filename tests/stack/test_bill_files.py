"""A file of bills put into the bucket is worked off by itself, within its function's own rights."""

import json
from typing import Any

import pytest

from infra.errandless.target import Target
from infra.local_cloud.server import REGION
from tests.stack.portal import wait_until
from tests.stack.test_policies import Attempt, attempt  # noqa: F401 - a fixture

HEADING = "reference,payee_unit,fee_item,amount_minor,payer_kind,payer_name,due_date"
ROW = "HP-2026-{:04d},QNPHG,PHAT-VPHC,{},individual,Học sinh {},2030-03-29"
ROWS, BAD = 230, 117


def test_a_file_put_twice_issues_its_bills_once(local_province: dict[str, Any]) -> None:
    s3 = Target(REGION, local_province["aws_endpoint_url"]).client("s3")
    outputs = local_province["outputs"]
    lines = [ROW.format(n, "x" if n == BAD else 500_000 + n, n) for n in range(ROWS)]
    for name, wanted in (("first.csv", (229, 0, 1)), ("again.csv", (0, 229, 1))):
        s3.put_object(
            Bucket=outputs["StatementsBucket"],
            Key=f"bills/demo/{name}",
            Body="\n".join([HEADING, *lines]).encode(),
        )
        prefix = f"bill-files/demo/{name}/"

        def results(prefix: str = prefix) -> dict[str, str]:
            found = s3.list_objects_v2(Bucket=outputs["ReportsBucket"], Prefix=prefix)
            keys = [each["Key"] for each in found.get("Contents", [])]
            return {key.rpartition("/")[2]: key for key in keys}

        keys = wait_until(results, lambda found: "result.json" in found)

        def read(name: str, keys: dict[str, str] = keys) -> str:
            stored = s3.get_object(Bucket=outputs["ReportsBucket"], Key=keys[name])
            text: str = stored["Body"].read().decode("utf-8-sig")
            return text

        result = json.loads(read("result.json"))
        assert (result["issued"], result["already_issued"], result["refused"]) == wanted
        (error,) = read("errors.csv").splitlines()[1:]
        assert error.startswith(f"{BAD + 2},HP-2026-0117,amount_minor,not_a_whole_number,")
        assert len(read("bills.csv").splitlines()) == ROWS


@pytest.mark.parametrize(
    ("bucket", "key", "code"),
    [
        ("ReportsBucket", "bill-files/probe", "done"),
        ("ReportsBucket", "reconciliations/probe", "AccessDenied"),
        ("StatementsBucket", "bills/probe", "AccessDenied"),
    ],
)
def test_its_worker_writes_results_only(
    attempt: Attempt,  # noqa: F811
    local_province: dict[str, Any],
    bucket: str,
    key: str,
    code: str,
) -> None:
    arguments = {"Bucket": local_province["outputs"][bucket], "Key": key, "Body": "x"}
    assert attempt("bill-file-worker", "s3", "put_object", arguments) == code
