"""A reversal against what else happens to the same order at once, by threads on one store: whoever
comes first, the invariants hold and both sides are told what is so."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from chalicelib.domain.orders import OrderStatus
from chalicelib.outbound import Response
from tests.channels.stand_ins import StandInHttp
from tests.support.biller_bank import Bank, seed_with_banks
from tests.support.local_province import HttpAnswer, LocalProvince, local_province
from tests.support.notifications import send_ipn
from tests.support.portal_client import create, start
from tests.support.province_tables import read_tables
from tests.support.settled_invariants import check_settled

ROUNDS = 3


@pytest.fixture
def province() -> Iterator[LocalProvince]:
    with local_province(seed_with_banks, StandInHttp(lambda _: Response(200, {}, b""))) as running:
        yield running


Racer = Callable[[LocalProvince, Bank, str], object]


def phone(province: LocalProvince, _: Bank, code: str) -> object:
    return send_ipn(province, f"{code}01", vnp_TransactionNo=code[:8])


def same_reversal(_: LocalProvince, bank: Bank, code: str) -> object:
    return bank.reverse(f"FT-{code}", reversal_no=f"RV-{code}")


def numbers(province: LocalProvince, _: Bank, __: str) -> object:
    return province.pump()


@pytest.mark.parametrize("racer", [phone, same_reversal, numbers], ids=lambda each: each.__name__)
def test_a_reversal_races(province: LocalProvince, racer: Racer) -> None:
    bank = Bank(province)
    for turn in range(ROUNDS):
        made = create(province, f"k-{turn}", reference=f"HS-{turn}", expires_in_seconds=86_400)
        code = str(made.json["payment_code"])
        start(province, code)
        bank.pay(bank.locked(code, request_no=f"L-{turn}"), f"FT-{code}")
        with ThreadPoolExecutor(2) as pool:
            back = pool.submit(bank.reverse, f"FT-{code}", reversal_no=f"RV-{code}")
            pool.submit(racer, province, bank, code).result()
        answer: HttpAnswer = back.result()
        province.pump()
        check_settled(read_tables(province))
        order = province.platform.ledger.read_order(code)
        assert order is not None
        told = (answer.status, answer.json["result"])
        assert told in ((200, "reversed"), (202, "paid")), answer.text
        is_gone = told[1] == "reversed"
        assert (order.turn == 1) is is_gone
        paid_again = order.paid_by is not None and "vnpay" in order.paid_by
        is_open = is_gone and not paid_again
        assert order.status is (OrderStatus.PENDING if is_open else OrderStatus.PAID)
