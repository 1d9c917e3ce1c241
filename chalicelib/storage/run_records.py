"""What each run of a reconciliation decided, kept before it is carried out.

A document in the journal's files holds the rows that a run leaves: the summary, and every break of
the account-day. A row of the ledger names it. There is one row per revision and whoever puts it has
decided: of two runs at once the other begins again. One that dies after that is carried out by the
next, which finds the row beyond the summary's revision.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from chalicelib.domain.breaks import AccountDay, TrackedBreak
from chalicelib.domain.business_day import to_epoch_ms
from chalicelib.domain.reconciliations import Summary
from chalicelib.storage import keys
from chalicelib.storage import reconciliation_keys as view_keys
from chalicelib.storage.dynamo import Dynamo
from chalicelib.storage.expressions import Item
from chalicelib.storage.kept_files import KeptFiles
from chalicelib.storage.reconciliation_items import break_to_attributes, summary_to_attributes

FORMAT = 1


@dataclass(frozen=True, slots=True)
class RunRecord:
    """Rows as they stand after the run; an attribute that is None is taken away. A break's
    `revision` is that of the run that left it so; rows of before there were records have none."""

    summary: Item
    breaks: tuple[Item, ...]

    @property
    def revision(self) -> int:
        revision: int = self.summary["revision"]
        return revision

    @property
    def changed_breaks(self) -> list[Item]:
        return [row for row in self.breaks if row.get("revision") == self.revision]

    def document(self) -> bytes:
        """One line for the summary, one for each break: canonical JSON."""
        lines = [{"format": FORMAT, "summary": self.summary}, *self.breaks]
        return "".join(_canonical(line) + "\n" for line in lines).encode()


def record_run(
    summary: Summary, before: Iterable[Item], changed: Iterable[TrackedBreak]
) -> RunRecord:
    """`before`: the rows of all breaks that the run found."""
    rows = {row["sk"]: dict(row) for row in before}
    for tracked in changed:
        key = view_keys.break_key(tracked.found)
        attributes = break_to_attributes(tracked) | {"revision": summary.revision}
        rows[key["sk"]] = {**key, **attributes}
    day = {**view_keys.summary_key(summary.of), **summary_to_attributes(summary)}
    return RunRecord(day, tuple(rows[sk] for sk in sorted(rows)))


def read_document(content: bytes) -> RunRecord:
    first, *breaks = (json.loads(line) for line in content.splitlines())
    return RunRecord(first["summary"], tuple(breaks))


class RunRecords:
    def __init__(self, dynamo: Dynamo, ledger_table: str, files: KeptFiles) -> None:
        self._dynamo = dynamo
        self._table = ledger_table
        self._files = files

    def add(self, of: AccountDay, record: RunRecord, summary: Summary) -> bool:
        """False when another run has decided this revision."""
        row = {
            **keys.run_key(of.channel, of.account, of.business_day, record.revision),
            "sha256": self._files.add(record.document()),
            "run": summary.run,
            "inputs": summary.inputs,
            "run_at": to_epoch_ms(summary.run_at),
            "status": summary.status.value,
        }
        found = self._dynamo.put_if_absent(self._table, row)
        return found is None or found == row

    def read(self, of: AccountDay, revision: int) -> RunRecord | None:
        """Raises: DataFault when its document is not what was kept."""
        key = keys.run_key(of.channel, of.account, of.business_day, revision)
        row: Mapping[str, Any] | None = self._dynamo.get(self._table, key)
        return read_document(self._files.read(row["sha256"])) if row else None


def _canonical(value: Item) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
