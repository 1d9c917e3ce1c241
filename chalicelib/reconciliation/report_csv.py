"""The breaks of a day for a spreadsheet: UTF-8 with a mark, nothing that it would run."""

import csv
import io
from collections.abc import Iterable, Iterator
from datetime import UTC

from chalicelib.domain.break_guide import GUIDE
from chalicelib.domain.breaks import Break
from chalicelib.domain.money import Money
from chalicelib.domain.reconciliations import DayPayment, Summary
from chalicelib.reconciliation.partition import DayMatch

HEADER = (
    "business_day",
    "channel",
    "account",
    "kind",
    "meaning",
    "row_no",
    "payment_no",
    "provider_transaction",
    "ours",
    "theirs",
    "currency",
    "paid_at",
    "detail",
    "suggested_action",
    "break_id",
)

# A spreadsheet takes a cell that begins so for a formula, also after blanks it drops.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "＝", "＋", "－", "＠")
_KEPT_DIGITS = 15


def render_csv(summary: Summary, result: DayMatch, language: str) -> bytes:
    """One row for each break, then one for each payment that waits for a statement."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(HEADER)
    for row in _rows(summary, result, language):
        writer.writerow([neutralize(cell) for cell in row])
    return b"\xef\xbb\xbf" + text.getvalue().encode()


def neutralize(cell: str) -> str:
    """An apostrophe in front of what would be run as a formula or lose digits."""
    start = cell.lstrip(" \u00a0\ufeff")
    is_long_number = len(cell) > _KEPT_DIGITS and cell.isdigit()
    return f"'{cell}" if start.startswith(_FORMULA_STARTS) or is_long_number else cell


def _rows(summary: Summary, result: DayMatch, language: str) -> Iterator[Iterable[str]]:
    of = summary.of
    day = (of.business_day.isoformat(), of.channel, of.account)
    for each in result.breaks:
        yield (*day, *_break_cells(each, language))
    for payment in result.waiting:
        yield (*day, *_waiting_cells(payment))


def _break_cells(each: Break, language: str) -> tuple[str, ...]:
    guidance = GUIDE[each.kind]
    known = each.ours or each.theirs
    return (
        each.kind.value,
        guidance.meaning[language],
        "" if each.row_no is None else str(each.row_no),
        each.payment_no,
        each.provider_transaction,
        _amount(each.ours),
        _amount(each.theirs),
        known.currency if known else "",
        "",
        "; ".join(f"{name}: {value}" for name, value in each.detail.items()),
        guidance.action[language],
        each.break_id,
    )


def _waiting_cells(payment: DayPayment) -> tuple[str, ...]:
    return (
        "waiting",
        "",
        "",
        payment.payment_no,
        payment.provider_transaction,
        _amount(payment.amount),
        "",
        payment.amount.currency,
        payment.paid_at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "",
        "",
        "",
    )


def _amount(amount: Money | None) -> str:
    return "" if amount is None else amount.decimal_text()
