"""What reconciliation found: summaries, breaks over their runs, files without a place.

Breaks are cleared, never deleted. What is written here was decided before and is on record (see
run_records.py): it may be written again, by others and late, and no row goes back.
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
    summary_from_item,
    unplaced_from_item,
    unplaced_to_attributes,
)
from chalicelib.storage.run_records import RunRecord
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

    def carry_out(self, record: RunRecord) -> None:
        """Breaks first: whoever reads the summary finds them. Attributes that others added stay."""
        for row in (*record.changed_breaks, record.summary):
            self._advance(row, record.revision)

    def _advance(self, row: Item, revision: int) -> None:
        change = _assign({name: row[name] for name in row if name not in ("pk", "sk")})
        earlier = f"{change.path('revision')} < {change.value(revision)}"
        change.require(f"attribute_not_exists({change.path('revision')}) OR {earlier}")
        self._dynamo.update(self._table, {"pk": row["pk"], "sk": row["sk"]}, change)

    def list_breaks_of(self, of: AccountDay) -> list[TrackedBreak]:
        """Every break that a run of this account-day ever found, consistently."""
        return [break_from_item(row) for row in self.list_break_rows_of(of)]

    def list_break_rows_of(self, of: AccountDay) -> list[Item]:
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
                return rows

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
        self._dynamo.put(self._table, unplaced_row(file))

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


def unplaced_row(file: UnplacedFile) -> Item:
    expires = int((file.arrived_at + UNPLACED_LIFE).timestamp())
    attributes = {**unplaced_to_attributes(file), "expires_at_epoch": expires}
    return {**keys.unplaced_key(file), **attributes}


def _assign(attributes: Attributes) -> Expressions:
    change = Expressions()
    for name, value in attributes.items():
        if value is None:
            change.remove(name)
        else:
            change.set(name, value)
    return change
