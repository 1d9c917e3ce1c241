"""Reads the trade bill of a day: a ZIP with GBK names, in it a GBK file of details.

    #账号：[20880000000000010156]                 the partner's number, and 0156
    #起始日期：[2024年05月21日 00:00:00]   终止日期：[…]
    支付宝交易号,商户订单号,业务类型,…             25 columns, found by name; cells end with a tab
    …                                             业务类型: 交易 paid, 退款 went back (negative)
    #交易合计：1笔，商家实收共125.00元，…          the file's own totals, of what we received
    #退款合计：1笔，商家实收退款共-25.00元，…

Nothing raises and nothing is lost: what cannot be read is a bad row. Lines are read as they are
unpacked, so that the file never is in memory as a whole.

*Source*: opendocs.alipay.com, "账单数据返回值说明" (trade bill, 业务明细).
"""

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from io import BufferedReader, BytesIO
from typing import IO, cast
from zipfile import ZipExtFile, ZipFile

from chalicelib.channels.alipay.wire import CURRENCY, MAX_FEN, from_wire_time
from chalicelib.domain.money import Money, parse_decimal
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

GBK = "gb18030"
DETAILS = "业务明细.csv"
TRADE_NO, ORDER_NO, KIND, DONE_AT = "支付宝交易号", "商户订单号", "业务类型", "完成时间"
RECEIVED, REFUND_NO = "商家实收（元）", "退款批次号/请求号"
KINDS = {"交易": LineKind.PAYMENT, "退款": LineKind.REFUND}

CHUNK_BYTES = 65_536
MAX_LINE_BYTES = 20_000
MAX_TEXT = 200
ACCOUNT = re.compile(r"#账号：\[(\d{16})\d*\]", re.ASCII)
FIRST_DAY = re.compile(r"#起始日期：\[(\d{4})年(\d\d)月(\d\d)日", re.ASCII)
TOTALS = re.compile(r"#(交易|退款)合计：(\d{1,9})笔，商家实收(?:退款)?共(-?[\d.]+)元", re.ASCII)
NUMBER = re.compile("[0-9A-Za-z_-]{0,100}", re.ASCII)
_PADDING = " \t\r\n\u3000"


class _Unreadable(Exception):
    def __init__(self, column: str, reason: BadRowReason, text: str = "") -> None:
        super().__init__(f"{column}: {reason}")
        self.column = column
        self.reason = reason
        self.text = text


class _NotThisBill(_Unreadable):
    """Nothing of the file can be used."""


def read_trade_bill(account: ChannelAccount, business_day: date, content: bytes) -> Statement:
    try:
        return _Reader(account, business_day).read(_unpack(content))
    except _NotThisBill as fault:
        return unreadable(fault.column, fault.reason, fault.text)


