"""Derived lists of open codes: those that were paid, by unit and time, and a portal's batches. What
they lead to is read by key: a row only finds it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from chalicelib.domain.open_codes import Batch, BatchState
from chalicelib.domain.orders import Order
from chalicelib.storage import view_keys
from chalicelib.storage.dynamo import Dynamo
from chalicelib.storage.expressions import Expressions, Item
from chalicelib.storage.sharded_lists import ShardedLists, Span

# A batch only goes forward.
_STATES = tuple(BatchState)


class BindingState(StrEnum):
    """Of a code that was paid."""

    UNBOUND = "unbound"
    BOUND = "bound"


@dataclass(frozen=True, slots=True)
class OpenCodeSearch:
    """`since` and `until` bound the time of payment, None: any; `until` itself is not included."""

    portal: str
    payee_unit: str
    state: BindingState
    since: datetime | None = None
    until: datetime | None = None


class OpenCodeList:
    def __init__(self, dynamo: Dynamo, table: str) -> None:
        self._dynamo = dynamo
        self._table = table
        self._lists = ShardedLists(dynamo, table)

    def index(self, order: Order) -> None:
        """A paid one; that it was bound is never forgotten again."""
        state = BindingState.UNBOUND if order.is_unbound else BindingState.BOUND
        change = Expressions().set("state", state.value)
        waiting = change.value(BindingState.UNBOUND.value)
        change.require(f"attribute_not_exists(pk) OR {change.path('state')} = {waiting}")
        self._dynamo.update(self._table, view_keys.open_code_row_key(order), change)

    def unlist(self, order: Order) -> None:
        """`order`: as it was when it was paid, before its payment was reversed."""
        self._dynamo.delete(self._table, view_keys.open_code_row_key(order))

    def search(
        self, search: OpenCodeSearch, limit: int, cursor: str | None
    ) -> tuple[list[str], str | None]:
        """Payment codes, newest payment first, and the cursor of the next page."""
        pks = view_keys.open_code_pks(search.portal, search.payee_unit)
        low = view_keys.timed(search.since, "") if search.since else Span().low
        high = view_keys.timed(search.until, "") if search.until else Span().high
        span = Span(low, min(high, cursor) if cursor else high)

        def is_wanted(row: Item) -> bool:
            return bool(row["state"] == search.state.value)

        page = self._lists.read_page(pks, span, limit, is_wanted)
        return [view_keys.read_timed(row["sk"])[1] for row in page.rows], page.cursor

    def index_batch(self, batch: Batch) -> None:
        rank = _STATES.index(batch.state)
        change = Expressions().set("state", batch.state.value).set("rank", rank)
        older = f"{change.path('rank')} < {change.value(rank)}"
        change.require(f"attribute_not_exists(pk) OR {older}")
        self._dynamo.update(self._table, view_keys.batch_row_key(batch), change)

    def list_batches(
        self, portal: str, limit: int, cursor: str | None
    ) -> tuple[list[str], str | None]:
        """Their ids, newest first, and the cursor of the next page."""
        span = Span(high=cursor) if cursor else Span()
        page = self._lists.read_page((view_keys.batches_pk(portal),), span, limit)
        return [view_keys.read_timed(row["sk"])[1] for row in page.rows], page.cursor
