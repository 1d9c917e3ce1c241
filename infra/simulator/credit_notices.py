"""How Casso, SePay and payOS tell of a credit, written from their documents.

*Source*: developer.casso.vn ("Webhook V2"), developer.sepay.vn ("SePay Webhooks"), payos.vn/docs
("Webhook").
"""

import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

from infra.simulator.config import Account
from infra.simulator.wire import Call

HANOI = timezone(timedelta(hours=7))


@dataclass(frozen=True, slots=True)
class Credit:
    """`number`: the aggregator's own; 0 is its test. `reference`: the bank's."""

    number: int
    reference: str
    amount_minor: int
    memo: str
    at: datetime
    account: str


def casso(account: Account, credit: Credit, secret: str) -> Call:
    body = {
        "error": 0,
        "data": {
            "id": credit.number,
            "reference": credit.reference,
            "description": credit.memo,
            "amount": credit.amount_minor,
            "runningBalance": 25_000_000,
            "transactionDateTime": _local(credit.at),
            "accountNumber": credit.account,
            "bankName": "Vietcombank",
            "bankAbbreviation": "VCB",
            "virtualAccountNumber": "",
            "virtualAccountName": "",
            "counterAccountName": "NGUYEN VAN A",
            "counterAccountNumber": "0071000987654",
            "counterAccountBankId": "970436",
            "counterAccountBankName": "Vietcombank",
        },
    }
    sent = round(credit.at.timestamp() * 1000)
    text = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    signature = hmac.digest(secret.encode(), f"{sent}.{text}".encode(), hashlib.sha512).hex()
    return _post(account, body, {"X-Casso-Signature": f"t={sent},v1={signature}"})


def sepay(account: Account, credit: Credit, secret: str) -> Call:
    sent = round(credit.at.timestamp())
    call = _post(account, _sepay_body(credit), {})
    signed = f"{sent}.".encode() + call.body
    signature = hmac.digest(secret.encode(), signed, hashlib.sha256).hex()
    headers = {"X-SePay-Timestamp": str(sent), "X-SePay-Signature": f"sha256={signature}"}
    return Call(call.method, call.url, {**call.headers, **headers}, call.body)


def sepay_key(account: Account, credit: Credit, secret: str) -> Call:
    return _post(account, _sepay_body(credit), {"Authorization": f"Apikey {secret}"})


def payos(account: Account, credit: Credit, secret: str) -> Call:
    data = {
        "orderCode": credit.number,
        "amount": credit.amount_minor,
        "description": credit.memo,
        "accountNumber": credit.account,
        "reference": credit.reference,
        "transactionDateTime": _local(credit.at),
        "currency": "VND",
        "paymentLinkId": f"{credit.number:032x}",
        "code": "00",
        "desc": "Thành công",
        "counterAccountBankId": "",
        "counterAccountBankName": None,
        "counterAccountName": None,
        "counterAccountNumber": None,
        "virtualAccountName": "",
        "virtualAccountNumber": "",
    }
    pairs = (f"{name}={'' if data[name] is None else data[name]}" for name in sorted(data))
    signature = hmac.digest(secret.encode(), "&".join(pairs).encode(), hashlib.sha256).hex()
    told = {"code": "00", "desc": "success", "success": True, "data": data}
    return _post(account, {**told, "signature": signature}, {})


NOTICES: Mapping[str, Callable[[Account, Credit, str], Call]] = {
    "casso": casso,
    "sepay": sepay,
    "sepay-key": sepay_key,
    "payos": payos,
}


def is_acknowledged(status: int, _body: bytes) -> bool:
    return 200 <= status < 300


def _sepay_body(credit: Credit) -> dict[str, Any]:
    return {
        "id": credit.number,
        "gateway": "Vietcombank",
        "transactionDate": _local(credit.at),
        "accountNumber": credit.account,
        "code": None,
        "content": credit.memo,
        "transferType": "in",
        "transferAmount": credit.amount_minor,
        "accumulated": 25_000_000,
        "subAccount": None,
        "referenceCode": credit.reference,
        "description": "",
    }


def _post(account: Account, body: Mapping[str, Any], headers: Mapping[str, str]) -> Call:
    raw = json.dumps(body, ensure_ascii=False).encode()
    json_headers = {"Content-Type": "application/json", **headers}
    return Call("POST", account.notification_url, json_headers, raw)


def _local(instant: datetime) -> str:
    return f"{instant.astimezone(HANOI):%Y-%m-%d %H:%M:%S}"
