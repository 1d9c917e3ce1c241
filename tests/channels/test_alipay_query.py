import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from chalicelib.channels.alipay.channel import Alipay
from chalicelib.channels.alipay.gateway import ask as ask_gateway
from chalicelib.channels.alipay.gateway import sign_request
from chalicelib.channels.contract import Credentials
from chalicelib.domain.money import Money
from chalicelib.domain.payments import Failed, Outcome, Pending, Succeeded
from chalicelib.errors import OutcomeUnknown, TryLater
from chalicelib.outbound import Response
from tests.channels.alipay_wire import (
    ABSENT,
    ANSWERED,
    APP_KEY,
    FORGERS_KEY,
    SECRETS,
    alipay_credentials,
    answering,
    content_of,
    dumped,
    envelope,
    public_pem,
    signature_of,
)
from tests.channels.stand_ins import ASKED_AT, PAYMENT_NO, QUERY, StandInHttp, read_samples

SAMPLES = read_samples("alipay.json")
METHOD, CLOSE = "alipay.trade.query", "alipay.trade.close"
PAID = Succeeded(
    "2026030122001400000000000001",
    Money(50_000, "CNY"),
    datetime(2026, 3, 1, 6, 30, 15, tzinfo=UTC),
)
CLOSED = {"code": "10000", "msg": "Success", "out_trade_no": PAYMENT_NO, "trade_no": "1"}


def ask(
    reply: Callable[[bytes], Response], credentials: Credentials | None = None
) -> tuple[Outcome, StandInHttp]:
    http = StandInHttp(reply)
    return Alipay(http).query_payment(credentials or alipay_credentials(), QUERY).outcome, http


def outcome_of(**changes: Any) -> Outcome:
    answer = {name: value for name, value in {**ANSWERED, **changes}.items() if value is not None}
    return ask(answering(METHOD, answer))[0]


def raw(body: bytes, status: int = 200) -> Callable[[bytes], Response]:
    return lambda _question: Response(status, {}, body)


def test_the_question_names_the_payment_only() -> None:
    outcome, http = ask(answering(METHOD, ANSWERED))
    [(url, body, _)] = http.posted
    assert outcome == PAID
    assert content_of(body) == {"out_trade_no": PAYMENT_NO}
    assert "method=alipay.trade.query&" in url
    assert "timestamp=2026-03-01%2014%3A35%3A09&" in url
    assert "notify_url" not in url


def test_the_sample_answers_are_believed() -> None:
    sample = SAMPLES["response-trade-query-gen"]
    secrets = {**SECRETS, "alipay_public_key": sample["alipay_public_key_pem"]}
    http = StandInHttp(raw(sample["body"].encode()))
    query = replace(QUERY, payment_no="ZJ202405210001")
    assert Alipay(http).query_payment(
        alipay_credentials(secrets=secrets), query
    ).outcome == Succeeded(
        "2024052122001400000000000001",
        Money(12_500, "CNY"),
        datetime(2024, 5, 21, 2, 0, 30, tzinfo=UTC),
    )


def test_an_answer_that_alipay_itself_signed_is_believed_and_no_altered_one() -> None:
    sample = SAMPLES["response-sign"]
    secrets = {**SECRETS, "alipay_public_key": sample["public_key_pem"]}
    credentials = alipay_credentials(secrets=secrets)
    request = sign_request(credentials, "alipay.open.file.upload", {}, ASKED_AT, {})
    body = sample["body"].encode()
    answer, came = ask_gateway(StandInHttp(raw(body)), credentials, request)
    assert came == body
    assert answer["file_id"] == "CAxAToWB1JsAAAAAAAAAAAAADgSLAQBr"
    for old, new in ((b"Success", b"Succeed"), (b":{", b": {"), (b'"msg"', b' "msg"')):
        altered = body.replace(old, new, 1)
        assert altered != body
        if old == b":{":  # a blank outside of the signed text
            assert ask_gateway(StandInHttp(raw(altered)), credentials, request)[0] == answer
        else:
            with pytest.raises(OutcomeUnknown):
                ask_gateway(StandInHttp(raw(altered)), credentials, request)


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("WAIT_BUYER_PAY", Pending("WAIT_BUYER_PAY")),
        ("TRADE_SUCCESS", PAID),
        ("TRADE_FINISHED", PAID),
        ("TRADE_PENDING", Pending("TRADE_PENDING", needs_person=True)),
        ("TRADE_CLOSED", Pending("TRADE_CLOSED", needs_person=True)),
        ("TRADE_IN_ORBIT", Pending("TRADE_IN_ORBIT", is_unmapped=True)),
        ("", Pending("none", is_unmapped=True)),
    ],
)
def test_each_trade_status_has_its_outcome(status: str, expected: Outcome) -> None:
    assert outcome_of(trade_status=status) == expected


