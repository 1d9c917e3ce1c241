"""A basket and its bills paid at the same moment: every bill is paid once, every part is somewhere,
however often and from however many sides the money is told."""

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest

from chalicelib.checkout.record_outcome import Report, record_outcome
from chalicelib.domain.money import Money
from chalicelib.domain.payments import Recorded, Succeeded
from chalicelib.errors import TryLater
from tests.support.baskets import (
    Bill,
    issue_bill,
    made_basket,
    seed_units,
    start_basket,
    started_basket,
)
from tests.support.invariants import check_always
from tests.support.local_province import LocalProvince, local_province
from tests.support.province_tables import read_tables
from tests.support.rows import ledger_rows

RACES = 25
BILLS = 4


@pytest.fixture(scope="module")
def province() -> Iterator[LocalProvince]:
    with local_province(seed_units) as running:
        yield running


def bills_of(province: LocalProvince, turn: int) -> list[Bill]:
    return [issue_bill(province, 1_000 + turn * BILLS + number) for number in range(BILLS)]


def tell(province: LocalProvince, payment_no: str, amount: int, number: str) -> Recorded:
    """Until it is recorded, as a provider does."""
    paid = Succeeded(number, Money(amount, "VND"), province.clock.at)
    report = Report("vnpay", "quangninh", payment_no, paid, b"{}")
    while True:
        try:
            return record_outcome(province.platform.ledger, report, province.clock.at)
        except TryLater:
            continue


def at_once(*acts: Callable[[], Recorded]) -> list[Recorded]:
    with ThreadPoolExecutor(len(acts)) as pool:
        return [each.result() for each in [pool.submit(act) for act in acts]]


def started(province: LocalProvince, bill: Bill) -> str:
    answer = start_basket(province, bill["payment_code"], idempotency_key="alone")
    payment_no: str = answer.json["payment_no"]
    return payment_no


def test_a_basket_told_twice_and_two_of_its_bills_alone_at_once(province: LocalProvince) -> None:
    seen: Counter[Any] = Counter()
    for turn in range(RACES):
        bills = bills_of(province, turn)
        basket = made_basket(province, bills, f"basket-{turn}")
        payment_no, total = started_basket(province, basket["payment_code"]), basket["amount_minor"]
        alone = [started(province, bill) for bill in bills[:2]]
        whole = partial(tell, province, payment_no, total, f"N-{payment_no}")
        told = at_once(
            *(
                partial(tell, province, each, bill["amount_minor"], f"N-{each}")
                for each, bill in zip(alone, bills, strict=False)
            ),
            whole,
            whole,
        )
        assert Counter(told[2:]) == {Recorded.PAID: 1, Recorded.REPEATED: 1}
        assert set(told[:2]) <= {Recorded.PAID, Recorded.SURPLUS}
        first = sum(each is Recorded.PAID for each in told[:2])
        order = province.platform.ledger.read_order(basket["payment_code"])
        assert order is not None
        assert len(order.split.unplaced) == first
        seen[first] += 1
    check_always(read_tables(province))
    kinds = Counter(row["kind"] for row in ledger_rows(province, "CASE#"))
    assert kinds.total() == 2 * RACES


def test_two_baskets_of_the_same_bills_at_once(province: LocalProvince) -> None:
    for turn in range(RACES):
        bills = bills_of(province, 500 + turn)
        made = [made_basket(province, bills, f"twin-{turn}-{no}") for no in range(2)]
        numbers = [started_basket(province, each["payment_code"]) for each in made]
        total = made[0]["amount_minor"]
        told = at_once(
            *(partial(tell, province, number, total, f"N-{number}") for number in numbers)
        )
        assert told == [Recorded.PAID, Recorded.PAID]
        orders = [province.platform.ledger.read_order(each["payment_code"]) for each in made]
        settled = sorted(len(order.split.settled) for order in orders if order is not None)
        assert settled == [0, BILLS], "a basket is one write: all of one, none of the other"
    check_always(read_tables(province))
