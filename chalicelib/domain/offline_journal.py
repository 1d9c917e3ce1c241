"""What a counter sold while it had no network: numbered, chained and signed lines.

    {"amount_minor": 50000, "at": "2026-03-02T02:30:00Z", "block": "a-1-0a1b…",
     "clerk": "Lê Thị Thu", "code": "225410949228870787", "currency": "VND", "means": "cash",
     "number": 12,
     "previous": "<SHA-256 of the line before, of the block's name in front of the first>",
     "received_minor": 100000, "signature": "<HMAC-SHA256 of the rest with the block's key>"}

One line is one JSON object with its names sorted and no blanks between; `slip` is there for a card.
Written by `infra/counter/offline.py`, which shares no code with this.
"""

import hashlib
import hmac
import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from chalicelib.domain.counters import CASH, POS
from chalicelib.domain.identifiers import is_payment_code
from chalicelib.domain.money import EXPONENTS, MAX_AMOUNT_MINOR, Money
from chalicelib.domain.pos_slips import Slip, wrong_fields

MAX_BLOCK = 200
_NAMES = frozenset(
    {"amount_minor", "at", "block", "clerk", "code", "currency", "means", "number", "previous"}
)
_OPTIONAL = frozenset({"received_minor", "slip"})
_HASH = re.compile("[0-9a-f]{64}", re.ASCII)
_SLIP = ("terminal", "batch", "trace", "reference", "masked_pan", "brand")


@dataclass(frozen=True, slots=True)
class Block:
    """Numbers that a counter may give while it is offline: `first` to `last` of its own series of
    the year. `fingerprint`: of the request for it."""

    block_id: str
    counter: str
    year: int
    first: int
    last: int
    clerk: str
    allocated_at: datetime
    fingerprint: bytes

    @property
    def numbers(self) -> range:
        return range(self.first, self.last + 1)

    @property
    def series(self) -> str:
        return f"{self.counter}-{self.year}-off"

    def number_text(self, number: int) -> str:
        """As it stands on the payer's slip."""
        return f"{self.series}-{number:06d}"


@dataclass(frozen=True, slots=True)
class OfflineLine:
    """`line_hash`: of the whole line; the next one begins with it."""

    number: int
    previous: str
    line_hash: str
    at: datetime
    code: str
    amount: Money
    means: str
    clerk: str
    received_minor: int | None
    slip: Slip | None


class LineRefused(Exception):
    """`code`: line_unreadable, signature_wrong, other_block or number_not_in_block."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def block_secret(code_secret: bytes, block_id: str) -> str:
    """What the counter signs its lines with: of this block alone, and kept nowhere."""
    return hmac.new(code_secret, f"offline|{block_id}".encode(), hashlib.sha256).hexdigest()


def genesis_of(block_id: str) -> str:
    return hashlib.sha256(block_id.encode()).hexdigest()


def read_line(text: str, block: Block, secret: str) -> OfflineLine:
    """Raises: LineRefused."""
    try:
        fields = json.loads(text)
        signature = fields.pop("signature")
        if not hmac.compare_digest(_sign(fields, secret), signature):
            raise LineRefused("signature_wrong")
        line = _read(fields, canonical({**fields, "signature": signature}))
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError):
        raise LineRefused("line_unreadable") from None
    if fields["block"] != block.block_id:
        raise LineRefused("other_block")
    if line.number not in block.numbers:
        raise LineRefused("number_not_in_block")
    return line


def canonical(fields: dict[str, Any]) -> bytes:
    text = json.dumps(fields, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.encode()


def _sign(fields: dict[str, Any], secret: str) -> str:
    return hmac.new(secret.encode(), canonical(fields), hashlib.sha256).hexdigest()


def _read(fields: dict[str, Any], written: bytes) -> OfflineLine:
    """Raises: ValueError, TypeError, KeyError."""
    if not _NAMES <= set(fields) <= _NAMES | _OPTIONAL or fields["means"] not in (CASH, POS):
        raise ValueError("not the names of a line")
    amount, received, number = (
        fields["amount_minor"],
        fields.get("received_minor"),
        fields["number"],
    )
    for each in (amount, number, *(() if received is None else (received,))):
        if type(each) is not int or not 1 <= each <= MAX_AMOUNT_MINOR:
            raise ValueError("not a whole number")
    slip = Slip(**{name: fields["slip"][name] for name in _SLIP}) if "slip" in fields else None
    is_whole = (slip is not None) is (fields["means"] == POS)
    if not is_whole or (slip is not None and wrong_fields(slip)):
        raise ValueError("a card has a slip, cash has none")
    if fields["currency"] not in EXPONENTS or not is_payment_code(fields["code"]):
        raise ValueError("not a currency, or not a payment code")
    at = datetime.fromisoformat(fields["at"])
    if at.tzinfo is None or not _HASH.fullmatch(fields["previous"]):
        raise ValueError("an instant has a zone, a hash 64 digits")
    return OfflineLine(
        number=number,
        previous=fields["previous"],
        line_hash=hashlib.sha256(written).hexdigest(),
        at=at.astimezone(UTC),
        code=fields["code"],
        amount=Money(amount, fields["currency"]),
        means=fields["means"],
        clerk=str(fields["clerk"]),
        received_minor=received,
        slip=slip,
    )
