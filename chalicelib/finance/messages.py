"""One message of a finance system: who says what, in which order, and the signature on it.

The signature is lower-case hex of HMAC-SHA256 with the system's `signing_key`, over lines joined by
a line feed, without one at the end:

    ERRANDLESS-FINANCE-1, sender, message id, sequence number, kind, sent at, body's hash

The body's hash is lower-case hex SHA-256 of its canonical JSON (RFC 8785): names sorted, no spaces,
UTF-8. A number with a fraction has no one spelling and is refused: amounts are texts.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NoReturn

from chalicelib.domain.finance_systems import MessageKind
from chalicelib.errors import BadRequest, FieldError, InvalidRequest, SignatureRefused
from chalicelib.signing import hmac_hex, is_same, sha256_hex

VERSION = "ERRANDLESS-FINANCE-1"
NAMES = ("sender", "message_id", "sequence_no", "kind", "sent_at", "body", "signature")
MAX_SEQUENCE_NO = 10**11
MAX_LINE_BYTES = 64 * 1024
MIN_KEY_LENGTH = 32

_MESSAGE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,63}")


@dataclass(frozen=True, slots=True)
class Message:
    """`text`: the canonical JSON of its body, an object."""

    sender: str
    message_id: str
    sequence_no: int
    kind: MessageKind
    sent_at: str
    text: str
    signature: str

    @property
    def signed_text(self) -> bytes:
        lines = (
            VERSION,
            self.sender,
            self.message_id,
            str(self.sequence_no),
            self.kind.value,
            self.sent_at,
            sha256_hex(self.text.encode()),
        )
        return "\n".join(lines).encode()

    @property
    def fingerprint(self) -> bytes:
        """Of all that it says. When it was sent is none of it: it may be sent anew."""
        content = f"{self.kind.value}\n{self.sequence_no}\n{self.text}"
        return bytes.fromhex(sha256_hex(content.encode()))

    @property
    def body(self) -> dict[str, Any]:
        body: dict[str, Any] = json.loads(self.text)
        return body


def canonical(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def parse_line(line: bytes) -> dict[str, Any]:
    """Raises: BadRequest (`line_too_long`, `invalid_json`, `number_with_fraction`)."""
    if len(line) > MAX_LINE_BYTES:
        raise BadRequest("line_too_long", f"a message has at most {MAX_LINE_BYTES} bytes")
    try:
        value = json.loads(
            line.decode("utf-8-sig"),
            object_pairs_hook=_unique,
            parse_float=_refuse_fraction,
            parse_constant=_refuse_constant,
        )
    except (ValueError, RecursionError) as error:
        raise BadRequest("invalid_json", "the line is not one JSON object in UTF-8") from error
    if not isinstance(value, dict):
        raise BadRequest("invalid_json", "the line is not a JSON object")
    return value


def read_message(value: Mapping[str, Any]) -> Message:
    """Raises: InvalidRequest with a JSON pointer for every field that is wrong; BadRequest
    (`number_with_fraction`)."""
    wrong = [name for name in NAMES if name not in value]
    errors = [FieldError(f"/{name}", "required", "it is missing") for name in wrong]
    for name in sorted(value.keys() - set(NAMES)):
        errors.append(FieldError(f"/{name}", "unknown_field", "no such field"))
    for name, is_right in _RIGHT.items():
        if name in value and not is_right(value[name]):
            errors.append(FieldError(f"/{name}", "invalid_value", _EXPECTED[name]))
    if errors:
        code = errors[0].code if len(errors) == 1 else "invalid_request"
        raise InvalidRequest(code, "the message is not as agreed", errors=tuple(errors))
    _refuse_fractions(value["body"])
    text = canonical(value["body"])
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise BadRequest("invalid_json", "a character has no UTF-8") from error
    return Message(
        sender=value["sender"],
        message_id=value["message_id"],
        sequence_no=value["sequence_no"],
        kind=MessageKind(value["kind"]),
        sent_at=value["sent_at"],
        text=text,
        signature=value["signature"],
    )


def check_signature(message: Message, keys: Sequence[str]) -> None:
    """`keys`: the current one, and the one before it during a change.

    Raises: SignatureRefused (`signature_wrong`)."""
    text, given = message.signed_text, message.signature
    if not any(is_same(hmac_hex(key.encode(), text), given) for key in keys):
        raise SignatureRefused("signature_wrong", "the signature does not hold")


def _is_instant(value: Any) -> bool:
    try:
        return isinstance(value, str) and datetime.fromisoformat(value).tzinfo is not None
    except ValueError:
        return False


_EXPECTED = {
    "sender": "a text",
    "message_id": "1 to 64 letters, digits and . _ : -",
    "sequence_no": "a whole number from 1 on",
    "kind": "one of " + ", ".join(MessageKind),
    "sent_at": "an instant with its zone, as 2026-03-02T09:00:00+08:00",
    "body": "an object",
    "signature": "a text",
}
_RIGHT: Mapping[str, Callable[[Any], bool]] = {
    "sender": lambda value: isinstance(value, str),
    "message_id": lambda value: isinstance(value, str) and bool(_MESSAGE_ID.fullmatch(value)),
    "sequence_no": lambda value: type(value) is int and 1 <= value <= MAX_SEQUENCE_NO,
    "kind": lambda value: isinstance(value, str) and value in set(MessageKind),
    "sent_at": _is_instant,
    "body": lambda value: isinstance(value, dict),
    "signature": lambda value: isinstance(value, str),
}


def _refuse_fractions(value: Any) -> None:
    if isinstance(value, float):
        _refuse_fraction("")
    if isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            _refuse_fractions(inner)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = [name for name, _ in pairs]
    if len(set(names)) != len(names):
        raise ValueError("a name appears twice in one object")
    return dict(pairs)


def _refuse_fraction(_text: str) -> NoReturn:
    raise BadRequest("number_with_fraction", 'write an amount as a text, as "120.00"')


def _refuse_constant(text: str) -> NoReturn:
    raise ValueError(f"{text} is not JSON")
