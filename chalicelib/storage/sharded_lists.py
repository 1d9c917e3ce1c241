"""Lists whose rows lie in several partitions, read as one, newest first."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from chalicelib.storage.dynamo import Dynamo
from chalicelib.storage.expressions import Item

LOWEST_KEY = "0"
HIGHEST_KEY = "~"


@dataclass(frozen=True, slots=True)
class Span:
    """Sort keys from `low` up to, and without, `high`: a page's cursor is the next one's `high`."""

    low: str = LOWEST_KEY
    high: str = HIGHEST_KEY


@dataclass(frozen=True, slots=True)
class RowPage:
    """`cursor` None: nothing more. With a filter a page may be short, even empty, and still have a
    cursor: the work per page is bounded, not the page filled."""

    rows: list[Item]
    cursor: str | None


class ShardedLists:
    def __init__(self, dynamo: Dynamo, table: str) -> None:
        self._dynamo = dynamo
        self._table = table

    def read_page(
        self,
        pks: Sequence[str],
        span: Span,
        limit: int,
        keep: Callable[[Item], bool] | None = None,
    ) -> RowPage:
        """Each partition gives its newest rows; what is older than the oldest row of a partition
        that has more is left for the next page."""
        rows: list[Item] = []
        horizon = ""
        for pk in pks:
            found, has_more = self._newest(pk, span, limit)
            rows += found
            if has_more:
                horizon = max(horizon, found[-1]["sk"])
        complete = [row for row in rows if row["sk"] >= horizon and (not keep or keep(row))]
        complete.sort(key=lambda row: str(row["sk"]), reverse=True)
        page = complete[:limit]
        if len(complete) > limit:
            return RowPage(page, page[-1]["sk"])
        return RowPage(page, horizon or None)

    def read_all(self, pks: Sequence[str]) -> Iterator[Item]:
        """Every row, partition by partition."""
        for pk in pks:
            start: Any = None
            while True:
                rows, start = self._query(pk, Span(), start=start)
                yield from rows
                if start is None:
                    break

    def _newest(self, pk: str, span: Span, limit: int) -> tuple[list[Item], bool]:
        # One more than asked for: the range includes its ends, and `high` is not wanted.
        rows, last = self._query(pk, span, limit=limit + 1)
        found = [row for row in rows if row["sk"] < span.high]
        return found[:limit], bool(found) and (last is not None or len(found) > limit)

    def _query(
        self, pk: str, span: Span, *, limit: int | None = None, start: Any = None
    ) -> tuple[list[Item], Any]:
        if span.high < span.low:
            return [], None
        optional = {"Limit": limit, "ExclusiveStartKey": start}
        return self._dynamo.query(
            TableName=self._table,
            KeyConditionExpression="pk = :pk AND sk BETWEEN :low AND :high",
            ExpressionAttributeValues={
                ":pk": {"S": pk},
                ":low": {"S": span.low},
                ":high": {"S": span.high},
            },
            ScanIndexForward=False,
            **{name: value for name, value in optional.items() if value is not None},
        )
