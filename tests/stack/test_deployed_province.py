"""The packaged template on a local AWS: it comes up and does the main job once per channel."""

import json
from collections import Counter
from typing import Any

import pytest
from standardwebhooks import Webhook

from infra.errandless.run import deploy_locally
from infra.errandless.target import Target
from infra.local_cloud.server import REGION
from tests.stack.portal import PortalClient, ask, pay, wait_until

Province = dict[str, Any]


def notices_of(local_province: Province, payment_code: str) -> list[dict[str, Any]]:
    items = ask("GET", local_province["simulator_url"] + "/portal/notices").json["items"]
    return [each for each in items if payment_code in each["body"]]


def test_it_says_that_it_is_well(local_province: Province, portal: PortalClient) -> None:
    answer = ask("GET", local_province["base_url"] + "/health")
    assert answer.status == 200
    assert answer.json["status"] == "ok"
    assert answer.json["province"] == "quangninh"


def test_a_scripts_file_tells_all_that_a_journey_needs(local_province: Province) -> None:
    assert set(local_province) == {
        *("province", "base_url", "simulator_url", "aws_endpoint_url", "stack_name", "outputs"),
        *("portal", "operator", "clerk", "channels", "accounts"),
    }
    assert set(local_province["channels"]) == {
        *("vnpay", "vietqr", "sandbox", "biller", "viettelmoney")
    }
    assert local_province["portal"]["api_key"].startswith("ek_test_")


@pytest.mark.parametrize(("method", "path"), [("GET", "/nowhere"), ("DELETE", "/health")])
def test_an_unknown_address_or_method_is_a_problem_and_not_a_gateways_message(
    local_province: Province, method: str, path: str
) -> None:
    answer = ask(method, local_province["base_url"] + path)
    assert answer.status == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json["code"] == "not_found"


@pytest.mark.parametrize("channel", ["sandbox", "vnpay"])
def test_an_order_is_paid_receipted_and_told(
    local_province: Province, portal: PortalClient, channel: str
) -> None:
    created = portal.new_order()
    assert created.status == 201, created.body
    code = created.json["payment_code"]
    assert pay(portal.start_payment(code, channel)).status == 303

    order = portal.wait_for_order(code, lambda each: bool(each["receipts"]))
    assert order["status"] == "paid"
    assert [each["status"] for each in order["payments"]] == ["succeeded"]
    assert len(order["receipts"]) == 1

    told = wait_until(lambda: notices_of(local_province, code), bool)
    read = Webhook(local_province["portal"]["webhook_secret"]).verify(
        told[0]["body"].encode(), told[0]["headers"]
    )
    assert read["data"]["payment_code"] == code


def test_a_repeated_create_has_the_same_bytes_also_after_a_deploy(
    local_province: Province, portal: PortalClient
) -> None:
    body = portal.order_body("redeployed-once")
    first = portal.post("/v1/orders", body, key="redeployed-once")
    client = Target(REGION, local_province["aws_endpoint_url"]).client("lambda")
    name = local_province["outputs"]["APIHandlerName"]
    settings = client.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
    client.update_function_configuration(
        FunctionName=name, Environment={"Variables": settings | {"DEPLOYED": "again"}}
    )
    again = portal.post("/v1/orders", body, key="redeployed-once")
    assert (again.status, again.body) == (first.status, first.body)
    assert again.headers["idempotent-replayed"] == "true"


def test_deploying_the_same_again_changes_nothing(
    local_province: Province, portal: PortalClient
) -> None:
    order = portal.new_order().json
    simulator_port = int(local_province["simulator_url"].rpartition(":")[2])
    again = deploy_locally(
        local_province["province"],
        local_province["base_url"],
        local_province["aws_endpoint_url"],
        simulator_port,
    )
    assert again.changes == 0
    assert again.outputs == local_province["outputs"]
    assert again.seeded.portal_key == portal.api_key
    assert portal.get(f"/v1/orders/{order['payment_code']}").status == 200
    assert ask("GET", local_province["base_url"] + "/nowhere").status == 404


def test_every_function_starts_from_the_zip(local_province: Province) -> None:
    target = Target(REGION, local_province["aws_endpoint_url"])
    stack = local_province["stack_name"]
    empty = b'{"Records": []}'
    for name in ("ledger-stream", "receipt-numberer", "notice-sender", "bill-file-worker"):
        done = target.client("lambda").invoke(FunctionName=f"{stack}-{name}", Payload=empty)
        assert done["Payload"].read() == b'{"batchItemFailures": []}'
        assert "FunctionError" not in done


def uploaded(rule: dict[str, Any]) -> str:
    """The prefix of the files that start it."""
    (key,) = json.loads(rule["EventPattern"])["detail"]["object"]["key"]
    return str(key["prefix"])


def test_a_schedule_and_an_upload_reach_their_functions(local_province: Province) -> None:
    target = Target(REGION, local_province["aws_endpoint_url"])
    events = target.client("events")
    prefix = local_province["stack_name"]
    rules = {rule["Name"]: rule for rule in events.list_rules()["Rules"]}
    started = Counter(rule.get("ScheduleExpression") or uploaded(rule) for rule in rules.values())
    assert started == {
        "rate(1 hour)": 1,
        "rate(1 minute)": 1,
        "rate(5 minutes)": 2,
        "bills/": 1,
        "finance/": 1,
        "statements/": 1,
    }
    assert all(name.startswith(prefix) for name in rules)


def test_nothing_lies_in_a_dead_letter_queue(local_province: Province) -> None:
    sqs = Target(REGION, local_province["aws_endpoint_url"]).client("sqs")
    letters = (f"{each}DeadLetters" for each in ("Receipts", "Notices", "BillFiles"))
    for output in (*letters, "StreamFailures", "EventFailures"):
        url = local_province["outputs"][f"{output}Url"]
        shown = sqs.get_queue_attributes(
            QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"]
        )
        assert shown["Attributes"]["ApproximateNumberOfMessages"] == "0", output
