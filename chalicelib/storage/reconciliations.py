"""What reconciliation found: summaries, breaks over their runs, files without a place.

Breaks are cleared, never deleted. A summary replaces only the one that its run had read, so that of
two runs at once one is refused and begins again.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from chalicelib.domain.breaks import AccountDay, BreakKind, BreakStatus, TrackedBreak
from chalicelib.domain.reconciliations import Summary, UnplacedFile
from chalicelib.storage import reconciliation_keys as keys
from chalicelib.storage.dynamo import Dynamo
from chalicelib.storage.expressions import Expressions, Item
from chalicelib.storage.reconciliation_items import (
    Attributes,
    break_from_item,
    break_to_attributes,
    summary_from_item,
    summary_to_attributes,
    unplaced_from_item,
    unplaced_to_attributes,
)
from chalicelib.storage.sharded_lists import HIGHEST_KEY, RowPage, ShardedLists, Span

UNPLACED_LIFE = timedelta(days=180)


@dataclass(frozen=True, slots=True)
class DaySearch:
    """None: any."""

    business_day: date | None = None
    channel: str | None = None
    account: str | None = None

    def takes(self, row: Item) -> bool:
        return self.channel in (None, row["channel"]) and self.account in (None, row["account"])


class Reconciliations:
    def __init__(self, dynamo: Dynamo, table: str) -> None:
        self._dynamo = dynamo
        self._table = table
        self._lists = ShardedLists(dynamo, table)

    def read_summary(self, of: AccountDay) -> Summary | None:
        item = self._dynamo.get(self._table, keys.summary_key(of))
        return summary_from_item(item) if item else None

    def write_summary(self, summary: Summary, replaced: Summary | None) -> bool:
        """False when another run has replaced `replaced` (None: written one) meanwhile."""
        change = _assign(summary_to_attributes(summary))
        if replaced is None:
            change.require_absent("pk")
        else:
            change.require_equal("revision", replaced.revision)
        return self._dynamo.update(self._table, keys.summary_key(summary.of), change).passed

    def list_breaks_of(self, of: AccountDay) -> list[TrackedBreak]:
        """Every break that a run of this account-day ever found, consistently."""
        rows: list[Item] = []
        start: Any = None
        while True:
            more, start = self._dynamo.query(
                TableName=self._table,
                KeyConditionExpression="pk = :pk AND begins_with(sk, :prefix)",
                ExpressionAttributeValues={
                    ":pk": {"S": keys.BREAKS_PK},
                    ":prefix": {"S": keys.breaks_prefix(of)},
                },
                ConsistentRead=True,
                **({} if start is None else {"ExclusiveStartKey": start}),
            )
            rows += more
            if start is None:
                return [break_from_item(row) for row in rows]

    def write_break(self, tracked: TrackedBreak) -> None:
        """May be repeated. Attributes that others added stay."""
        key = keys.break_key(tracked.found)
        self._dynamo.update(self._table, key, _assign(break_to_attributes(tracked)))

    def list_summaries(
        self, search: DaySearch, limit: int, cursor: str | None
    ) -> tuple[list[Summary], str | None]:
        """Newest day first."""
        page = self._page(keys.SUMMARIES_PK, search, limit, cursor)
        return [summary_from_item(row) for row in page.rows], page.cursor

    def list_breaks(
        self,
        search: DaySearch,
        limit: int,
        cursor: str | None,
        *,
        kind: BreakKind | None = None,
        status: BreakStatus | None = None,
    ) -> tuple[list[TrackedBreak], str | None]:
        """Newest day first."""
        page = self._page(keys.BREAKS_PK, search, limit, cursor, kind=kind, status=status)
        return [break_from_item(row) for row in page.rows], page.cursor

    def record_unplaced(self, file: UnplacedFile) -> None:
        """May be repeated."""
        expires = int((file.arrived_at + UNPLACED_LIFE).timestamp())
        attributes = {**unplaced_to_attributes(file), "expires_at_epoch": expires}
        self._dynamo.put(self._table, {**keys.unplaced_key(file), **attributes})

    def list_unplaced(self, limit: int) -> list[UnplacedFile]:
        """Newest first."""
        page = self._lists.read_page((keys.UNPLACED_PK,), Span(), limit)
        return [unplaced_from_item(row) for row in page.rows]

    def _page(
        self,
        pk: str,
        search: DaySearch,
        limit: int,
        cursor: str | None,
        **equal: str | None,
    ) -> RowPage:
        low, high = Span().low, Span().high
        if search.business_day is not None:
            low = search.business_day.isoformat()
            high = low + HIGHEST_KEY

        def keep(row: Item) -> bool:
            return search.takes(row) and all(
                value in (None, row[name]) for name, value in equal.items()
            )

        span = Span(low, min(high, cursor) if cursor else high)
        return self._lists.read_page((pk,), span, limit, keep)


def _assign(attributes: Attributes) -> Expressions:
    change = Expressions()
    for name, value in attributes.items():
        if value is None:
            change.remove(name)
        else:
            change.set(name, value)
    return change
