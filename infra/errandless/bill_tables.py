"""The cells of a CSV or XLSX file, line by line: what they mean is `bill_file`'s."""

import csv
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO
from zipfile import BadZipFile

from infra.errandless.bill_file import RowError
from infra.errandless.failures import OperatorError

SEPARATORS = ",;\t"
MAX_LINE_BYTES = 32_768
# A spreadsheet keeps so many digits of a number, and zeros for the others.
KEPT_DIGITS = 15

Line = tuple[int, list[str] | RowError]


class CsvTable:
    """A row is a line: a quotation mark that is never closed spoils its own line only. No more of
    the file is in memory than that. `position` and `size` in bytes."""

    def __init__(self, file: BinaryIO, encoding: str, size: int) -> None:
        self._file = file
        self._encoding = encoding
        self.size = size
        self.position = 0

    def __iter__(self) -> Iterator[Line]:
        separator, line = "", 0
        while text := self._line():
            line += 1
            if line == 1:
                text = text.removeprefix("\ufeff")
                separator = max(SEPARATORS, key=text.count)
            try:
                cells = next(csv.reader([text], delimiter=separator, strict=True), [])
            except csv.Error as error:
                yield line, RowError(line, "", "unreadable_row", str(error))
                continue
            yield line, [cell.strip() for cell in cells]

    def _line(self) -> str:
        """ "" at the end. Of a line that is too long only the beginning, which is no row."""
        raw = self._file.readline(MAX_LINE_BYTES)
        self.position += len(raw)
        rest = raw
        while len(rest) == MAX_LINE_BYTES and not rest.endswith(b"\n"):
            rest = self._file.readline(MAX_LINE_BYTES)
            self.position += len(rest)
        return raw.decode(self._encoding, "replace")


class SheetTable:
    """The first sheet of an XLSX file. Its rows are streamed; its texts, which the format keeps
    apart, are in memory. `position` and `size` in rows."""

    def __init__(self, path: Path) -> None:
        from openpyxl import load_workbook
        from openpyxl.utils.exceptions import InvalidFileException

        try:
            book = load_workbook(path, read_only=True, data_only=True)
        except (InvalidFileException, BadZipFile, KeyError, ValueError) as error:
            raise OperatorError(f"{path.name} is no XLSX file that can be read.") from error
        self._sheet = book.worksheets[0]
        self.size = self._sheet.max_row or 0
        self.position = 0

    def __iter__(self) -> Iterator[Line]:
        width = 0
        for line, row in enumerate(self._sheet.iter_rows(values_only=True), 1):
            self.position = line
            cells = [_as_text(value) for value in row]
            while len(cells) > width and not cells[-1]:
                cells.pop()
            width = width or len(cells)
            yield line, cells


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
