"""What would stop a deploy half-way, asked before it begins."""

from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError, UnknownRegionError

from infra.errandless.failures import OperatorError
from infra.errandless.target import Target
from infra.errandless.template import require_runtime

_NEEDED_SERVICES = ("lambda", "dynamodb", "apigateway", "sqs", "s3", "kms", "secretsmanager")
_NEEDED_ACTIONS = (
    "cloudformation:CreateChangeSet",
    "cloudformation:ExecuteChangeSet",
    "iam:CreateRole",
    "iam:PutRolePolicy",
    "lambda:CreateFunction",
    "dynamodb:CreateTable",
    "apigateway:POST",
    "sqs:CreateQueue",
    "s3:CreateBucket",
    "kms:CreateKey",
    "secretsmanager:CreateSecret",
    "events:PutRule",
    "logs:CreateLogGroup",
)


@dataclass(frozen=True, slots=True)
class Account:
    account_id: str
    artefact_bucket: str


def check_account(target: Target) -> Account:
    """Credentials, region, permissions, runtime and the bucket for artefacts (made if missing).

    Raises: OperatorError for the first that is wrong.
    """
    require_runtime()
    identity = _identity(target)
    if not target.is_local:
        _check_region(target)
        _check_permissions(target, identity["Arn"])
    bucket = f"errandless-artefacts-{identity['Account']}-{target.region}"
    _ensure_bucket(target, bucket, identity["Account"])
    return Account(identity["Account"], bucket)


def _identity(target: Target) -> Any:
    try:
        return target.client("sts").get_caller_identity()
    except (BotoCoreError, ClientError) as error:
        raise OperatorError(
            f"There are no valid AWS credentials ({error}): sign in, or set AWS_PROFILE."
        ) from error


def _check_region(target: Target) -> None:
    session = target.session()
    try:
        partition = session.get_partition_for_region(target.region)
    except UnknownRegionError as error:
        raise OperatorError(
            f"There is no region {target.region}: mend the province's deployment.json."
        ) from error
    for service in _NEEDED_SERVICES:
        if target.region not in session.get_available_regions(service, partition):
            raise OperatorError(
                f"Region {target.region} has no {service}: mend the province's deployment.json."
            )


def _check_permissions(target: Target, arn: str) -> None:
    """An account that may not simulate is let through: CloudFormation then says what is missing."""
    if ":assumed-role/" in arn:
        before, _, role = arn.partition(":assumed-role/")
        arn = f"{before.replace(':sts:', ':iam:')}:role/{role.split('/')[0]}"
    try:
        answer = target.client("iam").simulate_principal_policy(
            PolicySourceArn=arn, ActionNames=list(_NEEDED_ACTIONS)
        )
    except ClientError:
        return
    results = answer["EvaluationResults"]
    denied = [each["EvalActionName"] for each in results if each["EvalDecision"] != "allowed"]
    if denied:
        raise OperatorError(f"{arn} lacks permissions that a deploy needs: {', '.join(denied)}.")


def _ensure_bucket(target: Target, bucket: str, account_id: str) -> None:
    client = target.client("s3")
    try:
        client.head_bucket(Bucket=bucket, ExpectedBucketOwner=account_id)
        return
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] != 404:
            raise OperatorError(f"The bucket {bucket} is not ours to use ({error}).") from error
    where = {"LocationConstraint": target.region} if target.region != "us-east-1" else None
    client.create_bucket(Bucket=bucket, **({"CreateBucketConfiguration": where} if where else {}))
    client.put_public_access_block(
        Bucket=bucket,
        PublicAccessBlockConfiguration={
            "BlockPublicAcls": True,
            "IgnorePublicAcls": True,
            "BlockPublicPolicy": True,
            "RestrictPublicBuckets": True,
        },
    )
