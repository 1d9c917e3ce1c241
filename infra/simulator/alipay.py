"""Alipay's side of its protocol, written from its documents: pages, notifications, signatures."""

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from functools import cache
from typing import Any
from urllib.parse import parse_qsl, urlencode

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

from infra.simulator.actions import Payment, PayRequest, Result
from infra.simulator.config import Account
from infra.simulator.wire import Call, Refused

BEIJING = timezone(timedelta(hours=8))
STATUSES: Mapping[Result, str] = {
    Result.OPEN: "WAIT_BUYER_PAY",
    Result.PAID: "TRADE_SUCCESS",
    Result.REFUSED: "TRADE_CLOSED",
    Result.CLOSED: "TRADE_CLOSED",
    Result.HELD: "TRADE_PENDING",
    Result.UNKNOWN: "TRADE_IN_ORBIT",
}
# Methods that a payer's own device opens, and the way its browser comes back.
PAYERS_METHODS = {
    "alipay.trade.page.pay": "alipay.trade.page.pay.return",
    "alipay.trade.wap.pay": "alipay.trade.wap.pay.return",
    "alipay.trade.app.pay": "",
    "alipay.trade.precreate": "",
}
NEEDED = ("out_trade_no", "total_amount", "subject")


def merchant_of(query: str) -> str:
    return dict(parse_qsl(query)).get("app_id", "")


def read_request(account: Account, text: str) -> tuple[dict[str, str], dict[str, Any]]:
    """The shared parameters and the content of a request that is signed by the application."""
    fields = dict(parse_qsl(text, keep_blank_values=True))
    signed = {name: value for name, value in fields.items() if value and name != "sign"}
    if not _is_signed(account.app_key, _joined(signed), fields.get("sign", "")):
        raise Refused(400, "isv.invalid-signature")
    if (fields.get("charset"), fields.get("sign_type")) != ("utf-8", "RSA2"):
        raise Refused(400, "isv.invalid-charset-or-sign-type")
    try:
        content = json.loads(fields.get("biz_content", "{}"))
        datetime.strptime(fields.get("timestamp", ""), "%Y-%m-%d %H:%M:%S").replace(tzinfo=BEIJING)
    except ValueError as error:
        raise Refused(400, "isv.invalid-parameter") from error
    if not isinstance(content, dict):
        raise Refused(400, "isv.invalid-parameter")
    return fields, content


def read_pay_request(account: Account, query: str) -> PayRequest:
    fields, content = read_request(account, query)
    missing = [name for name in NEEDED if not content.get(name)]
    if missing or fields.get("method") not in PAYERS_METHODS:
        raise Refused(400, f"not a payment; missing: {', '.join(missing) or 'nothing'}")
    expires = content.get("time_expire")
    return PayRequest(
        channel="alipay",
        merchant=account.merchant,
        number=str(content["out_trade_no"]),
        amount_minor=to_fen(str(content["total_amount"])),
        currency="CNY",
        description=str(content["subject"]),
        created=fields["method"],
        expires_at=_read_time(expires) if expires else None,
        return_url=fields.get("return_url", ""),
        notification_url=fields.get("notify_url", ""),
    )


def notification(account: Account, payment: Payment, secret: str) -> Call:
    now = write_time(payment.decided_at or datetime.now(UTC))
    fields = {
        "gmt_create": now,
        "charset": "utf-8",
        "notify_time": now,
        "subject": payment.request.description,
        "notify_id": hashlib.md5(repr(payment).encode(), usedforsecurity=False).hexdigest(),
        "notify_type": "trade_status_sync",
        "version": "1.0",
        "app_id": account.merchant,
        "auth_app_id": account.merchant,
        "seller_id": account.seller,
        **trade_of(payment, "gmt_payment"),
    }
    refunded = sum(refund.amount_minor for refund in payment.refunds)
    if payment.refunds:
        fields |= {
            "refund_fee": to_yuan(refunded),
            "gmt_refund": f"{payment.refunds[-1].at}.123",
            "out_biz_no": payment.refunds[-1].number,
        }
    if payment.result is Result.PAID:
        fund = {"amount": fields["total_amount"], "fundChannel": "ALIPAYACCOUNT"}
        fields["fund_bill_list"] = json.dumps([fund], separators=(",", ":"))
    body = urlencode(_with_signature(fields, secret)).encode()
    headers = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
    return Call("POST", payment.request.notification_url, headers, body)


