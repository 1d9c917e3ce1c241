"""The tests' moto beside moto as it is: the same answers, rows and stream, only sooner."""

from collections.abc import Callable
from random import Random
from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from tests.support.atomic_moto import atomic_moto
from tests.support.clients import client

STEPS = 100
KEYS = [(f"P{number // 4}", f"S{number}") for number in range(12)]
SCHEMA = [
    {"AttributeName": name, "KeyType": kind} for name, kind in (("pk", "HASH"), ("sk", "RANGE"))
]
INDEX = [
    {"AttributeName": name, "KeyType": kind} for name, kind in (("shard", "HASH"), ("at", "RANGE"))
]
Call = tuple[str, dict[str, Any]]


def a_history(seed: int, steps: int) -> list[Call]:
    """Puts, updates, deletions, transactions of which many are refused, and looks at the rows."""
    chance = Random(seed)
    makers = (_transaction, _transaction, _put, _update, _delete, _query, _query_index, _scan)
    return [chance.choice(makers)(chance) for _ in range(steps)]


def _key(chance: Random) -> dict[str, Any]:
    pk, sk = chance.choice(KEYS)
    return {"pk": {"S": pk}, "sk": {"S": sk}}


def _row(chance: Random) -> dict[str, Any]:
    row = {**_key(chance), "n": {"N": str(chance.randint(0, 3))}}
    if chance.random() < 0.5:
        row |= {"shard": {"S": chance.choice("ab")}, "at": {"N": str(chance.randint(0, 99))}}
    return row


def _change(chance: Random) -> dict[str, Any]:
    """An update that only some rows allow."""
    return {
        "TableName": "rows",
        "Key": _key(chance),
        "UpdateExpression": chance.choice(("SET n = :n", "SET n = :n REMOVE shard", "ADD n :n")),
        "ConditionExpression": chance.choice(
            ("attribute_exists(pk)", "n < :limit", "attribute_not_exists(pk) OR n <> :limit")
        ),
        "ExpressionAttributeValues": {":n": {"N": "1"}, ":limit": {"N": "2"}},
    }


def _action(chance: Random) -> dict[str, Any]:
    keeps = {"ReturnValuesOnConditionCheckFailure": "ALL_OLD"}
    condition = {"ConditionExpression": "attribute_not_exists(pk)"}
    match chance.randrange(5):
        case 0:
            return {"Put": {"TableName": "rows", "Item": _row(chance), **condition, **keeps}}
        case 1:
            return {"Put": {"TableName": "rows", "Item": _row(chance)}}
        case 2:
            return {"Delete": {"TableName": "rows", "Key": _key(chance)}}
        case _:
            change = _change(chance)
            if ":limit" not in change["ConditionExpression"]:
                del change["ExpressionAttributeValues"][":limit"]
            return {"Update": {**change, **keeps}}


def _transaction(chance: Random) -> Call:
    """Of different rows, as DynamoDB demands, and sometimes not."""
    actions = [_action(chance) for _ in range(chance.randint(1, 4))]
    return "transact_write_items", {"TransactItems": actions}


def _put(chance: Random) -> Call:
    return "put_item", {"TableName": "rows", "Item": _row(chance), "ReturnValues": "ALL_OLD"}


def _update(chance: Random) -> Call:
    change = _change(chance)
    if ":limit" not in change["ConditionExpression"]:
        del change["ExpressionAttributeValues"][":limit"]
    return "update_item", {**change, "ReturnValues": "ALL_NEW"}


def _delete(chance: Random) -> Call:
    return "delete_item", {"TableName": "rows", "Key": _key(chance), "ReturnValues": "ALL_OLD"}


def _query(chance: Random) -> Call:
    return "query", {
        "TableName": "rows",
        "KeyConditionExpression": "pk = :pk AND sk > :sk",
        "ExpressionAttributeValues": {
            ":pk": {"S": chance.choice(KEYS)[0]},
            ":sk": {"S": chance.choice(KEYS)[1]},
        },
        "Limit": chance.randint(1, 5),
        "ScanIndexForward": chance.random() < 0.5,
    }


def _query_index(chance: Random) -> Call:
    return "query", {
        "TableName": "rows",
        "IndexName": "due",
        "KeyConditionExpression": "shard = :shard AND at <= :at",
        "ExpressionAttributeValues": {
            ":shard": {"S": chance.choice("abc")},
            ":at": {"N": str(chance.randint(0, 99))},
        },
        "Limit": chance.randint(1, 5),
    }


def _scan(chance: Random) -> Call:
    return "scan", {"TableName": "rows", "Limit": chance.randint(1, 12)}


def play(moto: Callable[[], Any], history: list[Call]) -> list[Any]:
    """Every answer, every refusal, and what the stream tells at the end."""
    with moto():
        _create_table()
        told = [_answer(*call) for call in history]
        return [*told, client("dynamodb").scan(TableName="rows")["Items"], _read_stream()]


def _create_table() -> None:
    names = (("pk", "S"), ("sk", "S"), ("shard", "S"), ("at", "N"))
    client("dynamodb").create_table(
        TableName="rows",
        KeySchema=SCHEMA,
        AttributeDefinitions=[
            {"AttributeName": name, "AttributeType": kind} for name, kind in names
        ],
        GlobalSecondaryIndexes=[
            {"IndexName": "due", "KeySchema": INDEX, "Projection": {"ProjectionType": "KEYS_ONLY"}}
        ],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    )


def _answer(name: str, parameters: dict[str, Any]) -> Any:
    try:
        answer = getattr(client("dynamodb"), name)(**parameters)
    except ClientError as refused:
        answer = refused.response
        answer = {part: answer[part] for part in ("Error", "CancellationReasons") if part in answer}
    answer.pop("ResponseMetadata", None)
    return answer


def _read_stream() -> list[Any]:
    streams = client("dynamodbstreams")
    arn = streams.list_streams(TableName="rows")["Streams"][0]["StreamArn"]
    shard = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"][0]["ShardId"]
    iterator = streams.get_shard_iterator(
        StreamArn=arn, ShardId=shard, ShardIteratorType="TRIM_HORIZON"
    )
    records = streams.get_records(ShardIterator=iterator["ShardIterator"])["Records"]
    return [(record["eventName"], _without_time(record["dynamodb"])) for record in records]


def _without_time(change: dict[str, Any]) -> dict[str, Any]:
    """Moto counts the digits of the time in the size."""
    timed = ("ApproximateCreationDateTime", "SizeBytes")
    return {name: value for name, value in change.items() if name not in timed}


@pytest.mark.parametrize("seed", range(4))
def test_any_history_is_answered_as_by_moto_itself(seed: int) -> None:
    history = a_history(seed, STEPS)
    ours, theirs = play(atomic_moto, history), play(mock_aws, history)
    for call, one, other in zip([*history, "rows", "stream"], ours, theirs, strict=True):
        assert one == other, call


def test_histories_have_refused_and_taken_transactions_of_several_rows() -> None:
    history = a_history(0, STEPS)
    told = play(atomic_moto, history)
    several = [
        "Error" in answer
        for (name, parameters), answer in zip(history, told, strict=False)
        if name == "transact_write_items" and len(parameters["TransactItems"]) > 1
    ]
    assert several.count(True) >= 5
    assert several.count(False) >= 5
