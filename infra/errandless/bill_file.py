"""A spreadsheet's rows as bills, each fault with its line and column."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from infra.errandless.failures import OperatorError

# Column → where its value stands in the bill that the API takes; True: a whole number.
COLUMNS: Mapping[str, tuple[str, bool]] = {
    "reference": ("/reference", False),
    "payee_unit": ("/payee_unit", False),
    "fee_item": ("/lines/0/fee_item", False),
    "quantity": ("/lines/0/quantity", True),
    "amount_minor": ("/lines/0/amount_minor", True),
    "description": ("/lines/0/description", False),
    "payer_kind": ("/payer/kind", False),
    "payer_name": ("/payer/name", False),
    "identity_kind": ("/payer/identity/kind", False),
    "identity_number": ("/payer/identity/number", False),
    "phone": ("/payer/phone", False),
    "email": ("/payer/email", False),
    "due_date": ("/due_date", False),
    "days_to_pay": ("/days_to_pay", True),
    "valid_until": ("/valid_until", False),
    "language": ("/language", False),
    "daily_rate_parts": ("/surcharge/daily_rate/parts", True),
    "daily_rate_per": ("/surcharge/daily_rate/per", True),
    "cap_rate_parts": ("/surcharge/cap_rate/parts", True),
    "cap_rate_per": ("/surcharge/cap_rate/per", True),
    "cap_minor": ("/surcharge/cap_minor", True),
    "rounding": ("/surcharge/rounding", False),
    "surcharge_legal_basis": ("/surcharge/legal_basis", False),
    "reduction_kind": ("/reductions/0/kind", False),
    "reduction_minor": ("/reductions/0/amount_minor", True),
    "reduction_reason": ("/reductions/0/reason", False),
    "reduction_legal_basis": ("/reductions/0/legal_basis", False),
}
NEEDED = ("reference", "fee_item", "payer_kind", "payer_name")
WHOLE = re.compile(r"[0-9]{1,12}", re.ASCII)
# What a spreadsheet makes of a long number: its last digits are gone for good.
DESTROYED = re.compile(r"[+-]?[0-9]+([.,][0-9]+)?[eE]\+[0-9]+", re.ASCII)
# What a decoder puts where the bytes are none of its characters.
UNREADABLE = "\ufffd"


@dataclass(frozen=True, slots=True)
class BillRow:
    """`line`: where the row begins, as an editor counts. `body`: what the API is sent."""

    line: int
    body: dict[str, Any]


@dataclass(frozen=True, slots=True)
class RowError:
    """`column` "": the whole row."""

    line: int
    column: str
    code: str
    detail: str


def read_bills(
    table: Iterable[tuple[int, list[str] | RowError]], defaults: Mapping[str, str]
) -> Iterator[BillRow | RowError]:
    """`table`: lines with their cells, the heading first. `defaults`: values of columns, for rows
    that leave them out.

    Raises: OperatorError when the first line is no heading of ours."""
    lines = iter(table)
    _, heading = next(lines, (1, []))
    columns = _read_heading(heading)
    for line, cells in lines:
        if isinstance(cells, RowError):
            yield cells
        elif any(cells):
            yield _read_row(line, columns, cells, defaults)


def _read_row(
    line: int, columns: list[str], cells: list[str], defaults: Mapping[str, str]
) -> BillRow | RowError:
    if len(cells) != len(columns):
        detail = f"{len(cells)} cells under {len(columns)} headings"
        return RowError(line, "", "row_length", detail)
    filled = {column: text for column, text in zip(columns, cells, strict=True) if text}
    found: dict[str, Any] = {}
    for column, text in {**defaults, **filled}.items():
        error = _fault(column, text)
        if error is not None:
            return RowError(line, column, *error)
        pointer, is_whole = COLUMNS[column]
        _put(found, pointer, int(text) if is_whole else text)
    return BillRow(line, found)


def column_of(pointer: str) -> str:
    """The column of a problem's JSON pointer; "" where it is about none, or about several."""
    for column, (own, _) in COLUMNS.items():
        if own == pointer:
            return column
    below = {column for column, (own, _) in COLUMNS.items() if own.startswith(f"{pointer}/")}
    return next(iter(below)) if len(below) == 1 else ""


def _read_heading(cells: list[str] | RowError) -> list[str]:
    columns = [] if isinstance(cells, RowError) else [cell.lower() for cell in cells]
    unknown = [column for column in columns if column not in COLUMNS]
    missing = [column for column in NEEDED if column not in columns]
    if unknown:
        known = ", ".join(COLUMNS)
        raise OperatorError(
            f"The file has unknown headings ({', '.join(unknown)}); known: {known}."
        )
    if missing:
        raise OperatorError(f"The file's first line lacks the headings {', '.join(missing)}.")
    if len(set(columns)) != len(columns):
        raise OperatorError("A heading is twice in the file's first line.")
    return columns


def _fault(column: str, text: str) -> tuple[str, str] | None:
    if UNREADABLE in text:
        return "wrong_encoding", "these bytes are no text in the encoding that was named"
    if DESTROYED.fullmatch(text):
        return "number_destroyed", "a spreadsheet cut this number; format the column as text"
    if COLUMNS[column][1] and not WHOLE.fullmatch(text):
        return "not_a_whole_number", "digits only, without separators"
    return None


def _put(body: dict[str, Any], pointer: str, value: Any) -> None:
    """Lists have one entry here."""
    parts = pointer.removeprefix("/").split("/")
    place: Any = body
    for part, following in zip(parts, [*parts[1:], None], strict=True):
        key: Any = 0 if isinstance(place, list) else part
        if following is None:
            place[key] = value
        elif isinstance(place, list):
            place = place[0]
        else:
            place = place.setdefault(key, [{}] if following == "0" else {})
