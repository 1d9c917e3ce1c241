"""Which bills go into a basket: whose, in what state, and by which word."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.checkout.test_baskets import pay_at_counter
from tests.support.baskets import (
    CITY_KEY,
    issue_bill,
    issue_bills,
    made_basket,
    make_basket,
    seed_units,
    start_basket,
    words_of,
)
from tests.support.biller_bank import Bank
from tests.support.bills import SURCHARGE
from tests.support.local_province import LocalProvince, local_province
from tests.support.notifications import send_ipn
from tests.support.portal_client import call
from tests.support.portal_receiver import PortalReceiver
from tests.support.seeded import PORTAL_KEY

MONEY = "T#vnpay#quangninh#14422574"


@pytest.fixture
def province() -> Iterator[LocalProvince]:
    with local_province(seed_units, PortalReceiver()) as running:
        yield running


def codes(refusal: Any) -> list[tuple[str, str]]:
    return [(each["field"], each["code"]) for each in refusal.json["errors"]]


def test_a_basket_sums_its_bills_and_names_each(province: LocalProvince) -> None:
    bills = issue_bills(province, 4)
    basket = made_basket(province, bills)
    assert basket["amount_minor"] == 40_006
    assert (basket["status"], basket["lines"]) == ("created", [])
    assert basket["reference"] == basket["payment_code"]
    assert basket["payee_unit"] == "UNITA"
    told = {each["payment_code"]: each["amount_minor"] for each in basket["bills"]}
    assert told == {bill["payment_code"]: bill["amount_minor"] for bill in bills}
    assert {each["result"] for each in basket["bills"]} == {None}
    assert [each["channel"] for each in basket["channels"]] == ["vnpay", "sandbox", "biller"]


def test_an_account_of_one_unit_is_not_offered_for_several(province: LocalProvince) -> None:
    document_bills = issue_bills(province, 3)
    bank = Bank(province, "BANK-C")
    basket = made_basket(province, document_bills)
    assert bank.look_up(basket["payment_code"]).status == 404
    own = made_basket(province, [document_bills[1]], "basket-2")
    assert bank.look_up(own["payment_code"]).status == 200


def test_the_same_key_gives_the_same_bytes_also_after_a_bill_was_paid(
    province: LocalProvince,
) -> None:
    bills = issue_bills(province, 3)
    first = make_basket(province, bills)
    pay_at_counter(province, bills[0])
    again = make_basket(province, bills)
    assert (again.status, again.text) == (201, first.text)
    assert again.headers["Idempotent-Replayed"] == "true"
    other = make_basket(province, bills[1:])
    assert (other.status, other.json["code"]) == (422, "idempotency_key_reused")


def test_it_ends_when_what_is_owed_for_a_bill_changes(province: LocalProvince) -> None:
    late = issue_bill(province, 0, surcharge=SURCHARGE, due_date="2026-02-27")
    assert late["amount_minor"] == 10_015
    plain = issue_bill(province, 1)
    day: dict[str, Any] = {"expires_in_seconds": 86_400}
    with_late = make_basket(province, [late, plain], **day).json
    assert with_late["amount_minor"] == 20_016
    assert with_late["expires_at"] == "2026-03-02T17:00:00Z"
    without = make_basket(province, [plain], "basket-2", **day).json
    assert without["expires_at"] > "2026-03-03T02"


def test_bills_of_other_units_need_their_word(province: LocalProvince) -> None:
    bills = issue_bills(province, 3)
    refused = make_basket(province, bills, key=PORTAL_KEY)
    assert refused.status == 422
    assert codes(refused) == [
        ("/payment_codes/1", "bill_unknown"),
        ("/payment_codes/2", "bill_unknown"),
    ]
    words = words_of(bills[1:])
    assert make_basket(province, bills, key=PORTAL_KEY, verification_words=words).status == 201


def test_an_unknown_code_and_a_wrong_word_are_the_same_answer(province: LocalProvince) -> None:
    (bill,) = [issue_bill(province, 1)]
    unknown = "220000000000012314"
    answers = []
    for code in (bill["payment_code"], unknown):
        given: dict[str, Any] = {"verification_words": {code: "AAAAAA"}}
        answers.append(make_basket(province, [{"payment_code": code}], key=PORTAL_KEY, **given))
    bodies = [{**each.json, "trace_id": None} for each in answers]
    assert bodies[0] == bodies[1]
    assert bodies[0]["code"] == "bill_unknown"


def test_guesses_are_limited_also_when_they_come_in_baskets(province: LocalProvince) -> None:
    bill = issue_bill(province, 1)
    wrong: dict[str, Any] = {"verification_words": {bill["payment_code"]: "AAAAAA"}}
    for _ in range(10):
        assert make_basket(province, [bill], key=PORTAL_KEY, **wrong).status == 422
    right: dict[str, Any] = {"verification_words": words_of([bill])}
    limited = make_basket(province, [bill], key=PORTAL_KEY, **right)
    assert (limited.status, limited.json["code"]) == (429, "too_many_guesses")


@pytest.mark.parametrize("is_quote", [False, True])
def test_only_open_bills_go_into_a_basket(province: LocalProvince, is_quote: bool) -> None:
    bills = issue_bills(province, 3)
    pay_at_counter(province, bills[0])
    send_ipn(
        province,
        start_basket(province, bills[1]["payment_code"]).json["payment_no"],
        9_999,
        vnp_TransactionNo="777",
    )
    body = {"payment_codes": [bill["payment_code"] for bill in bills]}
    target = "/v1/quotes" if is_quote else "/v1/orders"
    answer = call(province, "POST", target, body, key=CITY_KEY, idempotency_key="k")
    assert (answer.status, answer.json["code"]) == (409, "bills_not_payable")
    assert codes(answer) == [
        ("/payment_codes/0", "order_paid"),
        ("/payment_codes/1", "payment_in_review"),
    ]


def test_neither_orders_nor_baskets_nor_a_bill_twice(province: LocalProvince) -> None:
    bill = issue_bill(province, 0)
    basket = made_basket(province, [bill])
    nested = make_basket(province, [basket], "basket-2")
    assert (nested.status, nested.json["code"]) == (422, "not_a_bill")
    twice = make_basket(province, [bill, bill], "basket-3")
    assert (twice.status, twice.json["code"]) == (422, "payment_code_twice")


def test_a_quote_is_what_the_basket_is(province: LocalProvince) -> None:
    bills = issue_bills(province, 3)
    body = {"payment_codes": [bill["payment_code"] for bill in bills], "reference": "R"}
    quoted = call(province, "POST", "/v1/quotes", body, key=CITY_KEY).json
    basket = make_basket(province, bills, reference="R").json
    for name in ("amount_minor", "currency", "lines", "payee_unit", "reference", "channels"):
        assert quoted[name] == basket[name], name
    assert [each["payment_code"] for each in quoted["bills"]] == [
        each["payment_code"] for each in basket["bills"]
    ]


def test_channels_of_the_bills_limit_those_of_the_basket(province: LocalProvince) -> None:
    one = issue_bill(province, 0, channels=["vnpay", "biller"])
    two = issue_bill(province, 1, channels=["biller", "sandbox"])
    three = issue_bill(province, 2, channels=["vnpay"])
    basket = made_basket(province, [one, two])
    assert [each["channel"] for each in basket["channels"]] == ["biller"]
    refused = make_basket(province, [two, three], "basket-2")
    assert (refused.status, refused.json["code"]) == (422, "no_common_channel")
