"""Reads a delimited statement file by its account's layout.

Nothing raises and nothing is lost: what cannot be read is a bad row, and a file that cannot be read
at all is one bad row.
"""

import csv
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from io import BytesIO
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from chalicelib.channels.statement_cells import (
    CellFault,
    dialect_of,
    read_count,
    read_money,
    read_number,
    read_numbers,
    read_time,
)
from chalicelib.channels.statement_layout import OPTIONAL_COLUMNS, Layout, read_layout
from chalicelib.domain.money import MAX_AMOUNT_MINOR, Money
from chalicelib.domain.province import ChannelAccount
from chalicelib.domain.statements import (
    BadRow,
    BadRowReason,
    ControlTotals,
    LineKind,
    Statement,
    StatementLine,
    unreadable,
)
from chalicelib.domain.transfer_memo import find_payment_no

MAX_TEXT = 200
_BYTE_ORDER_MARK = "\ufeff"

Given = TypeVar("Given")
Value = TypeVar("Value")


class _Unreadable(Exception):
    def __init__(self, column: str, reason: BadRowReason) -> None:
        super().__init__(f"{column}: {reason}")
        self.column = column
        self.reason = reason


def read_delimited(
    layout: Mapping[str, Any],
    account: ChannelAccount,
    business_day: date,
    zone: str,
    content: bytes,
    *,
    finish: Callable[[StatementLine], StatementLine] | None = None,
) -> Statement:
    """`layout`: as `statement_layout` says. `finish`: what the channel makes of each line."""
    read, problems = read_layout(layout)
    if problems:
        return unreadable("layout", BadRowReason.LAYOUT_FAULTY, "; ".join(problems))
    reader = _Reader(read, account.currency, business_day, ZoneInfo(read.zone or zone), finish)
    try:
        return reader.read(content)
    except _Unreadable as fault:
        first_line = content[: MAX_TEXT * 4].split(b"\n", 1)[0]
        return unreadable(fault.column, fault.reason, _shown(first_line, read.encoding))


@dataclass(frozen=True, slots=True)
class _Header:
    """Where each of our columns stands; -1 where the layout has none."""

    width: int
    payment_no: int
    provider_transaction: tuple[int, ...]
    amount: int
    paid_at: int
    kind: int
    status: int
    currency: int
    refund_no: int


