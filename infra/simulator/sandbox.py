"""The sandbox's side of its protocol, as `chalicelib/channels/sandbox.py` documents it."""

import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode

from infra.simulator.actions import Payment, PayRequest, Result
from infra.simulator.config import Account
from infra.simulator.wire import Call, Refused

STATUSES: Mapping[Result, tuple[str, str]] = {
    Result.OPEN: ("pending", "waiting"),
    Result.PAID: ("succeeded", "ok"),
    Result.REFUSED: ("refused", "refused"),
    Result.HELD: ("held", "suspicious"),
    Result.UNKNOWN: ("in_orbit", "X88"),
}
NEEDED = ("merchant_id", "payment_no", "amount_minor", "currency", "return_url", "notification_url")


def merchant_of(query: str) -> str:
    return dict(parse_qsl(query)).get("merchant_id", "")


def read_pay_request(account: Account, query: str) -> PayRequest:
    signed, _, rest = query.partition("&signature=")
    if not _is_signed(account.secret, signed.encode(), rest.partition("&")[0]):
        raise Refused(400, "the signature does not hold")
    fields = dict(parse_qsl(signed))
    missing = [name for name in NEEDED if not fields.get(name)]
    if missing:
        raise Refused(400, f"missing: {', '.join(missing)}")
    if not fields["amount_minor"].isdigit() or fields["currency"] not in ("VND", "CNY"):
        raise Refused(400, "amount_minor is a whole number of VND or CNY minor units")
    return PayRequest(
        channel="sandbox",
        merchant=account.merchant,
        number=fields["payment_no"],
        amount_minor=int(fields["amount_minor"]),
        currency=fields["currency"],
        description=fields.get("description", ""),
        created="",
        expires_at=_read_time(fields["expires_at"]) if fields.get("expires_at") else None,
        return_url=fields["return_url"],
        notification_url=fields["notification_url"],
    )


def notification(account: Account, payment: Payment, secret: str) -> Call:
    body = _write(account, payment, {})
    headers = {"Content-Type": "application/json", "X-Sandbox-Signature": sign(secret, body)}
    return Call("POST", payment.request.notification_url, headers, body)


def return_url(account: Account, payment: Payment, secret: str) -> str:
    body = _write(account, payment, {})
    joint = "&" if "?" in payment.request.return_url else "?"
    told = urlencode({"payload": body.decode(), "signature": sign(secret, body)})
    return f"{payment.request.return_url}{joint}{told}"


def is_acknowledged(status: int, body: bytes) -> bool:
    del body
    return 200 <= status < 300


def is_question(account: Account, body: bytes, signature: str) -> bool:
    return _is_signed(account.secret, body, signature)


def write_answer(account: Account, fields: Mapping[str, Any], payment: Payment | None) -> bytes:
    echo = {"request_id": fields.get("request_id")}
    if payment is not None:
        return _write(account, payment, echo)
    unknown = {
        "merchant_id": account.merchant,
        "payment_no": fields.get("payment_no"),
        "status": "not_found",
        "code": "not_found",
    }
    return json.dumps(unknown | echo).encode()


def sign(secret: str, body: bytes) -> str:
    return hmac.digest(secret.encode(), body, hashlib.sha256).hex()


def _write(account: Account, payment: Payment, more: Mapping[str, Any]) -> bytes:
    status, code = STATUSES[payment.result]
    fields: dict[str, Any] = {
        "merchant_id": account.merchant,
        "payment_no": payment.request.number,
        "status": status,
        "code": payment.code or code,
    }
    if payment.result is Result.PAID:
        fields |= {
            "transaction_no": payment.transaction_no,
            "amount_minor": payment.told_minor,
            "currency": payment.request.currency,
            "paid_at": _write_time(payment.decided_at),
        }
    return json.dumps(fields | dict(more)).encode()


def _is_signed(secret: str, body: bytes, signature: str) -> bool:
    return hmac.compare_digest(sign(secret, body).encode(), signature.encode())


def _write_time(instant: datetime | None) -> str:
    return f"{instant.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" if instant else ""


def _read_time(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        raise Refused(400, "expires_at is not RFC 3339") from error
