"""The stack's tables, buckets, queues and key on moto, made from the same files as the template."""

from functools import cache
from pathlib import Path
from typing import Any

import yaml

from chalicelib.settings import Settings
from tests.support.clients import REGION, client

STACK = Path(__file__).parents[2] / "infra" / "stack"
TABLE_PARTS = ("KeySchema", "AttributeDefinitions", "GlobalSecondaryIndexes", "BillingMode")


@cache
def _resources(file: str) -> dict[str, Any]:
    resources: dict[str, Any] = yaml.safe_load((STACK / file).read_text())["Resources"]
    return resources


def create_stack(province: str, public_base_url: str, prefix: str = "") -> Settings:
    """`prefix`: of tables and queues, where several provinces share one moto."""
    for name, resource in _resources("data.yaml").items():
        if resource["Type"] == "AWS::DynamoDB::Table":
            _create_table(f"{prefix}{name}", resource["Properties"])
    s3 = client("s3")
    for bucket in ("statements", "reports", "journal"):
        s3.create_bucket(
            Bucket=f"{province}-{bucket}",
            CreateBucketConfiguration={"LocationConstraint": REGION},
        )
    urls = _create_queues(_resources("queues.yaml"), prefix)
    key = client("kms").create_key()["KeyMetadata"]["Arn"]
    return Settings(
        province=province,
        public_base_url=public_base_url,
        ledger_table=f"{prefix}LedgerTable",
        views_table=f"{prefix}ViewsTable",
        setup_table=f"{prefix}SetupTable",
        statements_bucket=f"{province}-statements",
        reports_bucket=f"{province}-reports",
        journal_bucket=f"{province}-journal",
        receipts_queue_url=urls["ReceiptsQueue"],
        notices_queue_url=urls["NoticesQueue"],
        bill_files_queue_url=urls["BillFilesQueue"],
        data_key_id=key,
        secrets_prefix=f"errandless/{province}/",
    )


def _create_table(name: str, properties: dict[str, Any]) -> None:
    parts = {part: properties[part] for part in TABLE_PARTS if part in properties}
    if "StreamSpecification" in properties:
        parts["StreamSpecification"] = {
            "StreamEnabled": True,
            **properties["StreamSpecification"],
        }
    client("dynamodb").create_table(TableName=name, **parts)


def _create_queues(resources: dict[str, Any], prefix: str) -> dict[str, str]:
    sqs = client("sqs")
    urls = {}
    for name, resource in resources.items():
        if resource["Type"] == "AWS::SQS::Queue":
            properties = resource.get("Properties", {})
            fifo = properties.get("FifoQueue", False)
            attributes = {"VisibilityTimeout": str(properties.get("VisibilityTimeout", 30))}
            if fifo:
                attributes["FifoQueue"] = "true"
                dedup = properties.get("ContentBasedDeduplication", False)
                attributes["ContentBasedDeduplication"] = str(dedup).lower()
            full_name = f"{prefix}{name}{'.fifo' if fifo else ''}"
            urls[name] = sqs.create_queue(QueueName=full_name, Attributes=attributes)["QueueUrl"]
    return urls
