"""A finance system at a local province: messages in, results out, files in the buckets."""

import json
from typing import Any

from chalicelib.wiring import Platform
from infra.simulator.finance import FINANCE_SIGNING_KEY, FinanceSystem, as_file, notice
from tests.support.clients import REGION, client
from tests.support.local_province import HttpAnswer, LocalProvince
from tests.support.notifications import ipn_code, send_ipn
from tests.support.portal_client import call, start
from tests.support.seeded import PORTAL_KEY, province_document, seed

SENDER, SECRET = "hz-nontax", "finance/hz-nontax"
UNIT, ITEM, COPIES = "330101", "1030101", "1030102"

SYSTEM = {
    "sender": SENDER,
    "portal": "portal-a",
    "secret_name": SECRET,
    "units": {UNIT: "UNITA"},
    "items": {ITEM: "FINE", COPIES: "COPIES"},
    "surcharge_basis": "《行政处罚法》第七十二条",
}


def seed_with_finance(platform: Platform) -> None:
    seed(platform)
    add_finance(platform)


def add_finance(platform: Platform, **changes: Any) -> None:
    document = province_document()
    document["profile"]["finance_systems"] = [SYSTEM | changes]
    platform.setup.write_province(document)
    platform.secrets.write_secret(SECRET, {"signing_key": FINANCE_SIGNING_KEY})


def a_system() -> FinanceSystem:
    return FinanceSystem(SENDER)


def a_notice(number: str = "N-1", amount: str = "1000000", **changes: Any) -> dict[str, Any]:
    return notice(number, UNIT, amount, ITEM, **changes)


def send(province: LocalProvince, *messages: dict[str, Any], key: str = PORTAL_KEY) -> HttpAnswer:
    return call(province, "POST", "/v1/finance/messages", {"messages": list(messages)}, key=key)


def sent(province: LocalProvince, *messages: dict[str, Any]) -> list[dict[str, Any]]:
    answer = send(province, *messages)
    assert answer.status == 200, answer
    answers: list[dict[str, Any]] = answer.json["answers"]
    return answers


def calling(province: LocalProvince, key: str = PORTAL_KEY) -> Any:
    """As the simulator calls."""

    def ask(path: str, body: dict[str, Any] | None) -> tuple[int, Any]:
        answer = call(province, "GET" if body is None else "POST", path, body, key=key)
        return answer.status, answer.json

    return ask


def put_file(province: LocalProvince, key: str, content: bytes) -> None:
    """A file lands in the bucket, and EventBridge tells; so do those that the function puts."""
    bucket = province.settings.statements_bucket
    client("s3").put_object(Bucket=bucket, Key=key, Body=content)
    tell(province, key)


def tell(province: LocalProvince, key: str) -> None:
    import app as table_of_contents
    from tests.support.local_province import Context

    bucket = province.settings.statements_bucket
    head = client("s3").head_object(Bucket=bucket, Key=key)
    stored = {"key": key, "size": head["ContentLength"]}
    if "VersionId" in head:
        stored["version-id"] = head["VersionId"]
    event = {
        "version": "0",
        "id": "event",
        "source": "aws.s3",
        "account": "123456789012",
        "time": province.clock.at.isoformat(),
        "region": REGION,
        "resources": [],
        "detail-type": "Object Created",
        "detail": {"bucket": {"name": bucket}, "object": stored},
    }
    table_of_contents.finance_arrival(event, Context())


def put_messages(province: LocalProvince, name: str, *messages: dict[str, Any]) -> None:
    put_file(province, f"finance/{SENDER}/in/{name}", as_file(messages))


def exchange(province: LocalProvince) -> None:
    import app as table_of_contents

    province.run_schedule(table_of_contents.finance_exchange)


def report(province: LocalProvince, key: str) -> bytes:
    bucket = province.settings.reports_bucket
    content: bytes = client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
    return content


def reports(province: LocalProvince, prefix: str) -> list[str]:
    bucket = province.settings.reports_bucket
    found = client("s3").list_objects_v2(Bucket=bucket, Prefix=prefix).get("Contents", [])
    return [each["Key"] for each in found]


def answers_of(province: LocalProvince, name: str, line: int = 1) -> list[dict[str, Any]]:
    content = report(province, f"finance/{SENDER}/answers/{name}/{line:08d}.jsonl")
    return [json.loads(each) for each in content.splitlines()]


def pay(province: LocalProvince, code: str, amount_minor: int, number: int = 1, **told: str) -> str:
    """By VNPAY; nothing is pumped. Its transaction number."""
    started = start(province, code, idempotency_key=f"p-{code}-{number}")
    assert started.status == 201, started
    trade_no = f"{14000000 + number}"
    answer = send_ipn(
        province, started.json["payment_no"], amount_minor, vnp_TransactionNo=trade_no, **told
    )
    assert ipn_code(answer) == "00"
    return trade_no
