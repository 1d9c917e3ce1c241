"""Derived rows from the ledger's last images, by the very functions that follow the stream.

A derived row says what one row of the ledger is now, not how it came there: so its last image is
enough. Of a reconciled day the last run's document is: it holds all rows that the run left. What
those functions send or ask of the ledger is not done again.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from chalicelib.domain.business_day import from_epoch_ms
from chalicelib.domain.reconciliations import UnplacedFile
from chalicelib.jobs.effects import EffectDesk
from chalicelib.jobs.stream import apply_record
from chalicelib.storage.dynamo import Check, Dynamo
from chalicelib.storage.expressions import Expressions, encode
from chalicelib.storage.kept_files import kept_key
from chalicelib.storage.keys import FILE_PREFIX, RUN_PREFIX
from chalicelib.storage.reconciliations import unplaced_row
from chalicelib.storage.run_records import read_document
from chalicelib.storage.stream_records import StreamRecord
from chalicelib.storage.views import Views
from infra.errandless.row_store import RowStore

# Rows of the views table that are not derived, and why. All others are rebuilt and compared.
LOGS = {
    "NOTICE": "what a portal was told: its words are of the moment, and it goes after 90 days",
    "DELIVERIES": "how often a portal was tried and what it said, which nobody can recompute",
    "BILLFILES": "how far a file of bills was worked off, forgotten after 90 days",
    "GUESSES": "how often somebody guessed, forgotten within the hour",
    "BREAKER": "which units' own systems did not answer lately, forgotten when they do",
    "NONCE": "which signed requests came before, forgotten within the hour",
    "JOURNAL": "where the chains of the journal end",
}
_ASSIGNMENT = re.compile(r"(#n\d+) = (:v\d+)")


def is_log(item: Mapping[str, Any]) -> bool:
    return item["pk"]["S"].partition("#")[0] in LOGS


def is_expired(item: Mapping[str, Any], now: datetime) -> bool:
    """DynamoDB takes such a row away when it comes to it."""
    expires = item.get("expires_at_epoch")
    return expires is not None and int(expires["N"]) <= now.timestamp()


@dataclass(frozen=True, slots=True)
class Derivation:
    """What derived rows follow from beside the ledger. `read`: of the journal's files, by key."""

    zone: str
    now: datetime
    read: Callable[[str], bytes]


def derive_all(store: RowStore, given: Derivation, advance: Callable[[], None]) -> None:
    """`advance` is called after each row of the ledger."""
    writer = _Writer(store, given.now)
    views = Views(cast(Dynamo, writer), "views")
    silent = cast(Any, _Silent())
    desk = EffectDesk(silent, silent, views, silent, silent, silent, silent, given.zone)
    for pk, sequence, image in store.ledger_rows():
        writer.source = pk
        apply_record(desk, StreamRecord(sequence, pk, None, image), given.now)
        advance()
    _derive_unplaced(store, writer)
    _derive_runs(store, given, writer)
    store.flush()


def _derive_unplaced(store: RowStore, writer: "_Writer") -> None:
    for pk, _, image in store.ledger_rows(FILE_PREFIX):
        if "unplaced" in image:
            writer.source = pk
            file = UnplacedFile(
                key=pk.removeprefix(FILE_PREFIX),
                code=image["unplaced"]["S"],
                size=int(image["size"]["N"]),
                arrived_at=from_epoch_ms(int(image["arrived_at"]["N"])),
            )
            writer.put("views", unplaced_row(file))


def _derive_runs(store: RowStore, given: Derivation, writer: "_Writer") -> None:
    for pk, image in store.last_rows(RUN_PREFIX):
        writer.source = pk
        record = read_document(given.read(kept_key(image["sha256"]["S"])))
        for row in (record.summary, *record.breaks):
            writer.put("views", row)


class _Writer:
    """What is wanted of a table that was empty before."""

    def __init__(self, store: RowStore, now: datetime) -> None:
        self._store = store
        self._now = now
        self.source = ""

    def put(self, _table: str, item: Mapping[str, Any]) -> None:
        self._add(encode(item))

    def update(self, _table: str, key: Mapping[str, str], expressions: Expressions) -> Check:
        """Its condition asks whether the row is older or absent: it is absent."""
        asked = expressions.parameters()
        names, values = asked["ExpressionAttributeNames"], asked["ExpressionAttributeValues"]
        sets = _ASSIGNMENT.findall(asked["UpdateExpression"])
        item = {names[name]: values[value] for name, value in sets}
        self._add({**encode(key), **item})
        return Check(True)

    def delete(self, _table: str, key: Mapping[str, str]) -> None:
        """What is not there need not go."""

    def _add(self, item: Mapping[str, Any]) -> None:
        if not is_expired(item, self._now):
            self._store.add_derived(item, self.source)


class _Silent:
    """Queues and tables of which nothing is wanted."""

    def send(self, *_: Any, **__: Any) -> None: ...

    def finish(self, *_: Any) -> bool:
        return True

    def finish_closed(self, *_: Any) -> None: ...
