"""Walks the journal's chains and names what is not as it was written.

A batch counts when its file's hash is the one in its name, its header says where it lies, and the
batch before it is the one that it names. Two files may have one number: a keeper that lost a race,
or died, left one that no other batch and no head names. That is an orphan, and no fault.
"""

import gzip
import hashlib
import json
import re
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from chalicelib.storage.journal import JournalHead
from infra.errandless.journal_source import JournalSource

NAME = re.compile(
    r"journal/(?P<day>\d{4}-\d\d-\d\d)/(?P<lane>\w+)/(?P<no>\d{10})-(?P<sha256>[0-9a-f]{64})\.jsonl\.gz"
)


@dataclass(frozen=True, slots=True)
class BatchName:
    key: str
    day: str
    lane: str
    batch_no: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Fault:
    """`batch`: what it is about, as the key or as lane and number."""

    kind: str
    batch: str
    detail: str


@dataclass(frozen=True, slots=True)
class Batch:
    name: BatchName
    header: Mapping[str, Any]
    records: list[dict[str, Any]]


@dataclass
class Chain:
    """`heads` None: nobody knows where the chains end, so a missing end is not found."""

    source: JournalSource
    heads: Mapping[str, JournalHead] | None
    faults: list[Fault] = field(default_factory=list)
    orphans: list[str] = field(default_factory=list)
    lanes: dict[str, dict[int, list[BatchName]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for key in self.source.names():
            found = NAME.fullmatch(key)
            if found is None:
                self.faults.append(Fault("foreign", key, "no batch has such a name"))
                continue
            name = BatchName(key, found["day"], found["lane"], int(found["no"]), found["sha256"])
            self.lanes.setdefault(name.lane, {}).setdefault(name.batch_no, []).append(name)
        for lane in self.heads or {}:
            self.lanes.setdefault(lane, {})

    @property
    def size(self) -> int:
        return sum(len(names) for lane in self.lanes.values() for names in lane.values())

    def batches(self, since: str | None = None) -> Iterator[Batch]:
        """Lane by lane, in each in the order of writing. `since`: from that day's first on."""
        for lane in sorted(self.lanes):
            yield from self._walk(lane, since)

    def _walk(self, lane: str, since: str | None) -> Iterator[Batch]:
        numbers = self.lanes[lane]
        first, last = self._span(lane, since)
        previous = _only_hash(numbers.get(first - 1)) if first > 1 else None
        for batch_no in range(first, last + 1):
            names = numbers.get(batch_no)
            if names is None:
                self._fault("missing", f"lane {lane} batch {batch_no}", "it is not there")
                previous = ""
                continue
            batch = self._choose(lane, batch_no, names, previous)
            previous = batch.name.sha256 if batch else ""
            if batch is not None:
                yield batch

    def _span(self, lane: str, since: str | None) -> tuple[int, int]:
        """What comes after the head is not in the chain yet: its records will come again."""
        numbers = self.lanes[lane]
        last = max(numbers, default=0)
        if self.heads is not None:
            head = self.heads.get(lane)
            last = head.batch_no if head else 0
            for batch_no in sorted(number for number in numbers if number > last):
                self.orphans += [name.key for name in numbers[batch_no]]
        if since is None:
            return 1, last
        days = {no: max(name.day for name in names) for no, names in numbers.items()}
        return min((no for no, day in days.items() if day >= since), default=last + 1), last

    def _choose(
        self, lane: str, batch_no: int, names: list[BatchName], previous: str | None
    ) -> Batch | None:
        """`previous` empty: the batch before it is not known."""
        whole = [batch for name in names if (batch := self._read(name)) is not None]
        linked = [each for each in whole if previous in ("", each.header["previous"])]
        if not linked:
            for batch in whole:
                detail = f"it does not follow {previous or 'the beginning'}"
                self._fault("out of order", batch.name.key, detail)
            return None
        if len(linked) > 1:
            wanted = self._named_next(lane, batch_no)
            linked.sort(key=lambda each: each.name.sha256 not in wanted)
        head = (self.heads or {}).get(lane)
        if head and head.batch_no == batch_no and head.sha256 != linked[0].name.sha256:
            self._fault("replaced", linked[0].name.key, f"the lane's head is {head.sha256}")
        self.orphans += [each.name.key for each in whole if each is not linked[0]]
        return linked[0]

    def _named_next(self, lane: str, batch_no: int) -> set[str]:
        """The hashes that the lane's head, or a batch after this one, names."""
        head = (self.heads or {}).get(lane)
        if head and head.batch_no == batch_no:
            return {head.sha256}
        following = self.lanes[lane].get(batch_no + 1, [])
        read = (read_batch(self.source, name) for name in following)
        return {each.header["previous"] for each in read if isinstance(each, Batch)}

    def _read(self, name: BatchName) -> Batch | None:
        found = read_batch(self.source, name)
        if isinstance(found, Fault):
            self.faults.append(found)
            return None
        return found

    def _fault(self, kind: str, batch: str, detail: str) -> None:
        self.faults.append(Fault(kind, batch, detail))


def read_batch(source: JournalSource, name: BatchName) -> Batch | Fault:
    content = source.read(name.key)
    digest = hashlib.sha256(content).hexdigest()
    if digest != name.sha256:
        return Fault("tampered", name.key, f"its bytes have the hash {digest}")
    try:
        lines = [json.loads(line) for line in gzip.decompress(content).splitlines()]
        header, records = lines[0], lines[1:]
        said = (header["lane"], header["batch_no"], header["count"])
    except (OSError, EOFError, zlib.error, ValueError, LookupError, TypeError) as error:
        return Fault("unreadable", name.key, repr(error))
    if said != (name.lane, name.batch_no, len(records)):
        return Fault("mislabelled", name.key, f"its header says lane, number, records {said}")
    return Batch(name, header, records)


def _only_hash(names: list[BatchName] | None) -> str:
    return names[0].sha256 if names and len(names) == 1 else ""
