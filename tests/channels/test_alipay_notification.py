from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest

from chalicelib.channels.alipay.channel import Alipay
from chalicelib.channels.contract import Answer, Message, Notification
from chalicelib.domain.money import Money
from chalicelib.domain.payments import Failed, Outcome, Pending, Recorded, Succeeded
from chalicelib.errors import BadRequest, SignatureRefused
from tests.channels.alipay_wire import (
    APP_KEY,
    FORGERS_KEY,
    PAID,
    RETURNED,
    SECRETS,
    alipay_credentials,
    posted,
    public_pem,
    returned,
    signature_of,
    signed,
    text_of,
)
from tests.channels.stand_ins import PAYMENT_NO, StandInHttp, read_samples, refuse_to_answer

SAMPLES = read_samples("alipay.json")
PAID_AT = datetime(2026, 3, 1, 6, 30, 15, tzinfo=UTC)
SUCCEEDED = Succeeded("2026030122001400000000000001", Money(50_000, "CNY"), PAID_AT)
REFUND = {
    "refund_fee": "125.50",
    "gmt_refund": "2026-03-01 15:00:00.123",
    "out_biz_no": "RF-1",
}


def read(message: Message, **credentials: Any) -> Notification:
    return Alipay(StandInHttp(refuse_to_answer)).read_notification(
        alipay_credentials(**credentials), message
    )


def outcome_of(**changes: str) -> Outcome:
    fields = {name: value for name, value in {**PAID, **changes}.items() if value}
    return read(posted(signed(fields))).outcome


def of_sample(name: str) -> Notification:
    """With the body as it was posted, where the sample has it."""
    sample = SAMPLES[name]
    post = sample["post"]
    key = sample.get("public_key_pem") or sample["alipay_public_key_pem"]
    return read(
        Message("POST", {}, {}, sample.get("form_body", urlencode(post)).encode()),
        app_id=post["app_id"],
        seller_id=post["seller_id"],
        secrets={**SECRETS, "alipay_public_key": key},
    )


def test_a_notification_that_alipay_itself_signed_is_read() -> None:
    assert of_sample("notify-v1-2019").outcome == Succeeded(
        "2019081522001468450512505578",
        Money(10, "CNY"),
        datetime(2019, 8, 15, 7, 56, 24, tzinfo=UTC),
    )
    assert of_sample("notify-v1-2019").payment_no == "20190815155618536-564-57"


def test_a_notification_signed_for_another_key_is_refused() -> None:
    with pytest.raises(SignatureRefused):
        of_sample("notify-wrong-key")


def test_the_samples_of_a_payment_a_refund_and_a_close_are_read() -> None:
    paid = Succeeded(
        "2024052122001400000000000001",
        Money(12_500, "CNY"),
        datetime(2024, 5, 21, 2, 0, 30, tzinfo=UTC),
    )
    first = of_sample("notify-gen-paid")
    assert (first.payment_no, first.outcome, first.refunded) == ("ZJ202405210001", paid, None)
    part = of_sample("notify-gen-partial_refund")
    assert (part.outcome, part.refunded) == (paid, Money(2_500, "CNY"))
    assert of_sample("notify-gen-closed_unpaid").outcome == Failed("TRADE_CLOSED")


@pytest.mark.parametrize(
    "name", [name for name in SAMPLES if name.startswith("notify-") and name != "notify-wrong-key"]
)
def test_our_stand_in_signs_the_text_that_the_samples_sign(name: str) -> None:
    assert text_of(SAMPLES[name]["post"]) == SAMPLES[name]["string_to_sign"]


def test_the_raw_body_is_kept_as_evidence() -> None:
    message = posted(signed(PAID))
    assert read(message).raw == message.raw_body


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("WAIT_BUYER_PAY", Pending("WAIT_BUYER_PAY")),
        ("TRADE_SUCCESS", SUCCEEDED),
        ("TRADE_FINISHED", SUCCEEDED),
        ("TRADE_PENDING", Pending("TRADE_PENDING", needs_person=True)),
        ("TRADE_IN_ORBIT", Pending("TRADE_IN_ORBIT", is_unmapped=True)),
    ],
)
def test_each_trade_status_has_its_outcome(status: str, expected: Outcome) -> None:
    assert outcome_of(trade_status=status) == expected


def test_a_trade_that_closed_without_money_failed() -> None:
    unpaid = {"gmt_payment": "", "fund_bill_list": "", "gmt_close": "2026-03-01 15:00:00"}
    assert outcome_of(trade_status="TRADE_CLOSED", **unpaid) == Failed("TRADE_CLOSED")


