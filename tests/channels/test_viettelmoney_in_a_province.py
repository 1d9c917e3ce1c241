"""Viettel's check before the money moves and its result after it, over HTTP."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest

from chalicelib.domain.orders import OrderStatus
from tests.channels.kit import Told, Word
from tests.channels.two_accounts import TwoAccounts, two_accounts
from tests.channels.viettelmoney_wire import KIT, OTHER, SECRET, check_sum, result
from tests.support.local_province import HttpAnswer
from tests.support.portal_client import call
from tests.support.rows import ledger_rows

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
REFUSED = '{"error_code": "01"}'


@pytest.fixture
def running() -> Iterator[TwoAccounts]:
    with two_accounts("viettelmoney", KIT) as province:
        yield province


def check(
    running: TwoAccounts,
    payment_no: str,
    *,
    amount: str = "50000",
    path: str = "a",
    secret: dict[str, str] = SECRET,
) -> HttpAnswer:
    values = {"billcode": payment_no[:18], "merchant_code": "GOVQN", "order_id": payment_no}
    signed = values | {"check_sum": check_sum(secret, *values.values(), amount)}
    target = f"/channels/viettelmoney/{path}/checks"
    return running.province.http("POST", target, urlencode(signed), FORM)


def code_of(answer: HttpAnswer) -> Any:
    assert answer.status == 200
    return json.loads(answer.text)["error_code"]


def test_a_payment_that_stands_is_confirmed_with_its_stored_amount(running: TwoAccounts) -> None:
    told = running.new_payment()
    before = ledger_rows(running.province)
    answer = check(running, told.payment_no)
    assert json.loads(answer.text) == {
        "billcode": told.payment_no[:18],
        "merchant_code": "GOVQN",
        "order_id": told.payment_no,
        "trans_amount": "50000",
        "error_code": "00",
        "check_sum": check_sum(
            SECRET, told.payment_no[:18], "00", "GOVQN", told.payment_no, "50000"
        ),
    }
    assert ledger_rows(running.province) == before


def test_what_was_paid_expired_or_cancelled_meanwhile_is_refused_before_money_moves(
    running: TwoAccounts,
) -> None:
    paid, cancelled, expired = (running.new_payment() for _ in range(3))
    running.notify(paid)
    assert code_of(check(running, paid.payment_no)) == "01"
    running.answers(running.told(cancelled.payment_no, word=Word.ABSENT))
    target = f"/v1/orders/{cancelled.payment_no[:18]}/cancel"
    refused = call(running.province, "POST", target, {}, idempotency_key="c")
    stands = "01" if refused.status == 200 else "00"
    assert code_of(check(running, cancelled.payment_no)) == stands
    running.province.clock.advance(minutes=15)
    assert code_of(check(running, expired.payment_no)) == "01"


@pytest.mark.parametrize(
    "changes",
    [
        {"amount": "49000"},
        {"secret": OTHER},
        {"path": "b"},
        {"payment_no": "22000000000000019602"},
        {"payment_no": ""},
    ],
)
def test_an_unknown_payment_and_a_bad_signature_are_refused_alike(
    running: TwoAccounts, changes: dict[str, Any]
) -> None:
    told = running.new_payment()
    answer = check(running, **{"payment_no": told.payment_no, **changes})
    assert (answer.status, answer.text) == (200, REFUSED)


def test_another_channel_has_no_such_question(running: TwoAccounts) -> None:
    answer = running.province.http("POST", "/channels/vnpay/a/checks", "x=y", FORM)
    assert (answer.status, answer.json["code"]) == (404, "channel_account_not_found")


def test_a_result_is_answered_with_the_orders_number_signed(running: TwoAccounts) -> None:
    told = running.new_payment()
    answer = running.notify(told)
    assert json.loads(answer.text) == {
        "error_code": "00",
        "merchant_code": "GOVQN",
        "order_id": told.payment_no,
        "return_url": "",
        "return_bill_code": "",
        "return_other_info": "",
        "check_sum": check_sum(SECRET, "00", "GOVQN", told.payment_no),
    }
    assert running.order_of(told).status is OrderStatus.PAID


def test_a_forged_result_gets_no_signature_back(running: TwoAccounts) -> None:
    told = running.new_payment()
    assert running.notify(told, keys="b").text == REFUSED


def test_the_browser_comes_back_and_is_only_a_reason_to_ask(running: TwoAccounts) -> None:
    told = running.new_payment()
    query = urlencode(result(KIT.fields, SECRET, told))
    running.answers(told)
    back = running.province.http("GET", f"/channels/viettelmoney/a/return?{query}")
    assert back.status == 303
    assert f"/pay/{told.payment_no[:18]}/" in back.headers["Location"]
    assert len(running.http.posted) == 1
    assert running.order_of(told).status is OrderStatus.PAID


def test_a_return_that_is_sent_as_a_result_by_get_pays_nothing(running: TwoAccounts) -> None:
    told = running.new_payment()
    query = urlencode(result(KIT.fields, SECRET, told))
    answer = running.province.http("GET", f"/channels/viettelmoney/a/notifications?{query}")
    assert answer.text == REFUSED
    assert running.money_of(told) == []


def test_a_result_with_a_moved_border_is_a_case_and_never_a_payment(running: TwoAccounts) -> None:
    told = running.new_payment()
    values = result(KIT.fields, SECRET, told)
    both = values["trans_amount"] + values["vt_transaction_id"]
    values |= {"trans_amount": both[:6], "vt_transaction_id": both[6:]}
    target = "/channels/viettelmoney/a/notifications"
    assert running.province.http("POST", target, urlencode(values), FORM).status == 200
    assert running.order_of(told).status is not OrderStatus.PAID
    (money,) = running.money_of(told)
    assert money["disposition"] == "wrong_amount"
    assert isinstance(told, Told)
