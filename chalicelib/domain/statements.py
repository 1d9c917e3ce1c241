"""An acquirer's daily file, read: lines, rows that could not be read, control totals."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from chalicelib.domain.money import Money


class LineKind(StrEnum):
    PAYMENT = "payment"
    REFUND = "refund"


class BadRowReason(StrEnum):
    """Why a row or a file could not be read. Stable: reports word it in their languages."""

    # the file
    FILE_EMPTY = "file_empty"
    LAYOUT_FAULTY = "layout_faulty"
    ARCHIVE_BROKEN = "archive_broken"
    ARCHIVE_WITHOUT_LIST = "archive_without_list"
    HEADER_MISSING = "header_missing"
    COLUMN_MISSING = "column_missing"
    OTHER_ACCOUNT = "other_account"
    OTHER_DAY = "other_day"
    # its totals
    TOTALS_MISSING = "totals_missing"
    TOTALS_TWICE = "totals_twice"
    TOTALS_INCOMPLETE = "totals_incomplete"
    COUNT_UNREADABLE = "count_unreadable"
    # a row
    ENCODING_WRONG = "encoding_wrong"
    QUOTES_BROKEN = "quotes_broken"
    CELL_COUNT_WRONG = "cell_count_wrong"
    ROW_TOO_LONG = "row_too_long"
    # a cell
    CELL_EMPTY = "cell_empty"
    KIND_UNKNOWN = "kind_unknown"
    OTHER_CURRENCY = "other_currency"
    NUMBER_UNREADABLE = "number_unreadable"
    NUMBER_SHORTENED = "number_shortened"
    NUMBER_TOO_LONG = "number_too_long"
    AMOUNT_UNREADABLE = "amount_unreadable"
    AMOUNT_MISGROUPED = "amount_misgrouped"
    AMOUNT_FRACTIONAL = "amount_fractional"
    AMOUNT_OUT_OF_RANGE = "amount_out_of_range"
    TIME_UNREADABLE = "time_unreadable"


@dataclass(frozen=True, slots=True)
class StatementLine:
    """`row_no` counts the file's lines from 1. `amount` is positive also for a refund.
    `payment_no` is what the file says, whether or not it is one of ours; "" where it says nothing,
    and likewise `provider_transaction` and `refund_no`. `paid_at` None: the file gives no time."""

    row_no: int
    kind: LineKind
    provider_transaction: str
    payment_no: str
    amount: Money
    paid_at: datetime | None
    refund_no: str = ""


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that could not be read; `column`: where, as the file or its layout calls it. `text` is
    its beginning, at most 200 characters. The numbers are those of the row where they at least
    were readable, else ""."""

    row_no: int
    column: str
    reason: BadRowReason
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


def unreadable(column: str, reason: BadRowReason, text: str = "") -> Statement:
    return Statement((), (BadRow(1, column, reason, text[:200]),), None, is_readable=False)
