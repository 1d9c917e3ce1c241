"""Reading many orders at once: what is left over is asked for again, nothing is lost or doubled."""

from typing import Any

import pytest

from chalicelib.errors import TryLater
from chalicelib.storage.dynamo import Dynamo
from chalicelib.storage.keys import order_key
from chalicelib.storage.ledger import Ledger
from tests.support.clients import client
from tests.support.local_province import LocalProvince
from tests.support.paid_orders import created


def test_orders_are_read_together_and_missing_ones_left_out(province: LocalProvince) -> None:
    codes = [created(province, number) for number in (1, 2, 3)]
    asked = [codes[2], "220000000000000101", codes[0], codes[2]]
    found = province.platform.ledger.read_orders(asked)
    assert set(found) == {codes[0], codes[2]}
    assert found[codes[0]] == province.platform.ledger.read_order(codes[0])


def test_nothing_asked_is_no_call(province: LocalProvince) -> None:
    class Silent:
        def __getattr__(self, name: str) -> Any:
            raise AssertionError("no call is needed")

    ledger = Ledger(Dynamo(Silent()), province.settings.ledger_table)
    assert ledger.read_orders([]) == {}


class _Stingy:
    """Answers one key at a time, as DynamoDB may under load; `answers` is how often."""

    def __init__(self, answers: int) -> None:
        self.answers = answers
        self.asked: list[int] = []

    def batch_get_item(self, RequestItems: dict[str, Any]) -> dict[str, Any]:  # noqa: N803
        ((table, request),) = RequestItems.items()
        assert request["ConsistentRead"] is True
        self.asked.append(len(request["Keys"]))
        if self.answers == 0:
            return {"Responses": {}, "UnprocessedKeys": RequestItems}
        self.answers -= 1
        first, rest = request["Keys"][0], request["Keys"][1:]
        answer = client("dynamodb").get_item(TableName=table, Key=first)
        left = {table: {**request, "Keys": rest}} if rest else {}
        return {"Responses": {table: [answer["Item"]]}, "UnprocessedKeys": left}


def test_keys_that_were_not_processed_are_asked_for_again(province: LocalProvince) -> None:
    codes = [created(province, number) for number in (1, 2, 3)]
    stingy = _Stingy(answers=3)
    dynamo = Dynamo(stingy, sleep=lambda seconds: None)
    assert set(Ledger(dynamo, province.settings.ledger_table).read_orders(codes)) == set(codes)
    assert stingy.asked == [3, 2, 1]


def test_keys_that_stay_unprocessed_are_a_reason_to_come_again(province: LocalProvince) -> None:
    dynamo = Dynamo(_Stingy(answers=1), sleep=lambda seconds: None)
    keys = [order_key(created(province, number)) for number in (1, 2)]
    with pytest.raises(TryLater):
        dynamo.get_many(province.settings.ledger_table, keys)
