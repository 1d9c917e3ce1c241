"""Rows in a file of this machine: as the journal says they are, and as the tables say.

A row is kept as canonical JSON of DynamoDB's typed values, so that two are equal exactly when their
texts are. Memory does not grow with the number of rows.
"""

import base64
import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LEDGER, VIEWS = "ledger", "views"
PAGE_CACHE_KIBIBYTES = 64_000
FLUSH_AT = 1_000
# Sorts behind whatever follows a prefix.
LAST = "\U0010ffff"

_NEWER = (
    "length(excluded.sequence) > length(sequence)"
    " OR (length(excluded.sequence) = length(sequence) AND excluded.sequence >= sequence)"
)
_UPSERT = f"""INSERT INTO wanted (side, pk, sk, image, sequence, source) VALUES (?, ?, ?, ?, ?, '')
    ON CONFLICT DO UPDATE SET image = excluded.image, sequence = excluded.sequence
    WHERE {_NEWER}"""  # noqa: S608 - made of constants alone
_SCHEMA = f"""
    PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA locking_mode = EXCLUSIVE;
    PRAGMA cache_size = -{PAGE_CACHE_KIBIBYTES};
    CREATE TABLE wanted (side, pk, sk, image, sequence, source, PRIMARY KEY (side, pk, sk))
        WITHOUT ROWID;
    CREATE TABLE marked (pk, sk, PRIMARY KEY (pk, sk)) WITHOUT ROWID;
    CREATE TABLE live (side, pk, sk, image, PRIMARY KEY (side, pk, sk)) WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True)
class RowDifference:
    """`journal` None: the journal knows no such row; `table` None: the table has none. `source`:
    the ledger's row from which a derived one follows, None when that is not known."""

    side: str
    pk: str
    sk: str
    journal: str | None
    table: str | None
    source: str | None


class RowStore:
    def __init__(self, file: Path) -> None:
        self._base = sqlite3.connect(file, isolation_level=None)
        self._base.executescript(_SCHEMA)
        self._base.execute("BEGIN")
        self._derived: list[tuple[str, str, str, str, str]] = []

    def close(self) -> None:
        self._base.close()

    def fold(self, records: Iterable[Mapping[str, Any]]) -> None:
        """The last image of each row, whatever comes twice."""
        rows = [
            (
                *(LEDGER, record["keys"]["pk"]["S"], record["keys"]["sk"]["S"]),
                None if record["new"] is None else canonical(record["new"]),
                record["sequence_number"],
            )
            for record in records
        ]
        self._base.executemany(_UPSERT, rows)

    def mark(self, keys: Iterable[tuple[str, str]]) -> None:
        self._base.executemany("INSERT OR IGNORE INTO marked VALUES (?, ?)", keys)

    def forget_unmarked(self) -> None:
        """With a row all of its partition stay: the last run of a day is what counts."""
        self._base.execute("DELETE FROM wanted WHERE pk NOT IN (SELECT pk FROM marked)")

    def forget_removed(self) -> None:
        self._base.execute("DELETE FROM wanted WHERE image IS NULL")

    def ledger_rows(self, prefix: str = "") -> Iterator[tuple[str, str, dict[str, Any]]]:
        """(pk, sequence number, image), one after another. `prefix`: of the pk."""
        found = self._base.execute(
            "SELECT pk, sequence, image FROM wanted"
            " WHERE side = ? AND pk >= ? AND pk < ? ORDER BY pk, sk",
            (LEDGER, prefix, prefix + LAST),
        )
        for pk, sequence, image in found:
            yield pk, sequence, json.loads(image)

    def last_rows(self, prefix: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """(pk, image) of each partition's last row."""
        found = self._base.execute(
            "SELECT pk, image, max(sk) FROM wanted"
            " WHERE side = ? AND pk >= ? AND pk < ? GROUP BY pk",
            (LEDGER, prefix, prefix + LAST),
        )
        for pk, image, _ in found:
            yield pk, json.loads(image)

    def has_partition(self, pk: str) -> bool:
        wanted = "SELECT 1 FROM wanted WHERE side = ? AND pk = ? LIMIT 1"
        return self._base.execute(wanted, (LEDGER, pk)).fetchone() is not None

    def add_derived(self, item: Mapping[str, Any], source: str) -> None:
        """Each derived row follows from one row of the ledger: a second one is refused."""
        key = (item["pk"]["S"], item["sk"]["S"])
        self._derived.append((VIEWS, *key, canonical(item), source))
        if len(self._derived) >= FLUSH_AT:
            self.flush()

    def flush(self) -> None:
        self._base.executemany(
            "INSERT INTO wanted (side, pk, sk, image, sequence, source) VALUES (?, ?, ?, ?, '', ?)",
            self._derived,
        )
        self._derived.clear()

    def add_live(self, side: str, items: Iterable[Mapping[str, Any]]) -> None:
        rows = ((side, item["pk"]["S"], item["sk"]["S"], canonical(item)) for item in items)
        self._base.executemany("INSERT OR REPLACE INTO live VALUES (?, ?, ?, ?)", rows)

    def keys(self, side: str) -> Iterator[tuple[str, str]]:
        yield from self._base.execute("SELECT pk, sk FROM wanted WHERE side = ?", (side,))

    def count(self, side: str) -> int:
        row = self._base.execute("SELECT count(*) FROM wanted WHERE side = ?", (side,)).fetchone()
        return int(row[0])

    def differences(self) -> Iterator[RowDifference]:
        found = self._base.execute(
            "SELECT side, pk, sk, wanted.image, live.image, source"
            " FROM wanted LEFT JOIN live USING (side, pk, sk)"
            " WHERE wanted.image IS NOT live.image UNION ALL"
            " SELECT side, pk, sk, NULL, live.image, NULL FROM live"
            " LEFT JOIN wanted USING (side, pk, sk) WHERE wanted.image IS NULL"
        )
        for row in found:
            yield RowDifference(*row)


def canonical(item: Mapping[str, Any]) -> str:
    """Bytes as base64, as Lambda and the journal write them; a set in one order."""
    plain = {name: _plain(value) for name, value in item.items()}
    return json.dumps(plain, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _plain(value: Mapping[str, Any]) -> dict[str, Any]:
    ((kind, content),) = value.items()
    match kind:
        case "B":
            return {"B": _text(content)}
        case "M":
            return {"M": {name: _plain(inner) for name, inner in content.items()}}
        case "L":
            return {"L": [_plain(inner) for inner in content]}
        case "SS" | "NS" | "BS":
            return {kind: sorted(_text(each) for each in content)}
        case _:
            return {kind: content}


def _text(content: bytes | str) -> str:
    return content if isinstance(content, str) else base64.b64encode(bytes(content)).decode()


def typed(image: str) -> dict[str, Any]:
    """The row as DynamoDB's client wants it."""
    return {name: _typed(value) for name, value in json.loads(image).items()}


def _typed(value: Mapping[str, Any]) -> dict[str, Any]:
    ((kind, content),) = value.items()
    match kind:
        case "B":
            return {"B": base64.b64decode(content)}
        case "M":
            return {"M": {name: _typed(inner) for name, inner in content.items()}}
        case "L":
            return {"L": [_typed(inner) for inner in content]}
        case "BS":
            return {"BS": [base64.b64decode(each) for each in content]}
        case _:
            return {kind: content}