@pytest.mark.parametrize(
    "sign",
    [
        {"gmt_payment": "2026-03-01 14:30:15"},
        {"gmt_refund": "2026-03-01 15:00:00"},
        {"refund_fee": "125.50"},
        {"fund_bill_list": '[{"amount":"1.00","fundChannel":"COUPON"}]'},
    ],
)
def test_a_trade_that_closed_after_money_moved_never_failed(sign: dict[str, str]) -> None:
    fields = {"gmt_payment": "", "fund_bill_list": "", **sign}
    expected = Pending("TRADE_CLOSED", needs_person=True)
    assert outcome_of(trade_status="TRADE_CLOSED", **fields) == expected


def test_a_refund_leaves_the_payment_paid_and_tells_what_went_back_so_far() -> None:
    notification = read(posted(signed({**PAID, **REFUND})))
    assert (notification.outcome, notification.refunded) == (SUCCEEDED, Money(12_550, "CNY"))
    whole = {**PAID, **REFUND, "refund_fee": "500.00", "trade_status": "TRADE_CLOSED"}
    assert read(posted(signed(whole))).refunded == Money(50_000, "CNY")


def test_a_success_without_its_time_waits_for_a_question() -> None:
    assert outcome_of(gmt_payment="") == Pending("TRADE_SUCCESS")


@pytest.mark.parametrize("name", [*PAID, "sign_type", "sign"])
def test_an_altered_dropped_or_emptied_field_is_refused(name: str) -> None:
    message = signed(PAID)
    for value in (f"{message[name]}0", f"1{message[name][1:]}", "", "RSA"):
        if value != message[name]:
            with pytest.raises(SignatureRefused):
                read(posted({**message, name: value}))
    with pytest.raises(SignatureRefused):
        read(posted({other: value for other, value in message.items() if other != name}))


@pytest.mark.parametrize("name", ["refund_fee", "method", "a", "zz", "sign_type2", ""])
@pytest.mark.parametrize("value", ["", "1"])
def test_an_added_field_is_refused(name: str, value: str) -> None:
    with pytest.raises(SignatureRefused):
        read(posted({**signed(PAID), name: value}))


@pytest.mark.parametrize("name", ["total_amount", "out_trade_no", "sign"])
def test_a_field_that_comes_twice_is_refused(name: str) -> None:
    body = urlencode(signed(PAID))
    for doubled in (f"{body}&{name}=1", f"{name}=1&{body}", f"{body}&{name}={PAID.get(name)}"):
        with pytest.raises(SignatureRefused):
            read(Message("POST", {}, {}, doubled.encode()))


def test_a_signature_written_in_another_way_is_refused() -> None:
    """Base64 has unused bits at its end, and decoders that skip what they do not know."""
    message = signed(PAID)
    sign = message["sign"]
    assert sign.endswith("==")
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    twin = alphabet[alphabet.index(sign[-3]) ^ 1]
    for other in (f"{sign[:-3]}{twin}==", f"{sign}\n", f" {sign}", f"{sign}==", sign[:-1], "ü"):
        with pytest.raises(SignatureRefused):
            read(posted({**message, "sign": other}))


def test_the_order_of_the_fields_and_the_way_they_are_quoted_do_not_matter() -> None:
    message = signed(PAID)
    backwards = dict(reversed(message.items()))
    assert read(posted(backwards)).outcome == SUCCEEDED
    hexed = "&".join(
        name + "=" + "".join(f"%{byte:02x}" for byte in value.encode())
        for name, value in message.items()
    )
    assert read(Message("POST", {}, {}, hexed.encode())).outcome == SUCCEEDED


def test_plus_and_percent_in_a_text_are_decoded_once() -> None:
    for subject in ("a+b", "a%2Bb", "100%", "%25", "a b", "=&=", "护照工本费 + 邮寄"):
        assert read(posted(signed({**PAID, "subject": subject}))).outcome == SUCCEEDED


def test_a_gbk_notification_is_verified_on_its_bytes() -> None:
    fields = {**PAID, "charset": "GBK"}
    sign = signature_of(text_of(fields).encode("gbk"))
    body = urlencode({**fields, "sign_type": "RSA2", "sign": sign}, encoding="gbk")
    assert read(Message("POST", {}, {}, body.encode())).outcome == SUCCEEDED


def test_a_message_of_the_platform_signs_its_sign_type_too() -> None:
    fields = {**PAID, "method": "alipay.trade.changed", "sign_type": "RSA2"}
    kept = {**fields, "sign": signature_of(text_of(fields, ["sign"]))}
    assert read(posted(kept)).outcome == SUCCEEDED
    dropped = {**fields, "sign": signature_of(text_of(fields))}
    with pytest.raises(SignatureRefused):
        read(posted(dropped))
    for name, value in kept.items():
        with pytest.raises(SignatureRefused):
            read(posted({**kept, name: f"{value}1"}))


def test_a_notification_of_a_trade_does_not_sign_its_sign_type() -> None:
    fields = {**PAID, "sign_type": "RSA2"}
    with pytest.raises(SignatureRefused):
        read(posted({**fields, "sign": signature_of(text_of(fields, ["sign"]))}))


