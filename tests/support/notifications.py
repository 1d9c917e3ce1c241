"""VNPAY's and the sandbox's side of a payment, signed here and not by the code under test."""

import hashlib
import hmac
import json
from typing import Any
from urllib.parse import quote_plus, urlencode

from infra.simulator.sandbox import SANDBOX_MERCHANT_ID, SANDBOX_SIGNING_KEY
from infra.simulator.vnpay import VNPAY_HASH_SECRET, VNPAY_TMN_CODE
from tests.support.local_province import HttpAnswer, LocalProvince

VNPAY_PATH = "/channels/vnpay/quangninh/notifications"
SANDBOX_PATH = "/channels/sandbox/quangninh/notifications"


def ipn_fields(payment_no: str, amount_minor: int, **changes: str) -> dict[str, str]:
    fields = {
        "vnp_Amount": str(amount_minor * 100),
        "vnp_BankCode": "NCB",
        "vnp_BankTranNo": "VNP14422574",
        "vnp_CardType": "ATM",
        "vnp_OrderInfo": "Nop phi",
        "vnp_PayDate": "20260302090130",
        "vnp_ResponseCode": "00",
        "vnp_TmnCode": VNPAY_TMN_CODE,
        "vnp_TransactionNo": "14422574",
        "vnp_TransactionStatus": "00",
        "vnp_TxnRef": payment_no,
    }
    return {**fields, **changes}


def sign_ipn(fields: dict[str, str], secret: str = VNPAY_HASH_SECRET) -> str:
    """The query string of a signed IPN."""
    text = "&".join(f"{name}={quote_plus(value)}" for name, value in sorted(fields.items()))
    signature = hmac.new(secret.encode(), text.encode(), hashlib.sha512).hexdigest()
    return urlencode({**fields, "vnp_SecureHash": signature})


def send_ipn(
    province: LocalProvince, payment_no: str, amount_minor: int = 50_000, **changes: str
) -> HttpAnswer:
    query = sign_ipn(ipn_fields(payment_no, amount_minor, **changes))
    return province.http("GET", f"{VNPAY_PATH}?{query}")


def ipn_code(answer: HttpAnswer) -> str:
    assert answer.status == 200, answer
    code: str = answer.json["RspCode"]
    return code


def send_sandbox(
    province: LocalProvince, payment_no: str, *, path: str = SANDBOX_PATH, **changes: Any
) -> HttpAnswer:
    message = {
        "merchant_id": SANDBOX_MERCHANT_ID,
        "payment_no": payment_no,
        "status": "succeeded",
        "transaction_no": "SB-1",
        "amount_minor": 50_000,
        "currency": "VND",
        "paid_at": "2026-03-02T02:01:30Z",
        **changes,
    }
    raw = json.dumps(message)
    key = SANDBOX_SIGNING_KEY.encode()
    signature = hmac.new(key, raw.encode(), hashlib.sha256).hexdigest()
    headers = {"X-Sandbox-Signature": signature, "Content-Type": "application/json"}
    return province.http("POST", path, raw, headers)
