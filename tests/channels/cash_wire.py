"""A cash machine at a counter, written for the tests from the channel's description."""

import hashlib
import hmac
import json

from chalicelib.channels.contract import Message
from chalicelib.channels.counter.cash import Cash
from chalicelib.domain.business_day import to_rfc3339
from tests.channels.kit import Fields, Keys, Kit, Told, Word

KEY = "device-key-of-the-tests"


def signed(body: dict[str, object], key: str) -> Message:
    raw = json.dumps(body).encode()
    signature = hmac.new(key.encode(), raw, hashlib.sha256).hexdigest()
    return Message("POST", {}, {"x-counter-signature": signature}, raw)


def notify(fields: Fields, key: str, told: Told) -> Message:
    body: dict[str, object] = {
        "drawer": fields["drawer"],
        "payment_no": told.payment_no,
        "status": "taken" if told.word is Word.PAID else "jammed",
        "transaction_no": told.transaction,
        "amount_minor": told.amount.amount_minor,
        "currency": told.amount.currency,
        "taken_at": to_rfc3339(told.at),
    }
    return signed(body, key)


KIT = Kit(
    channel=Cash,
    fields={"drawer": "counter-a"},
    other_fields={"drawer": "counter-b"},
    keys=Keys({"device_key": KEY}, KEY),
    other_keys=Keys({"device_key": f"another-{KEY}"}, f"another-{KEY}"),
    notify=notify,
    says=frozenset({Word.PAID, Word.UNMAPPED}),
    chosen=frozenset({"device_key"}),
)
