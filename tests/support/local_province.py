"""A whole province in one process: HTTP, streams, queues and events go to `app.py` as AWS would
send them, on moto, with a clock that a test moves."""

import base64
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any
from unittest import mock
from urllib.parse import parse_qsl, urlsplit

import app as table_of_contents
from chalicelib.outbound import Http
from chalicelib.settings import Settings
from chalicelib.wiring import Platform, use_platform
from tests.support.atomic_moto import atomic_moto
from tests.support.clients import REGION, SharingPlatform, client
from tests.support.lambda_events import as_queue_record, as_stream_record, find_route
from tests.support.stack_on_moto import create_stack

BASE_URL = "https://pay.quangninh.example"
START = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
MAX_ROUNDS = 50


@dataclass
class Clock:
    at: datetime = START

    def __call__(self) -> datetime:
        return self.at

    def advance(self, **delta: float) -> None:
        self.at += timedelta(**delta)

    def epoch_ms(self, *_: Any) -> float:
        return self.at.timestamp() * 1000

    def epoch_seconds(self, *_: Any) -> float:
        return self.at.timestamp()


@dataclass
class HttpAnswer:
    status: int
    headers: dict[str, str]
    text: str
    content: bytes = b""

    @property
    def json(self) -> Any:
        return json.loads(self.text)


class Context:
    """What Lambda hands to a function beside the event."""

    function_name = "test"
    memory_limit_in_mb = 512
    invoked_function_arn = "arn:aws:lambda:ap-southeast-1:123456789012:function:test"
    aws_request_id = "test"

    def get_remaining_time_in_millis(self) -> int:
        return 30_000


