"""What an order costs on AWS: calls counted on a warm process, units by our own calculator."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

import pytest

from chalicelib.domain.catalog import FeeItem, OpenTariff, RangeTariff
from infra.bench.bench_province import ONE_LINE, TWO_LINES, BenchProvince, bench_province
from infra.bench.recorder import Call

MAX_UNITS = 12
ROW_BYTES = 1024


@pytest.fixture(scope="module")
def bench() -> Iterator[BenchProvince]:
    with bench_province() as running:
        yield running


def operations(calls: Sequence[Call]) -> list[str]:
    return [f"{call.service}.{call.operation}" for call in calls]


def units(calls: Sequence[Call]) -> float:
    return sum(call.write_units + call.index_units + call.read_units for call in calls)


@pytest.mark.parametrize(
    ("number", "lines", "expected"), [(1, ONE_LINE, 11), (2, TWO_LINES, 11)], ids=["one", "two"]
)
def test_create_and_confirm_are_two_calls_and_at_most_twelve_units(
    bench: BenchProvince, number: int, lines: Sequence[dict[str, Any]], expected: int
) -> None:
    bench.recorder.take()
    order = bench.create(number, lines)
    create = bench.recorder.take()
    payment_no = bench.start(order, number)
    start = bench.recorder.take()
    bench.confirm(order, payment_no, number)
    confirm = bench.recorder.take()

    assert operations(create) == operations(confirm) == ["dynamodb.TransactWriteItems"]
    # The order and its obligation, and its entry in the index `due`.
    assert (create[0].write_units, create[0].index_units) == (4, 1)
    # The order and the transaction; the entry moves, which is a delete and a put.
    assert (confirm[0].write_units, confirm[0].index_units) == (4, 2)
    assert units(create) + units(confirm) == expected <= MAX_UNITS
    # Beside them, and not under the bar: the payment that the payer started.
    assert operations(start) == [
        "dynamodb.GetItem",
        "dynamodb.GetItem",
        "dynamodb.UpdateItem",
        "dynamodb.PutItem",
    ]
    assert units(start) == 6


def test_looking_at_an_order_is_one_consistent_read(bench: BenchProvince) -> None:
    order = bench.create(3)
    bench.recorder.take()
    assert bench.look(order)["status"] == "created"
    calls = bench.recorder.take()
    assert operations(calls) == ["dynamodb.GetItem"]
    assert units(calls) == 1


def test_a_repeated_create_is_one_refused_call(bench: BenchProvince) -> None:
    first = bench.create(4)
    bench.recorder.take()
    assert bench.create(4) == first
    (call,) = bench.recorder.take()
    assert call.is_refused
    assert (call.operation, call.write_units, call.index_units) == ("TransactWriteItems", 4, 0)


def test_paid_orders_of_the_longest_fee_names_stay_within_a_kilobyte(bench: BenchProvince) -> None:
    items = bench.province.platform.setup.read_province().fee_items
    today = [item for item in items if item.is_valid_on(date(2026, 3, 2))]
    longest = sorted(today, key=lambda item: -len("".join(item.names.values()).encode()))[:6]
    bench.recorder.take()
    for number, item in enumerate(longest, 10):
        lines = [{"fee_item": item.code, **_amount(item)}]
        order = bench.create(number, lines, item.payee_units[0])
        bench.confirm(order, bench.start(order, number), number)
    sizes = [size for call in bench.recorder.take() for size in call.sizes]
    assert max(sizes) <= ROW_BYTES


def _amount(item: FeeItem) -> dict[str, int]:
    match item.tariff:
        case RangeTariff(_, most) | OpenTariff(most):
            return {"amount_minor": min(most, 90_000_000)}
        case _:
            return {}
