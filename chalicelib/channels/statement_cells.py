"""Amounts, times and numbers as cells of a statement write them."""

import csv
import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from chalicelib.channels.statement_layout import JOINED_BY, Scale, with_date
from chalicelib.domain.money import EXPONENTS, Money, parse_decimal
from chalicelib.domain.statements import BadRowReason

MAX_NUMBER_LENGTH = 100
_SHORTENED = re.compile(r"-?\d+(?:[.,]\d+)?[eE][+-]?\d+")
_PLAIN = re.compile(r"-?\d{1,18}", re.ASCII)
_COUNT = re.compile(r"\d{1,9}", re.ASCII)
_COMPACT = "%Y%m%d%H%M%S"


class CellFault(Exception):
    """Raised by every function here."""

    def __init__(self, reason: BadRowReason) -> None:
        super().__init__(reason)
        self.reason = reason


def read_number(text: str) -> str:
    """A payment's or transaction's number, which is text."""
    if ("e" in text or "E" in text) and _SHORTENED.fullmatch(text):
        raise CellFault(BadRowReason.NUMBER_SHORTENED)
    if len(text) > MAX_NUMBER_LENGTH:
        raise CellFault(BadRowReason.NUMBER_TOO_LONG)
    return text


def read_numbers(cells: list[str]) -> str:
    """Of the columns that only together are a number; "" where all of them are empty."""
    numbers = [read_number(cell) for cell in cells]
    return JOINED_BY.join(numbers) if any(numbers) else ""


def read_count(text: str) -> int:
    if not _COUNT.fullmatch(text):
        raise CellFault(BadRowReason.COUNT_UNREADABLE)
    return int(text)


def read_money(text: str, scale: Scale, thousands_separator: str, currency: str) -> Money:
    """Negative where the cell is."""
    digits = _ungroup(text, thousands_separator) if thousands_separator else text
    if scale is Scale.DECIMAL:
        try:
            return parse_decimal(digits, currency)
        except ValueError:
            raise CellFault(BadRowReason.AMOUNT_UNREADABLE) from None
    if not _PLAIN.fullmatch(digits):
        raise CellFault(BadRowReason.AMOUNT_UNREADABLE)
    if scale is Scale.MINOR:
        return Money(int(digits), currency)
    minor, rest = divmod(int(digits) * 10 ** EXPONENTS[currency], 100)
    if rest:
        raise CellFault(BadRowReason.AMOUNT_FRACTIONAL)
    return Money(minor, currency)


def read_time(text: str, time_format: str, day: str, zone: ZoneInfo) -> datetime:
    """`day`: the business day, for a format without a date. `zone`: where the text has none."""
    try:
        instant = _parse_time(text, time_format, day)
    except ValueError:
        raise CellFault(BadRowReason.TIME_UNREADABLE) from None
    if instant.tzinfo is None:
        instant = instant.replace(tzinfo=zone)
    return instant.astimezone(UTC)


def dialect_of(delimiter_: str) -> type[csv.Dialect]:
    class Quoted(csv.excel):
        delimiter = delimiter_
        skipinitialspace = True
        strict = True

    return Quoted


def _ungroup(text: str, separator: str) -> str:
    if separator not in text:
        return text
    whole, dot, fraction = text.partition("." if separator == "," else ",")
    first, *groups = whole.removeprefix("-").split(separator)
    if not 1 <= len(first) <= 3 or any(len(group) != 3 for group in groups):
        raise CellFault(BadRowReason.AMOUNT_MISGROUPED)
    return whole.replace(separator, "") + dot + fraction


def _parse_time(text: str, time_format: str, day: str) -> datetime:
    if time_format == _COMPACT and len(text) == 14 and text.isdigit():
        # The commonest format, at a tenth of what strptime takes.
        return datetime.fromisoformat(f"{text[:8]}T{text[8:]}")
    dated_format, dated = with_date(time_format, text, day)
    return datetime.strptime(dated, dated_format)  # noqa: DTZ007
