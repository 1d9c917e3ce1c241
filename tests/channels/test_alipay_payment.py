import base64
import json
import traceback
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, unquote

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from chalicelib.channels.alipay.channel import Alipay
from chalicelib.channels.alipay.wire import encode, request_text
from chalicelib.channels.contract import AppParams, Credentials, QrCode, Redirect
from chalicelib.domain.money import Money
from chalicelib.domain.payments import Client
from chalicelib.errors import ChannelRefused, DataFault, OutcomeUnknown, TryLater
from chalicelib.outbound import Response
from tests.channels.alipay_wire import (
    ABSENT,
    APP_ID,
    APP_KEY,
    CODE,
    FORGERS_KEY,
    GATEWAY,
    SECRETS,
    alipay_credentials,
    answering,
    content_of,
    envelope,
    private_pem,
    text_of,
    verify,
)
from tests.channels.stand_ins import (
    PAYMENT_NO,
    REQUEST,
    StandInHttp,
    read_samples,
    refuse_to_answer,
)

SAMPLES = read_samples("alipay.json")
CNY = replace(REQUEST, amount=Money(12_500, "CNY"))
PRECREATE = "alipay.trade.precreate"
ORDER = {
    "out_trade_no": PAYMENT_NO,
    "total_amount": "125.00",
    "subject": "Phi tham dinh HS 2026 001",
    "product_code": "FAST_INSTANT_TRADE_PAY",
    "time_expire": "2026-03-01 14:20:09",
}
COMMON = {
    "app_id": APP_ID,
    "method": "alipay.trade.page.pay",
    "format": "JSON",
    "charset": "utf-8",
    "sign_type": "RSA2",
    "timestamp": "2026-03-01 14:05:09",
    "version": "1.0",
    "notify_url": CNY.notification_url,
}


def start(
    client: Client,
    reply: Callable[[bytes], Response] = refuse_to_answer,
    credentials: Credentials | None = None,
    **changes: Any,
) -> tuple[Any, StandInHttp]:
    http = StandInHttp(reply)
    request = replace(CNY, client=client, **changes)
    return Alipay(http).start_payment(credentials or alipay_credentials(), request), http


def parameters_of(text: str) -> dict[str, str]:
    """All are signed with our key, and nothing is there twice."""
    pairs = parse_qsl(text, strict_parsing=True)
    parameters = dict(pairs)
    assert len(parameters) == len(pairs)
    verify(text_of(parameters, ["sign"]), parameters["sign"], APP_KEY.public_key())
    return parameters


def order_of(parameters: Mapping[str, str]) -> tuple[dict[str, str], Any]:
    shared = {name: parameters[name] for name in parameters if name not in ("sign", "biz_content")}
    return shared, json.loads(parameters["biz_content"])


def test_a_browser_is_sent_to_the_page_with_the_signed_order() -> None:
    action, _ = start(Client.WEB)
    assert isinstance(action, Redirect)
    address, _, query = action.url.partition("?")
    assert address == GATEWAY
    assert order_of(parameters_of(query)) == ({**COMMON, "return_url": CNY.return_url}, ORDER)


def test_a_phones_browser_is_sent_to_the_mobile_page() -> None:
    action, _ = start(Client.MOBILE)
    shared, order = order_of(parameters_of(action.url.partition("?")[2]))
    mobile = {"method": "alipay.trade.wap.pay", "return_url": CNY.return_url}
    assert shared == {**COMMON, **mobile}
    assert order == {**ORDER, "product_code": "QUICK_WAP_WAY", "quit_url": CNY.return_url}


def test_an_app_gets_the_signed_order_as_one_text() -> None:
    action, _ = start(Client.APP)
    assert isinstance(action, AppParams)
    assert list(action.params) == ["order_string"]
    shared, order = order_of(parameters_of(action.params["order_string"]))
    assert shared == {**COMMON, "method": "alipay.trade.app.pay"}
    assert order == {**ORDER, "product_code": "QUICK_MSECURITY_PAY"}


@pytest.mark.parametrize("client", [Client.WECHAT, Client.COUNTER])
def test_elsewhere_a_code_is_shown_that_alipay_was_asked_for(client: Client) -> None:
    action, http = start(client, answering(PRECREATE, CODE))
    assert action == QrCode("https://qr.alipay.test/bax03431ljhokirwl38f00a7")
    [(url, body, headers)] = http.posted
    address, _, query = url.partition("?")
    content = parse_qsl(body.decode())
    shared, order = order_of(parameters_of(f"{query}&{body.decode()}"))
    assert address == GATEWAY
    assert [name for name, _ in content] == ["biz_content"]
    assert headers["Content-Type"] == "application/x-www-form-urlencoded;charset=utf-8"
    assert shared == {**COMMON, "method": PRECREATE}
    assert order == {**ORDER, "product_code": "FACE_TO_FACE_PAYMENT"} == content_of(body)


