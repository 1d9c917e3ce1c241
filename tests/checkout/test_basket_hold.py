"""The provider held a basket's money and lets go, while a person says that nothing is held."""

from collections.abc import Iterator
from typing import Any

import pytest

from chalicelib.storage.baskets import Baskets
from tests.support import open_cases
from tests.support.baskets import issue_bills, look_at, made_basket, seed_units, started_basket
from tests.support.local_province import LocalProvince, local_province
from tests.support.notifications import ipn_code, send_ipn
from tests.support.province_tables import read_tables
from tests.support.settled_invariants import check_settled

HELD = {"vnp_ResponseCode": "07", "vnp_TransactionStatus": "07"}


@pytest.fixture
def province() -> Iterator[LocalProvince]:
    with local_province(seed_units) as running:
        yield running


def test_money_is_not_acknowledged_before_it_is_recorded(
    province: LocalProvince, monkeypatch: pytest.MonkeyPatch
) -> None:
    bills = issue_bills(province, 2)
    payment_no = started_basket(province, made_basket(province, bills)["payment_code"])
    send_ipn(province, payment_no, 20_001, **HELD)
    case_id = open_cases.only_case(province)
    confirm, waiting = Baskets.confirm, [case_id]

    def later(baskets: Baskets, *given: Any) -> Any:
        while waiting:
            done = open_cases.decide(province, waiting.pop(), "dismiss", reason="let go")
            assert done.status == 200, done
        return confirm(baskets, *given)

    monkeypatch.setattr(Baskets, "confirm", later)
    first = ipn_code(send_ipn(province, payment_no, 20_001))
    again = ipn_code(send_ipn(province, payment_no, 20_001))
    assert (first, again) == ("99", "00")
    province.pump()
    check_settled(read_tables(province), acknowledged=["T#vnpay#quangninh#14422574"])
    assert {look_at(province, bill["payment_code"])["status"] for bill in bills} == {"paid"}
