"""Alipay's side, written for the tests from its documents, with keys of their own."""

import base64
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import timedelta, timezone
from typing import Any
from urllib.parse import parse_qsl, urlencode

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from chalicelib.channels.alipay.channel import Alipay
from chalicelib.channels.contract import Credentials, Message
from chalicelib.domain.payments import Client
from chalicelib.outbound import Response
from tests.channels.alipay_bill import packed_bill
from tests.channels.kit import Fields, Keys, Kit, Told, Word
from tests.channels.stand_ins import PAYMENT_NO, credentials_of

APP_ID = "2021000000000001"
SELLER_ID = "2088000000000001"
GATEWAY = "https://openapi.alipay.test/gateway.do"


def new_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def private_pem(key: rsa.RSAPrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()


def public_pem(key: rsa.RSAPrivateKey) -> str:
    return (
        key.public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        .decode()
    )


APP_KEY, ALIPAY_KEY, FORGERS_KEY = new_key(), new_key(), new_key()
SECRETS = {"private_key": private_pem(APP_KEY), "alipay_public_key": public_pem(ALIPAY_KEY)}

PAID = {
    "gmt_create": "2026-03-01 14:29:00",
    "charset": "utf-8",
    "gmt_payment": "2026-03-01 14:30:15",
    "notify_time": "2026-03-01 14:30:16",
    "subject": "考试费+测试 50%",
    "buyer_id": "2088102534368455",
    "invoice_amount": "500.00",
    "version": "1.0",
    "notify_id": "2026030101222143015000000000000001",
    "fund_bill_list": '[{"amount":"500.00","fundChannel":"ALIPAYACCOUNT"}]',
    "notify_type": "trade_status_sync",
    "out_trade_no": PAYMENT_NO,
    "total_amount": "500.00",
    "trade_status": "TRADE_SUCCESS",
    "trade_no": "2026030122001400000000000001",
    "auth_app_id": APP_ID,
    "receipt_amount": "500.00",
    "point_amount": "0.00",
    "buyer_pay_amount": "500.00",
    "app_id": APP_ID,
    "seller_id": SELLER_ID,
}
RETURNED = {
    "charset": "utf-8",
    "out_trade_no": PAYMENT_NO,
    "method": "alipay.trade.page.pay.return",
    "total_amount": "500.00",
    "trade_no": "2026030122001400000000000001",
    "auth_app_id": APP_ID,
    "version": "1.0",
    "app_id": APP_ID,
    "seller_id": SELLER_ID,
    "timestamp": "2026-03-01 14:30:20",
}
ANSWERED = {
    "code": "10000",
    "msg": "Success",
    "out_trade_no": PAYMENT_NO,
    "trade_no": "2026030122001400000000000001",
    "trade_status": "TRADE_SUCCESS",
    "total_amount": "500.00",
    "send_pay_date": "2026-03-01 14:30:15",
    "buyer_logon_id": "138****0000",
}
ABSENT = {
    "code": "40004",
    "msg": "Business Failed",
    "sub_code": "ACQ.TRADE_NOT_EXIST",
    "sub_msg": "交易不存在",
    "buyer_pay_amount": "0.00",
    "out_trade_no": PAYMENT_NO,
    "receipt_amount": "0.00",
}
CODE = {
    "code": "10000",
    "msg": "Success",
    "out_trade_no": PAYMENT_NO,
    "qr_code": "https://qr.alipay.test/bax03431ljhokirwl38f00a7",
}


def alipay_credentials(
    app_id: str = APP_ID,
    seller_id: str = SELLER_ID,
    secrets: Mapping[str, str] = SECRETS,
    previous: Mapping[str, str] | None = None,
) -> Credentials:
    fields = {"app_id": app_id, "seller_id": seller_id, "gateway_url": GATEWAY}
    return credentials_of("alipay", fields, secrets, previous, "CNY")


def signature_of(text: str | bytes, key: rsa.RSAPrivateKey = ALIPAY_KEY) -> str:
    raw = text.encode() if isinstance(text, str) else text
    return base64.b64encode(key.sign(raw, padding.PKCS1v15(), hashes.SHA256())).decode()


def verify(text: str, signature: str, key: rsa.RSAPublicKey) -> None:
    """Raises: InvalidSignature"""
    key.verify(base64.b64decode(signature), text.encode(), padding.PKCS1v15(), hashes.SHA256())


def text_of(fields: Mapping[str, str], unsigned: Iterable[str] = ("sign", "sign_type")) -> str:
    names = sorted(set(fields) - set(unsigned))
    return "&".join(f"{name}={fields[name]}" for name in names)


def signed(fields: Mapping[str, str], key: rsa.RSAPrivateKey = ALIPAY_KEY) -> dict[str, str]:
    return {**fields, "sign_type": "RSA2", "sign": signature_of(text_of(fields), key)}


def posted(fields: Mapping[str, str]) -> Message:
    return Message("POST", {}, {}, urlencode(fields).encode())


def returned(fields: Mapping[str, str]) -> Message:
    return Message("GET", fields, {}, b"")


def envelope(
    method: str, answer: Mapping[str, Any] | str, key: rsa.RSAPrivateKey = ALIPAY_KEY
) -> bytes:
    """`answer` as the JSON text itself, or as what it holds."""
    text = answer if isinstance(answer, str) else dumped(answer)
    member = f"{method.replace('.', '_')}_response"
    return f'{{"{member}":{text},"sign":"{signature_of(text, key)}"}}'.encode()


def dumped(answer: Mapping[str, Any]) -> str:
    """Slashes are escaped, as Alipay does."""
    return json.dumps(answer, ensure_ascii=False, separators=(",", ":")).replace("/", "\\/")


def answering(
    method: str, answer: Mapping[str, Any] | str, key: rsa.RSAPrivateKey = ALIPAY_KEY
) -> Callable[[bytes], Response]:
    body = envelope(method, answer, key)
    return lambda _question: Response(200, {"Content-Type": "text/html;charset=utf-8"}, body)


def content_of(body: bytes) -> Any:
    [(name, text)] = parse_qsl(body.decode(), strict_parsing=True)
    assert name == "biz_content"
    return json.loads(text)


BEIJING = timezone(timedelta(hours=8))
STATUSES = {
    Word.PAID: "TRADE_SUCCESS",
    Word.REFUSED: "TRADE_CLOSED",
    Word.WAITING: "WAIT_BUYER_PAY",
    Word.UNMAPPED: "TRADE_IN_ORBIT",
}
SIGNS_OF_MONEY = ("gmt_payment", "send_pay_date", "fund_bill_list")


def trade_no_of(told: Told) -> str:
    return f"20260301220014{int(told.transaction):014d}"


def tell(told: Told) -> dict[str, str]:
    return {
        "out_trade_no": told.payment_no,
        "trade_no": trade_no_of(told),
        "trade_status": STATUSES[told.word],
        "total_amount": told.amount.decimal_text(),
    }


def without_money(fields: Mapping[str, str], told: Told) -> dict[str, str]:
    if told.word is Word.PAID:
        return dict(fields)
    return {name: value for name, value in fields.items() if name not in SIGNS_OF_MONEY}


def notify(fields: Fields, key: rsa.RSAPrivateKey, told: Told) -> Message:
    when = f"{told.at.astimezone(BEIJING):%Y-%m-%d %H:%M:%S}"
    own = {"app_id": fields["app_id"], "auth_app_id": fields["app_id"]}
    values = {**PAID, **own, "seller_id": fields["seller_id"], **tell(told), "gmt_payment": when}
    return posted(signed(without_money(values, told), key))


def answer_query(_: Fields, key: rsa.RSAPrivateKey, told: Told, _question: bytes) -> Response:
    method = "alipay.trade.query"
    if told.word is Word.ABSENT:
        return answering(method, {**ABSENT, "out_trade_no": told.payment_no}, key)(b"")
    when = f"{told.at.astimezone(BEIJING):%Y-%m-%d %H:%M:%S}"
    values = {**ANSWERED, **tell(told), "send_pay_date": when}
    return answering(method, without_money(values, told), key)(b"")


def answer_create(_: Fields, key: rsa.RSAPrivateKey, told: Told, _question: bytes) -> Response:
    return answering("alipay.trade.precreate", {**CODE, "out_trade_no": told.payment_no}, key)(b"")


def answer_close(_: Fields, key: rsa.RSAPrivateKey, told: Told, _question: bytes) -> Response:
    closed = {"code": "10000", "msg": "Success", "trade_no": trade_no_of(told)}
    return answering("alipay.trade.close", {**closed, "out_trade_no": told.payment_no}, key)(b"")


def statement(fields: Fields, lines: Sequence[Told], wrong_by: int = 0) -> bytes:
    total = sum(each.amount.amount_minor for each in lines) + wrong_by
    rows = [
        f"{trade_no_of(each)},{each.payment_no}\t,交易,"
        f"{each.at.astimezone(BEIJING):%Y-%m-%d %H:%M:%S},{each.amount.decimal_text()},"
        for each in lines
    ]
    day = lines[0].at.astimezone(BEIJING).date()
    return packed_bill(fields["seller_id"], day, rows, f"{total // 100}.{total % 100:02d}")


KIT = Kit(
    channel=Alipay,
    fields=alipay_credentials().account.fields,
    other_fields=alipay_credentials("2021000000000002", "2088000000000002").account.fields,
    keys=Keys(SECRETS, ALIPAY_KEY),
    other_keys=Keys(
        {"private_key": private_pem(FORGERS_KEY), "alipay_public_key": public_pem(FORGERS_KEY)},
        FORGERS_KEY,
    ),
    notify=notify,
    says=frozenset(STATUSES),
    answers={"query": answer_query, "create": answer_create, "close": answer_close},
    answers_with=frozenset({*STATUSES, Word.ABSENT}),
    currency="CNY",
    creates_for=Client.WECHAT,
    statement=statement,
)
