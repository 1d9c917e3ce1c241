"""A setup table and a KMS key on moto, with calls counted."""

import itertools
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
from moto import mock_aws

from chalicelib.storage.dynamo import Dynamo
from chalicelib.storage.envelope import Envelope
from chalicelib.storage.setup import Setup

TABLE = "setup"
REGION = "ap-southeast-1"


@dataclass
class Clock:
    at: datetime = datetime(2026, 3, 1, 2, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at

    def advance(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


@dataclass
class SetupTable:
    """`calls` counts AWS operations by name."""

    client: Any
    kms: Any
    key_id: str
    clock: Clock = field(default_factory=Clock)
    calls: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        for client in (self.client, self.kms):
            client.meta.events.register("before-call.*.*", self._count)

    def _count(self, model: Any, **_: Any) -> None:
        self.calls[model.name] += 1

    def envelope(
        self, province: str = "quangninh", random_bytes: Callable[[int], bytes] | None = None
    ) -> Envelope:
        return Envelope(
            self.kms,
            Dynamo(self.client),
            TABLE,
            key_id=self.key_id,
            province=province,
            random_bytes=random_bytes or counted_bytes(next(_SEEDS)),
        )

    def setup(self) -> Setup:
        """As a new process has it."""
        return Setup(Dynamo(self.client), TABLE, self.envelope(), self.clock)

    def rows(self) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = self.client.scan(TableName=TABLE)["Items"]
        return rows


_SEEDS = itertools.count(1)


def counted_bytes(seed: int) -> Callable[[int], bytes]:
    """Different for each seed and each call; the same again for the same seed."""
    turns = itertools.count(1)
    return lambda length: (seed * 10**6 + next(turns)).to_bytes(length, "big")


@contextmanager
def setup_table() -> Iterator[SetupTable]:
    with mock_aws():
        session = boto3.session.Session("test", "test", region_name=REGION)
        client, kms = session.client("dynamodb"), session.client("kms")
        client.create_table(
            TableName=TABLE,
            KeySchema=[
                {"AttributeName": "pk", "KeyType": "HASH"},
                {"AttributeName": "sk", "KeyType": "RANGE"},
            ],
            AttributeDefinitions=[
                {"AttributeName": "pk", "AttributeType": "S"},
                {"AttributeName": "sk", "AttributeType": "S"},
            ],
            BillingMode="PAY_PER_REQUEST",
        )
        yield SetupTable(client, kms, kms.create_key()["KeyMetadata"]["KeyId"])
