"""A batch of the journal: a header and one line for each record of the stream, gzipped.

    journal/<day>/<lane>/<batch no>-<SHA-256 of the file>.jsonl.gz

Each header names the hash of the batch before it in its lane. Nothing in a batch is of the moment
of writing: a batch that is built again from the same records is the same file, under the same name.
"""

import gzip
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from chalicelib.domain.business_day import business_day_of
from chalicelib.storage.journal import JournalHead
from chalicelib.storage.keys import shard_of

FORMAT = 1
LANES = 4
PREFIX = "journal/"

Record = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Batch:
    head: JournalHead
    content: bytes

    @property
    def key(self) -> str:
        head = self.head
        name = f"{head.batch_no:010d}-{head.sha256}.jsonl.gz"
        return f"{PREFIX}{head.day}/{head.lane}/{name}"


def lane_of(record: Record) -> str:
    """All changes of one row are in one lane, in their order."""
    return shard_of(record["dynamodb"]["Keys"]["pk"]["S"], LANES)


def build_batch(
    lane: str, before: JournalHead | None, records: Sequence[Record], zone: str
) -> Batch:
    """`records`: at least one, as Lambda hands them over. `before`: the lane's last batch. The day
    is the one of the last record, in `zone`, and never before that of the last batch."""
    last_at = _seconds(records[-1])
    day = business_day_of(datetime.fromtimestamp(last_at, UTC), zone).isoformat()
    header = {
        "format": FORMAT,
        "lane": lane,
        "batch_no": before.batch_no + 1 if before else 1,
        "previous": before.sha256 if before else None,
        "count": len(records),
        "first_sequence_number": records[0]["dynamodb"]["SequenceNumber"],
        "last_sequence_number": records[-1]["dynamodb"]["SequenceNumber"],
        "last_at": last_at,
    }
    lines = [_line(header), *(_line(_journal_record(record)) for record in records)]
    content = gzip.compress("".join(lines).encode(), mtime=0)
    head = JournalHead(
        lane=lane,
        day=max(day, before.day) if before else day,
        batch_no=header["batch_no"],
        sha256=hashlib.sha256(content).hexdigest(),
    )
    return Batch(head, content)


def _journal_record(record: Record) -> dict[str, Any]:
    """Images as the stream gave them: typed values, bytes as base64; None where there is none."""
    change = record["dynamodb"]
    return {
        "sequence_number": change["SequenceNumber"],
        "event": record["eventName"],
        "at": _seconds(record),
        "keys": change["Keys"],
        "old": change.get("OldImage"),
        "new": change.get("NewImage"),
    }


def _seconds(record: Record) -> int:
    """Lambda gives whole seconds, some of its stand-ins fractions."""
    return int(record["dynamodb"]["ApproximateCreationDateTime"])


def _line(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text + "\n"