def test_a_closed_trade_failed_only_without_a_sign_of_money() -> None:
    closed = {"trade_status": "TRADE_CLOSED", "send_pay_date": None}
    assert outcome_of(**closed) == Failed("TRADE_CLOSED")
    assert outcome_of(**closed, fund_bill_list=[]) == Failed("TRADE_CLOSED")
    funded = outcome_of(**closed, fund_bill_list=[{"amount": "1", "fund_channel": "COUPON"}])
    assert funded == Pending("TRADE_CLOSED", needs_person=True)


def test_a_success_without_its_time_was_paid_by_the_time_we_asked() -> None:
    assert outcome_of(send_pay_date=None) == replace(PAID, paid_at=ASKED_AT)


def test_a_trade_that_does_not_exist_is_pending_and_absent() -> None:
    assert ask(answering(METHOD, ABSENT))[0] == Pending("ACQ.TRADE_NOT_EXIST", is_absent=True)


@pytest.mark.parametrize("sub_code", ["ACQ.INVALID_PARAMETER", "ACQ.NEVER_HEARD_OF"])
def test_a_question_that_was_refused_says_nothing_of_the_payment(sub_code: str) -> None:
    """Also where the answer looks paid otherwise."""
    refused = {**ANSWERED, "code": "40004", "sub_code": sub_code}
    assert ask(answering(METHOD, refused))[0] == Pending(sub_code, is_unmapped=True)


@pytest.mark.parametrize(
    ("code", "sub_code"),
    [
        ("20000", "isp.unknow-error"),
        ("20000", "aop.ACQ.SYSTEM_ERROR"),
        ("20000", None),
        ("40004", "ACQ.SYSTEM_ERROR"),
        ("40004", "aop.ACQ.SYSTEM_ERROR"),
        ("40004", "aop.unknow-error"),
        ("40004", "aop.too-busy"),
        ("40004", "isp.too-busy"),
        ("10000", "aop.ACQ.SYSTEM_ERROR"),
    ],
)
def test_a_fault_of_the_gateway_leaves_it_unknown(code: str, sub_code: str | None) -> None:
    with pytest.raises(OutcomeUnknown):
        outcome_of(code=code, sub_code=sub_code)


def test_an_error_of_the_gateway_is_never_believed_signed_or_not() -> None:
    error = '{"code":"40002","msg":"Invalid Arguments","sub_code":"isv.invalid-signature"}'
    signed = f'{{"error_response":{error},"sign":"{signature_of(error)}"}}'
    for body in (f'{{"error_response":{error}}}', signed, '{"error_response":{}}'):
        with pytest.raises(OutcomeUnknown) as refused:
            ask(raw(body.encode()))
        assert refused.value.code == "channel_refused_question"


def test_an_error_beside_an_answer_takes_nothing_from_what_is_signed() -> None:
    body = envelope(METHOD, ANSWERED)[:-1] + b',"error_response":{"code":"20000"}}'
    assert ask(raw(body))[0] == PAID


