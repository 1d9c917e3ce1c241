"""One channel account's day: our payments, the files that came for it, and the verdict."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from chalicelib.domain.breaks import AccountDay, BreakKind
from chalicelib.domain.business_day import business_day_of
from chalicelib.domain.money import Money
from chalicelib.domain.payments import Disposition


class ReconciliationStatus(StrEnum):
    MATCHED = "matched"
    BREAKS = "breaks"
    NOT_ARRIVED = "not_arrived"


@dataclass(frozen=True, slots=True)
class DayPayment:
    """Money that a channel told us of, on the business day of its own time, under the payment
    number that the channel knows: a person may have assigned it to another since. `business_day`:
    where the channel itself named that day."""

    provider_transaction: str
    payment_no: str
    amount: Money
    paid_at: datetime
    disposition: Disposition
    business_day: date | None = None

    def counted_on(self, zone: str) -> date:
        """The day whose statement has it."""
        return self.business_day or business_day_of(self.paid_at, zone)


@dataclass(frozen=True, slots=True)
class StatementFile:
    """One version of one object. `is_current`: it is the one that was reconciled; the others of
    the day are superseded."""

    key: str
    version: str
    etag: str
    sha256: str
    size: int
    arrived_at: datetime
    is_current: bool


@dataclass(frozen=True, slots=True)
class Tally:
    """How many, and how much per currency in minor units."""

    count: int
    amounts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Summary:
    """The last run that changed anything. `run`: fingerprint of all that it found; `inputs`: of
    all that it read, but for the ledger's answers about `looked_up` lines. `reports`: name →
    object key. `revision` counts the changes."""

    of: AccountDay
    status: ReconciliationStatus
    ours: Tally
    theirs: Tally
    matched: Tally
    waiting: Tally
    break_counts: Mapping[BreakKind, int]
    unpaid_count: int
    looked_up: int
    files: tuple[StatementFile, ...]
    reports: Mapping[str, str]
    run: str
    inputs: str
    revision: int
    run_at: datetime

    @property
    def has_statement(self) -> bool:
        """One that could be read: then no payment waits, and not every line is a bad row."""
        if self.status is ReconciliationStatus.NOT_ARRIVED or self.waiting.count:
            return False
        return self.theirs.count > 0 or BreakKind.BAD_ROW not in self.break_counts


@dataclass(frozen=True, slots=True)
class UnplacedFile:
    """A file among the statements that belongs to no account-day that we know of."""

    key: str
    code: str
    size: int
    arrived_at: datetime