@pytest.mark.parametrize("name", ["app_id", "seller_id"])
def test_a_message_that_is_signed_well_for_somebody_else_is_refused(name: str) -> None:
    for value in ("2088000000000009", ""):
        fields = {key: text for key, text in {**PAID, name: value}.items() if text}
        with pytest.raises(SignatureRefused) as refused:
            read(posted(signed(fields)))
        assert refused.value.code == "notification_not_ours"


@pytest.mark.parametrize("key", [FORGERS_KEY, APP_KEY])
def test_another_keys_signature_is_refused(key: Any) -> None:
    with pytest.raises(SignatureRefused):
        read(posted(signed(PAID, key)))


def test_the_key_before_is_still_believed() -> None:
    new = {**SECRETS, "alipay_public_key": public_pem(FORGERS_KEY)}
    assert read(posted(signed(PAID)), secrets=new, previous=SECRETS).outcome == SUCCEEDED
    assert read(posted(signed(PAID, FORGERS_KEY)), secrets=new, previous=SECRETS).payment_no
    with pytest.raises(SignatureRefused):
        read(posted(signed(PAID)), secrets=new)


@pytest.mark.parametrize(
    "body",
    [b"", b"&&&", b"=", b"<html></html>", b"{}", b"\xff\xfe", b"sign", b"sign=&sign_type=RSA2"],
)
def test_garbage_is_refused(body: bytes) -> None:
    with pytest.raises(SignatureRefused):
        read(Message("POST", {}, {}, body))


@pytest.mark.parametrize(
    "changes",
    [
        {"out_trade_no": ""},
        {"trade_status": ""},
        {"trade_no": ""},
        {"trade_no": "1 2"},
        {"total_amount": ""},
        {"total_amount": "0.00"},
        {"total_amount": "-500.00"},
        {"total_amount": "500.001"},
        {"total_amount": "5e2"},
        {"total_amount": "５00.00"},
        {"total_amount": "500,00"},
        {"gmt_payment": "1.3.2026"},
        {"gmt_payment": "2026-13-01 14:30:15"},
        {"trans_currency": "USD"},
        {"refund_fee": "500.01"},
        {"refund_fee": "some"},
        {"charset": "klingon"},
    ],
)
def test_what_is_signed_and_still_not_readable_is_a_bad_request(changes: dict[str, str]) -> None:
    fields = {name: value for name, value in {**PAID, **changes}.items() if value}
    with pytest.raises(BadRequest):
        read(posted(signed(fields)))


def test_a_text_in_another_charset_than_it_says_is_a_bad_request() -> None:
    sign = signature_of(text_of(PAID).encode("gbk"))
    body = urlencode({**PAID, "sign_type": "RSA2", "sign": sign}, encoding="gbk")
    with pytest.raises(BadRequest):
        read(Message("POST", {}, {}, body.encode()))


def test_the_browsers_return_tells_the_payment_and_nothing_of_money() -> None:
    notification = read(returned(signed(RETURNED)))
    assert (notification.payment_no, notification.outcome) == (PAYMENT_NO, Pending("RETURNED"))
    assert dict(parse_qsl(notification.raw.decode()))["out_trade_no"] == PAYMENT_NO


@pytest.mark.parametrize("name", [*RETURNED, "sign", "sign_type"])
def test_an_altered_return_is_refused(name: str) -> None:
    message = signed(RETURNED)
    for altered in ({**message, name: f"{message[name]}0"}, {**message, f"{name}2": "1"}):
        with pytest.raises(SignatureRefused):
            read(returned(altered))
    with pytest.raises(SignatureRefused):
        read(returned({other: value for other, value in message.items() if other != name}))


def test_a_notification_that_comes_by_a_browser_pays_nothing() -> None:
    """Its signature holds, and it passed through the payer's hands."""
    assert read(returned(signed(PAID))).outcome == Pending("RETURNED")


def test_a_return_for_somebody_else_is_refused() -> None:
    for name in ("app_id", "seller_id"):
        with pytest.raises(SignatureRefused):
            read(returned(signed({**RETURNED, name: "2088000000000009"})))


@pytest.mark.parametrize("recorded", list(Recorded))
def test_what_was_recorded_is_answered_with_the_seven_characters(recorded: Recorded) -> None:
    alipay = Alipay(StandInHttp(refuse_to_answer))
    assert alipay.answer(recorded) == Answer(200, "success", "text/plain")


def test_what_was_not_recorded_comes_again() -> None:
    alipay = Alipay(StandInHttp(refuse_to_answer))
    assert alipay.answer(None) == alipay.answer_failure() == Answer(200, "fail", "text/plain")


def test_a_key_in_the_form_of_alipays_tool_is_read() -> None:
    bare = "".join(SECRETS["alipay_public_key"].splitlines()[1:-1])
    assert read(posted(signed(PAID)), secrets={**SECRETS, "alipay_public_key": bare}).payment_no
