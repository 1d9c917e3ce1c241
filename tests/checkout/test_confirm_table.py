"""Every row of the confirm table: what is recorded, and what VNPAY and the sandbox are told."""

from typing import Any

import pytest

from chalicelib.storage import keys
from chalicelib.storage.expressions import Expressions
from tests.support.local_province import HttpAnswer, LocalProvince
from tests.support.notifications import (
    VNPAY_PATH,
    ipn_code,
    ipn_fields,
    send_ipn,
    send_sandbox,
    sign_ipn,
)
from tests.support.portal_client import call, create, start
from tests.support.rows import ledger_keys, ledger_rows, money_rows

TRANSACTION = "T#vnpay#quangninh#14422574"


@pytest.fixture
def payment_no(province: LocalProvince) -> str:
    code = create(province).json["payment_code"]
    payment_no: str = start(province, code).json["payment_no"]
    return payment_no


def order(province: LocalProvince, payment_no: str) -> Any:
    answer = call(province, "GET", f"/v1/orders/{payment_no[:18]}")
    assert answer.status == 200
    return answer.json


def send_failure(province: LocalProvince, payment_no: str) -> HttpAnswer:
    return send_ipn(
        province,
        payment_no,
        vnp_ResponseCode="24",
        vnp_TransactionStatus="02",
        vnp_TransactionNo="0",
    )


def only_transaction(province: LocalProvince) -> dict[str, object]:
    (row,) = ledger_rows(province, "T#")
    return row


def case_kinds(province: LocalProvince) -> list[str]:
    return [row["kind"] for row in ledger_rows(province, "CASE#")]


def set_status(province: LocalProvince, payment_no: str, status: str) -> None:
    change = Expressions().set("status", status)
    table = province.settings.ledger_table
    province.platform.dynamo.update(table, keys.order_key(payment_no[:18]), change)


def test_a_committed_success_pays_the_order(province: LocalProvince, payment_no: str) -> None:
    assert ipn_code(send_ipn(province, payment_no)) == "00"
    paid = order(province, payment_no)
    assert (paid["status"], paid["paid_at"]) == ("paid", "2026-03-02T02:01:30Z")
    transaction = only_transaction(province)
    assert transaction["pk"] == TRANSACTION
    assert transaction["disposition"] == "applied"
    assert transaction["amount_minor"] == 50_000
    assert case_kinds(province) == []


def test_an_unknown_order_goes_to_suspense(province: LocalProvince, payment_no: str) -> None:
    stranger = "220000000000012314" + "01"
    assert ipn_code(send_ipn(province, stranger)) == "01"
    assert ipn_code(send_ipn(province, stranger)) == "01"
    assert only_transaction(province)["disposition"] == "suspense"
    assert case_kinds(province) == ["suspense"]
    assert order(province, payment_no)["status"] == "pending"


@pytest.mark.parametrize("stranger", ["QN20240521000001", "2" * 20, "9" * 90])
def test_a_number_that_is_not_ours_goes_to_suspense(province: LocalProvince, stranger: str) -> None:
    assert ipn_code(send_ipn(province, stranger)) == "01"
    assert only_transaction(province)["payment_no"] == stranger
    assert case_kinds(province) == ["suspense"]


def test_an_attempt_that_was_never_made_goes_to_suspense(
    province: LocalProvince, payment_no: str
) -> None:
    assert ipn_code(send_ipn(province, payment_no[:18] + "07")) == "01"
    assert only_transaction(province)["disposition"] == "suspense"
    assert order(province, payment_no)["status"] == "pending"


def test_another_channels_attempt_goes_to_suspense(
    province: LocalProvince, payment_no: str
) -> None:
    answer = send_sandbox(province, payment_no)
    assert (answer.status, answer.json) == (200, {"result": "no_order"})
    assert only_transaction(province)["disposition"] == "suspense"
    assert order(province, payment_no)["status"] == "pending"


def test_a_wrong_amount_is_kept_with_a_case_and_pays_nothing(
    province: LocalProvince, payment_no: str
) -> None:
    assert ipn_code(send_ipn(province, payment_no, 49_999)) == "04"
    assert ipn_code(send_ipn(province, payment_no, 49_999)) == "04"
    found = order(province, payment_no)
    assert (found["status"], found["needs_review"]) == ("pending", True)
    assert only_transaction(province)["disposition"] == "wrong_amount"
    assert only_transaction(province)["amount_minor"] == 49_999
    assert case_kinds(province) == ["wrong_amount"]


def test_the_same_transaction_again_changes_nothing(
    province: LocalProvince, payment_no: str
) -> None:
    send_ipn(province, payment_no)
    before = ledger_rows(province)
    assert ipn_code(send_ipn(province, payment_no)) == "02"
    assert ledger_rows(province) == before