def test_amounts_are_exact_yuan() -> None:
    for fen, yuan in [
        (1, "0.01"),
        (10, "0.10"),
        (12_345_678, "123456.78"),
        (10**10, "100000000.00"),
    ]:
        action, _ = start(Client.WEB, amount=Money(fen, "CNY"))
        parameters = parameters_of(action.url.partition("?")[2])
        assert json.loads(parameters["biz_content"])["total_amount"] == yuan


@pytest.mark.parametrize(
    "amount", [Money(0, "CNY"), Money(-1, "CNY"), Money(10**10 + 1, "CNY"), Money(50_000, "VND")]
)
def test_an_amount_that_alipay_cannot_take_is_refused_before_anything_is_sent(
    amount: Money,
) -> None:
    for client in Client:
        with pytest.raises(ChannelRefused):
            start(client, amount=amount)


def test_times_are_beijings_on_both_sides_of_midnight() -> None:
    late = datetime(2026, 3, 1, 15, 59, 59, tzinfo=UTC)
    action, _ = start(Client.WEB, started_at=late, expires_at=late + timedelta(seconds=1))
    parameters = parameters_of(action.url.partition("?")[2])
    assert parameters["timestamp"] == "2026-03-01 23:59:59"
    assert json.loads(parameters["biz_content"])["time_expire"] == "2026-03-02 00:00:00"


def test_the_sample_request_is_signed_over_the_same_text_and_reads_the_same() -> None:
    sample = SAMPLES["request-page-pay"]
    parameters = sample["params"]
    assert request_text(parameters).decode() == sample["string_to_sign"]
    assert parse_qsl(encode(parameters)) == parse_qsl(sample["url"].partition("?")[2])
    key: Any = load_pem_public_key(sample["app_public_key_pem"].encode())
    verify(request_text(parameters).decode(), parameters["sign"], key)


def test_empty_parameters_are_not_signed_and_the_sign_type_is() -> None:
    parameters = {"b": "2", "sign": "x", "a": "", "sign_type": "RSA2", "B": "ü/ +"}
    assert request_text(parameters).decode() == "B=ü/ +&b=2&sign_type=RSA2"


def certified() -> Credentials:
    sample = SAMPLES["cert-sn"]
    secrets = {
        "private_key": SECRETS["private_key"],
        "alipay_public_key": sample["alipay_cert_pem"],
        "app_certificate": sample["app_cert_pem"],
        "alipay_root_certificates": sample["root_bundle_pem"],
    }
    return alipay_credentials(secrets=secrets)


def test_certificate_mode_names_the_certificates_in_every_request() -> None:
    sample = SAMPLES["cert-sn"]
    for client in (Client.WEB, Client.MOBILE, Client.APP):
        action, _ = start(client, credentials=certified())
        text = action.params["order_string"] if client is Client.APP else action.url
        parameters = parameters_of(text.partition("?")[2] or text)
        assert parameters["app_cert_sn"] == sample["app_cert_sn"]
        assert parameters["alipay_root_cert_sn"] == sample["alipay_root_cert_sn"]


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("app_certificate", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----", None),
        ("alipay_root_certificates", "no certificate at all", None),
        ("alipay_root_certificates", "", "channel_account_incomplete"),
        ("private_key", "", "channel_account_incomplete"),
        ("private_key", "AAAA", None),
        ("private_key", "not base64: ü", None),
        ("private_key", SECRETS["alipay_public_key"], None),
    ],
)
def test_a_key_that_cannot_be_read_is_an_operators_to_mend(
    name: str, value: str, code: str | None
) -> None:
    credentials = certified()
    spoiled = replace(credentials, current={**credentials.current, name: value})
    with pytest.raises(DataFault) as fault:
        start(Client.WEB, credentials=spoiled)
    assert fault.value.code == (code or "channel_key_unreadable")
    assert name in fault.value.detail
    shown = "".join(traceback.format_exception(fault.value))
    assert not value or value.splitlines()[0] not in shown


def test_a_key_of_another_kind_is_refused() -> None:
    curve = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    with pytest.raises(DataFault):
        start(
            Client.WEB,
            credentials=alipay_credentials(secrets={**SECRETS, "private_key": curve.decode()}),
        )