@dataclass
class LocalProvince:
    settings: Settings
    clock: Clock
    platform: Platform
    requests: int = 0
    source_ip: str = "203.0.113.7"
    _stream_position: dict[str, str] = field(default_factory=dict)
    _journal_position: dict[str, str] = field(default_factory=dict)

    def http(
        self,
        method: str,
        target: str,
        body: str | bytes | dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
    ) -> HttpAnswer:
        """One request as API Gateway hands it over."""
        self.requests += 1
        given = dict(headers or {})
        if isinstance(body, dict):
            body = json.dumps(body)
            given.setdefault("Content-Type", "application/json")
        raw = body.encode() if isinstance(body, str) else body or b""
        path = urlsplit(target).path
        resource, parameters = find_route(table_of_contents.app.routes, method, path)
        if resource is None:
            return HttpAnswer(403, {}, '{"message":"Missing Authentication Token"}')
        query: dict[str, list[str]] = {}
        for name, value in parse_qsl(urlsplit(target).query, keep_blank_values=True):
            query.setdefault(name, []).append(value)
        event = {
            "resource": resource,
            "path": path,
            "headers": given,
            "multiValueHeaders": {name: [value] for name, value in given.items()},
            "multiValueQueryStringParameters": query or None,
            "pathParameters": parameters or None,
            "stageVariables": None,
            "requestContext": {
                "httpMethod": method,
                "resourcePath": resource,
                "requestId": f"request-{self.requests}",
                "identity": {"sourceIp": self.source_ip},
            },
            "body": base64.b64encode(raw).decode() if raw else None,
            "isBase64Encoded": bool(raw),
        }
        answer = table_of_contents.app(event, Context())
        text = answer["body"]
        content = base64.b64decode(text) if answer.get("isBase64Encoded") else text.encode()
        text = content.decode("utf-8", "replace")
        single = dict(answer.get("headers") or {})
        for name, values in (answer.get("multiValueHeaders") or {}).items():
            single[name] = values[-1]
        return HttpAnswer(answer["statusCode"], single, text, content)

    def pump(self) -> int:
        """Carry stream records and queue messages to their functions until nothing moves; returns
        how many were carried."""
        carried = 0
        for _ in range(MAX_ROUNDS):
            moved = self._pump_stream()
            moved += self._pump_queue(
                self.settings.receipts_queue_url, table_of_contents.receipt_numberer
            )
            moved += self._pump_queue(
                self.settings.notices_queue_url, table_of_contents.notice_sender
            )
            moved += self._pump_queue(
                self.settings.bill_files_queue_url, table_of_contents.bill_file_worker
            )
            if not moved:
                return carried
            carried += moved
        raise AssertionError("the queues never came to rest")

    def keep_journal(self, batch_size: int = 500) -> int:
        """The stream's second consumer, which reads at a pace of its own; returns how many records
        were kept."""
        kept = 0
        while records := self.take_journal_records():
            for start in range(0, len(records), batch_size):
                event = {"Records": records[start : start + batch_size]}
                table_of_contents.journal_keeper(event, Context())
            kept += len(records)
        return kept

    def take_journal_records(self) -> list[dict[str, Any]]:
        """What the journal's keeper was not given yet; it does not come again."""
        return [as_stream_record(record) for record in self._read_stream(self._journal_position)]

    def lose_stream(self) -> int:
        """Drop what the stream holds, as if it had been older than 24 hours."""
        return len(self.take_stream())

    def put_statement(self, channel: str, account: str, day: str, name: str, body: bytes) -> None:
        """A file lands in the bucket, and EventBridge tells."""
        key = f"statements/{channel}/{account}/{day}/{name}"
        client("s3").put_object(Bucket=self.settings.statements_bucket, Key=key, Body=body)
        self.tell_arrival(key, len(body))

    def put_bill_file(self, path: str, body: bytes) -> dict[str, Any]:
        """A file lands at bills/<path>, and EventBridge puts its event into the queue."""
        s3, key = client("s3"), f"bills/{path}"
        put = s3.put_object(Bucket=self.settings.statements_bucket, Key=key, Body=body)
        stored = {"key": key, "size": len(body), "etag": put["ETag"].strip('"')}
        event = self._arrival({**stored, "version-id": put.get("VersionId", "null")})
        self.platform.bill_files_queue.send(event)
        return event

    def tell_arrival(self, key: str, size: int) -> None:
        table_of_contents.statement_arrival(self._arrival({"key": key, "size": size}), Context())

    def _arrival(self, stored: dict[str, Any]) -> dict[str, Any]:
        return {
            "version": "0",
            "id": "event",
            "source": "aws.s3",
            "account": "123456789012",
            "time": self.clock.at.isoformat(),
            "region": REGION,
            "resources": [],
            "detail-type": "Object Created",
            "detail": {
                "bucket": {"name": self.settings.statements_bucket},
                "object": stored,
            },
        }

    def run_schedule(self, function: Callable[[Any, Any], Any]) -> None:
        event = {
            "version": "0",
            "id": "tick",
            "source": "aws.events",
            "account": "123456789012",
            "time": self.clock.at.isoformat(),
            "region": REGION,
            "resources": [],
            "detail-type": "Scheduled Event",
            "detail": {},
        }
        function(event, Context())

    def chase(self) -> None:
        self.run_schedule(table_of_contents.payment_chaser)

    def sweep(self) -> None:
        self.run_schedule(table_of_contents.effect_sweeper)

    def reconcile_due(self) -> None:
        self.run_schedule(table_of_contents.daily_reconciler)

    def take_stream(self) -> list[dict[str, Any]]:
        """The records since the last time, as Lambda hands them over; they do not come again."""
        return [as_stream_record(record) for record in self._read_stream(self._stream_position)]

    def take_messages(self, url: str) -> list[dict[str, Any]]:
        """At most ten, as Lambda hands them over. They come again when their visibility time is
        over, unless they are deleted."""
        got = client("sqs").receive_message(
            QueueUrl=url, MaxNumberOfMessages=10, AttributeNames=["All"], WaitTimeSeconds=0
        )
        return [as_queue_record(message) for message in got.get("Messages", [])]

    def delete_message(self, url: str, record: dict[str, Any]) -> None:
        client("sqs").delete_message(QueueUrl=url, ReceiptHandle=record["receiptHandle"])

    def _pump_stream(self) -> int:
        records = self.take_stream()
        if records:
            answer = table_of_contents.ledger_stream({"Records": records}, Context())
            assert answer["batchItemFailures"] == [], answer
        return len(records)

    @cached_property
    def stream_shards(self) -> tuple[str, list[str]]:
        """The ledger's stream and its shards, which stay the same on moto."""
        streams = client("dynamodbstreams")
        arn = streams.list_streams(TableName=self.settings.ledger_table)["Streams"][0]["StreamArn"]
        shards = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]
        return arn, [shard["ShardId"] for shard in shards]

    def _read_stream(self, position: dict[str, str]) -> list[dict[str, Any]]:
        streams = client("dynamodbstreams")
        arn, shard_ids = self.stream_shards
        found = []
        for shard_id in shard_ids:
            after = position.get(shard_id)
            start: dict[str, Any] = {"ShardIteratorType": "TRIM_HORIZON"}
            if after:
                start = {"ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "SequenceNumber": after}
            iterator = streams.get_shard_iterator(StreamArn=arn, ShardId=shard_id, **start)
            page = streams.get_records(ShardIterator=iterator["ShardIterator"], Limit=1000)
            if page["Records"]:
                last = page["Records"][-1]["dynamodb"]["SequenceNumber"]
                position[shard_id] = last
                found += page["Records"]
        return found

    def _pump_queue(self, url: str, function: Callable[[Any, Any], Any]) -> int:
        got = self.take_messages(url)
        if not got:
            return 0
        answer = function({"Records": got}, Context())
        failed = {failure["itemIdentifier"] for failure in answer["batchItemFailures"]}
        done = [record for record in got if record["messageId"] not in failed]
        for record in done:
            self.delete_message(url, record)
        return len(done)


@contextmanager
def local_cloud(at: datetime = START) -> Iterator[Clock]:
    """moto, for one province or for several."""
    environment = {
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
    }
    clock = Clock(at)
    with (
        mock.patch.dict("os.environ", environment),
        atomic_moto(),
        mock.patch("moto.sqs.models.unix_time_millis", clock.epoch_ms),
        mock.patch("moto.sqs.models.unix_time", clock.epoch_seconds),
    ):
        yield clock


@contextmanager
def local_province(
    seed: Callable[[Platform], None],
    http: Http | None = None,
    *,
    base_url: str = BASE_URL,
    at: datetime = START,
) -> Iterator[LocalProvince]:
    with local_cloud(at) as clock:
        settings = create_stack("quangninh", base_url)
        platform = SharingPlatform(settings, now=clock, http=http)
        use_platform(platform)
        seed(platform)
        yield LocalProvince(settings, clock, platform)
