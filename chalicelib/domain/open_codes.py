"""An open code: an order that finance issued ahead for a payee unit, with neither payer nor dossier
yet. It is sold while the unit is offline, and bound to both later, once."""

import re
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from chalicelib.domain.bills import Cancellation
from chalicelib.domain.identifiers import WORD_ALPHABET
from chalicelib.domain.money import Money
from chalicelib.domain.order_lines import OrderLine
from chalicelib.domain.province import Mode

BATCH_LENGTH = 8
# Written, and drawn on one request's sheets, within an API call's 29 seconds.
MAX_CODES = 200

_BATCH = re.compile(f"[{WORD_ALPHABET}]{{{BATCH_LENGTH}}}")


@dataclass(frozen=True, slots=True)
class Binding:
    """`reference`: the unit's own number, as of a dossier. `content_hash`: keyed, of the number and
    the payer, so that the same binding is known again without opening the payer."""

    reference: str
    at: datetime
    by: str
    content_hash: bytes


@dataclass(frozen=True, slots=True)
class OpenCode:
    """`serial`: from 1 within its batch. `valid_until`: the last day on which it can be paid.
    `void`: by whom and why it was taken back, unused."""

    batch: str
    serial: int
    valid_until: date
    binding: Binding | None = None
    void: Cancellation | None = None


class BatchState(StrEnum):
    """ISSUING: a request is writing its codes, or died over it and is to be repeated."""

    ISSUING = "issuing"
    ISSUED = "issued"
    VOID = "void"


@dataclass(frozen=True, slots=True)
class Batch:
    """Codes of one kind: the same unit, lines, amount and validity. `key_id`: of the key that signs
    them. `key_hash` and `fingerprint`: of the request that asked for it."""

    batch_id: str
    portal: str
    mode: Mode
    payee_unit: str
    lines: tuple[OrderLine, ...]
    amount: Money
    is_guarded: bool
    count: int
    valid_until: date
    expires_at: datetime
    purpose: str
    language: str
    channels: tuple[str, ...] | None
    catalogue_version: str
    created_at: datetime
    key_id: str
    key_hash: bytes
    fingerprint: bytes
    state: BatchState = BatchState.ISSUING
    void: Cancellation | None = None


def is_batch_id(text: str) -> bool:
    return _BATCH.fullmatch(text) is not None


def reference_of(batch_id: str, serial: int) -> str:
    """What stands in place of the unit's own number until the code is bound."""
    return f"OPEN-{batch_id}-{serial:03d}"
