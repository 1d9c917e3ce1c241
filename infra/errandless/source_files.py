"""Reads the files that people keep a province in. It notes what is wrong, and goes on."""

import csv
import io
import json
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from chalicelib.errors import DataFault

PLACEHOLDER = re.compile(r"\$\{([A-Z_]+)\}")
_WHOLE = re.compile(r"-?[0-9]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Row:
    """`row_no`: the line on which it begins. Empty cells are left out."""

    row_no: int
    cells: Mapping[str, str]

    def text(self, column: str) -> str | None:
        return self.cells.get(column)

    def whole(self, column: str) -> int | str | None:
        """Text that is not a whole number stays text, for the document's rules to name."""
        text = self.cells.get(column)
        return int(text) if text is not None and _WHOLE.fullmatch(text) else text

    def flag(self, column: str) -> bool | str | None:
        text = self.cells.get(column)
        return {"true": True, "false": False}.get(text, text) if text is not None else None

    def list(self, column: str) -> list[str]:
        return [part.strip() for part in self.cells.get(column, "").split("|") if part.strip()]


@dataclass(slots=True)
class SourceFiles:
    """The files of one folder, and everything that is wrong with them. `is_whole`: every file could
    be read to its end, however wrong what it says."""

    folder: Path
    problems: list[tuple[str, int, str]] = field(default_factory=list)
    is_whole: bool = True

    def problem(self, file: str, row_no: int | None, column: str, what: str) -> None:
        """`row_no` counts a table's lines or a list's entries from 1; None: the whole file."""
        place = file if row_no is None else f"{file}:{row_no}"
        text = ": ".join(part for part in (place, column, what) if part)
        self.problems.append((file, row_no or 0, text))

    def _unreadable(self, file: str, row_no: int | None, what: str) -> None:
        self.problem(file, row_no, "", what)
        self.is_whole = False

    def refuse_problems(self) -> None:
        """Raises: DataFault with one line per problem: `file:row: column: what is wrong`."""
        if self.problems:
            listed = "\n".join(text for _, _, text in sorted(self.problems))
            count = len(self.problems)
            raise DataFault("province_files", f"{count} problems in {self.folder.name}:\n{listed}")

    def read_json(self, file: str) -> Any:
        """None when it cannot be read."""

        def refuse_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
            names = [name for name, _ in pairs]
            for name in {name for name in names if names.count(name) > 1}:
                self.problem(file, None, name, "is there twice")
            return dict(pairs)

        text = self._read_text(file)
        if text is None:
            return None
        try:
            return json.loads(text, object_pairs_hook=refuse_twice)
        except json.JSONDecodeError as error:
            self._unreadable(file, error.lineno, f"is not JSON: {error.msg}")
        return None

    def read_table(
        self,
        file: str,
        columns: tuple[str, ...],
        named: str = "",
        optional: tuple[str, ...] = (),
    ) -> list[Row]:
        """`named`: the prefix of columns that may be there besides, as `name_`; so may those that
        are `optional`."""
        text = self._read_text(file)
        if text is None:
            return []
        lines = csv.reader(io.StringIO(text, newline=""), strict=True)
        header = [name.strip() for name in next(lines, [])]

        def is_welcome(name: str) -> bool:
            return name in optional or (bool(named) and name.startswith(named))

        if not self._is_header(file, header, columns, is_welcome):
            return []
        rows = []
        for row_no, cells in self._number(file, lines):
            if len(cells) == len(header):
                stripped = {name: cell.strip() for name, cell in zip(header, cells, strict=True)}
                self._refuse_placeholders(file, row_no, stripped)
                filled = {name: cell for name, cell in stripped.items() if cell}
                rows.append(Row(row_no, filled))
            else:
                what = f"has {len(cells)} cells, the header {len(header)}"
                self.problem(file, row_no, "", what)
        return rows

    def _read_text(self, file: str) -> str | None:
        try:
            content = (self.folder / file).read_bytes()
        except OSError:
            self._unreadable(file, None, "cannot be read")
            return None
        try:
            return unicodedata.normalize("NFC", content.decode("utf-8-sig"))
        except UnicodeDecodeError as error:
            row_no = content[: error.start].count(b"\n") + 1
            self._unreadable(file, row_no, "is not UTF-8")
            return None

    def _number(self, file: str, lines: Any) -> Iterator[tuple[int, list[str]]]:
        while True:
            row_no = lines.line_num + 1
            try:
                cells = next(lines)
            except StopIteration:
                return
            except csv.Error as error:
                self._unreadable(file, row_no, f"is not CSV: {error}")
                return
            if any(cell.strip() for cell in cells):
                yield row_no, cells

    def _is_header(
        self,
        file: str,
        header: list[str],
        columns: tuple[str, ...],
        is_welcome: Callable[[str], bool],
    ) -> bool:
        before = len(self.problems)
        for name in columns:
            if name not in header:
                self.problem(file, 1, name, "the column is missing")
        for name in header:
            if header.count(name) > 1 or not (name in columns or is_welcome(name)):
                self.problem(file, 1, name, "the column is unknown or there twice")
        self.is_whole &= len(self.problems) == before
        return len(self.problems) == before

    def _refuse_placeholders(self, file: str, row_no: int, cells: Mapping[str, str]) -> None:
        for name, cell in cells.items():
            if PLACEHOLDER.search(cell):
                self.problem(file, row_no, name, "no placeholder is allowed here")


def fill(value: Any, substitutions: Mapping[str, str]) -> Any:
    """Every `${NAME}` in it replaced. Raises: KeyError for a name that is not given."""
    if isinstance(value, str):
        return PLACEHOLDER.sub(lambda match: substitutions[match[1]], value)
    if isinstance(value, list):
        return [fill(each, substitutions) for each in value]
    if isinstance(value, dict):
        return {name: fill(each, substitutions) for name, each in value.items()}
    return value


def has_placeholder(value: Any) -> bool:
    return PLACEHOLDER.search(json.dumps(value)) is not None
