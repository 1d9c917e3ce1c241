"""The layout of a delimited statement file, as data of a channel account.

| key              | meaning                                                                       |
|------------------|-------------------------------------------------------------------------------|
| `encoding`       | `utf-8`, `utf-8-sig` or `gb18030`; a byte order mark is allowed in each  |
| `delimiter`      | `comma`, `semicolon`, `tab` or `pipe`                                         |
| `quoted`         | whether double quotes enclose cells; a row is one line of the file either way |
| `skip_rows`      | lines before the header; optional                                             |
| `comment_prefix` | lines that begin with it are skipped; optional                                |
| `padding`        | characters around cells to take off beside blanks and tabs; optional          |
| `columns`        | ours → name in the header: `payment_no`, `provider_transaction`, `amount`;    |
|                  | optional `paid_at`, `kind`, `status`, `refund_no`, and `currency`, which is   |
|                  | only checked; `provider_transaction` may name several columns, `A|B|C`, whose |
|                  | cells are joined alike;                                                       |
|                  | `memo` in `payment_no`'s place: the text of a transfer that names the payment |
| `amount`         | `scale`: `minor` units, `decimal`, or `hundredths` of the currency's unit;    |
|                  | optional `thousands_separator`: `,` or `.`; optional `may_be_empty`: where it |
|                  | is empty or 0 money went out, as in a bank's columns of debit and credit      |
| `paid_at`        | `format` as of strptime, without a date it is on the business day;            |
|                  | optional `zone`, else the province's                                          |
| `kind`           | `payment` and `refund`: lists of the column's values                          |
| `status`         | `accepted`: values of rows that moved money; others are counted, not judged   |
| `trailer`        | `marker`: first cell of the closing row; optional `payment_count`,            |
|                  | `payment_amount`, `refund_count`, `refund_amount`: its cells, from 1          |
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from chalicelib.domain.record_reader import Fault, Record

REQUIRED_COLUMNS = ("provider_transaction", "amount")
NUMBER_COLUMNS = ("payment_no", "memo")  # one of them
OPTIONAL_COLUMNS = ("paid_at", "kind", "status", "currency", "refund_no")
TOTALS = ("payment_count", "payment_amount", "refund_count", "refund_amount")
MAX_CELLS = 200
JOINED_BY = "|"

# An afternoon time: a twelve-hour format does not give it back.
_SAMPLE_TIME = datetime(2026, 3, 1, 14, 5, tzinfo=UTC)


class Encoding(StrEnum):
    UTF_8 = "utf-8"
    UTF_8_SIG = "utf-8-sig"
    GB18030 = "gb18030"


class Delimiter(StrEnum):
    COMMA = "comma"
    SEMICOLON = "semicolon"
    TAB = "tab"
    PIPE = "pipe"


DELIMITERS = {
    Delimiter.COMMA: ",",
    Delimiter.SEMICOLON: ";",
    Delimiter.TAB: "\t",
    Delimiter.PIPE: "|",
}


class Scale(StrEnum):
    MINOR = "minor"
    DECIMAL = "decimal"
    HUNDREDTHS = "hundredths"


@dataclass(frozen=True, slots=True)
class Layout:
    """`has_memo`: payment numbers are found in the column `memo`. `time_format` "": the file gives
    no time. `zone` None: the province's. Empty value sets: there is no such column.
    `trailer_marker` "": no trailer. `totals`: name → cell from 0."""

    encoding: Encoding
    delimiter: str
    quoted: bool
    skip_rows: int
    comment_prefix: str
    padding: str
    columns: Mapping[str, str]
    has_memo: bool
    scale: Scale
    thousands_separator: str
    may_be_empty: bool
    time_format: str
    zone: str | None
    payment_values: frozenset[str]
    refund_values: frozenset[str]
    accepted_values: frozenset[str]
    trailer_marker: str
    totals: Mapping[str, int]

    @property
    def transaction_columns(self) -> tuple[str, ...]:
        """Several where only together they are the provider's number, as on a POS slip."""
        return tuple(self.columns["provider_transaction"].split(JOINED_BY))


def validate_layout(layout: Mapping[str, Any]) -> list[str]:
    """What is wrong with it; empty when it can be used."""
    return read_layout(layout)[1]


