"""SQS: JSON messages out. What a queue promises is that a message comes at least once."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from types_boto3_sqs.client import SQSClient

MAX_DELAY_SECONDS = 900


class Queue:
    def __init__(self, client: "SQSClient", url: str) -> None:
        self._client = client
        self._url = url

    def send(self, message: Mapping[str, Any], delay_seconds: int = 0) -> None:
        """`delay_seconds`: at most MAX_DELAY_SECONDS."""
        self._client.send_message(
            QueueUrl=self._url, MessageBody=json.dumps(message), DelaySeconds=delay_seconds
        )


class OrderedQueue:
    """A FIFO queue: messages of one group are worked on one after another."""

    def __init__(self, client: "SQSClient", url: str) -> None:
        self._client = client
        self._url = url

    def send(self, message: Mapping[str, Any], group: str, deduplication_id: str) -> None:
        """Sent again with the same `deduplication_id` within five minutes, it is not doubled."""
        self._client.send_message(
            QueueUrl=self._url,
            MessageBody=json.dumps(message),
            MessageGroupId=group,
            MessageDeduplicationId=deduplication_id,
        )
