"""Appends what the stream carried to the journal, lane by lane.

The file is written before the head moves on to it: whoever dies in between leaves a file that no
chain leads to, and its records come again.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from chalicelib.errors import TryLater
from chalicelib.journal.batches import Record, build_batch, lane_of
from chalicelib.storage.journal import JournalFiles, JournalHead, JournalHeads

MAX_TRIES = 8


@dataclass(frozen=True, slots=True)
class JournalDesk:
    """`zone`: in which a batch's day is."""

    files: JournalFiles
    heads: JournalHeads
    zone: str


def keep_records(desk: JournalDesk, records: Iterable[Mapping[str, Any]]) -> list[JournalHead]:
    """Where the lanes now end that got something.

    Raises: TryLater when a lane stayed busy. What was kept before that is kept again with the
    records when they come again; whoever reads takes each once."""
    lanes: dict[str, list[Record]] = {}
    for record in records:
        lanes.setdefault(lane_of(record), []).append(record)
    return [_append(desk, lane, lanes[lane]) for lane in sorted(lanes)]


def _append(desk: JournalDesk, lane: str, records: list[Record]) -> JournalHead:
    for _ in range(MAX_TRIES):
        before = desk.heads.read(lane)
        batch = build_batch(lane, before, records, desk.zone)
        desk.files.write(batch.key, batch.content)
        if desk.heads.advance(batch.head, before):
            return batch.head
    raise TryLater("journal_busy", f"others kept writing to lane {lane} of the journal")
