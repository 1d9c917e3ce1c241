import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from chalicelib.channels.contract import Credentials
from chalicelib.channels.vnpay.channel import Vnpay
from chalicelib.domain.money import Money
from chalicelib.domain.payments import Failed, Outcome, Pending, Succeeded
from chalicelib.errors import OutcomeUnknown
from chalicelib.outbound import Response
from tests.channels.stand_ins import ASKED_AT, QUERY, StandInHttp, read_samples, with_field
from tests.channels.vnpay_wire import (
    ANSWER_ORDER,
    ANSWERED,
    SECRET,
    answering,
    hash_of,
    signed_answer,
    vnpay_credentials,
)

PAID = Succeeded("14500001", Money(50_000, "VND"), datetime(2026, 3, 1, 6, 30, 15, tzinfo=UTC))


def ask(
    reply: Callable[[bytes], Response], credentials: Credentials | None = None
) -> tuple[Outcome, StandInHttp]:
    http = StandInHttp(reply)
    return Vnpay(http).query_payment(credentials or vnpay_credentials(), QUERY).outcome, http


def outcome_of(**changes: Any) -> Outcome:
    return ask(answering(signed_answer({**ANSWERED, **changes})))[0]


def test_the_question_is_signed_over_its_nine_values() -> None:
    _, http = ask(answering(signed_answer(ANSWERED)))
    [(url, body, headers)] = http.posted
    assert url == "https://sandbox.vnpayment.vn/merchant_webapi/api/transaction"
    assert headers == {"Content-Type": "application/json"}
    question = json.loads(body)
    signature = question.pop("vnp_SecureHash")
    assert question == {
        "vnp_RequestId": "q1",
        "vnp_Version": "2.1.0",
        "vnp_Command": "querydr",
        "vnp_TmnCode": "GOVTEST1",
        "vnp_TxnRef": "22000000000000019601",
        "vnp_TransactionDate": "20260301130509",
        "vnp_CreateDate": "20260301133509",
        "vnp_IpAddr": "127.0.0.1",
        "vnp_OrderInfo": "Query 22000000000000019601",
    }
    assert signature == hash_of(
        "q1|2.1.0|querydr|GOVTEST1|22000000000000019601|20260301130509|20260301133509|127.0.0.1|"
        "Query 22000000000000019601"
    )


def test_our_address_in_the_question_comes_from_the_account() -> None:
    credentials = with_field(vnpay_credentials(), "server_ip", "203.113.0.7")
    _, http = ask(answering(signed_answer(ANSWERED)), credentials)
    assert json.loads(http.posted[0][1])["vnp_IpAddr"] == "203.113.0.7"


def test_the_sample_answer_is_read() -> None:
    sample = read_samples("vnpay.json")["querydr-response-gen"]
    query = replace(QUERY, payment_no="QN20240521000001")
    http = StandInHttp(answering(sample["body"]))
    assert Vnpay(http).query_payment(vnpay_credentials(), query).outcome == Succeeded(
        "14500001", Money(125_000, "VND"), datetime(2024, 5, 21, 3, 2, 30, tzinfo=UTC)
    )


def test_the_sample_answer_to_a_refund_is_no_answer_to_a_question() -> None:
    sample = read_samples("vnpay.json")["refund-response-gen"]
    http = StandInHttp(answering(sample["body"]))
    with pytest.raises(OutcomeUnknown):
        Vnpay(http).query_payment(
            vnpay_credentials(), replace(QUERY, payment_no="QN20240521000001")
        )


def test_numbers_and_missing_promotions_are_signed_as_they_are_written() -> None:
    assert outcome_of(vnp_Amount=5000000, vnp_TransactionNo=14500001) == PAID
    assert outcome_of(vnp_PromotionCode="VNPAY5", vnp_PromotionAmount="100000") == PAID


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("00", PAID),
        ("01", Pending("01")),
        ("02", Failed("02")),
        ("04", Pending("04", needs_person=True)),
        ("05", Pending("05", needs_person=True)),
        ("06", Pending("06", needs_person=True)),
        ("07", Pending("07", needs_person=True)),
        ("09", Pending("09", needs_person=True)),
        ("88", Pending("88", is_unmapped=True)),
        ("", Pending("00", is_unmapped=True)),
    ],
)
def test_each_transaction_status_has_its_outcome(status: str, expected: Outcome) -> None:
    assert outcome_of(vnp_TransactionStatus=status) == expected


