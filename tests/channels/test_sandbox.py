import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from chalicelib.channels.contract import Message, Redirect
from chalicelib.channels.sandbox import Sandbox
from chalicelib.domain.money import Money
from chalicelib.domain.payments import Failed, Outcome, Pending, Recorded, Succeeded
from chalicelib.errors import BadRequest, OutcomeUnknown, SignatureRefused
from chalicelib.outbound import Response
from tests.channels.sandbox_wire import (
    KEY,
    PAID,
    answering,
    posted,
    sandbox_credentials,
    signature_of,
)
from tests.channels.stand_ins import QUERY, REQUEST, StandInHttp, refuse_to_answer

SANDBOX = Sandbox(StandInHttp(refuse_to_answer))
SUCCEEDED = Succeeded("S-1", Money(50_000, "VND"), datetime(2026, 3, 1, 6, 30, 15, tzinfo=UTC))


def without(values: Any, *names: str) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name not in names}


def outcome_of(**changes: Any) -> Outcome:
    message = posted({**PAID, **changes})
    return SANDBOX.read_notification(sandbox_credentials(), message).outcome


def test_the_payer_is_sent_with_a_signed_query() -> None:
    action = SANDBOX.start_payment(sandbox_credentials(), REQUEST)
    assert isinstance(action, Redirect)
    assert action.url.startswith("http://127.0.0.1:8100/sandbox/pay?")
    signed, _, signature = urlsplit(action.url).query.partition("&signature=")
    assert dict(parse_qsl(signed)) == {
        "merchant_id": "merchant-1",
        "payment_no": "22000000000000019601",
        "amount_minor": "50000",
        "currency": "VND",
        "description": "Phi tham dinh HS 2026 001",
        "language": "vi",
        "expires_at": "2026-03-01T06:20:09Z",
        "return_url": "https://pay.example/channels/x/test/return",
        "notification_url": "https://pay.example/channels/x/test/notifications",
    }
    assert signature == signature_of(signed.encode())


def test_a_signed_notification_is_read_and_its_bytes_are_kept() -> None:
    message = posted(PAID)
    notification = SANDBOX.read_notification(sandbox_credentials(), message)
    assert notification.payment_no == "22000000000000019601"
    assert notification.outcome == SUCCEEDED
    assert notification.raw == message.raw_body


def test_the_browsers_return_carries_the_same_signed_words() -> None:
    text = json.dumps(PAID)
    query = {"payload": text, "signature": signature_of(text.encode())}
    message = Message("GET", query, {}, b"")
    assert SANDBOX.read_notification(sandbox_credentials(), message).outcome == SUCCEEDED
    with pytest.raises(SignatureRefused):
        SANDBOX.read_notification(
            sandbox_credentials(), Message("GET", {**query, "payload": text + " "}, {}, b"")
        )


def test_yuan_are_counted_in_fen() -> None:
    paid = outcome_of(amount_minor=12_550, currency="CNY")
    assert paid == replace(SUCCEEDED, amount=Money(12_550, "CNY"))


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"status": "refused", "code": "no_balance"}, Failed("no_balance")),
        ({"status": "pending", "code": "waiting"}, Pending("waiting")),
        ({"status": "held", "code": "fraud"}, Pending("fraud", needs_person=True)),
        ({"status": "not_found", "code": "not_found"}, Pending("not_found", is_absent=True)),
        ({"status": "in_orbit", "code": "X88"}, Pending("X88", is_unmapped=True)),
    ],
)
def test_each_status_has_its_outcome(changes: dict[str, str], expected: Outcome) -> None:
    assert outcome_of(**changes) == expected


def test_a_status_without_a_code_tells_itself() -> None:
    message = posted({**without(PAID, "code"), "status": "refused"})
    read = SANDBOX.read_notification(sandbox_credentials(), message)
    assert read.outcome == Failed("refused")


def test_every_changed_byte_is_refused() -> None:
    message = posted(PAID)
    for place in range(len(message.raw_body)):
        raw = bytearray(message.raw_body)
        raw[place] ^= 1
        with pytest.raises(SignatureRefused):
            SANDBOX.read_notification(sandbox_credentials(), replace(message, raw_body=bytes(raw)))


