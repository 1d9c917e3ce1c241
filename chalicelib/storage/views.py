"""Rows that the stream derives: search, a day's payments, receipt tokens, open cases.

Every write may be repeated and may come late: an older state never replaces a newer one.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from chalicelib.domain.breaks import AccountDay
from chalicelib.domain.business_day import from_epoch_ms, to_epoch_ms
from chalicelib.domain.cases import Case, CaseKind, CaseState
from chalicelib.domain.money import Money
from chalicelib.domain.orders import Order, OrderStatus
from chalicelib.domain.payments import Disposition, Transaction
from chalicelib.domain.reconciliations import DayPayment
from chalicelib.storage import view_keys
from chalicelib.storage.bill_list import BillList
from chalicelib.storage.case_items import case_from_item, case_to_item
from chalicelib.storage.dynamo import Dynamo
from chalicelib.storage.expressions import Expressions, Item
from chalicelib.storage.open_code_list import OpenCodeList
from chalicelib.storage.sharded_lists import ShardedLists, Span

# How far an order has come: every transition but a repetition and a reversal leads to a higher one.
RANKS = {
    OrderStatus.CREATED: 0,
    OrderStatus.PENDING: 1,
    OrderStatus.PAID: 2,
    OrderStatus.CANCELLED: 2,
    OrderStatus.EXPIRED: 2,
    OrderStatus.PARTIALLY_REFUNDED: 3,
    OrderStatus.REFUNDED: 4,
}
RANKS_OF_A_TURN = 10


def rank_of(order: Order) -> int:
    """After a reversal it goes on from above all that it was before."""
    return RANKS[order.status] + RANKS_OF_A_TURN * order.turn


@dataclass(frozen=True, slots=True)
class OrderSearch:
    """None: any. `since` and `until` bound the time of creation; `until` itself is not included."""

    portal: str
    reference: str | None = None
    status: OrderStatus | None = None
    payee_unit: str | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class CodePage:
    """Payment codes, newest order first; read the orders by key. `cursor`: as in RowPage."""

    payment_codes: list[str]
    cursor: str | None


@dataclass(frozen=True, slots=True)
class CaseSearch:
    """None: any. `owner` "": nobody's."""

    kind: CaseKind | None = None
    state: CaseState | None = None
    owner: str | None = None

    def wants(self, case: Case) -> bool:
        return (
            self.kind in (None, case.kind)
            and self.state in (None, case.state)
            and self.owner in (None, case.owner or "")
        )


@dataclass(frozen=True, slots=True)
class CasePage:
    """Ids, newest case first; read the cases by key."""

    case_ids: list[str]
    cursor: str | None


class Views:
    def __init__(self, dynamo: Dynamo, table: str) -> None:
        self._dynamo = dynamo
        self._table = table
        self._lists = ShardedLists(dynamo, table)
        self.bills = BillList(dynamo, table)
        self.open_codes = OpenCodeList(dynamo, table)

    def index_bill(self, order: Order) -> None:
        self.bills.index(order, rank_of(order))

    def index_order(self, order: Order) -> None:
        """Make it found by its portal, and by its reference."""
        attributes = {
            "status": order.status.value,
            "payee_unit": order.payee_unit,
            "rank": rank_of(order),
        }
        keys = [view_keys.order_row_key(order), view_keys.reference_row_key(order)]
        if order.covers_reference != order.reference:
            keys.append(view_keys.bound_row_key(order))
        for key in keys:
            change = Expressions()
            for name, value in attributes.items():
                change.set(name, value)
            rank = f"{change.path('rank')} < {change.value(rank_of(order))}"
            change.require(f"attribute_not_exists(pk) OR {rank}")
            self._dynamo.update(self._table, key, change)

    def search_orders(self, search: OrderSearch, limit: int, cursor: str | None) -> CodePage:
        if search.reference is None:
            pks = view_keys.order_list_pks(search.portal)
        else:
            pks = (view_keys.reference_pk(search.portal, search.reference),)

        def is_wanted(row: Item) -> bool:
            return search.status in (None, row["status"]) and search.payee_unit in (
                None,
                row["payee_unit"],
            )

        page = self._lists.read_page(
            pks, _span(search.since, search.until, cursor), limit, is_wanted
        )
        codes = [view_keys.read_timed(row["sk"])[1] for row in page.rows]
        return CodePage(codes, page.cursor)

    def write_day_payment(self, transaction: Transaction, zone: str) -> None:
        """For the reconciliation of the day on which the provider took the money."""
        day = transaction.counted_on(zone)
        key = view_keys.day_payment_key(
            transaction.channel, transaction.account, day, transaction.provider_transaction
        )
        row = {
            "payment_no": transaction.number_at_provider,
            "amount_minor": transaction.amount.amount_minor,
            "currency": transaction.amount.currency,
            "paid_at": to_epoch_ms(transaction.paid_at),
            "disposition": transaction.disposition.value,
            "business_day": transaction.business_day and transaction.business_day.isoformat(),
        }
        self._dynamo.put(self._table, {**key, **row})

    def list_day_payments(self, of: AccountDay) -> Iterator[DayPayment]:
        """Unordered."""
        pks = view_keys.day_pks(of.channel, of.account, of.business_day)
        for row in self._lists.read_all(pks):
            yield DayPayment(
                provider_transaction=row["sk"],
                payment_no=row["payment_no"],
                amount=Money(row["amount_minor"], row["currency"]),
                paid_at=from_epoch_ms(row["paid_at"]),
                disposition=Disposition(row["disposition"]),
                business_day=of.business_day if "business_day" in row else None,
            )

    def write_token(self, token: str, series: str, number: int) -> None:
        row = {**view_keys.token_key(token), "series": series, "number": number}
        self._dynamo.put(self._table, row)

    def read_token(self, token: str) -> tuple[str, int] | None:
        """The receipt's series and number."""
        row = self._dynamo.get(self._table, view_keys.token_key(token), consistent=False)
        return (row["series"], row["number"]) if row else None

    def list_case(self, case: Case) -> None:
        row = {**case_to_item(case), **view_keys.open_case_key(case.opened_at, case.case_id)}
        self._dynamo.put(self._table, row)

    def unlist_case(self, case: Case) -> None:
        self._dynamo.delete(self._table, view_keys.open_case_key(case.opened_at, case.case_id))

    def list_open_cases(self, search: CaseSearch, limit: int, cursor: str | None) -> CasePage:
        """Newest first."""

        def is_wanted(row: Item) -> bool:
            return search.wants(case_from_item(row))

        span = _span(None, None, cursor)
        page = self._lists.read_page((view_keys.OPEN_CASES_PK,), span, limit, is_wanted)
        case_ids = [view_keys.read_timed(row["sk"])[1] for row in page.rows]
        return CasePage(case_ids, page.cursor)


def _span(since: datetime | None, until: datetime | None, cursor: str | None) -> Span:
    low = view_keys.timed(since, "") if since else Span().low
    high = view_keys.timed(until, "") if until else Span().high
    return Span(low, min(high, cursor) if cursor else high)