@pytest.mark.parametrize("name", list(ANSWERED))
def test_an_altered_answer_tells_nothing(name: str) -> None:
    text = dumped(ANSWERED)
    signature = signature_of(text)
    for value in (f"{ANSWERED[name]}0", "", None, 7):
        altered = dumped({**ANSWERED, name: value})
        body = f'{{"alipay_trade_query_response":{altered},"sign":"{signature}"}}'
        with pytest.raises(OutcomeUnknown):
            ask(raw(body.encode()))
    dropped = dumped({other: ANSWERED[other] for other in ANSWERED if other != name})
    body = f'{{"alipay_trade_query_response":{dropped},"sign":"{signature}"}}'
    with pytest.raises(OutcomeUnknown):
        ask(raw(body.encode()))


def test_the_signed_text_is_cut_out_exactly() -> None:
    """Escaped slashes, braces and quotes in texts, blanks, nested members called sign."""
    awkward = {
        **ANSWERED,
        "subject": 'a}"],{ \\ / "sign":"x" 中文 🙂',
        "alipay_trade_query_response": {"sign": "x", "code": "20000"},
        "fund_bill_list": [{"amount": "500.00", "fund_channel": "A}B{"}],
    }
    for text in (
        dumped(awkward),
        json.dumps(awkward, indent=2),
        json.dumps(awkward, ensure_ascii=True),
        "{ \t\r\n" + json.dumps(awkward)[1:-1] + "\n}",
    ):
        sign = signature_of(text)
        for body in (
            f'{{"alipay_trade_query_response":{text},"sign":"{sign}"}}',
            f'{{"sign":"{sign}","alipay_trade_query_response":{text}}}',
            f' {{ "alipay_cert_sn" : "}}" , "sign" : "{sign}" ,\n'
            f'"alipay_trade_query_response" :  {text}  }}\r\n',
        ):
            assert ask(raw(body.encode()))[0] == PAID


@pytest.mark.parametrize(
    "body",
    [
        envelope(METHOD, ANSWERED)[:-1],
        envelope(METHOD, ANSWERED) + b"x",
        b"[" + envelope(METHOD, ANSWERED) + b"]",
        envelope(METHOD, ANSWERED)[:-1] + b',"sign":""}',
        envelope(METHOD, ANSWERED).replace(b"{", b'{"alipay_trade_query_response":{},', 1),
        envelope(METHOD, ANSWERED).replace(b"{", b'{"sign":"",', 1),
        envelope(METHOD, ANSWERED)[:-1] + b',"alipay_trade_query_response":{}}',
        envelope(METHOD, ANSWERED).replace(b'"sign":"', b'"sign":["'),
        envelope(METHOD, ANSWERED).replace(b'"sign"', b'"sigh"'),
        envelope(METHOD, ANSWERED).replace(b'"sign":"', b'"sign":"A'),
        envelope(METHOD, "[]"),
        envelope(METHOD, '"paid"'),
        envelope(METHOD, "null"),
        envelope(METHOD, "[" * 100_000),
        envelope(CLOSE, ANSWERED),
        b'{"alipay_trade_query_response":' + dumped(ANSWERED).encode() + b"}",
        b"<html><body>Service unavailable</body></html>",
        b"",
        b"[]",
        b"null",
        b"{}",
        b"{1:2}",
        b"{" + b'"a":' * 50_000,
        b"\xff\xfe",
        "密".encode("gbk"),
    ],
)
def test_anything_but_a_readable_signed_answer_tells_nothing(body: bytes) -> None:
    with pytest.raises(OutcomeUnknown):
        ask(raw(body))


@pytest.mark.parametrize("status", [201, 302, 404, 500, 502, 503])
def test_an_answer_with_another_status_tells_nothing(status: int) -> None:
    with pytest.raises(OutcomeUnknown):
        ask(raw(envelope(METHOD, ANSWERED), status))


@pytest.mark.parametrize("error", [OutcomeUnknown("lost", ""), TryLater("not_connected", "")])
def test_no_answer_tells_nothing(error: Exception) -> None:
    def fail(_question: bytes) -> Response:
        raise error

    with pytest.raises(OutcomeUnknown):
        ask(fail)


