"""Parts of a bill: where they are allowed, what they pay of it, and what is left."""

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
from infra.errandless.story import tell
from tests.checkout.test_baskets import settle
from tests.journal.test_explain import rows_of
from tests.support.baskets import (
    CITY_KEY,
    Bill,
    issue_bill,
    look_at,
    make_basket,
    seed_units,
    start_basket,
)
from tests.support.bills import SURCHARGE, bill_body
from tests.support.local_province import HttpAnswer, LocalProvince, local_province
from tests.support.notifications import ipn_code, send_ipn
from tests.support.portal_client import call
from tests.support.portal_receiver import PortalReceiver
from tests.support.rows import ledger_rows
from tests.support.seeded import PORTAL_KEY


@pytest.fixture
def province() -> Iterator[LocalProvince]:
    with local_province(seed_units, PortalReceiver()) as running:
        yield running


@pytest.fixture
def bill(province: LocalProvince) -> Bill:
    """90,000 đồng of two kinds of receipt, two to one."""
    lines = [
        {"fee_item": "TUITION", "amount_minor": 60_000},
        {"fee_item": "RENT", "amount_minor": 30_000},
    ]
    return issue_bill(province, 0, lines=lines, fee_item=None, principal_minor=None)


def ask_part(
    province: LocalProvince, bill: Bill, amount: int, key: str = "part-1", portal: str = CITY_KEY
) -> HttpAnswer:
    target, body = f"/v1/bills/{bill['payment_code']}/parts", {"amount_minor": amount}
    return call(province, "POST", target, body, key=portal, idempotency_key=key)


def new_part(province: LocalProvince, bill: Bill, amount: int, key: str = "part-1") -> str:
    answer = ask_part(province, bill, amount, key)
    assert answer.status == 201, answer
    code: str = answer.json["payment_code"]
    return code


def started(province: LocalProvince, code: str) -> str:
    answer = start_basket(province, code, idempotency_key=f"p-{code}")
    assert answer.status == 201, answer
    payment_no: str = answer.json["payment_no"]
    return payment_no


def pay(province: LocalProvince, code: str, amount: int) -> str:
    """VNPAY's answer."""
    number = started(province, code)
    return ipn_code(send_ipn(province, number, amount, vnp_TransactionNo=number[-12:]))


def test_a_part_lowers_the_bill_and_has_receipts_of_its_own(
    province: LocalProvince, bill: Bill
) -> None:
    code = new_part(province, bill, 45_000)
    assert [line["amount_minor"] for line in look_at(province, code)["lines"]] == [30_000, 15_000]
    assert pay(province, code, 45_000) == "00"
    settle(province)
    left = look_at(province, bill["payment_code"])
    assert (left["status"], left["amount_minor"]) == ("created", 45_000)
    assert left["bill"]["principal_minor"] == 45_000
    assert left["parts"] == [
        {"payment_code": code, "amount_minor": 45_000, "paid_at": "2026-03-02T02:01:30Z"}
    ]
    part = look_at(province, code)
    assert (part["status"], part["bills"][0]["result"]) == ("paid", "paid")
    assert len(part["receipts"]) == 2
    assert pay(province, bill["payment_code"], 45_000) == "00"
    settle(province)
    whole = look_at(province, bill["payment_code"])
    assert (whole["status"], len(whole["receipts"])) == ("paid", 2)
    amounts = Counter[str]()
    for row in ledger_rows(province, "R#"):
        amounts[row["kind"]] += row["amount_minor"]
    assert amounts == {"phi": 60_000, "lephi": 30_000}
    told = {event.what for event in tell(rows_of(province), bill["payment_code"]).in_order()}
    assert "part paid" in told


def test_nobody_who_sends_the_whole_bill_again_undoes_a_paid_part(
    province: LocalProvince, bill: Bill
) -> None:
    pay(province, new_part(province, bill, 45_000), 45_000)
    target = f"/v1/bills/{bill['payment_code']}/amend"
    lines = [{"fee_item": "TUITION", "amount_minor": 80_000}]
    answer = call(
        province,
        "POST",
        target,
        {"reason": "corrected", "lines": lines},
        key=CITY_KEY,
        idempotency_key="a-1",
    )
    assert (answer.status, answer.json["code"]) == (409, "bill_paid_in_part")
    later = {"reason": "deferred", "due_date": "2026-04-30"}
    answer = call(province, "POST", target, later, key=CITY_KEY, idempotency_key="a-2")
    assert answer.status == 200, answer
    left = look_at(province, bill["payment_code"])
    assert (left["amount_minor"], left["bill"]["due_date"]) == (45_000, "2026-04-30")