def test_a_second_success_is_kept_with_a_refund_case(
    province: LocalProvince, payment_no: str
) -> None:
    second = start(province, payment_no[:18], idempotency_key="p-2").json["payment_no"]
    assert second == payment_no[:18] + "02"
    assert ipn_code(send_ipn(province, payment_no)) == "00"
    assert ipn_code(send_ipn(province, second, vnp_TransactionNo="777")) == "00"
    assert ipn_code(send_ipn(province, second, vnp_TransactionNo="777")) == "02"
    dispositions = [row["disposition"] for row in ledger_rows(province, "T#")]
    assert sorted(dispositions) == ["applied", "surplus"]
    assert case_kinds(province) == ["double_payment"]
    found = order(province, payment_no)
    assert (found["status"], found["needs_review"]) == ("paid", True)
    assert [payment["status"] for payment in found["payments"]] == ["succeeded"] * 2


def test_a_second_success_of_another_channel_is_kept_with_a_refund_case(
    province: LocalProvince, payment_no: str
) -> None:
    other = start(province, payment_no[:18], "sandbox", "p-2").json["payment_no"]
    send_ipn(province, payment_no)
    assert send_sandbox(province, other).json == {"result": "surplus"}
    assert send_sandbox(province, other).json == {"result": "repeated"}
    assert case_kinds(province) == ["double_payment"]


@pytest.mark.parametrize("status", ["cancelled", "expired"])
def test_a_success_on_a_closed_order_becomes_a_case(
    province: LocalProvince, payment_no: str, status: str
) -> None:
    set_status(province, payment_no, status)
    assert ipn_code(send_ipn(province, payment_no)) == "00"
    assert ipn_code(send_ipn(province, payment_no)) == "02"
    assert order(province, payment_no)["status"] == status
    assert only_transaction(province)["disposition"] == "late_success"
    assert case_kinds(province) == ["late_success"]


def test_a_transaction_known_for_another_payment_becomes_a_case(
    province: LocalProvince, payment_no: str
) -> None:
    send_ipn(province, payment_no)
    other = create(province, "k-2", reference="HS-2").json["payment_code"]
    second = start(province, other, idempotency_key="p-9").json["payment_no"]
    assert ipn_code(send_ipn(province, second)) == "02"
    assert ipn_code(send_ipn(province, second)) == "02"
    found = order(province, second)
    assert (found["status"], found["needs_review"]) == ("pending", True)
    assert case_kinds(province) == ["transaction_reused"]
    assert only_transaction(province)["payment_no"] == payment_no


def test_a_bad_signature_changes_nothing(province: LocalProvince, payment_no: str) -> None:
    before = ledger_rows(province)
    query = sign_ipn(ipn_fields(payment_no, 50_000), secret="another secret")
    assert ipn_code(province.http("GET", f"{VNPAY_PATH}?{query}")) == "97"
    assert ledger_rows(province) == before


def test_a_failure_is_recorded_once_and_the_order_stays_payable(
    province: LocalProvince, payment_no: str
) -> None:
    assert ipn_code(send_failure(province, payment_no)) == "00"
    assert ipn_code(send_failure(province, payment_no)) == "02"
    found = order(province, payment_no)
    assert found["status"] == "pending"
    assert found["payments"][0]["status"] == "failed"
    assert ledger_keys(province, "T#") == []
    second = start(province, payment_no[:18], idempotency_key="p-2").json["payment_no"]
    assert ipn_code(send_ipn(province, second)) == "00"
    assert order(province, payment_no)["status"] == "paid"


def test_a_success_after_a_failure_is_a_correction(
    province: LocalProvince, payment_no: str
) -> None:
    send_failure(province, payment_no)
    assert ipn_code(send_ipn(province, payment_no)) == "00"
    found = order(province, payment_no)
    assert found["status"] == "paid"
    assert (found["payments"][0]["status"], found["payments"][0]["reason"]) == ("succeeded", None)


def test_a_failure_after_a_success_is_ignored(province: LocalProvince, payment_no: str) -> None:
    send_ipn(province, payment_no)
    before = money_rows(province)
    answer = send_ipn(province, payment_no, vnp_ResponseCode="24", vnp_TransactionStatus="02")
    assert ipn_code(answer) == "02"
    assert money_rows(province) == before


def test_money_held_by_the_provider_is_pending_with_a_case(
    province: LocalProvince, payment_no: str
) -> None:
    answer = send_ipn(province, payment_no, vnp_ResponseCode="07", vnp_TransactionStatus="07")
    assert ipn_code(answer) == "00"
    found = order(province, payment_no)
    assert (found["status"], found["needs_review"]) == ("pending", True)
    assert found["payments"][0]["status"] == "pending"
    assert case_kinds(province) == ["held_by_provider"]


def test_an_unknown_code_is_pending_and_never_failed(
    province: LocalProvince, payment_no: str
) -> None:
    send_ipn(province, payment_no, vnp_ResponseCode="88", vnp_TransactionStatus="88")
    assert order(province, payment_no)["payments"][0]["status"] == "pending"
    assert ledger_keys(province, "T#") == []


def test_no_further_payment_is_started_while_money_waits_for_a_person(
    province: LocalProvince, payment_no: str
) -> None:
    send_ipn(province, payment_no, 49_999)
    before = ledger_rows(province)
    answer = start(province, payment_no[:18], idempotency_key="p-2")
    assert (answer.status, answer.json["code"]) == (409, "payment_in_review")
    assert ledger_rows(province) == before
