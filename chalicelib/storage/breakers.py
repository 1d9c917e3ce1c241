"""Which units' own systems do not answer, so that nobody waits for them in vain.

| row     | pk            | sk | read by               |
|---------|---------------|----|-----------------------|
| breaker | BREAKER#<of>  | -  | whoever would ask it  |

A row counts failures in a row; an answer takes it away. From MAX_FAILURES on nobody asks but one
at a time, after each PAUSE. Rows are in the views table and go by themselves.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from chalicelib.domain.business_day import from_epoch_ms, to_epoch_ms
from chalicelib.storage.dynamo import Dynamo
from chalicelib.storage.expressions import Expressions, Item
from chalicelib.storage.view_keys import breaker_key

MAX_FAILURES = 3
PAUSE = timedelta(seconds=30)
KEPT = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Breaker:
    """`asks_again_at`: when the next one may try. `open_since` None: it is asked as usual."""

    failures: int
    asks_again_at: datetime
    open_since: datetime | None


class Breakers:
    def __init__(self, dynamo: Dynamo, table: str) -> None:
        self._dynamo = dynamo
        self._table = table

    def read(self, names: Iterable[str]) -> Mapping[str, Breaker]:
        """Of those that failed lately; at most 100."""
        by_pk = {breaker_key(name)["pk"]: name for name in names}
        wanted = [breaker_key(name) for name in by_pk.values()]
        rows = self._dynamo.get_many(self._table, wanted) if wanted else []
        return {by_pk[row["pk"]]: _breaker(row) for row in rows}

    def may_ask(self, name: str, breaker: Breaker | None, now: datetime) -> bool:
        """`breaker` as it was read. Of many that come after a pause one may."""
        if breaker is None or breaker.failures < MAX_FAILURES:
            return True
        if now < breaker.asks_again_at:
            return False
        claim = Expressions().set("asks_again_at", to_epoch_ms(now + PAUSE))
        claim.require_equal("asks_again_at", to_epoch_ms(breaker.asks_again_at))
        return self._dynamo.update(self._table, breaker_key(name), claim).passed

    def count_failure(self, name: str, now: datetime) -> bool:
        """True when it opened by this one."""
        change = Expressions().increase("failures")
        change.set("asks_again_at", to_epoch_ms(now + PAUSE))
        change.set("expires_at_epoch", int((now + KEPT).timestamp()))
        row = self._dynamo.update(self._table, breaker_key(name), change).image or {}
        if row["failures"] < MAX_FAILURES or "open_since" in row:
            return False
        opened = Expressions().set("open_since", to_epoch_ms(now))
        opened.require_absent("open_since").require_present("failures")
        return self._dynamo.update(self._table, breaker_key(name), opened).passed

    def forget(self, name: str) -> None:
        """It answered."""
        self._dynamo.delete(self._table, breaker_key(name))


def _breaker(row: Item) -> Breaker:
    since = row.get("open_since")
    is_open = row.get("failures", 0) >= MAX_FAILURES
    return Breaker(
        failures=row.get("failures", 0),
        asks_again_at=from_epoch_ms(row["asks_again_at"]),
        open_since=from_epoch_ms(since or row["asks_again_at"]) if is_open else None,
    )
