"""The local AWS holds each function to its own policy, so that every journey here proves them."""

import io
import json
import zipfile
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from infra.errandless.target import Target
from infra.local_cloud.server import REGION

HANDLER = """
import boto3
from botocore.exceptions import ClientError

def handler(event, context):
    client = boto3.client(event["service"])
    try:
        getattr(client, event["call"])(**event["arguments"])
    except ClientError as error:
        return error.response["Error"]["Code"]
    return "done"
"""

Attempt = Callable[[str, str, str, dict[str, Any]], str]


@pytest.fixture(scope="module")
def attempt(local_province: dict[str, Any]) -> Iterator[Attempt]:
    """Calls AWS with the role of one of the functions; returns `done` or the error's code."""
    target = Target(REGION, local_province["aws_endpoint_url"])
    functions, stack = target.client("lambda"), local_province["stack_name"]
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as code:
        code.writestr("probe.py", HANDLER)
    made: set[str] = set()

    def run(role_of: str, service: str, call: str, arguments: dict[str, Any]) -> str:
        name = f"probe-{role_of}"
        if name not in made:
            role = functions.get_function_configuration(FunctionName=f"{stack}-{role_of}")["Role"]
            functions.create_function(
                FunctionName=name,
                Runtime="python3.13",
                Role=role,
                Handler="probe.handler",
                Code={"ZipFile": content.getvalue()},
                Timeout=30,
            )
            made.add(name)
        event = {"service": service, "call": call, "arguments": arguments}
        done = functions.invoke(FunctionName=name, Payload=json.dumps(event))
        return str(json.loads(done["Payload"].read()))

    yield run
    for name in made:
        functions.delete_function(FunctionName=name)


ROW = {"pk": {"S": "probe"}, "sk": {"S": "-"}}


@pytest.mark.parametrize("role_of", ["notice-sender", "ledger-stream", "journal-keeper"])
def test_who_only_follows_up_cannot_put_a_money_row(
    attempt: Attempt, local_province: dict[str, Any], role_of: str
) -> None:
    arguments = {"TableName": local_province["outputs"]["LedgerTable"], "Item": ROW}
    assert attempt(role_of, "dynamodb", "put_item", arguments) == "AccessDeniedException"


def test_the_numberer_can_put_a_money_row(attempt: Attempt, local_province: dict[str, Any]) -> None:
    ledger = local_province["outputs"]["LedgerTable"]
    arguments = {"TableName": ledger, "Item": ROW}
    assert attempt("receipt-numberer", "dynamodb", "put_item", arguments) == "done"


@pytest.mark.parametrize(
    "role_of",
    ["app", "ledger-stream", "receipt-numberer", "payment-chaser", "daily-reconciler"],
)
def test_nobody_deletes_a_money_row(
    attempt: Attempt, local_province: dict[str, Any], role_of: str
) -> None:
    arguments = {"TableName": local_province["outputs"]["LedgerTable"], "Key": ROW}
    assert attempt(role_of, "dynamodb", "delete_item", arguments) == "AccessDeniedException"


def test_who_talks_to_no_channel_reads_no_channels_secret(
    attempt: Attempt, local_province: dict[str, Any]
) -> None:
    arguments = {"SecretId": local_province["outputs"]["SecretsPrefix"] + "vnpay/quangninh"}
    without = ("ledger-stream", "receipt-numberer", "notice-sender", "effect-sweeper")
    for role_of in (*without, "journal-keeper"):
        code = attempt(role_of, "secretsmanager", "get_secret_value", arguments)
        assert code == "AccessDeniedException", role_of
    assert attempt("payment-chaser", "secretsmanager", "get_secret_value", arguments) == "done"


def test_another_provinces_secrets_are_out_of_reach(attempt: Attempt) -> None:
    arguments = {"SecretId": "errandless/binhduong/vnpay/binhduong"}
    code = attempt("app", "secretsmanager", "get_secret_value", arguments)
    assert code == "AccessDeniedException"


def test_only_its_keeper_adds_to_the_journal_and_nobody_takes_from_it(
    attempt: Attempt, local_province: dict[str, Any]
) -> None:
    bucket = local_province["outputs"]["JournalBucket"]
    place = {"Bucket": bucket, "Key": "journal/2026-03-02/0/probe"}
    for role_of in ("app", "ledger-stream", "payment-chaser", "daily-reconciler"):
        assert attempt(role_of, "s3", "put_object", {**place, "Body": "x"}) == "AccessDenied", (
            role_of
        )
    elsewhere = {**place, "Key": "elsewhere", "Body": "x"}
    assert attempt("journal-keeper", "s3", "put_object", elsewhere) == "AccessDenied"
    for role_of in ("app", "journal-keeper", "ledger-stream"):
        assert attempt(role_of, "s3", "delete_object", place) == "AccessDenied", role_of


def test_only_the_hourly_run_adds_statements_and_nobody_takes_one_away(
    attempt: Attempt, local_province: dict[str, Any]
) -> None:
    bucket = local_province["outputs"]["StatementsBucket"]
    place = {"Bucket": bucket, "Key": "statements/probe"}
    for role_of in ("app", "ledger-stream", "payment-chaser", "statement-arrival"):
        assert attempt(role_of, "s3", "put_object", {**place, "Body": "x"}) == "AccessDenied", (
            role_of
        )
    assert attempt("daily-reconciler", "s3", "put_object", {**place, "Body": "x"}) == "done"
    elsewhere = {**place, "Key": "elsewhere", "Body": "x"}
    assert attempt("daily-reconciler", "s3", "put_object", elsewhere) == "AccessDenied"
    assert attempt("daily-reconciler", "s3", "delete_object", place) == "AccessDenied"
    arguments = {"SecretId": local_province["outputs"]["SecretsPrefix"] + "vnpay/quangninh"}
    assert attempt("daily-reconciler", "secretsmanager", "get_secret_value", arguments) == "done"


def test_reconcilers_keep_files_and_nobody_takes_one_away(
    attempt: Attempt, local_province: dict[str, Any]
) -> None:
    place = {"Bucket": local_province["outputs"]["JournalBucket"], "Key": "files/probe"}
    for role_of in ("statement-arrival", "daily-reconciler"):
        assert attempt(role_of, "s3", "put_object", {**place, "Body": "x"}) == "done", role_of
        assert attempt(role_of, "s3", "delete_object", place) == "AccessDenied", role_of
    for role_of in ("app", "ledger-stream", "journal-keeper"):
        arguments = {**place, "Body": "x"}
        assert attempt(role_of, "s3", "put_object", arguments) == "AccessDenied", role_of
