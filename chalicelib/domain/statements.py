"""An acquirer's daily file, read: lines, rows that could not be read, control totals."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from chalicelib.domain.money import Money


class LineKind(StrEnum):
    PAYMENT = "payment"
    REFUND = "refund"


@dataclass(frozen=True, slots=True)
class StatementLine:
    """`row_no` counts the file's lines from 1. `amount` is positive also for a refund.
    `payment_no` is what the file says, whether or not it is one of ours; "" where it says nothing,
    and likewise `provider_transaction`. `paid_at` None: the file gives no time."""

    row_no: int
    kind: LineKind
    provider_transaction: str
    payment_no: str
    amount: Money
    paid_at: datetime | None


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that could not be read; `text` is its beginning, at most 200 characters. The numbers
    are those of the row where they at least were readable, else ""."""

    row_no: int
    column: str
    reason: str
    text: str
    provider_transaction: str = ""
    payment_no: str = ""


@dataclass(frozen=True, slots=True)
class ControlTotals:
    """What the file says of itself; None where it does not say."""

    payment_count: int | None
    payment_amount: Money | None
    refund_count: int | None
    refund_amount: Money | None


@dataclass(frozen=True, slots=True)
class Statement:
    """`unpaid_count`: rows of attempts that moved no money. `is_readable` False: nothing could be
    read, and the one bad row says why; our payments then wait for another file."""

    lines: tuple[StatementLine, ...]
    bad_rows: tuple[BadRow, ...]
    totals: ControlTotals | None
    unpaid_count: int = 0
    is_readable: bool = True


def unreadable(column: str, reason: str, text: str = "") -> Statement:
    return Statement((), (BadRow(1, column, reason, text[:200]),), None, is_readable=False)
