"""Breaks: each is one disagreement that reconciliation found, with what to do about it."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from chalicelib.domain.money import Money


class BreakKind(StrEnum):
    """In the order in which a report lists them."""

    STATEMENT_MISSING = "statement_missing"
    BAD_ROW = "bad_row"
    CONTROL_TOTAL_MISMATCH = "control_total_mismatch"
    DOUBLE_PAYMENT = "double_payment"
    STATE_MISMATCH = "state_mismatch"
    REVERSAL_NOT_BOOKED = "reversal_not_booked"
    MISSING_IN_PLATFORM = "missing_in_platform"
    UNIDENTIFIED_CREDIT = "unidentified_credit"
    AMOUNT_MISMATCH = "amount_mismatch"
    REFERENCE_MISMATCH = "reference_mismatch"
    DUPLICATE_IN_CHANNEL = "duplicate_in_channel"
    REFUND_UNMATCHED = "refund_unmatched"
    MISSING_IN_CHANNEL = "missing_in_channel"
    WRONG_DAY = "wrong_day"
    LATE_CUTOFF = "late_cutoff"


@dataclass(frozen=True, slots=True)
class AccountDay:
    """What is reconciled at a time: one channel account on one business day."""

    channel: str
    account: str
    business_day: date


@dataclass(frozen=True, slots=True)
class Break:
    """`key`: what it is about, the same in every run. `ours`: the money of our payment that is in
    it, None without one; `theirs`: that of the statement's line. `detail`: facts for a person."""

    of: AccountDay
    kind: BreakKind
    key: str
    ours: Money | None = None
    theirs: Money | None = None
    row_no: int | None = None
    payment_no: str = ""
    provider_transaction: str = ""
    detail: Mapping[str, str] = field(default_factory=dict)

    @property
    def break_id(self) -> str:
        """The same break has the same id in every run."""
        day = self.of.business_day.isoformat()
        identity = "\x1f".join((self.of.channel, self.of.account, day, self.kind, self.key))
        return hashlib.sha256(identity.encode()).hexdigest()[:24]


class BreakStatus(StrEnum):
    OPEN = "open"
    CLEARED = "cleared"


@dataclass(frozen=True, slots=True)
class TrackedBreak:
    """A break over several runs. `cleared_by`: the run that no longer found it. Found again, it is
    open again and keeps its first sight."""

    found: Break
    status: BreakStatus
    first_seen_at: datetime
    first_seen_run: str
    cleared_at: datetime | None = None
    cleared_by: str | None = None