@pytest.mark.parametrize("ends", ["cancelled", "expired"])
def test_a_bill_that_ended_paid_in_part_is_not_issued_whole_again(
    province: LocalProvince, bill: Bill, ends: str
) -> None:
    pay(province, new_part(province, bill, 45_000), 45_000)
    code = bill["payment_code"]
    if ends == "cancelled":
        target, body = f"/v1/bills/{code}/cancel", {"reason": "withdrawn"}
        assert call(province, "POST", target, body, key=CITY_KEY, idempotency_key="c").status == 200
    else:
        province.clock.advance(days=500)
        province.chase()
    assert look_at(province, code)["status"] == ends
    whole = bill_body(
        reference="TB-0",
        payee_unit=bill["payee_unit"],
        fee_item="TUITION",
        principal_minor=90_000,
        due_date="2027-12-31",
    )
    answer = call(province, "POST", "/v1/bills", whole, key=CITY_KEY, idempotency_key="again")
    assert (answer.status, answer.json["code"]) == (409, "bill_paid_in_part")
    rest = {**whole, "reference": "TB-0 rest", "principal_minor": 45_000}
    answer = call(province, "POST", "/v1/bills", rest, key=CITY_KEY, idempotency_key="rest")
    assert (answer.status, answer.json["amount_minor"]) == (201, 45_000)


@pytest.mark.parametrize("amount", [5_001, 33_333, 84_999])
def test_whatever_is_paid_in_parts_the_kinds_add_up(
    province: LocalProvince, bill: Bill, amount: int
) -> None:
    assert pay(province, new_part(province, bill, amount), amount) == "00"
    rest = 90_000 - amount
    assert look_at(province, bill["payment_code"])["amount_minor"] == rest
    assert pay(province, bill["payment_code"], rest) == "00"
    settle(province)
    amounts = Counter[str]()
    for row in ledger_rows(province, "R#"):
        amounts[row["kind"]] += row["amount_minor"]
    assert amounts == {"phi": 60_000, "lephi": 30_000}


def test_the_same_key_is_the_same_part(province: LocalProvince, bill: Bill) -> None:
    first = ask_part(province, bill, 10_000)
    assert ask_part(province, bill, 10_000).text == first.text
    other = ask_part(province, bill, 20_000)
    assert (other.status, other.json["code"]) == (422, "idempotency_key_reused")


@pytest.mark.parametrize("amount", [90_000, 90_001])
def test_the_whole_is_no_part(province: LocalProvince, bill: Bill, amount: int) -> None:
    answer = ask_part(province, bill, amount)
    assert (answer.status, answer.json["code"]) == (422, "part_out_of_range")


def test_only_where_every_item_allows_it_and_no_less_than_its_minimum(
    province: LocalProvince,
) -> None:
    fixed = issue_bill(province, 1, fee_item="FEE-2", principal_minor=None)
    answer = ask_part(province, fixed, 10_000)
    assert (answer.status, answer.json["code"]) == (409, "parts_not_allowed")
    changes: dict[str, Any] = {"fee_item": "FINE", "principal_minor": 150_000}
    fine = issue_bill(province, 3, **changes)
    small = ask_part(province, fine, 99_999, "part-2")
    assert (small.status, small.json["code"]) == (422, "part_out_of_range")
    assert ask_part(province, fine, 100_000, "part-3").status == 201
    items = call(province, "GET", "/v1/fee-items?limit=100", key=CITY_KEY).json["items"]
    found = {each["code"]: (each["allows_partial"], each["min_part_minor"]) for each in items}
    assert (found["FINE"], found["TUITION"]) == ((True, 100_000), (True, 1))
    assert found["FEE-2"] == (False, None)


def test_another_portals_bill_is_not_found(province: LocalProvince, bill: Bill) -> None:
    assert ask_part(province, bill, 10_000, portal=PORTAL_KEY).status == 404


