"""What would stop a deploy half-way is found before it begins."""

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from infra.errandless import preflight
from infra.errandless.failures import OperatorError
from infra.errandless.preflight import check_account
from infra.errandless.target import Target

REGION = "ap-southeast-1"
BUCKET = "errandless-artefacts-123456789012-ap-southeast-1"


@pytest.fixture(autouse=True)
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setattr(preflight, "require_runtime", lambda: None)
    with mock_aws():
        yield


def allow_all_but(monkeypatch: pytest.MonkeyPatch, *denied: str) -> None:
    """moto does not simulate policies."""

    class Iam:
        def simulate_principal_policy(
            self,
            PolicySourceArn: str,  # noqa: N803
            ActionNames: list[str],  # noqa: N803
        ) -> dict[str, Any]:
            decide = {name: "implicitDeny" if name in denied else "allowed" for name in ActionNames}
            return {
                "EvaluationResults": [
                    {"EvalActionName": name, "EvalDecision": decision}
                    for name, decision in decide.items()
                ]
            }

    real = Target.client
    monkeypatch.setattr(
        Target,
        "client",
        lambda self, service: Iam() if service == "iam" else real(self, service),
    )


def test_the_bucket_for_artefacts_is_made_and_closed_to_the_public(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    allow_all_but(monkeypatch)
    account = check_account(Target(REGION))
    assert account.artefact_bucket == BUCKET
    closed = boto3.client("s3", region_name=REGION).get_public_access_block(Bucket=BUCKET)
    assert set(closed["PublicAccessBlockConfiguration"].values()) == {True}


def test_a_second_time_the_bucket_is_used_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    allow_all_but(monkeypatch)
    check_account(Target(REGION))
    s3 = boto3.client("s3", region_name=REGION)
    s3.put_object(Bucket=BUCKET, Key="kept", Body=json.dumps("kept").encode())
    check_account(Target(REGION))
    assert s3.get_object(Bucket=BUCKET, Key="kept")["Body"].read() == b'"kept"'


def test_a_missing_permission_is_named_before_anything_is_made(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    allow_all_but(monkeypatch, "iam:CreateRole", "kms:CreateKey")
    with pytest.raises(OperatorError, match="iam:CreateRole, kms:CreateKey"):
        check_account(Target(REGION))
    with pytest.raises(ClientError):
        boto3.client("s3", region_name=REGION).head_bucket(Bucket=BUCKET)


def test_a_region_that_does_not_exist_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    allow_all_but(monkeypatch)
    with pytest.raises(OperatorError, match="There is no region vn-hanoi-1"):
        check_account(Target("vn-hanoi-1"))


def test_a_region_without_a_service_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    allow_all_but(monkeypatch)
    monkeypatch.setattr(preflight, "_NEEDED_SERVICES", ("lambda", "honeycode"))
    with pytest.raises(OperatorError, match="Region ap-southeast-1 has no honeycode"):
        check_account(Target(REGION))
