"""Baskets: which bills they may pay, and how the money of one reaches each bill, or a person."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support import open_cases
from tests.support.baskets import (
    CITY_KEY,
    Bill,
    issue_bill,
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
from tests.support.portal_client import call
from tests.support.portal_receiver import PortalReceiver
from tests.support.province_tables import read_tables
from tests.support.rows import ledger_rows
from tests.support.seeded import OPERATOR_KEY, SECOND_OPERATOR_KEY
from tests.support.settled_invariants import check_settled

MONEY = "T#vnpay#quangninh#14422574"


@pytest.fixture
def province() -> Iterator[LocalProvince]:
    with local_province(seed_units, PortalReceiver()) as running:
        yield running


def pay_at_counter(province: LocalProvince, bill: Bill, number: str = "FT-1") -> None:
    bank = Bank(province)
    amount = bill["amount_minor"]
    payment_no = bank.locked(bill["payment_code"], amount_minor=amount, request_no=number)
    answer = bank.pay(payment_no, number, amount_minor=amount)
    assert answer.json["result"] == "paid", answer


def settle(province: LocalProvince) -> None:
    province.pump()
    check_settled(read_tables(province))


def codes(refusal: Any) -> list[tuple[str, str]]:
    return [(each["field"], each["code"]) for each in refusal.json["errors"]]


def test_fifty_bills_of_three_units_with_one_paid_at_a_counter_meanwhile(
    province: LocalProvince,
) -> None:
    bills = issue_bills(province, 50)
    basket = made_basket(province, bills)
    total = sum(10_000 + number for number in range(50))
    assert basket["amount_minor"] == total
    payment_no = started_basket(province, basket["payment_code"])
    pay_at_counter(province, bills[17])
    assert ipn_code(send_ipn(province, payment_no, total)) == "00"
    assert ipn_code(send_ipn(province, payment_no, total)) == "02"
    settle(province)

    after = look_at(province, basket["payment_code"])
    assert (after["status"], after["receipts"]) == ("paid", [])
    results = Counter(each["result"] for each in after["bills"])
    assert results == {"paid": 49, "not_paid": 1}
    assert [case["kind"] for case in after["cases"]] == ["bill_not_paid"]

    order = province.platform.ledger.read_order(basket["payment_code"])
    assert order is not None
    split = order.split
    assert [each.payment_code for each in split.unplaced] == [bills[17]["payment_code"]]
    assert (split.settled_minor, split.unplaced_minor) == (total - 10_017, 10_017)
    assert split.by_unit == {
        "UNITA": sum(10_000 + number for number in range(0, 50, 3)),
        "UNITB": sum(10_000 + number for number in range(1, 50, 3)),
        "UNITC": sum(10_000 + number for number in range(2, 50, 3)) - 10_017,
    }

    receipts = ledger_rows(province, "R#")
    by_basket = [row for row in receipts if row["paid_by"] == MONEY]
    assert len(receipts) == 50
    assert sum(row["amount_minor"] for row in by_basket) == split.settled_minor
    for bill in bills:
        found = look_at(province, bill["payment_code"])
        assert found["status"] == "paid"
        assert len(found["receipts"]) == 1
        is_through_basket = found.get("paid_in") == basket["payment_code"]
        assert is_through_basket is (bill is not bills[17])
    (case,) = ledger_rows(province, "CASE#")
    assert (case["kind"], case["amount_minor"]) == ("bill_not_paid", 10_017)
    assert case["subject"] == f"{MONEY}#{bills[17]['payment_code']}"


def test_ninety_five_bills_fit_and_ninety_six_do_not(province: LocalProvince) -> None:
    bills = issue_bills(province, 95)
    basket = made_basket(province, bills)
    payment_no = started_basket(province, basket["payment_code"])
    for number in (3, 40, 94):
        pay_at_counter(province, bills[number], f"FT-{number}")
    assert ipn_code(send_ipn(province, payment_no, basket["amount_minor"])) == "00"
    province.pump()
    results = Counter(each["result"] for each in look_at(province, payment_no[:18])["bills"])
    assert results == {"paid": 92, "not_paid": 3}
    too_many = make_basket(province, [*bills, issue_bill(province, 96)], "basket-2")
    assert (too_many.status, too_many.json["code"]) == (422, "too_long")


def test_when_every_bill_is_gone_the_whole_money_waits_in_parts(province: LocalProvince) -> None:
    bills = issue_bills(province, 2)
    basket = made_basket(province, bills)
    payment_no = started_basket(province, basket["payment_code"])
    for number, bill in enumerate(bills):
        pay_at_counter(province, bill, f"FT-{number}")
    assert ipn_code(send_ipn(province, payment_no, 20_001)) == "00"
    settle(province)
    cases = ledger_rows(province, "CASE#")
    assert sorted(row["amount_minor"] for row in cases) == [10_000, 10_001]
    assert look_at(province, basket["payment_code"])["status"] == "paid"


@pytest.mark.parametrize("verb", ["cancel", "amend"])
def test_a_bill_that_was_cancelled_or_amended_meanwhile_becomes_a_case(
    province: LocalProvince, verb: str
) -> None:
    bills = issue_bills(province, 3)
    payment_no = started_basket(province, made_basket(province, bills)["payment_code"])
    body: dict[str, Any] = {"reason": "decided anew"}
    if verb == "amend":
        body["due_date"] = "2026-05-04"  # the amount stays, and yet it is another bill
    target = f"/v1/bills/{bills[1]['payment_code']}/{verb}"
    done = call(province, "POST", target, body, key=CITY_KEY, idempotency_key="act-1")
    assert done.status == 200, done
    assert ipn_code(send_ipn(province, payment_no, 30_003)) == "00"
    settle(province)
    (case,) = ledger_rows(province, "CASE#")
    assert case["subject"].endswith(bills[1]["payment_code"])
    assert look_at(province, bills[1]["payment_code"])["paid_at"] is None


def test_what_no_bill_took_is_refunded_by_two_persons(province: LocalProvince) -> None:
    bills = issue_bills(province, 2)
    payment_no = started_basket(province, made_basket(province, bills)["payment_code"])
    pay_at_counter(province, bills[0])
    send_ipn(province, payment_no, 20_001)
    case_id = open_cases.only_case(province)
    shown = open_cases.look(province, case_id)
    assert (shown["kind"], shown["amount_minor"]) == ("bill_not_paid", 10_000)
    assert shown["transaction"]["amount_minor"] == 20_001
    for verb in ("dismiss", "assign"):
        extra = {"payment_code": bills[1]["payment_code"]} if verb == "assign" else {}
        refused = open_cases.decide(province, case_id, verb, reason="x", **extra)
        assert (refused.status, refused.json["code"]) == (409, "decision_not_allowed")
    decided = open_cases.decide(province, case_id, "refund", reason="paid at the bank")
    assert decided.status == 200, decided
    basket = look_at(province, payment_no[:18])
    assert [(each["status"], each["amount_minor"]) for each in basket["refunds"]] == [
        ("due", 10_000)
    ]
    facts = {"reference": "FT9", "refunded_on": "2026-03-02", "key": SECOND_OPERATOR_KEY}
    whole = open_cases.decide(
        province, case_id, "refunded", amount_minor=20_001, idempotency_key="d-2", **facts
    )
    assert (whole.status, whole.json["code"]) == (422, "refund_amount_differs")
    done = open_cases.decide(
        province, case_id, "refunded", amount_minor=10_000, idempotency_key="d-3", **facts
    )
    assert done.status == 200, done
    settle(province)
    (money,) = ledger_rows(province, MONEY)
    assert money["disposition"] == "applied"
    basket = look_at(province, payment_no[:18])
    assert basket["refunds"][0]["status"] == "refunded"
    assert (basket["status"], basket["needs_review"]) == ("paid", False)


def test_a_payment_under_way_of_a_bill_itself_becomes_a_second_success(
    province: LocalProvince,
) -> None:
    bills = issue_bills(province, 2)
    alone = start_basket(province, bills[0]["payment_code"], idempotency_key="p-9")
    payment_no = started_basket(province, made_basket(province, bills)["payment_code"])
    assert ipn_code(send_ipn(province, payment_no, 20_001)) == "00"
    late = send_ipn(province, alone.json["payment_no"], 10_000, vnp_TransactionNo="777")
    assert ipn_code(late) == "00"
    settle(province)
    kinds = [row["kind"] for row in ledger_rows(province, "CASE#")]
    assert kinds == ["double_payment"]


def test_a_second_success_of_a_basket_is_surplus_whole(province: LocalProvince) -> None:
    bills = issue_bills(province, 2)
    code = made_basket(province, bills)["payment_code"]
    first, second = (started_basket(province, code, key) for key in ("p-1", "p-2"))
    send_ipn(province, first, 20_001)
    assert ipn_code(send_ipn(province, second, 20_001, vnp_TransactionNo="777")) == "00"
    settle(province)
    (case,) = ledger_rows(province, "CASE#")
    assert (case["kind"], case["amount_minor"]) == ("double_payment", 20_001)


def test_a_wrong_amount_pays_no_bill(province: LocalProvince) -> None:
    bills = issue_bills(province, 2)
    payment_no = started_basket(province, made_basket(province, bills)["payment_code"])
    assert ipn_code(send_ipn(province, payment_no, 20_000)) == "04"
    settle(province)
    assert {look_at(province, bill["payment_code"])["status"] for bill in bills} == {"created"}


def test_money_after_the_end_of_a_basket_is_a_late_success(province: LocalProvince) -> None:
    bills = issue_bills(province, 2)
    payment_no = started_basket(province, made_basket(province, bills)["payment_code"])
    send_ipn(province, payment_no, 20_001, **open_cases.FAILURE)
    target = f"/v1/orders/{payment_no[:18]}/cancel"
    assert call(province, "POST", target, {}, key=CITY_KEY, idempotency_key="c").status == 200
    assert ipn_code(send_ipn(province, payment_no, 20_001)) == "00"
    settle(province)
    assert {look_at(province, bill["payment_code"])["status"] for bill in bills} == {"created"}
    assert [row["kind"] for row in ledger_rows(province, "CASE#")] == ["late_success"]


def test_money_that_the_provider_held_pays_the_bills_when_it_lets_go(
    province: LocalProvince,
) -> None:
    bills = issue_bills(province, 2)
    payment_no = started_basket(province, made_basket(province, bills)["payment_code"])
    held = {"vnp_ResponseCode": "07", "vnp_TransactionStatus": "07"}
    send_ipn(province, payment_no, 20_001, **held)
    assert ipn_code(send_ipn(province, payment_no, 20_001)) == "00"
    settle(province)
    assert {look_at(province, bill["payment_code"])["status"] for bill in bills} == {"paid"}
    (case,) = ledger_rows(province, "CASE#")
    assert (case["kind"], case["state"]) == ("held_by_provider", "closed")


def test_a_transaction_known_for_another_payment_pays_no_basket(province: LocalProvince) -> None:
    bills = issue_bills(province, 3)
    alone = start_basket(province, bills[2]["payment_code"], idempotency_key="p-9")
    send_ipn(province, alone.json["payment_no"], 10_002)
    payment_no = started_basket(province, made_basket(province, bills[:2])["payment_code"])
    assert ipn_code(send_ipn(province, payment_no, 20_001)) == "02"
    settle(province)
    assert look_at(province, payment_no[:18])["status"] == "pending"
    assert [row["kind"] for row in ledger_rows(province, "CASE#")] == ["transaction_reused"]


def test_money_is_not_assigned_to_a_basket(province: LocalProvince) -> None:
    bills = issue_bills(province, 2)
    code = made_basket(province, bills)["payment_code"]
    case_id = open_cases.suspense(province, 20_001)
    refused = open_cases.decide(province, case_id, "assign", payment_code=code, reason="x")
    assert (refused.status, refused.json["code"]) == (409, "order_covers_bills")


def test_a_basket_known_to_be_outdated_takes_no_money(province: LocalProvince) -> None:
    bills = issue_bills(province, 3)
    code = made_basket(province, bills)["payment_code"]
    pay_at_counter(province, bills[2])
    refused = start_basket(province, code)
    assert (refused.status, refused.json["code"]) == (409, "basket_outdated")
    assert codes(refused) == [("/bills/2", "bill_changed")]
    locked = Bank(province).lock(code, amount_minor=30_003)
    assert (locked.status, locked.json["code"]) == (409, "basket_outdated")


def test_the_end_of_a_basket_releases_nothing_of_its_bills(province: LocalProvince) -> None:
    bills = issue_bills(province, 2)
    made_basket(province, bills)
    before = ledger_rows(province, "REF#")
    province.clock.advance(minutes=40)
    province.chase()
    province.pump()
    assert ledger_rows(province, "REF#") == before
    assert {look_at(province, bill["payment_code"])["status"] for bill in bills} == {"created"}
    settle(province)
    cases = call(province, "GET", "/v1/cases", key=OPERATOR_KEY)
    assert cases.json["items"] == []
