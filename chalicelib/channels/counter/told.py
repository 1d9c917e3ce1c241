"""What a machine at a counter tells by itself: a cash machine, a POS terminal with a line of its
own. A clerk's word does not come this way: it is an action of `checkout`.

    POST <notification_url>, JSON, header X-Counter-Signature: hex HMAC-SHA256 of the exact bytes
    with the account's `device_key`
"""

import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from chalicelib.channels.contract import Answer, Credentials, Message
from chalicelib.channels.credentials import accepted_keys
from chalicelib.domain.money import Money
from chalicelib.domain.payments import Recorded
from chalicelib.domain.province import NO_SECRET
from chalicelib.errors import BadRequest, SignatureRefused

SIGNATURE_HEADER = "x-counter-signature"
DEVICE_KEY = "device_key"


def read_signed(credentials: Credentials, message: Message) -> Mapping[str, Any]:
    """Raises: SignatureRefused, for everybody where no machine tells by itself; BadRequest."""
    if credentials.account.secret_name == NO_SECRET:
        raise SignatureRefused("notification_signature", "no machine is here that has a key")
    given = message.headers.get(SIGNATURE_HEADER, "").lower().encode("utf-8", "surrogatepass")
    if not any(
        hmac.compare_digest(sign(key, message.raw_body).encode(), given)
        for key in accepted_keys(credentials, DEVICE_KEY)
    ):
        raise SignatureRefused("notification_signature", "the signature does not hold")
    try:
        fields = json.loads(message.raw_body)
    except (ValueError, RecursionError):
        fields = None
    if not isinstance(fields, dict):
        raise BadRequest("notification_unreadable", "not a JSON object")
    return fields


def sign(key: bytes, raw: bytes) -> str:
    return hmac.new(key, raw, hashlib.sha256).hexdigest()


def read_text(fields: Mapping[str, Any], name: str) -> str:
    """Raises: BadRequest."""
    value = fields.get(name)
    if not isinstance(value, str) or not value:
        raise BadRequest("notification_unreadable", f"{name} is not a text")
    return value


def read_amount(fields: Mapping[str, Any]) -> Money:
    """Raises: BadRequest."""
    minor = fields.get("amount_minor")
    if type(minor) is not int or minor < 1:
        raise BadRequest("notification_unreadable", "amount_minor is not a whole number")
    return Money(minor, read_text(fields, "currency"))


def read_taken_at(fields: Mapping[str, Any]) -> datetime:
    """Raises: BadRequest."""
    try:
        taken_at = datetime.fromisoformat(read_text(fields, "taken_at"))
    except ValueError as error:
        raise BadRequest("notification_unreadable", "taken_at is no instant") from error
    if taken_at.tzinfo is None:
        raise BadRequest("notification_unreadable", "taken_at has no zone")
    return taken_at.astimezone(UTC)


def to_answer(recorded: Recorded | None) -> Answer:
    if recorded is None:
        return _answer(401, "refused")
    return _answer(200, recorded)


def failure_answer() -> Answer:
    return _answer(503, "try_again")


def _answer(status: int, result: str) -> Answer:
    return Answer(status, json.dumps({"result": result}), "application/json")