def _unpack(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Raises: _NotThisBill, also after the last row: rows of a file whose checksum does not hold
    are not believed either."""
    try:
        with ZipFile(BytesIO(content), metadata_encoding=GBK) as archive:
            names = [name for name in archive.namelist() if name.endswith(DETAILS)]
            if len(names) != 1:
                raise _NotThisBill(DETAILS, BadRowReason.ARCHIVE_WITHOUT_LIST)
            packed = cast(ZipExtFile, archive.open(names[0]))
            with BufferedReader(packed, CHUNK_BYTES) as file:
                yield from _rows(file)
    except _NotThisBill:
        raise
    except Exception as error:
        # A mangled directory leads `zipfile` to errors of every kind.
        raise _NotThisBill("file", BadRowReason.ARCHIVE_BROKEN) from error


@dataclass(frozen=True, slots=True)
class _Header:
    """Where each column stands; `refund_no` -1: there is none."""

    width: int
    trade_no: int
    order_no: int
    kind: int
    done_at: int
    received: int
    refund_no: int


class _Reader:
    def __init__(self, account: ChannelAccount, business_day: date) -> None:
        self._seller_id = account.fields.get("seller_id", "")
        self._day = business_day
        self._header: _Header | None = None
        self._lines: list[StatementLine] = []
        self._bad_rows: list[BadRow] = []
        self._totals: dict[LineKind, tuple[int, Money]] = {}

    def read(self, rows: Iterator[tuple[int, bytes]]) -> Statement:
        """Raises: _NotThisBill"""
        last_row = 0
        for row_no, raw in rows:
            last_row = row_no
            try:
                self._take(row_no, raw)
            except _NotThisBill:
                raise
            except _Unreadable as fault:
                self._bad_rows.append(_bad_row(row_no, raw, fault, self._header))
        if self._header is None:
            raise _NotThisBill("header", BadRowReason.HEADER_MISSING)
        if set(self._totals) != set(LineKind):
            missing = BadRow(last_row + 1, "totals", BadRowReason.TOTALS_MISSING, "")
            self._bad_rows.append(missing)
        return Statement(tuple(self._lines), tuple(self._bad_rows), self._control_totals())

    def _take(self, row_no: int, raw: bytes) -> None:
        try:
            text = raw.decode(GBK)
        except UnicodeDecodeError as error:
            raise _Unreadable("row", BadRowReason.ENCODING_WRONG) from error
        if len(raw) >= MAX_LINE_BYTES:
            raise _Unreadable("row", BadRowReason.ROW_TOO_LONG)
        if text.startswith("#"):
            self._take_remark(text)
        elif self._header is None:
            self._header = _read_header([_plain(cell) for cell in text.split(",")])
        else:
            self._lines.append(_read_line(row_no, text.split(","), self._header))

    def _take_remark(self, text: str) -> None:
        if (account := ACCOUNT.match(text)) and account[1] != self._seller_id:
            raise _NotThisBill("account", BadRowReason.OTHER_ACCOUNT, text)
        day = FIRST_DAY.match(text)
        if day and "-".join(day.groups()) != self._day.isoformat():
            raise _NotThisBill("day", BadRowReason.OTHER_DAY, text)
        if totals := TOTALS.match(text):
            kind, count, amount = KINDS[totals[1]], int(totals[2]), _money("totals", totals[3])
            self._totals[kind] = (count, Money(abs(amount), CURRENCY))

    def _control_totals(self) -> ControlTotals | None:
        if not self._totals:
            return None
        paid = self._totals.get(LineKind.PAYMENT, (None, None))
        refunded = self._totals.get(LineKind.REFUND, (None, None))
        return ControlTotals(*paid, *refunded)


def _rows(file: IO[bytes]) -> Iterator[tuple[int, bytes]]:
    """Number and bytes of each line; a longer one is cut, and its rest left out."""
    row_no = 0
    while raw := file.readline(MAX_LINE_BYTES):
        row_no += 1
        rest = raw
        while len(rest) == MAX_LINE_BYTES and not rest.endswith(b"\n"):
            rest = file.readline(MAX_LINE_BYTES)
        if raw.strip():
            yield row_no, raw


def _plain(cell: str) -> str:
    return cell.strip(_PADDING)


def _read_header(cells: list[str]) -> _Header:
    for name in (TRADE_NO, ORDER_NO, KIND, DONE_AT, RECEIVED):
        if cells.count(name) != 1:
            raise _NotThisBill(name, BadRowReason.COLUMN_MISSING)
    return _Header(
        width=len(cells),
        trade_no=cells.index(TRADE_NO),
        order_no=cells.index(ORDER_NO),
        kind=cells.index(KIND),
        done_at=cells.index(DONE_AT),
        received=cells.index(RECEIVED),
        refund_no=cells.index(REFUND_NO) if REFUND_NO in cells else -1,
    )


def _read_line(row_no: int, cells: list[str], header: _Header) -> StatementLine:
    if len(cells) != header.width:
        raise _Unreadable("row", BadRowReason.CELL_COUNT_WRONG)
    kind = KINDS.get(_plain(cells[header.kind]))
    if kind is None:
        raise _Unreadable(KIND, BadRowReason.KIND_UNKNOWN)
    amount = _money(RECEIVED, _plain(cells[header.received]))
    signed = amount if kind is LineKind.PAYMENT else -amount
    if not 1 <= signed <= MAX_FEN:
        raise _Unreadable(RECEIVED, BadRowReason.AMOUNT_OUT_OF_RANGE)
    trade_no = _number(TRADE_NO, cells[header.trade_no])
    order_no = _number(ORDER_NO, cells[header.order_no])
    try:
        done_at = from_wire_time(_plain(cells[header.done_at]))
    except ValueError as error:
        raise _Unreadable(DONE_AT, BadRowReason.TIME_UNREADABLE) from error
    refund_no = _plain(cells[header.refund_no])[:MAX_TEXT] if header.refund_no >= 0 else ""
    return StatementLine(
        row_no, kind, trade_no, order_no, Money(signed, CURRENCY), done_at, refund_no
    )


def _number(column: str, cell: str) -> str:
    text = _plain(cell)
    if not NUMBER.fullmatch(text):
        raise _Unreadable(column, BadRowReason.NUMBER_UNREADABLE)
    return text


def _money(column: str, text: str) -> int:
    """Fen, with their sign."""
    try:
        return parse_decimal(text, CURRENCY).amount_minor
    except ValueError as error:
        raise _Unreadable(column, BadRowReason.AMOUNT_UNREADABLE) from error


def _bad_row(row_no: int, raw: bytes, fault: _Unreadable, header: _Header | None) -> BadRow:
    """With the numbers of the row, where they at least can be read."""
    text = raw.decode(GBK, "backslashreplace").strip("\r\n")
    cells = text.split(",")
    trade_no = order_no = ""
    if header is not None and len(cells) == header.width:
        with suppress(_Unreadable):
            trade_no = _number(TRADE_NO, cells[header.trade_no])
        with suppress(_Unreadable):
            order_no = _number(ORDER_NO, cells[header.order_no])
    shown = "".join(each if each.isprintable() else "\ufffd" for each in text[:MAX_TEXT])
    return BadRow(row_no, fault.column, fault.reason, shown, trade_no, order_no)
