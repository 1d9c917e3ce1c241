"""Files of finance systems: what they leave in the statements' bucket, and what they are answered
in the reports' bucket.

    statements' bucket   finance/<sender>/in/<file>                 messages, one a line
                         finance/<sender>/held/<day>/<file>         what the sender has, one a line
                         finance/<sender>/continue/<file>           where the reading of one goes on
    reports' bucket      finance/<sender>/answers/<file>/<line>.jsonl
                         finance/<sender>/out/<day>/<revision>/…
                         finance/<sender>/discrepancies/<day>/<hash>/…
"""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

PREFIX = "finance/"
MAX_LINE_BYTES = 64 * 1024
CHUNK_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True)
class Place:
    """Where in which version of a file reading goes on: at byte `offset`, which is line
    `line_no`."""

    key: str
    version: str
    offset: int = 0
    line_no: int = 1


@dataclass(frozen=True, slots=True)
class Line:
    """`content` None: longer than any message may be. `next_offset`: where the next one begins."""

    line_no: int
    content: bytes | None
    next_offset: int


class FinanceFiles:
    def __init__(self, client: Any, inbox_bucket: str, outbox_bucket: str) -> None:
        self._client = client
        self._inbox = inbox_bucket
        self._outbox = outbox_bucket

    def lines(self, place: Place) -> Iterator[Line]:
        """From there on; empty ones are left out. A line is held, never the file."""
        version = {} if place.version == "null" else {"VersionId": place.version}
        asked = {"Bucket": self._inbox, "Key": place.key, **version}
        if place.offset:
            size = self._client.head_object(**asked)["ContentLength"]
            if place.offset >= size:
                return
            asked["Range"] = f"bytes={place.offset}-"
        body = self._client.get_object(**asked)["Body"]
        line_no, offset, rest, is_long = place.line_no, place.offset, b"", False
        for chunk in body.iter_chunks(CHUNK_BYTES):
            *whole, rest = (rest + chunk).split(b"\n")
            for each in whole:
                offset += len(each) + 1
                content = None if is_long or len(each) > MAX_LINE_BYTES else each
                if content is None or content.strip():
                    yield Line(line_no, content, offset)
                line_no, is_long = line_no + 1, False
            if len(rest) > MAX_LINE_BYTES:
                # Of a line without an end nothing more is kept than that it has none.
                offset, rest, is_long = offset + len(rest), b"", True
        if rest.strip() or is_long:
            content = None if is_long or len(rest) > MAX_LINE_BYTES else rest
            yield Line(line_no, content, offset + len(rest))

    def hand_on(self, sender: str, place: Place) -> None:
        """The next reading starts by itself, when this object is there."""
        name = place.key.rpartition("/")[2]
        self._client.put_object(
            Bucket=self._inbox,
            Key=f"{PREFIX}{sender}/continue/{name}",
            Body=json.dumps(asdict(place)).encode(),
            ContentType="application/json",
        )

    def read_place(self, key: str, version: str) -> Place:
        wanted = {} if version == "null" else {"VersionId": version}
        answer = self._client.get_object(Bucket=self._inbox, Key=key, **wanted)
        return Place(**json.loads(answer["Body"].read()))

    def write(self, key: str, content: bytes, content_type: str) -> None:
        self._client.put_object(
            Bucket=self._outbox, Key=key, Body=content, ContentType=content_type
        )
