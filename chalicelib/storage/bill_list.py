"""The derived list of a portal's bills. Its orders are read by key: a row only finds them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from chalicelib.domain.orders import Order, OrderStatus
from chalicelib.storage import view_keys
from chalicelib.storage.dynamo import Dynamo
from chalicelib.storage.expressions import Expressions, Item
from chalicelib.storage.sharded_lists import ShardedLists, Span

PAGE = 100


@dataclass(frozen=True, slots=True)
class BillSearch:
    """None: any. `due_before`: the day itself is not included."""

    portal: str
    payee_unit: str | None = None
    status: OrderStatus | None = None
    due_before: date | None = None

    def wants(self, row: Item) -> bool:
        is_due = self.due_before is None or row["due_on"] < self.due_before.isoformat()
        is_of_unit = self.payee_unit in (None, row["payee_unit"])
        return is_due and is_of_unit and self.status in (None, row["status"])


class BillList:
    def __init__(self, dynamo: Dynamo, table: str) -> None:
        self._dynamo = dynamo
        self._table = table
        self._lists = ShardedLists(dynamo, table)

    def index(self, order: Order, rank: int) -> None:
        """`rank`: how far it has come. An older version, or an earlier status of this one, never
        replaces what is there."""
        assert order.bill is not None
        change = Expressions()
        change.set("status", order.status.value)
        change.set("payee_unit", order.payee_unit)
        change.set("due_on", order.bill.terms.due_on.isoformat())
        change.set("bill_version", order.bill.version)
        change.set("rank", rank)
        version = change.value(order.bill.version)
        is_older = f"{change.path('bill_version')} < {version}"
        is_earlier = f"{change.path('bill_version')} = {version} AND {change.path('rank')} < "
        is_earlier += change.value(rank)
        change.require(f"attribute_not_exists(pk) OR {is_older} OR ({is_earlier})")
        self._dynamo.update(self._table, view_keys.bill_row_key(order), change)

    def search(
        self, search: BillSearch, limit: int, cursor: str | None
    ) -> tuple[list[str], str | None]:
        """Payment codes, newest bill first, and the cursor of the next page."""
        pks = view_keys.bill_list_pks(search.portal)
        span = Span(high=cursor) if cursor else Span()
        page = self._lists.read_page(pks, span, limit, search.wants)
        return [view_keys.read_timed(row["sk"])[1] for row in page.rows], page.cursor

    def list_issued(self, portal: str, since: datetime, until: datetime) -> Iterator[str]:
        """Payment codes of the bills issued from `since` to before `until`, newest first."""
        low, high = (view_keys.timed(each, "") for each in (since, until))
        cursor: str | None = high
        while cursor is not None:
            page = self._lists.read_page(view_keys.bill_list_pks(portal), Span(low, cursor), PAGE)
            yield from (view_keys.read_timed(row["sk"])[1] for row in page.rows)
            cursor = page.cursor
