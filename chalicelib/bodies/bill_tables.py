"""The cells of a CSV or XLSX file, line by line: what they mean is `bill_rows`'s."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, BinaryIO, Protocol

from chalicelib.errors import InvalidRequest

SEPARATORS = ",;\t"
MAX_LINE_BYTES = 32_768
# A file may name a row that no spreadsheet has, and the reader counts up to it.
MAX_SHEET_ROWS = 1_048_576
# A spreadsheet keeps so many digits of a number, and zeros for the others.
KEPT_DIGITS = 15


@dataclass(frozen=True, slots=True)
class Mark:
    """Before a line: where it begins in the file, and its number as an editor counts."""

    position: int
    line: int


@dataclass(frozen=True, slots=True)
class Line:
    """`fault`: code and detail where the line is no row; its cells are a guess then."""

    mark: Mark
    cells: list[str] = field(default_factory=list)
    fault: tuple[str, str] | None = None


class Table(Protocol):
    """`position` of `size`: how far it was read. `end`: behind what was read."""

    size: int
    position: int

    @property
    def end(self) -> Mark: ...

    def heading(self) -> list[str]: ...

    def lines(self, begin: Mark | None = None) -> Iterator[Line]:
        """From `begin`; None: from the line after the heading."""


class CsvTable:
    """A row is a line: a quotation mark that is never closed spoils its own line only. No more of
    the file is in memory than that. `file` can seek; `position` and `size` in bytes."""

    def __init__(self, file: BinaryIO, encoding: str, size: int) -> None:
        self._file = file
        self._encoding = encoding
        self._line_no = 1
        self.size = size
        self.position = 0

    @property
    def end(self) -> Mark:
        return Mark(self.position, self._line_no)

    def heading(self) -> list[str]:
        return self._first()[1].cells

    def lines(self, begin: Mark | None = None) -> Iterator[Line]:
        separator, _ = self._first()
        if begin is not None:
            self._go_to(begin)
        while True:
            mark = self.end
            text = self._read_line()
            if not text:
                return
            yield _split(text, separator, mark)

    def _first(self) -> tuple[str, Line]:
        self._go_to(Mark(0, 1))
        mark, text = self.end, self._read_line().removeprefix("\ufeff")
        separator = max(SEPARATORS, key=text.count)
        return separator, _split(text, separator, mark)

    def _go_to(self, mark: Mark) -> None:
        self._file.seek(mark.position)
        self.position, self._line_no = mark.position, mark.line

    def _read_line(self) -> str:
        """ "" at the end. Of a line that is too long only the beginning, which is no row."""
        raw = self._file.readline(MAX_LINE_BYTES)
        self.position += len(raw)
        rest = raw
        while len(rest) == MAX_LINE_BYTES and not rest.endswith(b"\n"):
            rest = self._file.readline(MAX_LINE_BYTES)
            self.position += len(rest)
        self._line_no += 1 if raw else 0
        return raw.decode(self._encoding, "replace")


def _split(text: str, separator: str, mark: Mark) -> Line:
    fault = None
    try:
        cells = next(csv.reader([text], delimiter=separator, strict=True), [])
    except csv.Error as error:
        fault = ("unreadable_row", str(error))
        cells = text.replace('"', "").split(separator)
    return Line(mark, [cell.strip() for cell in cells], fault)


class SheetTable:
    """The first sheet of an XLSX file. Its rows are streamed; its texts, which the format keeps
    apart, are in memory. `position` and `size` in rows."""

    def __init__(self, file: Any, name: str) -> None:
        """Raises: InvalidRequest (`file_unreadable`)."""
        from openpyxl import load_workbook

        try:
            book = load_workbook(file, read_only=True, data_only=True)
            self._sheet = book.worksheets[0]
            self.size = self._sheet.max_row or 0
            # What a file says of its own size is no reason to leave out what stands beyond.
            self._sheet.reset_dimensions()
        except Exception as error:  # Whatever a stranger's file makes of the reader.
            what = f"{name} is no XLSX file that can be read"
            raise InvalidRequest("file_unreadable", what) from error
        self.position = 0

    @property
    def end(self) -> Mark:
        return Mark(self.position, self.position + 1)

    def heading(self) -> list[str]:
        return next((line.cells for line in self.lines(Mark(0, 1))), [])

    def lines(self, begin: Mark | None = None) -> Iterator[Line]:
        """Raises: InvalidRequest (`file_unreadable`) where the file is broken."""
        width, first = 0, 2 if begin is None else begin.line
        for number, row in enumerate(self._rows(), 1):
            cells = [_as_text(value) for value in row]
            while len(cells) > width and not cells[-1]:
                cells.pop()
            width = width or len(cells)
            cells += [""] * (width - len(cells))
            if number >= first:
                self.position = number
                yield Line(Mark(number - 1, number), cells)

    def _rows(self) -> Iterator[tuple[Any, ...]]:
        rows = self._sheet.iter_rows(values_only=True)
        for _ in range(MAX_SHEET_ROWS):
            try:
                row = next(rows, None)
            except Exception as error:  # Whatever a stranger's file makes of the reader.
                raise InvalidRequest("file_unreadable", "the sheet is broken") from error
            if row is None:
                return
            yield row
        raise InvalidRequest("file_unreadable", "more rows than a sheet can have")


def _as_text(value: Any) -> str:
    """As its author saw it, but a number of more digits than are kept as what it is: destroyed."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, int | float) and abs(value) >= 10**KEPT_DIGITS:
        return f"{value:.{KEPT_DIGITS - 1}E}"
    is_whole = isinstance(value, float) and value.is_integer()
    return str(int(value) if is_whole else value).strip()
