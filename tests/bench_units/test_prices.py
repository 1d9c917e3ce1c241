"""Calls become a bill, and a bill becomes dollars."""

import pytest

from infra.bench.prices import MILLION, PRICES, Bill, bill_of
from infra.bench.recorder import Call
from infra.bench.report import Figure

CALLS = (
    Call("dynamodb", "TransactWriteItems", "LedgerTable", write_units=4, index_units=2),
    Call("dynamodb", "Query", "ViewsTable", read_units=0.5),
    Call("sqs", "SendMessage", "NoticesQueue"),
    Call("sqs", "SendMessage", "ReceiptsQueue.fifo"),
    Call("sqs", "ReceiveMessage", "NoticesQueue", is_empty=True),
    Call("s3", "PutObject", "reports"),
    Call("s3", "GetObject", "statements"),
    Call("kms", "Decrypt", ""),
    Call("secretsmanager", "GetSecretValue", "name"),
)


def test_each_call_is_counted_where_it_is_paid_for() -> None:
    assert bill_of(CALLS) == Bill(
        calls=8,
        write_units=6,
        read_units=0.5,
        sqs=1,
        sqs_fifo=1,
        s3_put=1,
        s3_get=1,
        kms=1,
        secrets=1,
    )


def test_what_has_no_price_is_not_free() -> None:
    with pytest.raises(TypeError):
        bill_of([Call("states", "StartExecution", "")])


def test_a_million_write_units_cost_what_the_list_says() -> None:
    assert Bill(write_units=MILLION).usd == pytest.approx(PRICES["write_units"].usd)
    assert Bill(kms=10_000, api=MILLION).usd == pytest.approx(0.03 + 4.25)


def test_bills_add_up_and_are_shared() -> None:
    both = bill_of(CALLS) + bill_of(CALLS)
    assert both.times(0.5) == bill_of(CALLS)
    assert both.usd == pytest.approx(2 * bill_of(CALLS).usd)


@pytest.mark.parametrize(
    ("ratio", "bar", "verdict"),
    [(1.5, 1.5, "ok"), (1.51, 1.5, "bar missed"), (9.0, None, ""), (None, None, "")],
)
def test_a_bar_is_missed_above_it(ratio: float | None, bar: float | None, verdict: str) -> None:
    assert Figure("work", "ours", "peer", ratio, bar).verdict == verdict
