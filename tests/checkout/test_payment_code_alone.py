"""A transfer's memo may hold the payment code alone, or nothing: rows of the confirm table."""

from dataclasses import replace

import pytest

from chalicelib.checkout.record_outcome import Report, record_outcome
from chalicelib.domain.money import Money
from chalicelib.domain.payments import Succeeded
from tests.support.local_province import LocalProvince
from tests.support.portal_client import call, create, start
from tests.support.rows import ledger_rows


@pytest.fixture
def code(province: LocalProvince) -> str:
    """Of an order with one attempt on the sandbox account."""
    code: str = create(province).json["payment_code"]
    assert start(province, code, "sandbox").json["payment_no"] == f"{code}01"
    return code


def told(
    province: LocalProvince, payment_no: str, transaction: str = "SB-1", amount_minor: int = 50_000
) -> str:
    paid = Succeeded(transaction, Money(amount_minor, "VND"), province.clock())
    report = Report("sandbox", "quangninh", payment_no, paid, b"the provider's bytes")
    return record_outcome(province.platform.ledger, report, province.clock())


def status(province: LocalProvince, code: str) -> str:
    answer: str = call(province, "GET", f"/v1/orders/{code}").json["status"]
    return answer


def money(province: LocalProvince) -> list[tuple[str, str]]:
    rows = ledger_rows(province, "T#")
    return [(row["payment_no"], row["disposition"]) for row in rows]


def case_kinds(province: LocalProvince) -> list[str]:
    return [row["kind"] for row in ledger_rows(province, "CASE#")]


def test_the_code_alone_pays_by_its_only_attempt(province: LocalProvince, code: str) -> None:
    assert told(province, code) == "paid"
    assert money(province) == [(f"{code}01", "applied")]
    assert status(province, code) == "paid"
    before = ledger_rows(province)
    assert told(province, code) == "repeated"
    assert told(province, f"{code}01") == "repeated"
    assert told(province, "") == "repeated"
    assert ledger_rows(province) == before


def test_an_attempt_on_another_account_does_not_count(province: LocalProvince, code: str) -> None:
    start(province, code, "vnpay", "p-2")
    assert told(province, code) == "paid"
    assert money(province) == [(f"{code}01", "applied")]


def test_the_code_with_two_attempts_goes_to_suspense(province: LocalProvince, code: str) -> None:
    start(province, code, "sandbox", "p-2")
    assert told(province, code) == "no_order"
    assert told(province, code) == "no_order"
    assert money(province) == [(code, "suspense")]
    assert case_kinds(province) == ["suspense"]
    assert status(province, code) == "pending"


def test_the_code_without_an_attempt_here_goes_to_suspense(province: LocalProvince) -> None:
    code = create(province).json["payment_code"]
    start(province, code, "vnpay")
    assert told(province, code) == "no_order"
    assert money(province) == [(code, "suspense")]


@pytest.mark.parametrize("stranger", ["220000000000000189", "220000000000000188", ""])
def test_a_code_of_no_order_and_no_code_go_to_suspense(
    province: LocalProvince, code: str, stranger: str
) -> None:
    assert told(province, stranger) == "no_order"
    assert told(province, stranger) == "no_order"
    assert money(province) == [(stranger, "suspense")]
    assert case_kinds(province) == ["suspense"]
    assert status(province, code) == "pending"


def test_the_code_with_a_wrong_amount_is_a_case_of_the_attempt(
    province: LocalProvince, code: str
) -> None:
    assert told(province, code, amount_minor=49_999) == "wrong_amount"
    assert money(province) == [(f"{code}01", "wrong_amount")]
    assert status(province, code) == "pending"


def test_a_second_transfer_with_the_code_alone_is_surplus(
    province: LocalProvince, code: str
) -> None:
    assert told(province, code) == "paid"
    assert told(province, code, "SB-2") == "surplus"
    assert told(province, code, "SB-2") == "repeated"
    assert case_kinds(province) == ["double_payment"]


def add_second_attempt(province: LocalProvince, code: str) -> None:
    """As an older release did it: none is started any more while money waits for a person."""
    ledger = province.platform.ledger
    order = ledger.read_order(code)
    assert order is not None
    second = replace(order.attempts[0], attempt_no=2, idempotency_key_hash=b"second")
    assert ledger.add_attempt(order, second, province.clock.at) is not None


def test_a_repetition_after_another_attempt_changes_nothing(
    province: LocalProvince, code: str
) -> None:
    """The code meant one attempt when it paid, and would mean two now."""
    assert told(province, code, amount_minor=49_999) == "wrong_amount"
    add_second_attempt(province, code)
    before = ledger_rows(province)
    assert told(province, code, amount_minor=49_999) == "repeated"
    assert ledger_rows(province) == before


def test_money_in_suspense_stays_there_when_the_code_comes_to_mean_one_attempt(
    province: LocalProvince,
) -> None:
    code = create(province).json["payment_code"]
    assert told(province, code) == "no_order"
    start(province, code, "sandbox")
    before = ledger_rows(province)
    assert told(province, code) == "repeated"
    assert ledger_rows(province) == before
    assert status(province, code) == "pending"


def test_a_number_told_for_money_without_one_is_a_case(province: LocalProvince, code: str) -> None:
    """The same credit from a second aggregator, which saw more of the memo: a person decides."""
    assert told(province, "") == "no_order"
    assert told(province, f"{code}01") == "transaction_reused"
    assert money(province) == [("", "suspense")]
    assert sorted(case_kinds(province)) == ["suspense", "transaction_reused"]
    assert status(province, code) == "pending"
