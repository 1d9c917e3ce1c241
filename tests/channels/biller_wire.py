"""A bank's side of the biller interface, written for the tests from the partners' guide."""

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta, timezone
from itertools import count
from typing import Any

from chalicelib.channels.biller.channel import Biller
from chalicelib.channels.contract import Message
from chalicelib.domain.business_day import to_rfc3339
from tests.channels.kit import Fields, Keys, Kit, Told, Word

KEY = "biller-key-of-the-tests-32-chars"
VIETNAM = timezone(timedelta(hours=7))
_nonces = count(1)


def signed_headers(
    partner: str, key: str, method: str, path: str, body: bytes, at: datetime, nonce: str = ""
) -> dict[str, str]:
    nonce = nonce or f"nonce-of-the-tests-{next(_nonces)}"
    timestamp = str(int(at.timestamp()))
    body_hash = hashlib.sha256(body).hexdigest()
    lines = ["ERRANDLESS-REQUEST-1", partner, method, path, timestamp, nonce, body_hash]
    signature = hmac.new(key.encode(), "\n".join(lines).encode(), hashlib.sha256).hexdigest()
    return {
        "x-biller-partner": partner,
        "x-biller-timestamp": timestamp,
        "x-biller-nonce": nonce,
        "x-biller-signature": signature,
    }


def answer_signature(
    partner: str, key: str, status: int, body: bytes, headers: Mapping[str, str]
) -> str:
    """What the answer's own must be."""
    lines = ["ERRANDLESS-ANSWER-1", partner, str(status), headers["X-Biller-Timestamp"]]
    lines += [headers["X-Biller-Nonce"], hashlib.sha256(body).hexdigest()]
    return hmac.new(key.encode(), "\n".join(lines).encode(), hashlib.sha256).hexdigest()


def payment(told: Told) -> dict[str, Any]:
    return {
        "payment_no": told.payment_no,
        "transaction_no": told.transaction,
        "status": "paid" if told.word is Word.PAID else "in_orbit",
        "amount_minor": told.amount.amount_minor,
        "currency": told.amount.currency,
        "paid_at": to_rfc3339(told.at),
        "business_day": told.at.astimezone(VIETNAM).date().isoformat(),
    }


def notify(fields: Fields, key: str, told: Told) -> Message:
    body = json.dumps(payment(told)).encode()
    headers = signed_headers(
        fields["partner_code"], key, "POST", "/biller/v1/payments", body, told.at
    )
    return Message("POST", {}, headers, body, told.at)


LAYOUT: Mapping[str, Any] = {
    "encoding": "utf-8",
    "delimiter": "pipe",
    "quoted": False,
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


def statement(_: Fields, lines: Sequence[Told], wrong_by: int = 0) -> bytes:
    rows = ["payment_no|transaction_no|amount|paid_at"]
    rows += [
        f"{each.payment_no}|{each.transaction}|{each.amount.amount_minor}|{to_rfc3339(each.at)}"
        for each in lines
    ]
    total = sum(each.amount.amount_minor for each in lines) + wrong_by
    return "\r\n".join([*rows, f"TOTAL|{len(lines)}|{total}|", ""]).encode()


KIT = Kit(
    channel=Biller,
    fields={"partner_code": "BANK-A"},
    other_fields={"partner_code": "BANK-B"},
    keys=Keys({"signing_key": KEY}, KEY),
    other_keys=Keys({"signing_key": f"another-{KEY}"}, f"another-{KEY}"),
    notify=notify,
    says=frozenset({Word.PAID, Word.UNMAPPED}),
    statement=statement,
    layout=LAYOUT,
)
