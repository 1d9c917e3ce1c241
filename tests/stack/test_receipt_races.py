"""Eight numberers as eight processes against one local AWS, in a table of their own."""

import random
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from multiprocessing import get_context
from typing import Any

import pytest

from chalicelib.domain.business_day import to_epoch_ms
from chalicelib.domain.catalog import ReceiptKind
from chalicelib.errors import TryLater
from chalicelib.receipts.number_receipts import NumberingDesk, number_receipts
from chalicelib.receipts.request import ReceiptRequest
from chalicelib.storage.dynamo import Dynamo
from chalicelib.storage.expressions import decode, encode
from chalicelib.storage.ledger import Ledger
from chalicelib.storage.order_items import order_to_item
from chalicelib.storage.receipts import MAX_RECEIPTS, ReceiptBook
from infra.errandless.target import Target
from infra.local_cloud.server import REGION
from tests.support.receipt_orders import PAID_AT, SERIES, order_of, small_province

ORDERS = 1000
PROCESSES = 8
TIMES = 3
NOW = datetime(2026, 3, 2, 2, 5, tzinfo=UTC)
# A busy local AWS refuses a batch as a queue would see it; it comes again.
MAX_RETURNS = 20


@dataclass(frozen=True, slots=True)
class Race:
    endpoint_url: str
    table: str

    def client(self) -> Any:
        return Target(REGION, self.endpoint_url).client("dynamodb")

    def desk(self) -> NumberingDesk:
        dynamo = Dynamo(self.client())
        return NumberingDesk(
            Ledger(dynamo, self.table),
            ReceiptBook(dynamo, self.table),
            small_province(),
            random.SystemRandom().randbytes,
        )

    def rows(self) -> list[dict[str, Any]]:
        pages = self.client().get_paginator("scan").paginate(TableName=self.table)
        return [decode(item) for page in pages for item in page["Items"]]


def number(race: Race, batches: list[list[ReceiptRequest]]) -> int:
    """How often a batch had to come again."""
    desk, returns = race.desk(), 0
    for batch in batches:
        for _ in range(MAX_RETURNS):
            try:
                assert number_receipts(desk, batch, NOW) == frozenset()
                break
            except TryLater:
                returns += 1
        else:
            raise AssertionError("the batch never got through")
    return returns


@pytest.fixture
def race(local_province: dict[str, Any]) -> Iterator[Race]:
    made = Race(local_province["aws_endpoint_url"], f"receipt-race-{time.monotonic_ns()}")
    client, names = made.client(), ("pk", "sk")
    client.create_table(
        TableName=made.table,
        KeySchema=[
            {"AttributeName": name, "KeyType": kind}
            for name, kind in zip(names, ("HASH", "RANGE"), strict=True)
        ],
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in names],
        BillingMode="PAY_PER_REQUEST",
    )
    yield made
    client.delete_table(TableName=made.table)


def put_paid(race: Race, numbers: range) -> list[str]:
    client, codes = race.client(), []
    for start in range(0, len(numbers), 25):
        requests = []
        for each in numbers[start : start + 25]:
            order = order_of(each, ReceiptKind.PHI)
            paid = {"status": "paid", "paid_by": f"T#{each}", "paid_at": to_epoch_ms(PAID_AT)}
            requests.append({"PutRequest": {"Item": encode(order_to_item(order) | paid)}})
            codes.append(order.payment_code)
        client.batch_write_item(RequestItems={race.table: requests})
    return codes


def test_1000_orders_given_three_times_to_8_racing_processes_get_1_to_1000(race: Race) -> None:
    codes = put_paid(race, range(1, ORDERS + 1))
    requests = [ReceiptRequest(code, ReceiptKind.PHI, SERIES) for code in codes] * TIMES
    random.Random(7).shuffle(requests)
    batches = [requests[start : start + 40] for start in range(0, len(requests), 40)]
    shares = [batches[share::PROCESSES] for share in range(PROCESSES)]
    started = time.monotonic()
    with ProcessPoolExecutor(PROCESSES, mp_context=get_context("spawn")) as pool:
        returns = sum(pool.map(number, [race] * PROCESSES, shares))
    seconds = time.monotonic() - started
    rows = race.rows()
    receipts = [row for row in rows if row["pk"].startswith("R#")]
    assert sorted(row["number"] for row in receipts) == list(range(1, ORDERS + 1))
    assert {row["payment_code"] for row in receipts} == set(codes)
    marked = {
        row["pk"].removeprefix("O#"): row["receipts"]["phi"]["number"]
        for row in rows
        if row["pk"].startswith("O#")
    }
    assert marked == {row["payment_code"]: row["number"] for row in receipts}
    print(f"\n{ORDERS / seconds:.0f} receipts a second, {returns} batches came again")


def test_the_rate_of_a_single_writer_is_reported(race: Race) -> None:
    for size in (10, MAX_RECEIPTS):
        codes = put_paid(race, range(size * 1000 + 1, size * 1000 + 20 * size + 1))
        requests = [ReceiptRequest(code, ReceiptKind.PHI, SERIES) for code in codes]
        batches = [requests[start : start + size] for start in range(0, len(requests), size)]
        started = time.monotonic()
        assert number(race, batches) == 0
        seconds = time.monotonic() - started
        print(f"\n{len(codes) / seconds:.0f} receipts a second in batches of {size}")
    numbers = [row["number"] for row in race.rows() if row["pk"].startswith("R#")]
    assert sorted(numbers) == list(range(1, 20 * (10 + MAX_RECEIPTS) + 1))
