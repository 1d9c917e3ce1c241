"""A basket and what else stands on it, or on one of its bills, at that moment."""

from collections.abc import Iterator
from typing import Any

import pytest

from chalicelib.checkout.check_payment import check_payment
from chalicelib.storage.baskets import Baskets
from tests.support import open_cases
from tests.support.baskets import (
    issue_bills,
    look_at,
    made_basket,
    make_basket,
    seed_units,
    start_basket,
    started_basket,
)
from tests.support.biller_bank import Bank
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


def test_no_basket_is_started_while_one_of_its_bills_is_being_paid_at_a_bank(
    province: LocalProvince,
) -> None:
    bills = issue_bills(province, 2)
    code = make_basket(province, bills, expires_in_seconds=86_400).json["payment_code"]
    lock = Bank(province).lock(bills[1]["payment_code"], amount_minor=bills[1]["amount_minor"])
    assert lock.status == 201, lock
    refused = start_basket(province, code)
    assert (refused.status, refused.json["code"]) == (409, "basket_outdated")
    assert [each["field"] for each in refused.json["errors"]] == ["/bills/1"]
    province.clock.advance(minutes=16)
    assert start_basket(province, code).status == 201


def test_no_basket_is_started_while_money_for_one_of_its_bills_waits_for_a_person(
    province: LocalProvince,
) -> None:
    bills = issue_bills(province, 2)
    code = made_basket(province, bills)["payment_code"]
    alone = started_basket(province, bills[0]["payment_code"], "p-2")
    send_ipn(province, alone, 9_999, vnp_TransactionNo="777")
    refused = start_basket(province, code)
    assert (refused.status, refused.json["code"]) == (409, "basket_outdated")
    assert [each["field"] for each in refused.json["errors"]] == ["/bills/0"]


def test_a_channel_that_asks_is_told_that_a_bill_of_the_basket_was_paid(
    province: LocalProvince,
) -> None:
    bills = issue_bills(province, 2)
    payment_no = started_basket(province, made_basket(province, bills)["payment_code"])
    ledger, clock = province.platform.ledger, province.clock
    account = province.platform.setup.read_province().account_of("vnpay", "quangninh")
    assert account is not None
    assert check_payment(ledger, account, payment_no, clock.at).stands
    alone = started_basket(province, bills[0]["payment_code"], "p-2")
    assert ipn_code(send_ipn(province, alone, 10_000, vnp_TransactionNo="777")) == "00"
    assert not check_payment(ledger, account, payment_no, clock.at).stands
