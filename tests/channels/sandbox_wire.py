"""The sandbox's side, written for the tests from the protocol's description."""

import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from typing import Any

from chalicelib.channels.contract import Credentials, Message
from chalicelib.outbound import Response
from tests.channels.stand_ins import credentials_of

KEY = "sandbox-key-of-the-tests"
PAID: Mapping[str, Any] = {
    "merchant_id": "merchant-1",
    "payment_no": "22000000000000019601",
    "status": "succeeded",
    "code": "ok",
    "transaction_no": "S-1",
    "amount_minor": 50_000,
    "currency": "VND",
    "paid_at": "2026-03-01T06:30:15Z",
}


def sandbox_credentials(merchant_id: str = "merchant-1", key: str = KEY) -> Credentials:
    fields = {
        "merchant_id": merchant_id,
        "payment_url": "http://127.0.0.1:8100/sandbox/pay",
        "api_url": "http://127.0.0.1:8100/sandbox/api",
    }
    return credentials_of("sandbox", fields, {"signing_key": key})


def signature_of(raw: bytes, key: str = KEY) -> str:
    return hmac.new(key.encode(), raw, hashlib.sha256).hexdigest()


def posted(values: Any, key: str = KEY) -> Message:
    raw = values if isinstance(values, bytes) else json.dumps(values).encode()
    return Message("POST", {}, {"x-sandbox-signature": signature_of(raw, key)}, raw)


def answering(values: Any, key: str = KEY) -> Callable[[bytes], Response]:
    """Echoes the question's request_id unless `values` has one."""

    def reply(question: bytes) -> Response:
        echo = {"request_id": json.loads(question)["request_id"]}
        raw = values if isinstance(values, bytes) else json.dumps({**echo, **values}).encode()
        return Response(200, {"X-Sandbox-Signature": signature_of(raw, key)}, raw)

    return reply
