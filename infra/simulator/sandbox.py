"""The sandbox's side of its protocol, as `chalicelib/channels/sandbox.py` documents it."""

import hashlib
import hmac
import json
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode

from infra.simulator.actions import Payment, PayRequest, Result
from infra.simulator.config import Account
from infra.simulator.core import QUESTION_FAULTS, Core, spoil_answer
from infra.simulator.side import SIMULATOR_URL, Published, Side
from infra.simulator.statements import FAULTS
from infra.simulator.wire import Call, Refused, Reply, Request

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


def answer_question(core: Core, request: Request) -> Reply:
    account = core.account("sandbox", str(request.fields.get("merchant_id")))
    fault = core.question_fault("sandbox")
    if not is_question(account, request.body, request.headers.get("x-sandbox-signature", "")):
        raise Refused(401, "the signature does not hold")
    number = request.fields.get("payment_no")
    known = [
        payment
        for payment in core.payments("sandbox", account.merchant)
        if payment.request.number == number
    ]
    payment = known[0] if known else None
    spoil_answer(fault or ("drop" if payment and payment.is_mute else None))
    body = write_answer(account, request.fields, payment)
    signature = sign(account.secret, body)
    if fault == "bad_signature":
        signature = signature[::-1]
    return Reply(200, body, "application/json", {"X-Sandbox-Signature": signature})


# These credentials are published: they guard nothing.
SANDBOX_MERCHANT_ID = "errandless-sandbox"
SANDBOX_SIGNING_KEY = "simulator-only-published-sandbox-key"
STATEMENT_LAYOUT: Mapping[str, Any] = {
    "encoding": "utf-8",
    "delimiter": "comma",
    "quoted": True,
    "columns": {
        "payment_no": "payment_no",
        "provider_transaction": "transaction_no",
        "amount": "amount",
        "paid_at": "paid_at",
        "kind": "kind",
    },
    "amount": {"scale": "decimal"},
    "paid_at": {"format": "%Y-%m-%dT%H:%M:%S%z"},
    "kind": {"payment": ["payment"], "refund": ["refund"]},
    "trailer": {"marker": "TOTAL", "payment_count": 2, "payment_amount": 3},
}


def _published(number: int) -> Published:
    mark = f"-{number}" if number > 1 else ""
    merchant, key = f"{SANDBOX_MERCHANT_ID}{mark}", f"{SANDBOX_SIGNING_KEY}{mark}"
    fields = {
        "merchant_id": merchant,
        "payment_url": f"{SIMULATOR_URL}/sandbox/pay",
        "api_url": f"{SIMULATOR_URL}/sandbox/api",
    }
    return Published(Account("sandbox", merchant, key), fields, {"signing_key": key})


SIDE = Side(
    channel="sandbox",
    published=tuple(_published(number) for number in (1, 2, 3)),
    protocol=sys.modules[__name__],
    routes=(("POST", "/sandbox/api", answer_question),),
    statement_layout=STATEMENT_LAYOUT,
    faults=QUESTION_FAULTS,
    file_faults=FAULTS,
)