class _Reader:
    def __init__(
        self,
        layout: Layout,
        currency: str,
        business_day: date,
        zone: ZoneInfo,
        finish: Callable[[StatementLine], StatementLine] | None,
    ) -> None:
        self._layout = layout
        self._currency = currency
        self._day = business_day.isoformat()
        self._zone = zone
        self._finish = finish
        self._strip = " \t\r\n\u00a0\u3000" + _BYTE_ORDER_MARK + layout.padding
        self._dialect = dialect_of(layout.delimiter)
        self._lines: list[StatementLine] = []
        self._bad_rows: list[BadRow] = []
        self._unpaid_count = 0
        self._read_payment_no = find_payment_no if layout.has_memo else read_number
        self._totals: ControlTotals | None = None

    def read(self, content: bytes) -> Statement:
        """Raises: _Unreadable when there is no usable header."""
        rows = self._rows(content)
        header = self._read_header(rows)
        last_row = 0
        for row_no, raw in rows:
            last_row = row_no
            cells: list[str] = []
            try:
                cells = self._cells(raw)
                self._take_row(row_no, cells, header)
            except _Unreadable as fault:
                self._bad_rows.append(
                    self._bad_row(row_no, raw, fault, self._numbers(cells, header))
                )
        if self._layout.trailer_marker and self._totals is None:
            missing = BadRow(last_row + 1, "trailer", BadRowReason.TOTALS_MISSING, "")
            self._bad_rows.append(missing)
        return Statement(
            tuple(self._lines), tuple(self._bad_rows), self._totals, self._unpaid_count
        )

    def _bad_row(
        self, row_no: int, raw: bytes, fault: _Unreadable, numbers: tuple[str, str]
    ) -> BadRow:
        text = _shown(raw, self._layout.encoding)
        return BadRow(row_no, fault.column, fault.reason, text, *numbers)

    def _rows(self, content: bytes) -> Iterator[tuple[int, bytes]]:
        """Number and bytes of each line that may be a row."""
        comment = self._layout.comment_prefix.encode(self._layout.encoding)
        for row_no, raw in enumerate(BytesIO(content), 1):
            if row_no > self._layout.skip_rows and raw.strip():
                if comment and raw.removeprefix(b"\xef\xbb\xbf").startswith(comment):
                    continue
                yield row_no, raw

    def _cells(self, raw: bytes) -> list[str]:
        try:
            text = raw.decode("utf-8" if self._layout.encoding != "gb18030" else "gb18030")
        except UnicodeDecodeError as error:
            raise _Unreadable("row", BadRowReason.ENCODING_WRONG) from error
        if self._layout.quoted and '"' in text:
            text = text.strip("\r\n" + _BYTE_ORDER_MARK)
            try:
                cells = next(csv.reader([text], self._dialect))
            except csv.Error as error:
                raise _Unreadable("row", BadRowReason.QUOTES_BROKEN) from error
        else:
            cells = text.split(self._layout.delimiter)
        return [cell.strip(self._strip) for cell in cells]

    def _numbers(self, cells: list[str], header: _Header) -> tuple[str, str]:
        """Provider transaction and payment number of a bad row, each "" where it is not
        readable."""
        if len(cells) != header.width:
            return "", ""
        try:
            transaction = read_numbers([cells[place] for place in header.provider_transaction])
        except CellFault:
            transaction = ""
        try:
            return transaction, self._read_payment_no(cells[header.payment_no])
        except CellFault:
            return transaction, ""

    def _read_header(self, rows: Iterator[tuple[int, bytes]]) -> _Header:
        first = next(rows, None)
        if first is None:
            raise _Unreadable("file", BadRowReason.FILE_EMPTY)
        cells = self._cells(first[1])
        places = {
            ours: _find_column(cells, theirs)
            for ours, theirs in self._layout.columns.items()
            if ours != "provider_transaction"
        }
        optional = {name: places.get(name, -1) for name in OPTIONAL_COLUMNS}
        return _Header(
            width=len(cells),
            payment_no=places["memo" if self._layout.has_memo else "payment_no"],
            provider_transaction=tuple(
                _find_column(cells, each) for each in self._layout.transaction_columns
            ),
            amount=places["amount"],
            **optional,
        )

    def _take_row(self, row_no: int, cells: list[str], header: _Header) -> None:
        if self._layout.trailer_marker and cells[0] == self._layout.trailer_marker:
            self._take_trailer(cells)
            return
        if len(cells) < header.width or any(cells[header.width :]):
            raise _Unreadable("row", BadRowReason.CELL_COUNT_WRONG)
        if header.status >= 0 and not self._is_paid(cells[header.status]):
            self._unpaid_count += 1
            return
        if self._layout.may_be_empty and cells[header.amount] in ("", "0"):
            self._unpaid_count += 1
            return
        if header.currency >= 0 and cells[header.currency] != self._currency:
            raise _Unreadable("currency", BadRowReason.OTHER_CURRENCY)
        kind = self._read_kind(cells[header.kind]) if header.kind >= 0 else LineKind.PAYMENT
        numbers = [cells[place] for place in header.provider_transaction]
        transaction = _read("provider_transaction", read_numbers, numbers)
        payment_no = _read("payment_no", self._read_payment_no, cells[header.payment_no])
        amount = self._read_amount(cells[header.amount], kind)
        paid_at = self._read_time(cells[header.paid_at]) if header.paid_at >= 0 else None
        refund_no = ""
        if header.refund_no >= 0:
            refund_no = _read("refund_no", read_number, cells[header.refund_no])
        line = StatementLine(row_no, kind, transaction, payment_no, amount, paid_at, refund_no)
        self._lines.append(self._finish(line) if self._finish else line)

    def _is_paid(self, status: str) -> bool:
        if not status:
            raise _Unreadable("status", BadRowReason.CELL_EMPTY)
        return status in self._layout.accepted_values

    def _read_kind(self, text: str) -> LineKind:
        if text in self._layout.payment_values:
            return LineKind.PAYMENT
        if text in self._layout.refund_values:
            return LineKind.REFUND
        raise _Unreadable("kind", BadRowReason.KIND_UNKNOWN)

    def _read_amount(self, text: str, kind: LineKind) -> Money:
        amount = self._money("amount", text)
        minor = abs(amount.amount_minor) if kind is LineKind.REFUND else amount.amount_minor
        if not 1 <= minor <= MAX_AMOUNT_MINOR:
            raise _Unreadable("amount", BadRowReason.AMOUNT_OUT_OF_RANGE)
        return amount if amount.amount_minor == minor else Money(minor, self._currency)

    def _money(self, column: str, text: str) -> Money:
        try:
            return read_money(
                text, self._layout.scale, self._layout.thousands_separator, self._currency
            )
        except CellFault as fault:
            raise _Unreadable(column, fault.reason) from None

    def _read_time(self, text: str) -> datetime | None:
        if not text:
            return None
        try:
            return read_time(text, self._layout.time_format, self._day, self._zone)
        except CellFault as fault:
            raise _Unreadable("paid_at", fault.reason) from None

    def _take_trailer(self, cells: list[str]) -> None:
        if self._totals is not None:
            raise _Unreadable("trailer", BadRowReason.TOTALS_TWICE)
        places = self._layout.totals
        if len(cells) <= max(places.values(), default=0):
            raise _Unreadable("trailer", BadRowReason.TOTALS_INCOMPLETE)
        counts = {
            name: _read("trailer", read_count, cells[place])
            for name, place in places.items()
            if name.endswith("count")
        }
        amounts = {
            name: self._money("trailer", cells[place])
            for name, place in places.items()
            if name.endswith("amount")
        }
        self._totals = ControlTotals(
            counts.get("payment_count"),
            amounts.get("payment_amount"),
            counts.get("refund_count"),
            amounts.get("refund_amount"),
        )


def _find_column(cells: list[str], name: str) -> int:
    if cells.count(name) != 1:
        raise _Unreadable(name, BadRowReason.COLUMN_MISSING)
    return cells.index(name)


def _read(column: str, read: Callable[[Given], Value], given: Given) -> Value:
    try:
        return read(given)
    except CellFault as fault:
        raise _Unreadable(column, fault.reason) from None


def _shown(raw: bytes, encoding: str) -> str:
    """The beginning of a row for a person to recognize."""
    text = raw.decode(encoding, "backslashreplace").rstrip("\r\n")
    return "".join(each if each.isprintable() else "\ufffd" for each in text[:MAX_TEXT])
