"""The journal's batches in S3, and how far each lane's chain has come.

| row  | pk             | sk   | read by                       |
|------|----------------|------|-------------------------------|
| head | JOURNAL#<lane> | head | the keeper, before each batch |

The heads are in the views table: a head in the ledger would be carried by the stream, kept in the
journal, and move the head again, without end.
"""

from dataclasses import dataclass
from typing import Any

from chalicelib.storage.dynamo import Dynamo
from chalicelib.storage.expressions import Expressions, Item
from chalicelib.storage.keys import Key


@dataclass(frozen=True, slots=True)
class JournalHead:
    """A lane's last batch. `day`: of the folder that it lies in. `sha256`: of its file's bytes."""

    lane: str
    day: str
    batch_no: int
    sha256: str


class JournalFiles:
    """Batches are only ever added; nothing here reads, changes or deletes one."""

    def __init__(self, client: Any, bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def write(self, key: str, content: bytes) -> None:
        self._client.put_object(Bucket=self._bucket, Key=key, Body=content)


class JournalHeads:
    def __init__(self, dynamo: Dynamo, table: str) -> None:
        self._dynamo = dynamo
        self._table = table

    def read(self, lane: str) -> JournalHead | None:
        """None before the lane's first batch."""
        row = self._dynamo.get(self._table, head_key(lane))
        return head_from_item(row) if row else None

    def advance(self, after: JournalHead, before: JournalHead | None) -> bool:
        """False when the lane's head is not `before` any more, unless it is `after` already."""
        change = Expressions()
        change.set("day", after.day).set("batch_no", after.batch_no).set("sha256", after.sha256)
        if before is None:
            change.require_absent("pk")
        else:
            change.require_equal("batch_no", before.batch_no)
            change.require_equal("sha256", before.sha256)
        check = self._dynamo.update(self._table, head_key(after.lane), change)
        return check.passed or (check.image is not None and head_from_item(check.image) == after)


def head_key(lane: str) -> Key:
    return {"pk": f"JOURNAL#{lane}", "sk": "head"}


def head_from_item(row: Item) -> JournalHead:
    lane = row["pk"].removeprefix("JOURNAL#")
    return JournalHead(lane, row["day"], row["batch_no"], row["sha256"])
