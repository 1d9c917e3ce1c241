import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.channels.vnpay.channel import Vnpay
from chalicelib.domain.money import Money
from chalicelib.domain.payments import Failed, Outcome, Pending, Recorded, Succeeded
from chalicelib.errors import BadRequest, SignatureRefused
from tests.channels.stand_ins import StandInHttp, read_samples, refuse_to_answer
from tests.channels.vnpay_wire import (
    PAID,
    SECRET,
    ipn,
    percent_encode,
    signed_query,
    vnpay_credentials,
)

VNPAY = Vnpay(StandInHttp(refuse_to_answer))
IPN_SAMPLES = [sample for name, sample in read_samples("vnpay.json").items() if name[:3] == "ipn"]
REFUSALS = ["09", "10", "11", "12", "13", "24", "51", "65", "75", "79", "99"]
PAID_AT = datetime(2026, 3, 1, 6, 30, 15, tzinfo=UTC)
EXPECTED: Mapping[str, Outcome] = {
    "ipn-paid-vnpay-js": Succeeded(
        "14422574", Money(10_000, "VND"), datetime(2024, 5, 21, 2, 18, 6, tzinfo=UTC)
    ),
    "ipn-gen-paid": Succeeded(
        "14500001", Money(125_000, "VND"), datetime(2024, 5, 21, 3, 2, 30, tzinfo=UTC)
    ),
    "ipn-gen-cancelled_24": Failed("24"),
    "ipn-gen-wrong_amount": Succeeded(
        "14500001", Money(1, "VND"), datetime(2024, 5, 21, 3, 2, 30, tzinfo=UTC)
    ),
}


def query_of(sample: Mapping[str, Any]) -> dict[str, str]:
    query = dict(sample["params"])
    query.setdefault("vnp_SecureHash", sample.get("vnp_SecureHash"))
    return query


def outcome_of(values: Mapping[str, str]) -> Outcome:
    return VNPAY.read_notification(vnpay_credentials(), ipn(signed_query(values))).outcome


