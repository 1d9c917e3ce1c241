"""A spreadsheet's rows as bills, each fault with its line and column.

Rows that follow each other with the same unit and reference are one bill: each has a line of its
own, and what is said of the whole bill stands in the first; later rows leave it empty or repeat it.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from chalicelib.bodies.bill_tables import Line, Mark, Table
from chalicelib.errors import FieldError, InvalidRequest
from chalicelib.storage.keys import as_spoken

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
    "debtor_kind": ("/debtor/kind", False),
    "debtor_name": ("/debtor/name", False),
    "debtor_identity_kind": ("/debtor/identity/kind", False),
    "debtor_identity_number": ("/debtor/identity/number", False),
    "debtor_phone": ("/debtor/phone", False),
    "debtor_email": ("/debtor/email", False),
    "due_date": ("/due_date", False),
    "days_to_pay": ("/days_to_pay", True),
    "valid_until": ("/valid_until", False),
    "language": ("/language", False),
    "second_fact": ("/second_fact", False),
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
# What each row of a bill says for itself.
OF_LINE = frozenset(name for name, (to, _) in COLUMNS.items() if to.startswith("/lines/"))
OF_REDUCTION = frozenset(name for name, (to, _) in COLUMNS.items() if to.startswith("/reductions/"))
NEEDED = ("reference", "fee_item", "payer_kind", "payer_name")
# One more than a bill may have lines: the API names what is too many.
MAX_ROWS = 51
WHOLE = re.compile(r"[0-9]{1,12}", re.ASCII)
# What a spreadsheet makes of a long number: its last digits are gone for good.
DESTROYED = re.compile(r"[+-]?[0-9]+([.,][0-9]+)?[eE]\+[0-9]+", re.ASCII)
# What a decoder puts where the bytes are none of its characters.
UNREADABLE = "\ufffd"
_NUMBERED = re.compile(r"^/(lines|reductions)/([0-9]+)(?=/|$)", re.ASCII)


@dataclass(frozen=True, slots=True)
class RowError:
    """`column` "": the whole row."""

    line: int
    column: str
    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class BillRow:
    """`line`: where the bill begins, as an editor counts; `lines`: where each of its lines stands,
    `reductions`: where each of its reductions does. `body`: what the API is sent. `after`: behind
    the bill."""

    line: int
    body: dict[str, Any]
    after: Mark
    lines: tuple[int, ...]
    reductions: tuple[int, ...] = ()

    def errors_of(self, errors: Iterable[FieldError]) -> tuple[RowError, ...]:
        return tuple(self._error_of(each) for each in errors)

    def _error_of(self, error: FieldError) -> RowError:
        line, numbered = self.line, _NUMBERED.match(error.field)
        if numbered is not None:
            lines = self.lines if numbered[1] == "lines" else self.reductions
            index = int(numbered[2])
            line = lines[index] if index < len(lines) else line
        return RowError(line, column_of(error.field), error.code, error.detail)


@dataclass(frozen=True, slots=True)
class BadBill:
    """Rows of one bill of which at least one cannot be read. `reference` "": not to be read."""

    line: int
    reference: str
    rows: int
    errors: tuple[RowError, ...]
    after: Mark


@dataclass(slots=True)
class _Row:
    """`identity`: unit and number as it is spoken, None where the row does not tell them."""

    line: int
    cells: Mapping[str, str]
    mentions: frozenset[str]
    identity: tuple[str, str] | None = None
    errors: list[RowError] = field(default_factory=list)

    def fail(self, column: str, code: str, detail: str) -> None:
        self.errors.append(RowError(self.line, column, code, detail))


def read_bills(
    table: Table, defaults: Mapping[str, str], begin: Mark | None = None
) -> Iterator[BillRow | BadBill]:
    """`defaults`: values of columns, for rows that leave them out. `begin`: where an earlier
    reading ended, behind one of its bills.

    Raises: InvalidRequest when the first line is no heading of ours."""
    columns = _read_heading(table.heading())
    rows: list[_Row] = []
    for line in table.lines(begin):
        if not any(line.cells):
            continue
        row = _read_row(line, columns, defaults)
        if rows and not _is_same_bill(rows, row):
            yield _as_bill(rows, line.mark)
            rows = []
        if len(rows) < MAX_ROWS:
            rows.append(row)
    if rows:
        yield _as_bill(rows, table.end)


def column_of(pointer: str) -> str:
    """The column of a problem's JSON pointer; "" where it is about none, or about several."""
    first = _NUMBERED.sub(r"/\1/0", pointer)
    for column, (own, _) in COLUMNS.items():
        if own == first:
            return column
    below = {column for column, (own, _) in COLUMNS.items() if own.startswith(f"{first}/")}
    return next(iter(below)) if len(below) == 1 else ""


