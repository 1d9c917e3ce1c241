"""A statement file put into the bucket is reconciled by itself, and its report can be read."""

import hashlib
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from infra.errandless.target import Target
from infra.local_cloud.server import REGION
from tests.stack.portal import PortalClient, ask, pay, wait_until


def test_an_uploaded_statement_is_reconciled_without_breaks(
    local_province: dict[str, Any], portal: PortalClient
) -> None:
    code = portal.new_order().json["payment_code"]
    payment = portal.start_payment(code, "vnpay")
    pay(payment)
    portal.wait_for_order(code, lambda each: bool(each["receipts"]))

    day = datetime.now(UTC).astimezone(ZoneInfo("Asia/Ho_Chi_Minh")).date().isoformat()
    account = local_province["channels"]["vnpay"]
    file = f"{local_province['simulator_url']}/vnpay/{account['tmn_code']}/statements/{day}.csv"
    s3 = Target(REGION, local_province["aws_endpoint_url"]).client("s3")
    folder = f"vnpay/{account['account']}/{day}/"
    outputs = local_province["outputs"]
    s3.put_object(
        Bucket=outputs["StatementsBucket"],
        Key=f"statements/{folder}statement.csv",
        Body=ask("GET", file).body,
    )

    def reports() -> list[str]:
        found = s3.list_objects_v2(
            Bucket=outputs["ReportsBucket"], Prefix=f"reconciliations/{folder}"
        )
        return [each["Key"] for each in found.get("Contents", [])]

    keys = wait_until(reports, lambda found: any(key.endswith("en.csv") for key in found))
    key = next(key for key in keys if key.endswith("en.csv"))
    report = s3.get_object(Bucket=outputs["ReportsBucket"], Key=key)["Body"].read().decode()
    assert report.splitlines()[1:] == []

    content = s3.get_object(
        Bucket=outputs["StatementsBucket"], Key=f"statements/{folder}statement.csv"
    )["Body"].read()
    kept = f"files/{hashlib.sha256(content).hexdigest()}"
    copy = s3.get_object(Bucket=outputs["JournalBucket"], Key=kept)["Body"].read()
    assert copy == content
    found = s3.list_objects_v2(Bucket=outputs["JournalBucket"], Prefix="files/")
    assert found["KeyCount"] >= 2  # the statement, and what the run decided