@pytest.mark.parametrize("signature", ["", "é", "0" * 64])
def test_a_signature_that_is_none_is_refused(signature: str) -> None:
    message = replace(posted(PAID), headers={"x-sandbox-signature": signature})
    with pytest.raises(SignatureRefused):
        SANDBOX.read_notification(sandbox_credentials(), message)


def test_a_message_without_a_signature_is_refused() -> None:
    with pytest.raises(SignatureRefused):
        SANDBOX.read_notification(sandbox_credentials(), replace(posted(PAID), headers={}))


def test_another_merchants_message_is_refused() -> None:
    with pytest.raises(SignatureRefused, match="another merchant"):
        SANDBOX.read_notification(sandbox_credentials("merchant-2"), posted(PAID))


def test_the_key_in_use_before_is_still_accepted() -> None:
    rotating = replace(sandbox_credentials(key="new"), previous={"signing_key": KEY})
    assert SANDBOX.read_notification(rotating, posted(PAID)).outcome == SUCCEEDED


@pytest.mark.parametrize(
    "values",
    [
        b"",
        b"not JSON",
        b"[]",
        b"\xff",
        {**PAID, "amount_minor": 50_000.0},
        {**PAID, "amount_minor": "50000"},
        {**PAID, "amount_minor": True},
        {**PAID, "currency": "USD"},
        {**PAID, "paid_at": "2026-03-01T06:30:15"},
        {**PAID, "paid_at": "yesterday"},
        without(PAID, "transaction_no"),
        without(PAID, "paid_at"),
        without(PAID, "status"),
        {**PAID, "payment_no": 22},
    ],
    ids=repr,
)
def test_a_signed_message_that_cannot_be_read_is_refused(values: Any) -> None:
    with pytest.raises(BadRequest):
        SANDBOX.read_notification(sandbox_credentials(), posted(values))


def test_the_question_is_signed_and_the_answer_is_believed() -> None:
    http = StandInHttp(answering(PAID))
    assert Sandbox(http).query_payment(sandbox_credentials(), QUERY).outcome == SUCCEEDED
    [(url, body, headers)] = http.posted
    assert url == "http://127.0.0.1:8100/sandbox/api"
    assert headers == {
        "Content-Type": "application/json",
        "X-Sandbox-Signature": signature_of(body),
    }
    assert json.loads(body) == {
        "merchant_id": "merchant-1",
        "payment_no": "22000000000000019601",
        "request_id": "q1",
        "asked_at": "2026-03-01T06:35:09Z",
    }


@pytest.mark.parametrize(
    "values",
    [
        {**PAID, "payment_no": "22000000000000019602"},
        {**PAID, "merchant_id": "merchant-2"},
        {**PAID, "request_id": "q2"},
        {**PAID, "amount_minor": "x"},
        without(PAID, "status"),
        b"<html></html>",
        b"[]",
    ],
    ids=repr,
)
def test_a_signed_answer_about_something_else_or_unreadable_tells_nothing(values: Any) -> None:
    with pytest.raises(OutcomeUnknown):
        Sandbox(StandInHttp(answering(values))).query_payment(sandbox_credentials(), QUERY)


def test_an_answer_with_another_signature_tells_nothing() -> None:
    http = StandInHttp(answering(PAID, "another key"))
    with pytest.raises(OutcomeUnknown):
        Sandbox(http).query_payment(sandbox_credentials(), QUERY)


def test_a_server_error_tells_nothing() -> None:
    http = StandInHttp(lambda _question: Response(503, {}, b""))
    with pytest.raises(OutcomeUnknown):
        Sandbox(http).query_payment(sandbox_credentials(), QUERY)


@pytest.mark.parametrize("recorded", list(Recorded))
def test_whatever_was_recorded_ends_the_providers_calls(recorded: Recorded) -> None:
    answer = SANDBOX.answer(recorded)
    assert (answer.status, json.loads(answer.body)) == (200, {"result": recorded.value})


def test_a_refused_message_and_a_failure_are_told_apart() -> None:
    assert SANDBOX.answer(None).status == 401
    assert SANDBOX.answer_failure().status == 503