@pytest.mark.parametrize("code", ["02", "03", "94", "95", "97", "99"])
def test_a_question_that_was_refused_says_nothing_of_the_payment(code: str) -> None:
    """Also where the answer looks paid otherwise."""
    assert outcome_of(vnp_ResponseCode=code) == Pending(code)


@pytest.mark.parametrize("code", ["98", "77"])
def test_a_refusal_that_is_not_documented_is_told_as_such(code: str) -> None:
    assert outcome_of(vnp_ResponseCode=code) == Pending(code, is_unmapped=True)


def test_not_found_is_pending_and_absent() -> None:
    answer = {name: ANSWERED[name] for name in ANSWERED if name not in ("vnp_Amount",)}
    answer |= {"vnp_ResponseCode": "91", "vnp_TransactionStatus": ""}
    assert ask(answering(signed_answer(answer)))[0] == Pending("91", is_absent=True)


@pytest.mark.parametrize("kind", ["02", "03"])
def test_what_an_answer_says_of_a_refund_is_for_a_person(kind: str) -> None:
    assert outcome_of(vnp_TransactionType=kind) == Pending("00", needs_person=True)


@pytest.mark.parametrize("transaction", ["0", ""])
def test_a_success_without_a_transaction_is_never_believed(transaction: str) -> None:
    assert outcome_of(vnp_TransactionNo=transaction) == Pending("00")


def test_a_success_without_its_time_was_paid_by_the_time_we_asked() -> None:
    assert outcome_of(vnp_PayDate="") == Succeeded("14500001", Money(50_000, "VND"), ASKED_AT)


@pytest.mark.parametrize("name", [name for name in ANSWERED if name != "vnp_SecureHash"])
def test_an_altered_answer_tells_nothing(name: str) -> None:
    for value in (f"{ANSWERED[name]}0", "", None):
        answer = {**signed_answer(ANSWERED), name: value}
        with pytest.raises(OutcomeUnknown):
            ask(answering(answer))


@pytest.mark.parametrize(
    "changes",
    [
        {"vnp_TxnRef": "22000000000000019602"},
        {"vnp_TmnCode": "GOVTEST2"},
        {"vnp_Command": "refund"},
        {"vnp_Amount": "5000050"},
        {"vnp_Amount": "5000000.0"},
        {"vnp_PayDate": "1.3.2026"},
        {"vnp_TransactionNo": "A1"},
        {"vnp_Message": "OK|GOVTEST1"},
        {"vnp_Message": "\ud800"},
        {"vnp_Bank": {"code": "NCB"}},
        {"vnp_IsTest": True},
    ],
)
def test_a_signed_answer_about_something_else_or_unreadable_tells_nothing(
    changes: dict[str, Any],
) -> None:
    values = {**ANSWERED, **changes}
    text = "|".join(str(values.get(name, "")) for name in ANSWER_ORDER)
    signature = hash_of(text.encode("utf-8", "replace").decode())
    body = json.dumps({**values, "vnp_SecureHash": signature}).encode()
    with pytest.raises(OutcomeUnknown):
        ask(lambda _question: Response(200, {}, body))


def test_an_unsigned_answer_tells_nothing() -> None:
    with pytest.raises(OutcomeUnknown):
        ask(answering(ANSWERED))
    with pytest.raises(OutcomeUnknown):
        ask(answering({"vnp_ResponseCode": "91", "vnp_Message": "not found"}))


def test_an_answer_signed_with_another_secret_tells_nothing() -> None:
    with pytest.raises(OutcomeUnknown):
        ask(answering(signed_answer(ANSWERED, "ANOTHER")))


def test_an_answer_signed_with_the_key_before_is_still_believed() -> None:
    rotating = replace(vnpay_credentials(secret="NEW"), previous={"hash_secret": SECRET})
    assert ask(answering(signed_answer(ANSWERED)), rotating)[0] == PAID


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, b"<html><body>Service unavailable</body></html>"),
        (200, b""),
        (200, b"[]"),
        (200, b"null"),
        (200, b"\xff\xfe"),
        (200, b"[" * 100_000),
        (500, json.dumps(signed_answer(ANSWERED)).encode()),
        (302, json.dumps(signed_answer(ANSWERED)).encode()),
        (404, b""),
    ],
)
def test_anything_but_a_readable_answer_tells_nothing(status: int, body: bytes) -> None:
    with pytest.raises(OutcomeUnknown):
        ask(lambda _question: Response(status, {}, body))