def alterations(query: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """Every field altered, dropped, emptied and swapped with another; and one more added."""
    for name, value in query.items():
        last = "1" if value[-1] == "0" else "0"
        yield {**query, name: value[:-1] + last}
        yield {**query, name: f"{value} "}
        yield {**query, name: ""}
        yield {other: text for other, text in query.items() if other != name}
        for other, text in query.items():
            if text != value:
                yield {**query, name: text, other: value}
    yield {**query, "vnp_Extra": "1"}
    yield {**query, "vnp_TransactionStatus ": "00"}


@pytest.mark.parametrize("sample", IPN_SAMPLES, ids=lambda sample: sample["id"])
def test_a_published_notification_is_read(sample: Mapping[str, Any]) -> None:
    query = query_of(sample)
    credentials = vnpay_credentials(query["vnp_TmnCode"], sample["secret"])
    notification = VNPAY.read_notification(credentials, ipn(query))
    assert notification.payment_no == sample["params"]["vnp_TxnRef"]
    assert notification.outcome == EXPECTED[sample["id"]]
    assert dict(parse_qsl(notification.raw.decode())) == query


def test_every_published_notification_has_its_expected_outcome() -> None:
    assert {sample["id"] for sample in IPN_SAMPLES} == set(EXPECTED)


@pytest.mark.parametrize("sample", IPN_SAMPLES, ids=lambda sample: sample["id"])
def test_every_altered_notification_is_refused(sample: Mapping[str, Any]) -> None:
    query = query_of(sample)
    credentials = vnpay_credentials(query["vnp_TmnCode"], sample["secret"])
    tried = 0
    for altered in alterations(query):
        with pytest.raises(SignatureRefused):
            VNPAY.read_notification(credentials, ipn(altered))
        tried += 1
    assert tried > 100


@pytest.mark.parametrize("sample", IPN_SAMPLES, ids=lambda sample: sample["id"])
def test_another_secret_is_refused(sample: Mapping[str, Any]) -> None:
    query = query_of(sample)
    credentials = vnpay_credentials(query["vnp_TmnCode"], sample["secret"].lower() + "x")
    with pytest.raises(SignatureRefused):
        VNPAY.read_notification(credentials, ipn(query))


def test_a_well_signed_message_of_another_merchant_is_refused() -> None:
    query = signed_query({**PAID, "vnp_TmnCode": "GOVTEST2"})
    with pytest.raises(SignatureRefused, match="another merchant"):
        VNPAY.read_notification(vnpay_credentials(), ipn(query))


@given(
    name=st.sampled_from(sorted(PAID)),
    position=st.integers(0, 40),
    character=st.characters(),
)
def test_one_other_character_anywhere_is_refused(name: str, position: int, character: str) -> None:
    query = signed_query(PAID)
    value = query[name]
    place = position % len(value)
    altered = value[:place] + character + value[place + 1 :]
    if altered == value:
        return
    with pytest.raises(SignatureRefused):
        VNPAY.read_notification(vnpay_credentials(), ipn({**query, name: altered}))


@pytest.mark.parametrize("signature", ["", "é", "\ud800", "0" * 128, "g" * 128])
def test_a_signature_that_is_none_is_refused(signature: str) -> None:
    with pytest.raises(SignatureRefused):
        VNPAY.read_notification(
            vnpay_credentials(), ipn({**signed_query(PAID), "vnp_SecureHash": signature})
        )


def test_an_empty_message_is_refused() -> None:
    with pytest.raises(SignatureRefused):
        VNPAY.read_notification(vnpay_credentials(), ipn({}))


def test_what_is_not_vnpays_is_ignored() -> None:
    query = {**signed_query(PAID), "utm": "1", "vnp_SecureHashType": "HMACSHA512"}
    assert VNPAY.read_notification(vnpay_credentials(), ipn(query)).payment_no == PAID["vnp_TxnRef"]


@pytest.mark.parametrize(
    "encode",
    [
        pytest.param(urlencode, id="python"),
        pytest.param(percent_encode("*-._"), id="javascript and java"),
        pytest.param(percent_encode("-._"), id="php"),
        pytest.param(percent_encode("-._!*()"), id="dotnet"),
    ],
)
def test_every_form_encoders_signature_holds(
    encode: Callable[[list[tuple[str, str]]], str],
) -> None:
    values = {**PAID, "vnp_OrderInfo": "Lệ phí ~*'()! + 5% / a&b=c #1 ; , : @ ?"}
    query = signed_query(values, encode=encode)
    assert VNPAY.read_notification(vnpay_credentials(), ipn(query)).outcome == Succeeded(
        "14500001", Money(50_000, "VND"), PAID_AT
    )


def test_the_key_in_use_before_is_still_accepted() -> None:
    rotating = replace(vnpay_credentials(secret="NEW"), previous={"hash_secret": SECRET})
    assert VNPAY.read_notification(rotating, ipn(signed_query(PAID)))
    with pytest.raises(SignatureRefused):
        VNPAY.read_notification(vnpay_credentials(secret="NEW"), ipn(signed_query(PAID)))


def test_only_00_with_00_is_paid_and_only_a_refusal_with_02_has_failed() -> None:
    """Every response code with every transaction status, and each of them missing."""
    codes = [f"{number:02d}" for number in range(100)]
    found: dict[type[Outcome], set[tuple[str, str]]] = {Succeeded: set(), Failed: set()}
    for code in codes:
        for status in ["", *codes]:
            values = {**PAID, "vnp_ResponseCode": code, "vnp_TransactionStatus": status}
            outcome = outcome_of(values)
            if not isinstance(outcome, Pending):
                found[type(outcome)].add((code, status))
    assert found[Succeeded] == {("00", "00")}
    assert found[Failed] == {(code, "02") for code in REFUSALS}


@pytest.mark.parametrize(
    ("code", "status", "expected"),
    [
        ("07", "07", Pending("07", needs_person=True)),
        ("07", "00", Pending("07", needs_person=True)),
        ("00", "04", Pending("04", needs_person=True)),
        ("00", "05", Pending("05", needs_person=True)),
        ("00", "07", Pending("07", needs_person=True)),
        ("24", "07", Pending("24", needs_person=True)),
        ("00", "01", Pending("01")),
        ("00", "02", Pending("02")),
        ("24", "00", Pending("24")),
        ("24", "", Pending("24", is_unmapped=True)),
        ("00", "", Pending("00", is_unmapped=True)),
        ("88", "88", Pending("88", is_unmapped=True)),
        ("00", "88", Pending("88", is_unmapped=True)),
        ("XY", "02", Pending("XY", is_unmapped=True)),
    ],
)
def test_whatever_is_unsure_is_pending(code: str, status: str, expected: Pending) -> None:
    values = {**PAID, "vnp_ResponseCode": code, "vnp_TransactionStatus": status}
    assert outcome_of(values) == expected


@pytest.mark.parametrize("transaction", ["0", "00", ""])
def test_a_success_without_a_transaction_is_never_believed(transaction: str) -> None:
    assert outcome_of({**PAID, "vnp_TransactionNo": transaction}) == Pending("00")


def test_a_success_without_its_time_waits_for_the_question() -> None:
    assert outcome_of({**PAID, "vnp_PayDate": ""}) == Pending("00")


def test_the_payment_time_is_read_in_vietnam_on_a_24_hour_clock() -> None:
    paid = outcome_of({**PAID, "vnp_PayDate": "20260301000530"})
    assert paid == Succeeded(
        "14500001", Money(50_000, "VND"), datetime(2026, 2, 28, 17, 5, 30, tzinfo=UTC)
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("vnp_Amount", "5000050"),
        ("vnp_Amount", "50000.00"),
        ("vnp_Amount", "-5000000"),
        ("vnp_Amount", ""),
        ("vnp_Amount", "٥٠٠٠٠٠٠"),
        ("vnp_Amount", "1" * 11 + "00"),
        ("vnp_PayDate", "20260301"),
        ("vnp_PayDate", "20261301133015"),
        ("vnp_PayDate", "20260301253015"),
        ("vnp_TransactionNo", "14500001#x"),
        ("vnp_TxnRef", ""),
        ("vnp_ResponseCode", ""),
    ],
)
def test_a_signed_message_that_cannot_be_read_is_a_bad_request(name: str, value: str) -> None:
    with pytest.raises(BadRequest):
        outcome_of({**PAID, name: value})


