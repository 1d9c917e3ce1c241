"""DynamoDB calls with our retry rules, and plain values in place of its typed ones."""

import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from botocore.exceptions import ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as ConnectionFailed

from chalicelib.errors import TryLater
from chalicelib.storage.expressions import Expressions, Item, decode, encode

# The SDK does not retry what a transaction reports inside its cancellation reasons.
RETRYABLE_REASONS = frozenset(
    {"TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"}
)
RETRYABLE_ERRORS = frozenset(
    {
        "TransactionConflictException",
        "TransactionInProgressException",
        "ThrottlingException",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "InternalServerError",
    }
)
MAX_TRIES = 6
MAX_KEYS = 100
BASE_DELAY_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Check:
    """What one action's condition said. `image`: the row that refused it, None if there is no
    such row."""

    passed: bool
    image: Item | None = None


class Dynamo:
    """The low-level client with retries. `sleep` and `jitter` are passed in so that tests do not
    wait."""

    def __init__(
        self,
        client: Any,
        sleep: Callable[[float], None] = time.sleep,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._client = client
        self._sleep = sleep
        self._jitter = jitter

    def get(self, table: str, key: Mapping[str, str], *, consistent: bool = True) -> Item | None:
        answer = self._call("get_item", TableName=table, Key=encode(key), ConsistentRead=consistent)
        return decode(answer["Item"]) if "Item" in answer else None

    def get_many(self, table: str, keys: Sequence[Mapping[str, str]]) -> list[Item]:
        """The rows that there are, consistently, in any order; at most MAX_KEYS different keys."""
        asked: Any = {table: {"Keys": [encode(key) for key in keys], "ConsistentRead": True}}
        found: list[Item] = []
        for turn in range(MAX_TRIES):
            answer = self._call("batch_get_item", RequestItems=asked)
            found += [decode(item) for item in answer["Responses"].get(table, [])]
            asked = answer.get("UnprocessedKeys")
            if not asked:
                return found
            self._wait(turn)
        raise TryLater("busy", "the store is busy; send it again")

    def put(self, table: str, item: Mapping[str, Any]) -> None:
        self._call("put_item", TableName=table, Item=encode(item))

    def put_if_absent(self, table: str, item: Mapping[str, Any]) -> Item | None:
        """None when it was written, else the row that was there."""
        check = self._conditional(
            "put_item",
            TableName=table,
            Item=encode(item),
            ConditionExpression="attribute_not_exists(pk)",
        )
        return None if check.passed else check.image or {}

    def delete(self, table: str, key: Mapping[str, str]) -> None:
        self._call("delete_item", TableName=table, Key=encode(key))

    def update(self, table: str, key: Mapping[str, str], expressions: Expressions) -> Check:
        """Passed with the new image, or refused with the old one."""
        return self._conditional(
            "update_item",
            TableName=table,
            Key=encode(key),
            ReturnValues="ALL_NEW",
            **expressions.parameters(),
        )

    def query(self, **parameters: Any) -> tuple[list[Item], Item | None]:
        """One page: rows and the key to go on from."""
        answer = self._call("query", **parameters)
        return [decode(item) for item in answer["Items"]], answer.get("LastEvaluatedKey")

    def transact(self, actions: list[dict[str, Any]]) -> list[Check] | None:
        """None when all were done, else what each action's condition said.

        Raises: TryLater when it stayed in conflict or throttled; nothing was written then."""
        for turn in range(MAX_TRIES):
            try:
                self._call("transact_write_items", TransactItems=actions)
                return None
            except ClientError as error:
                reasons = _cancellation_reasons(error)
                codes = {reason["Code"] for reason in reasons}
                if not codes & RETRYABLE_REASONS:
                    if "ConditionalCheckFailed" not in codes:
                        raise
                    return [_check(reason) for reason in reasons]
            self._wait(turn)
        raise TryLater("busy", "too many writes to the same rows; send it again")

    def _conditional(self, operation: str, **parameters: Any) -> Check:
        try:
            answer = self._call(
                operation, ReturnValuesOnConditionCheckFailure="ALL_OLD", **parameters
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise
            image = cast(Any, error.response).get("Item")
            return Check(False, decode(image) if image else None)
        return Check(True, decode(answer["Attributes"]) if "Attributes" in answer else None)

    def _call(self, operation: str, **parameters: Any) -> dict[str, Any]:
        for turn in range(MAX_TRIES):
            try:
                answer: dict[str, Any] = getattr(self._client, operation)(**parameters)
                return answer
            except ClientError as error:
                if error.response["Error"]["Code"] not in RETRYABLE_ERRORS:
                    raise
            except (HTTPClientError, ConnectionFailed) as error:
                raise TryLater("storage_unreachable", "the store did not answer") from error
            self._wait(turn)
        raise TryLater("busy", "the store is busy; send it again")

    def _wait(self, turn: int) -> None:
        self._sleep(BASE_DELAY_SECONDS * 2**turn * (0.5 + self._jitter()))


def _cancellation_reasons(error: ClientError) -> list[dict[str, Any]]:
    if error.response["Error"]["Code"] != "TransactionCanceledException":
        raise error
    reasons: list[dict[str, Any]] = cast(Any, error.response).get("CancellationReasons", [])
    return reasons


def _check(reason: dict[str, Any]) -> Check:
    if reason["Code"] != "ConditionalCheckFailed":
        return Check(True)
    return Check(False, decode(reason["Item"]) if reason.get("Item") else None)
