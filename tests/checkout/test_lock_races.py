"""A bank and a phone, and two banks, at one order at the same moment: one payment stands each time,
and the other is refused before money moves or waits with a case."""

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial

import pytest

from chalicelib.checkout.create_order import hash_idempotency_key
from chalicelib.checkout.record_outcome import Report, record_outcome
from chalicelib.checkout.start_payment import Lock, StartCommand, start_payment
from chalicelib.domain.money import Money
from chalicelib.domain.orders import Order
from chalicelib.domain.payments import Client, Recorded, Succeeded
from chalicelib.errors import Conflict
from tests.support.biller_bank import seed_with_banks
from tests.support.local_province import LocalProvince, local_province
from tests.support.portal_client import create
from tests.support.rows import ledger_rows

RACES = 50
FEE = Money(50_000, "VND")
BANKS = (("biller", "a"), ("biller", "b"))
PHONE = ("vnpay", "quangninh")
Way = tuple[str, str]


@pytest.fixture(scope="module")
def province() -> Iterator[LocalProvince]:
    with local_province(seed_with_banks) as running:
        yield running


def new_order(province: LocalProvince, name: str) -> Order:
    made = create(province, name, reference=name)
    order = province.platform.ledger.read_order(made.json["payment_code"])
    assert order is not None
    return order


def start(province: LocalProvince, order: Order, way: Way) -> str:
    """The payment's number, or the code of the refusal."""
    channel, account = way
    command = StartCommand(
        channel=channel,
        client=Client.COUNTER,
        client_ip="203.0.113.7",
        key_hash=hash_idempotency_key("|".join(way)),
        now=province.clock.at,
        account=account,
        lock=Lock(FEE, timedelta(minutes=10)) if channel == "biller" else None,
    )
    try:
        return start_payment(province.platform.desk(), order, command).payment_no
    except Conflict as conflict:
        return conflict.code


def tell(province: LocalProvince, way: Way, payment_no: str) -> Recorded:
    channel, account = way
    paid = Succeeded(f"N-{payment_no}", FEE, province.clock.at)
    report = Report(channel, account, payment_no, paid, b"{}")
    return record_outcome(province.platform.ledger, report, province.clock.at)


def at_once(*acts: Callable[[], str | Recorded]) -> list[str | Recorded]:
    with ThreadPoolExecutor(len(acts)) as pool:
        return [each.result() for each in [pool.submit(act) for act in acts]]


def test_two_banks_and_a_phone_start_at_once_and_one_bank_at_most_is_let_in(
    province: LocalProvince,
) -> None:
    seen: Counter[int] = Counter()
    for turn in range(RACES):
        order = new_order(province, f"start-{turn}")
        answers = at_once(*(partial(start, province, order, way) for way in (*BANKS, PHONE)))
        after = province.platform.ledger.read_order(order.payment_code)
        assert after is not None
        assert sum(each.is_lock for each in after.attempts) == 1
        started = [each for each in answers if str(each).isdigit()]
        assert len(started) == len(after.attempts)
        assert set(answers) - set(started) <= {"payment_locked"}
        seen[len(started)] += 1
    assert set(seen) <= {1, 2}, "one bank alone, or one bank and a phone that came before it"


def test_bank_and_phone_pay_at_once_and_one_stands(province: LocalProvince) -> None:
    for turn in range(RACES):
        order = new_order(province, f"pay-{turn}")
        phone = start(province, order, PHONE)
        again = province.platform.ledger.read_order(order.payment_code)
        assert again is not None
        bank = start(province, again, BANKS[0])
        recorded = at_once(
            partial(tell, province, BANKS[0], bank), partial(tell, province, PHONE, phone)
        )
        assert Counter(recorded) == {Recorded.PAID: 1, Recorded.SURPLUS: 1}
        after = province.platform.ledger.read_order(order.payment_code)
        assert after is not None
        assert list(after.cases.values()) == ["double_payment"]
    money = ledger_rows(province, "T#")
    assert Counter(each["disposition"] for each in money) == {"applied": RACES, "surplus": RACES}