@pytest.mark.parametrize(
    "private_format",
    [serialization.PrivateFormat.PKCS8, serialization.PrivateFormat.TraditionalOpenSSL],
)
def test_both_forms_of_alipays_key_tool_are_read(
    private_format: serialization.PrivateFormat,
) -> None:
    der = APP_KEY.private_bytes(
        serialization.Encoding.DER, private_format, serialization.NoEncryption()
    )
    secrets = {**SECRETS, "private_key": base64.b64encode(der).decode()}
    action, _ = start(Client.WEB, credentials=alipay_credentials(secrets=secrets))
    assert action == start(Client.WEB)[0]


def test_only_the_current_key_signs() -> None:
    before = {**SECRETS, "private_key": private_pem(FORGERS_KEY)}
    action, _ = start(Client.WEB, credentials=alipay_credentials(previous=before))
    parameters_of(action.url.partition("?")[2])


@pytest.mark.parametrize(
    "sub_code",
    ["ACQ.INVALID_PARAMETER", "ACQ.TOTAL_FEE_EXCEED", "ACQ.TRADE_HAS_CLOSE", "ACQ.PARTNER_ERROR"],
)
def test_a_code_is_refused_by_alipays_signed_word_only(sub_code: str) -> None:
    refusal = {"code": "40004", "msg": "Business Failed", "sub_code": sub_code}
    with pytest.raises(ChannelRefused):
        start(Client.COUNTER, answering(PRECREATE, refusal))
    with pytest.raises(OutcomeUnknown):
        start(Client.COUNTER, answering(PRECREATE, refusal, FORGERS_KEY))


@pytest.mark.parametrize(
    "answer",
    [
        {**ABSENT, "sub_code": "ACQ.TRADE_HAS_SUCCESS"},
        {**ABSENT, "sub_code": "ACQ.CONTEXT_INCONSISTENT"},
        {**ABSENT, "sub_code": "ACQ.SYSTEM_ERROR"},
        {**ABSENT, "sub_code": "ACQ.NEVER_HEARD_OF"},
        {"code": "20000", "msg": "Service Currently Unavailable", "sub_code": "isp.unknow-error"},
        {"code": "20000", "msg": "Service Currently Unavailable", "sub_code": "aop.unknow-error"},
        {**CODE, "out_trade_no": "22000000000000019602"},
        {**CODE, "qr_code": ""},
        {**CODE, "qr_code": {"url": "x"}},
        {},
    ],
)
def test_anything_else_leaves_it_unknown_whether_there_is_a_trade(answer: Any) -> None:
    with pytest.raises(OutcomeUnknown):
        start(Client.COUNTER, answering(PRECREATE, answer))


def lose(_body: bytes) -> Response:
    raise OutcomeUnknown("answer_lost", "sent: TimeoutError")


def reach_nobody(_body: bytes) -> Response:
    raise TryLater("not_connected", "nothing sent")


@pytest.mark.parametrize(
    "reply",
    [
        lose,
        reach_nobody,
        lambda _body: Response(500, {}, envelope(PRECREATE, CODE)),
        lambda _body: Response(302, {}, envelope(PRECREATE, CODE)),
        lambda _body: Response(200, {}, b"<html>busy</html>"),
        lambda _body: Response(200, {}, b"\x00\xff"),
        lambda _body: Response(200, {}, b""),
        answering(PRECREATE, CODE, FORGERS_KEY),
        answering("alipay.trade.query", CODE),
    ],
    ids=["lost", "nobody", "500", "302", "html", "garbage", "empty", "forged", "another method"],
)
def test_a_fault_on_the_wire_leaves_it_unknown_and_a_repeat_goes_on(
    reply: Callable[[bytes], Response],
) -> None:
    """The effect may be there; the same order again has the same number and the same text."""
    with pytest.raises(OutcomeUnknown):
        start(Client.COUNTER, reply)
    first, second = StandInHttp(reply), StandInHttp(answering(PRECREATE, CODE))
    request = replace(CNY, client=Client.COUNTER)
    with pytest.raises(OutcomeUnknown):
        Alipay(first).start_payment(alipay_credentials(), request)
    assert isinstance(Alipay(second).start_payment(alipay_credentials(), request), QrCode)
    assert first.posted == second.posted


def test_no_blank_and_no_quote_is_left_in_an_address() -> None:
    action, _ = start(Client.WEB, return_url="https://pay.example/return?a=b c&d=é\"'+%20")
    assert action.url.isascii()
    assert not set(' "<>') & set(action.url)
    assert unquote(parameters_of(action.url.partition("?")[2])["return_url"]).endswith("+ ")