def return_url(account: Account, payment: Payment, secret: str) -> str:
    """ "" where there is no browser to send back."""
    url = payment.request.return_url
    if not url:
        return ""
    fields = {
        "charset": "utf-8",
        "out_trade_no": payment.request.number,
        "method": PAYERS_METHODS[payment.request.created],
        "total_amount": to_yuan(payment.request.amount_minor),
        "trade_no": trade_no(payment),
        "auth_app_id": account.merchant,
        "version": "1.0",
        "app_id": account.merchant,
        "seller_id": account.seller,
        "timestamp": write_time(payment.decided_at or datetime.now(UTC)),
    }
    joint = "&" if "?" in url else "?"
    return f"{url}{joint}{urlencode(_with_signature(fields, secret))}"


def is_acknowledged(status: int, body: bytes) -> bool:
    return status == 200 and body == b"success"


def trade_of(payment: Payment, paid_at_name: str) -> dict[str, str]:
    """What a notification and an answer say alike of a trade."""
    amount = payment.told_minor or payment.request.amount_minor
    refunded = sum(refund.amount_minor for refund in payment.refunds)
    status = STATUSES[payment.result]
    fields = {
        "out_trade_no": payment.request.number,
        "total_amount": to_yuan(amount),
        "trade_status": "TRADE_CLOSED" if refunded == amount else payment.code or status,
    }
    if payment.transaction_no != "0":
        fields["trade_no"] = trade_no(payment)
    if payment.result in (Result.PAID, Result.HELD) and payment.decided_at:
        fields |= {"receipt_amount": to_yuan(amount), "buyer_pay_amount": to_yuan(amount)}
        fields[paid_at_name] = write_time(payment.decided_at)
    return fields


def trade_no(payment: Payment) -> str:
    day = (payment.decided_at or datetime.now(UTC)).astimezone(BEIJING)
    return f"{day:%Y%m%d}22001{payment.transaction_no:0>15}"


def sign(secret: str, text: str) -> str:
    """Who has no key writes something that only looks like a signature."""
    if "PRIVATE KEY" not in secret:
        return base64.b64encode(hashlib.sha256((secret + text).encode()).digest() * 8).decode()
    signature = _private_key(secret).sign(text.encode(), PKCS1v15(), SHA256())
    return base64.b64encode(signature).decode()


def to_yuan(fen: int) -> str:
    return f"{fen // 100}.{fen % 100:02d}"


def to_fen(yuan: str) -> int:
    """Raises: Refused"""
    found = re.fullmatch(r"([0-9]{1,9})(?:\.([0-9]{1,2}))?", yuan)
    fen = int(found[1]) * 100 + int((found[2] or "0").ljust(2, "0")) if found else 0
    if not 1 <= fen <= 10_000_000_000:
        raise Refused(400, "total_amount is 0.01 to 100000000.00")
    return fen


def write_time(instant: datetime) -> str:
    return f"{instant.astimezone(BEIJING):%Y-%m-%d %H:%M:%S}"


def _with_signature(fields: Mapping[str, str], secret: str) -> dict[str, str]:
    return {**fields, "sign_type": "RSA2", "sign": sign(secret, _joined(fields))}


def _joined(fields: Mapping[str, str]) -> str:
    return "&".join(f"{name}={fields[name]}" for name in sorted(fields))


def _is_signed(key: str, text: str, signature: str) -> bool:
    try:
        given = base64.b64decode(signature, validate=True)
        _public_key(key).verify(given, text.encode(), PKCS1v15(), SHA256())
    except (binascii.Error, ValueError, InvalidSignature):
        return False
    return True


@cache
def _private_key(pem: str) -> Any:
    return load_pem_private_key(pem.encode(), None)


@cache
def _public_key(pem: str) -> Any:
    return load_pem_public_key(pem.encode())


def _read_time(text: str) -> datetime:
    try:
        return datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=BEIJING)
    except ValueError as error:
        raise Refused(400, "time_expire is not yyyy-MM-dd HH:mm:ss") from error