def read_layout(layout: Mapping[str, Any]) -> tuple[Layout, list[str]]:
    faults: list[Fault] = []
    record = Record(layout, (), faults)
    columns = _read_columns(record)
    scale, separator, may_be_empty = _read_amount(record)
    time_format, zone = _read_time(record, "paid_at" in columns)
    payments, refunds = _read_values(record, "kind", ("payment", "refund"), columns)
    (accepted,) = _read_values(record, "status", ("accepted",), columns)
    if payments & refunds:
        record.fault("has a value for both payments and refunds", "kind")
    marker, totals = _read_trailer(record)
    read = Layout(
        encoding=record.choice("encoding", Encoding),
        delimiter=DELIMITERS[record.choice("delimiter", Delimiter)],
        quoted=record.flag("quoted"),
        skip_rows=record.whole("skip_rows", 0, 1000) if record.has("skip_rows") else 0,
        comment_prefix=_optional_text(record, "comment_prefix"),
        padding=_optional_text(record, "padding"),
        columns=columns,
        has_memo="memo" in columns,
        scale=scale,
        thousands_separator=separator,
        may_be_empty=may_be_empty,
        time_format=time_format,
        zone=zone,
        payment_values=payments,
        refund_values=refunds,
        accepted_values=accepted,
        trailer_marker=marker,
        totals=totals,
    )
    record.finish()
    return read, [str(fault) for fault in faults]


def _optional_text(record: Record, key: str) -> str:
    return record.text(key) if record.has(key) else ""


def _read_columns(record: Record) -> Mapping[str, str]:
    columns = record.text_map("columns")
    for name in REQUIRED_COLUMNS:
        if name not in columns:
            record.fault("is missing", "columns", name)
    if sum(name in columns for name in NUMBER_COLUMNS) != 1:
        record.fault("needs either payment_no or memo", "columns")
    for name in columns:
        if name not in REQUIRED_COLUMNS + NUMBER_COLUMNS + OPTIONAL_COLUMNS:
            record.fault("is not known here", "columns", name)
    if len(set(columns.values())) < len(columns):
        record.fault("names the same column twice", "columns")
    return columns


def _read_amount(record: Record) -> tuple[Scale, str, bool]:
    amount = record.record("amount")
    scale = amount.choice("scale", Scale)
    separator = _optional_text(amount, "thousands_separator")
    if separator not in ("", ",", "."):
        amount.fault("must be , or .", "thousands_separator")
    if separator == "." and scale is Scale.DECIMAL:
        amount.fault("cannot be the decimal point too", "thousands_separator")
    may_be_empty = amount.has("may_be_empty") and amount.flag("may_be_empty")
    amount.finish()
    return scale, separator, may_be_empty


def _read_time(record: Record, has_column: bool) -> tuple[str, str | None]:
    if not has_column:
        if record.has("paid_at"):
            record.fault("has no column", "paid_at")
            record.mapping("paid_at")
        return "", None
    time = record.record("paid_at")
    time_format = time.text("format")
    if time_format and not _gives_time_back(time_format):
        time.fault("does not give a day's 14:05 back: use %Y, %m, %d, %H and %M", "format")
    zone = _optional_text(time, "zone") or None
    if zone is not None and not _is_zone(zone):
        time.fault(f"is no zone: {zone!r}", "zone")
    time.finish()
    return time_format, zone


def _gives_time_back(time_format: str) -> bool:
    if "%d" in time_format and "%Y" not in time_format and "%y" not in time_format:
        return False
    dated, text = with_date(time_format, _SAMPLE_TIME.strftime(time_format), "2026-03-01")
    try:
        return datetime.strptime(text, dated).replace(tzinfo=UTC) == _SAMPLE_TIME
    except ValueError:
        return False


def with_date(time_format: str, text: str, day: str) -> tuple[str, str]:
    """Format and text with the day in front where the format has none."""
    if "%d" in time_format:
        return time_format, text
    return f"%Y-%m-%d {time_format}", f"{day} {text}"


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def _read_values(
    record: Record, key: str, names: tuple[str, ...], columns: Mapping[str, str]
) -> tuple[frozenset[str], ...]:
    if (key in columns) != record.has(key):
        record.fault("needs both its column and its values", key)
    if not record.has(key):
        return (frozenset(),) * len(names)
    values = record.record(key)
    sets = tuple(frozenset(values.texts(name)) for name in names)
    for name, found in zip(names, sets, strict=True):
        if not found:
            values.fault("names no value", name)
    values.finish()
    return sets


def _read_trailer(record: Record) -> tuple[str, Mapping[str, int]]:
    if not record.has("trailer"):
        return "", {}
    trailer = record.record("trailer")
    marker = trailer.text("marker")
    totals = {name: trailer.whole(name, 2, MAX_CELLS) - 1 for name in TOTALS if trailer.has(name)}
    if len(set(totals.values())) < len(totals):
        trailer.fault("takes two totals from one cell")
    trailer.finish()
    return marker, totals