def _read_heading(cells: list[str]) -> list[str]:
    columns = [cell.lower() for cell in cells]
    unknown = [column for column in columns if column not in COLUMNS]
    missing = [column for column in NEEDED if column not in columns]
    if unknown:
        what = f"The file has unknown headings ({', '.join(unknown)[:200]})"
        raise InvalidRequest("headings_unknown", f"{what}; known: {', '.join(COLUMNS)}.")
    if missing:
        what = f"The file's first line lacks the headings {', '.join(missing)}."
        raise InvalidRequest("headings_missing", what)
    if len(set(columns)) != len(columns):
        raise InvalidRequest("heading_repeated", "A heading is twice in the file's first line.")
    return columns


def _read_row(line: Line, columns: list[str], defaults: Mapping[str, str]) -> _Row:
    """A row that is none may still belong to the bill beside it: whatever number it mentions."""
    mentions = frozenset(as_spoken(cell) for cell in line.cells if cell)
    if line.fault is not None or len(line.cells) != len(columns):
        broken = _Row(line.mark.line, {}, mentions)
        detail = f"{len(line.cells)} cells under {len(columns)} headings"
        broken.fail("", *(line.fault or ("row_length", detail)))
        return broken
    filled = {column: text for column, text in zip(columns, line.cells, strict=True) if text}
    row = _Row(line.mark.line, {**defaults, **filled}, mentions)
    for column, text in row.cells.items():
        error = _fault(column, text)
        if error is not None:
            row.fail(column, *error)
    reference = row.cells.get("reference")
    if reference and _fault("reference", reference) is None:
        row.identity = (row.cells.get("payee_unit", ""), as_spoken(reference))
    return row


def _is_same_bill(rows: list[_Row], row: _Row) -> bool:
    known = next((each.identity for each in rows if each.identity), None)
    if known is not None and row.identity is not None:
        own_unit, own_number = row.identity
        return own_number == known[1] and (own_unit == known[0] or "" in (own_unit, known[0]))
    if known is not None:
        return not row.cells and known[1] in row.mentions
    return row.identity is not None and not rows[0].cells and row.identity[1] in rows[0].mentions


def _as_bill(rows: list[_Row], after: Mark) -> BillRow | BadBill:
    first, said = rows[0], set[tuple[str | None, str | None]]()
    for row in rows:
        _check_beside(first, row, said)
    errors = tuple(error for row in rows for error in row.errors)
    if errors:
        return BadBill(first.line, first.cells.get("reference", ""), len(rows), errors, after)
    reduced = [row for row in rows if not OF_REDUCTION.isdisjoint(row.cells)]
    body: dict[str, Any] = {}
    for index, row in enumerate(rows):
        numbers = {"lines": index, "reductions": reduced.index(row) if row in reduced else 0}
        if index and row in reduced:
            _put(body, f"/reductions/{numbers['reductions']}/line", index)
        for column, text in row.cells.items():
            pointer, is_whole = COLUMNS[column]
            if row is first or column in OF_LINE | OF_REDUCTION:
                _put(body, _at(pointer, numbers), int(text) if is_whole else text)
    places = ([row.line for row in each] for each in (rows, reduced))
    return BillRow(first.line, body, after, *map(tuple, places))


def _at(pointer: str, numbers: Mapping[str, int]) -> str:
    return _NUMBERED.sub(lambda found: f"/{found[1]}/{numbers[found[1]]}", pointer)


def _check_beside(first: _Row, row: _Row, said: set[tuple[str | None, str | None]]) -> None:
    """A row that is there twice is no second line of the bill."""
    line = (row.cells.get("fee_item"), row.cells.get("description"))
    if row.cells and line in said:
        row.fail("fee_item", "line_repeated", "a line of this bill says the same; describe each")
    said.add(line)
    for column in sorted(row.cells.keys() - OF_LINE - OF_REDUCTION - {"reference"}):
        if not first.errors and row.cells[column] != first.cells.get(column):
            row.fail(column, "row_differs", "the bill's first row says something else")


def _fault(column: str, text: str) -> tuple[str, str] | None:
    if UNREADABLE in text:
        return "wrong_encoding", "these bytes are no text in the encoding that was named"
    if DESTROYED.fullmatch(text):
        return "number_destroyed", "a spreadsheet cut this number; format the column as text"
    if COLUMNS[column][1] and not WHOLE.fullmatch(text):
        return "not_a_whole_number", "digits only, without separators"
    return None


def _put(body: dict[str, Any], pointer: str, value: Any) -> None:
    """Lists grow at their end."""
    *parts, last = pointer.removeprefix("/").split("/")
    place: Any = body
    for part, following in zip(parts, [*parts, last][1:], strict=True):
        if isinstance(place, list):
            if int(part) == len(place):
                place.append({})
            place = place[int(part)]
        else:
            place = place.setdefault(part, [] if following.isdigit() else {})
    place[last] = value