@pytest.mark.parametrize("key", [FORGERS_KEY, APP_KEY])
def test_an_answer_signed_by_somebody_else_tells_nothing(key: Any) -> None:
    with pytest.raises(OutcomeUnknown) as refused:
        ask(answering(METHOD, ANSWERED, key))
    assert refused.value.code == "channel_answer_signature"


def test_an_answer_signed_with_the_key_before_is_still_believed() -> None:
    new = {**SECRETS, "alipay_public_key": public_pem(FORGERS_KEY)}
    rotating = alipay_credentials(secrets=new, previous=SECRETS)
    assert ask(answering(METHOD, ANSWERED), rotating)[0] == PAID


@pytest.mark.parametrize("answer", [ANSWERED, ABSENT])
@pytest.mark.parametrize("number", ["22000000000000019602", "", None, [PAYMENT_NO]])
def test_an_answer_about_another_payment_or_none_tells_nothing(answer: Any, number: Any) -> None:
    with pytest.raises(OutcomeUnknown):
        ask(answering(METHOD, {**answer, "out_trade_no": number}))


@pytest.mark.parametrize(
    "changes",
    [
        {"total_amount": "500.001"},
        {"total_amount": "0.00"},
        {"total_amount": ""},
        {"total_amount": ["500.00"]},
        {"trade_no": ""},
        {"trade_no": "1/2"},
        {"send_pay_date": "yesterday"},
        {"trade_status": {"a": "b"}},
        {"trans_currency": "USD"},
    ],
)
def test_a_signed_answer_that_is_not_readable_tells_nothing(changes: dict[str, Any]) -> None:
    with pytest.raises(OutcomeUnknown):
        outcome_of(**changes)


def test_an_amount_that_comes_as_a_number_is_exact() -> None:
    text = dumped(ANSWERED).replace('"500.00"', "500.00")
    assert ask(answering(METHOD, text))[0] == PAID


def close(*replies: Callable[[bytes], Response]) -> tuple[Outcome, StandInHttp]:
    waiting = iter(replies)

    def reply(question: bytes) -> Response:
        return next(waiting)(question)

    http = StandInHttp(reply)
    return Alipay(http).close_payment(alipay_credentials(), QUERY).outcome, http


def test_a_closed_payment_takes_no_more_money() -> None:
    outcome, http = close(answering(CLOSE, CLOSED))
    assert outcome == Failed("TRADE_CLOSED")
    [(url, body, _)] = http.posted
    assert "method=alipay.trade.close&" in url
    assert content_of(body) == {"out_trade_no": PAYMENT_NO}


@pytest.mark.parametrize("sub_code", ["ACQ.TRADE_STATUS_ERROR", "ACQ.REASON_TRADE_STATUS_INVALID"])
def test_a_payment_that_cannot_be_closed_any_more_is_asked_about(sub_code: str) -> None:
    too_late = answering(CLOSE, {**ABSENT, "sub_code": sub_code})
    assert close(too_late, answering(METHOD, ANSWERED))[0] == PAID
    unpaid = {**ANSWERED, "trade_status": "TRADE_CLOSED", "send_pay_date": ""}
    assert close(too_late, answering(METHOD, unpaid))[0] == Failed("TRADE_CLOSED")


def test_a_code_that_nobody_scanned_is_not_closed() -> None:
    expected = Pending("ACQ.TRADE_NOT_EXIST", is_absent=True)
    assert close(answering(CLOSE, ABSENT))[0] == expected


@pytest.mark.parametrize(
    "reply",
    [
        answering(CLOSE, {**CLOSED, "out_trade_no": "22000000000000019602"}),
        answering(CLOSE, CLOSED, FORGERS_KEY),
        answering(CLOSE, {**ABSENT, "sub_code": "ACQ.SYSTEM_ERROR"}),
        answering(METHOD, CLOSED),
        raw(b"<html></html>"),
        raw(envelope(CLOSE, CLOSED), 500),
    ],
)
def test_a_close_that_was_not_confirmed_is_unknown(reply: Callable[[bytes], Response]) -> None:
    with pytest.raises(OutcomeUnknown):
        close(reply)
