"""Stream records, queue messages and routes as AWS hands them to a function."""

import base64
from collections.abc import Mapping
from typing import Any

from tests.support.clients import REGION


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


def find_route(
    routes: Mapping[str, Mapping[str, Any]], method: str, path: str
) -> tuple[str | None, dict[str, str]]:
    """The route that API Gateway would choose, literal parts before parameters."""
    parts = path.split("/")
    best: tuple[int, str, dict[str, str]] | None = None
    for pattern, methods in routes.items():
        wanted = pattern.split("/")
        if len(wanted) != len(parts) or method not in methods:
            continue
        parameters = {}
        for want, part in zip(wanted, parts, strict=True):
            if want.startswith("{") and part:
                parameters[want[1:-1]] = part
            elif want != part:
                break
        else:
            if best is None or len(parameters) < best[0]:
                best = (len(parameters), pattern, parameters)
    return (best[1], best[2]) if best else (None, {})
