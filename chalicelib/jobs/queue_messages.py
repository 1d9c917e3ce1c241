"""Messages of an SQS event, each on its own: one that fails comes again alone."""

import json
from collections.abc import Callable, Iterator
from typing import Any

from chalicelib.errors import TryLater
from chalicelib.observability import Metric, alert, correlate, count, warn


def read_messages(event: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """(message id, body)"""
    for record in event["Records"]:
        yield record["messageId"], json.loads(record["body"])


def handle_each(event: dict[str, Any], job: str, handle: Callable[[Any], None]) -> dict[str, Any]:
    failed = []
    for message_id, body in read_messages(event):
        correlate(message_id)
        try:
            handle(body)
        except Exception as error:
            report_failure(job, error)
            failed.append(message_id)
    return failures(failed)


def report_failure(job: str, error: Exception) -> None:
    """A person must act only on what does not mend itself by coming again."""
    if isinstance(error, TryLater):
        warn("message_postponed", job=job, error_code=error.code)
    else:
        alert("message_failed", error, job=job)
    count(Metric.RECORDS_FAILED, job=job)


def failures(message_ids: list[str]) -> dict[str, Any]:
    return {"batchItemFailures": [{"itemIdentifier": each} for each in message_ids]}