@pytest.mark.parametrize(
    ("recorded", "code", "message"),
    [
        (Recorded.PAID, "00", "Confirm Success"),
        (Recorded.SURPLUS, "00", "Confirm Success"),
        (Recorded.LATE_SUCCESS, "00", "Confirm Success"),
        (Recorded.FAILED, "00", "Confirm Success"),
        (Recorded.PENDING, "00", "Confirm Success"),
        (Recorded.NO_ORDER, "01", "Order not found"),
        (Recorded.REPEATED, "02", "Order already confirmed"),
        (Recorded.TRANSACTION_REUSED, "02", "Order already confirmed"),
        (Recorded.WRONG_AMOUNT, "04", "Invalid amount"),
        (None, "97", "Invalid signature"),
    ],
)
def test_each_record_is_answered_in_vnpays_words(
    recorded: Recorded | None, code: str, message: str
) -> None:
    answer = VNPAY.answer(recorded)
    assert (answer.status, answer.content_type) == (200, "application/json")
    assert json.loads(answer.body) == {"RspCode": code, "Message": message}


def test_what_we_could_not_process_is_asked_for_again() -> None:
    answer = VNPAY.answer_failure()
    assert answer.status == 200
    assert json.loads(answer.body) == {"RspCode": "99", "Message": "Unknown error"}
