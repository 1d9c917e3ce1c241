"""The sandbox's side, written for the tests from the protocol's description."""

import hashlib
import hmac
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from chalicelib.channels.contract import Credentials, Message
from chalicelib.channels.sandbox import Sandbox
from chalicelib.domain.business_day import to_rfc3339
from chalicelib.outbound import Response
from tests.channels.kit import Fields, Keys, Kit, Told, Word
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


STATUSES = {
    Word.PAID: ("succeeded", "ok"),
    Word.REFUSED: ("refused", "no"),
    Word.WAITING: ("pending", "wait"),
    Word.UNMAPPED: ("in_orbit", "x88"),
    Word.ABSENT: ("not_found", "none"),
}
LAYOUT: Mapping[str, Any] = {
    "encoding": "utf-8",
    "delimiter": "comma",
    "quoted": True,
    "columns": {
        "payment_no": "payment_no",
        "provider_transaction": "transaction_no",
        "amount": "amount",
        "paid_at": "paid_at",
    },
    "amount": {"scale": "decimal"},
    "paid_at": {"format": "%Y-%m-%dT%H:%M:%S%z"},
    "trailer": {"marker": "TOTAL", "payment_count": 2, "payment_amount": 3},
}


def tell(fields: Fields, told: Told) -> dict[str, Any]:
    status, code = STATUSES[told.word]
    said = {
        "merchant_id": fields["merchant_id"],
        "payment_no": told.payment_no,
        "status": status,
        "code": code,
    }
    if told.word is not Word.PAID:
        return said
    return said | {
        "transaction_no": told.transaction,
        "amount_minor": told.amount.amount_minor,
        "currency": told.amount.currency,
        "paid_at": to_rfc3339(told.at),
    }


def notify(fields: Fields, key: str, told: Told) -> Message:
    return posted(tell(fields, told), key)


def answer(fields: Fields, key: str, told: Told, question: bytes) -> Response:
    return answering(tell(fields, told), key)(question)


def statement(_: Fields, lines: Sequence[Told], wrong_by: int = 0) -> bytes:
    rows = ["payment_no,transaction_no,amount,paid_at"]
    rows += [
        f"{each.payment_no},{each.transaction},{each.amount.amount_minor},{to_rfc3339(each.at)}"
        for each in lines
    ]
    total = sum(each.amount.amount_minor for each in lines) + wrong_by
    return "\r\n".join([*rows, f"TOTAL,{len(lines)},{total},", ""]).encode()


KIT = Kit(
    channel=Sandbox,
    fields=sandbox_credentials().account.fields,
    other_fields=sandbox_credentials("merchant-2").account.fields,
    keys=Keys({"signing_key": KEY}, KEY),
    other_keys=Keys({"signing_key": f"another-{KEY}"}, f"another-{KEY}"),
    notify=notify,
    says=frozenset(STATUSES),
    answers={"query": answer},
    answers_with=frozenset(STATUSES),
    statement=statement,
    layout=LAYOUT,
)