def test_a_late_bill_is_paid_whole_and_its_surcharge_is_of_what_is_left(
    province: LocalProvince,
) -> None:
    rule = {"surcharge": SURCHARGE, "due_date": "2026-03-31", "principal_minor": 1_000_000}
    bill = issue_bill(province, 0, **rule)
    assert pay(province, new_part(province, bill, 400_000), 400_000) == "00"
    province.clock.advance(days=39)
    late = look_at(province, bill["payment_code"])
    assert late["bill"]["surcharge_minor"] == 3_000, "ten days of 600,000"
    refused = ask_part(province, bill, 100_000, "part-2")
    assert (refused.status, refused.json["code"]) == (409, "parts_not_allowed")
    assert pay(province, bill["payment_code"], 603_000) == "00"
    settle(province)


def test_a_part_is_refused_while_the_whole_is_being_paid(
    province: LocalProvince, bill: Bill
) -> None:
    code = new_part(province, bill, 10_000)
    started(province, bill["payment_code"])
    refused = ask_part(province, bill, 20_000, "part-2")
    assert (refused.status, refused.json["code"]) == (409, "payment_in_progress")
    late = start_basket(province, code)
    assert (late.status, late.json["code"]) == (409, "basket_outdated")


@pytest.mark.parametrize("how", ["paid", "in_flight", "amended"])
def test_a_part_that_the_bill_cannot_take_becomes_a_case(
    province: LocalProvince, bill: Bill, how: str
) -> None:
    number = started(province, new_part(province, bill, 45_000))
    if how == "amended":
        body = {"reason": "x", "lines": [{"fee_item": "TUITION", "amount_minor": 20_000}]}
        target = f"/v1/bills/{bill['payment_code']}/amend"
        done = call(province, "POST", target, body, key=CITY_KEY, idempotency_key="a")
        assert done.status == 200, done
    elif how == "paid":
        assert pay(province, bill["payment_code"], 90_000) == "00"
    else:
        started(province, bill["payment_code"])
    assert ipn_code(send_ipn(province, number, 45_000)) == "00"
    settle(province)
    (case,) = ledger_rows(province, "CASE#")
    assert (case["kind"], case["amount_minor"]) == ("bill_not_paid", 45_000)
    assert look_at(province, number[:18])["receipts"] == [], "it paid nothing"
    assert "parts" not in look_at(province, bill["payment_code"])


def test_a_basket_of_a_bill_that_was_paid_in_part_since_is_outdated(
    province: LocalProvince, bill: Bill
) -> None:
    basket = make_basket(province, [bill]).json["payment_code"]
    assert pay(province, new_part(province, bill, 10_000), 10_000) == "00"
    refused = start_basket(province, basket)
    assert (refused.status, refused.json["code"]) == (409, "basket_outdated")
    again = make_basket(province, [bill], "basket-2").json
    assert again["amount_minor"] == 80_000
    assert pay(province, again["payment_code"], 80_000) == "00"
    settle(province)


def record(province: LocalProvince, number: str, amount: int) -> Recorded:
    paid = Succeeded(f"N-{number}", Money(amount, "VND"), province.clock.at)
    report = Report("vnpay", "quangninh", number, paid, b"{}")
    while True:
        try:
            return record_outcome(province.platform.ledger, report, province.clock.at)
        except TryLater:
            continue


def at_once(*acts: Callable[[], Recorded]) -> list[Recorded]:
    with ThreadPoolExecutor(len(acts)) as pool:
        return [each.result() for each in [pool.submit(act) for act in acts]]


def test_four_parts_at_once_each_lower_the_bill_or_wait(province: LocalProvince) -> None:
    for turn in range(4):
        bill = issue_bill(province, turn, principal_minor=100_000)
        parts = [new_part(province, bill, 30_000, f"part-{turn}-{number}") for number in range(4)]
        numbers = [started(province, code) for code in parts]
        told = at_once(
            *(partial(record, province, number, 30_000) for number in (*numbers, *numbers))
        )
        assert Counter(told) == {Recorded.PAID: 4, Recorded.REPEATED: 4}
        assert look_at(province, bill["payment_code"])["amount_minor"] == 10_000
    cases = ledger_rows(province, "CASE#")
    assert [row["amount_minor"] for row in cases] == [30_000] * 4, (
        "the fourth is more than was open"
    )
    settle(province)
