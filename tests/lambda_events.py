"""Stream records and queue messages as Lambda hands them to a function."""

import base64
from typing import Any

from tests.clients import REGION


def as_stream_record(record: dict[str, Any]) -> dict[str, Any]:
    """In a Lambda event bytes are base64 text and the sequence number stands in `dynamodb`."""
    images = {
        name: _as_json(value) if name.endswith(("Image", "Keys")) else value
        for name, value in record["dynamodb"].items()
        if name != "ApproximateCreationDateTime"
    }
    when = record["dynamodb"].get("ApproximateCreationDateTime")
    if when is not None:
        images["ApproximateCreationDateTime"] = when.timestamp()
    return {**record, "dynamodb": images, "eventSource": "aws:dynamodb"}


def _as_json(value: Any) -> Any:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, dict):
        return {name: _as_json(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_as_json(inner) for inner in value]
    return value


def as_queue_record(message: dict[str, Any]) -> dict[str, Any]:
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": message.get("Attributes", {}),
        "messageAttributes": {},
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:ap-southeast-1:123456789012:queue",
        "awsRegion": REGION,
    }
