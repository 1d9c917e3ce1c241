"""Derived rows from the ledger's last images, by the very functions that follow the stream.

A derived row says what one ledger row is now, not how it came there: so its last image is enough.
What those functions send or ask of the ledger is not done again.
"""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, cast

from chalicelib.jobs.effects import EffectDesk
from chalicelib.jobs.stream import apply_record
from chalicelib.storage.dynamo import Check, Dynamo
from chalicelib.storage.expressions import Expressions, encode
from chalicelib.storage.stream_records import StreamRecord
from chalicelib.storage.views import Views
from infra.errandless.row_store import RowStore

DERIVED_PREFIXES = ("ORDERS#", "REFERENCE#", "BILLS#", "DAY#", "TOKEN#", "CASES#")
_ASSIGNMENT = re.compile(r"(#n\d+) = (:v\d+)")


def derive_all(store: RowStore, zone: str, now: datetime, advance: Callable[[], None]) -> None:
    """`advance` is called after each row of the ledger."""
    writer = _Writer(store)
    views = Views(cast(Dynamo, writer), "views")
    silent = cast(Any, _Silent())
    desk = EffectDesk(silent, silent, views, silent, silent, silent, zone)
    for pk, sequence, image in store.ledger_rows():
        writer.source = pk
        apply_record(desk, StreamRecord(sequence, pk, None, image), now)
        advance()
    store.flush()


class _Writer:
    """What Views needs of a table that was empty before."""

    def __init__(self, store: RowStore) -> None:
        self._store = store
        self.source = ""

    def put(self, _table: str, item: Mapping[str, Any]) -> None:
        self._store.add_derived(encode(item), self.source)

    def update(self, _table: str, key: Mapping[str, str], expressions: Expressions) -> Check:
        """Its condition asks whether the row is older or absent: it is absent."""
        asked = expressions.parameters()
        names, values = asked["ExpressionAttributeNames"], asked["ExpressionAttributeValues"]
        sets = _ASSIGNMENT.findall(asked["UpdateExpression"])
        item = {names[name]: values[value] for name, value in sets}
        self._store.add_derived({**encode(key), **item}, self.source)
        return Check(True)

    def delete(self, _table: str, key: Mapping[str, str]) -> None:
        """What is not there need not go."""


class _Silent:
    """Queues and tables of which nothing is wanted."""

    def send(self, *_: Any, **__: Any) -> None: ...

    def finish(self, *_: Any) -> bool:
        return True

    def finish_closed(self, *_: Any) -> None: ...
