"""Derived rows: late, doubled and out of order, and lists that lie in several partitions."""

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import product
from typing import Any

import pytest

from chalicelib.domain.breaks import AccountDay
from chalicelib.domain.cases import Case, CaseKind, CaseState
from chalicelib.domain.catalog import ReceiptKind
from chalicelib.domain.money import Money
from chalicelib.domain.order_lines import OrderLine
from chalicelib.domain.orders import TRANSITIONS, Order, OrderEvent, OrderStatus
from chalicelib.domain.payments import Disposition, Transaction
from chalicelib.domain.province import Mode
from chalicelib.domain.reconciliations import DayPayment
from chalicelib.storage.view_keys import LIST_SHARDS, order_row_key
from chalicelib.storage.views import (
    RANKS,
    RANKS_OF_A_TURN,
    CasePage,
    CaseSearch,
    OrderSearch,
    Views,
)
from tests.support.local_province import LocalProvince, local_province
from tests.support.rows import scan
from tests.support.seeded import seed

ZONE = "Asia/Ho_Chi_Minh"
START = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)


@pytest.fixture
def province() -> Iterator[LocalProvince]:
    with local_province(seed) as running:
        yield running


@pytest.fixture
def views(province: LocalProvince) -> Views:
    return province.platform.views


def _order(number: int, **changes: object) -> Order:
    order = Order(
        payment_code=f"22{number:016d}",
        portal="portal-a",
        mode=Mode.TEST,
        payee_unit="UNITA",
        reference=f"HS-{number}",
        status=OrderStatus.CREATED,
        amount=Money(50_000, "VND"),
        lines=(OrderLine("FEE-1", {"en": "Fee"}, 1, 50_000, ReceiptKind.PHI),),
        language="vi",
        return_url=None,
        channels=None,
        metadata={},
        catalogue_version="v",
        created_at=START + timedelta(minutes=number),
        expires_at=START + timedelta(days=1),
        is_guarded=True,
        idempotency_key_hash=b"k",
        fingerprint=b"f",
        answer="{}",
        sealed_payer=b"p",
    )
    return replace(order, **changes)  # type: ignore[arg-type]


def _pages(views: Views, search: OrderSearch, limit: int) -> list[list[str]]:
    pages, cursor = [], None
    while True:
        page = views.search_orders(search, limit, cursor)
        pages.append(page.payment_codes)
        cursor = page.cursor
        if cursor is None:
            return pages
        assert len(pages) < 100, "pages must come to an end"


def test_every_transition_leads_to_a_higher_rank_or_to_itself() -> None:
    """After a reversal the order goes on from above all that it was before."""
    for (before, event), after in TRANSITIONS.items():
        turn = RANKS_OF_A_TURN if event is OrderEvent.PAYMENT_REVERSED else 0
        assert turn + RANKS[after] > RANKS[before] or after is before
    assert max(RANKS.values()) < RANKS_OF_A_TURN


@pytest.mark.parametrize("limit", [1, 2, 7, 30, 100])
def test_the_pages_of_a_quiet_list_are_the_whole_list_newest_first(
    views: Views, limit: int
) -> None:
    orders = [_order(number) for number in range(1, 31)]
    random.Random(3).shuffle(orders)
    for order in orders:
        views.index_order(order)
    pages = _pages(views, OrderSearch("portal-a"), limit)
    assert [code for page in pages for code in page] == [
        _order(number).payment_code for number in range(30, 0, -1)
    ]
    assert all(len(page) == limit for page in pages[:-1])


def test_orders_of_one_moment_are_neither_lost_nor_doubled(views: Views) -> None:
    orders = [_order(number, created_at=START) for number in range(1, 25)]
    for order in orders:
        views.index_order(order)
    codes = [code for page in _pages(views, OrderSearch("portal-a"), 5) for code in page]
    assert sorted(codes) == sorted(order.payment_code for order in orders)


def test_a_filter_finds_exactly_what_fits_over_all_pages(views: Views) -> None:
    statuses = (OrderStatus.CREATED, OrderStatus.PAID, OrderStatus.EXPIRED)
    units = ("UNITA", "UNITB")
    orders = [
        _order(number, status=status, payee_unit=unit)
        for number, (status, unit, _) in enumerate(product(statuses, units, range(4)), start=1)
    ]
    for order in orders:
        views.index_order(order)
    for status, unit in product((None, *statuses), (None, *units)):
        search = OrderSearch("portal-a", status=status, payee_unit=unit)
        found = [code for page in _pages(views, search, 3) for code in page]
        wanted = [
            order.payment_code
            for order in reversed(orders)
            if status in (None, order.status) and unit in (None, order.payee_unit)
        ]
        assert found == wanted


def test_since_is_included_and_until_is_not(views: Views) -> None:
    for number in range(1, 6):
        views.index_order(_order(number))
    search = OrderSearch("portal-a", since=_order(2).created_at, until=_order(4).created_at)
    assert _pages(views, search, 10) == [[_order(3).payment_code, _order(2).payment_code]]


def test_a_reference_finds_its_orders_and_no_other_portals(views: Views) -> None:
    mine = [_order(number, reference="HS-7") for number in (1, 2)]
    for order in (*mine, _order(3), _order(4, reference="HS-7", portal="portal-b")):
        views.index_order(order)
    found = _pages(views, OrderSearch("portal-a", reference="HS-7"), 10)
    assert found == [[mine[1].payment_code, mine[0].payment_code]]
    cancelled = OrderSearch("portal-a", reference="HS-7", status=OrderStatus.CANCELLED)
    assert _pages(views, cancelled, 10) == [[]]


@pytest.mark.parametrize("cursor", ["!", "~", "", "9" * 40, "0", "\u1234"])
def test_a_cursor_that_nobody_gave_reads_nobody_elses_rows(views: Views, cursor: str) -> None:
    views.index_order(_order(1, portal="portal-b"))
    assert views.search_orders(OrderSearch("portal-a"), 10, cursor).payment_codes == []


def test_an_older_state_that_comes_late_never_replaces_a_newer_one(views: Views) -> None:
    history = [
        _order(1, status=status)
        for status in (OrderStatus.CREATED, OrderStatus.PENDING, OrderStatus.PAID)
    ]
    for order in (history[2], history[0], history[1], history[2]):
        views.index_order(order)
    paid = OrderSearch("portal-a", status=OrderStatus.PAID)
    assert _pages(views, paid, 10) == [[history[0].payment_code]]


def test_a_portals_orders_are_spread_over_the_shards(province: LocalProvince, views: Views) -> None:
    keys = {order_row_key(_order(number))["pk"] for number in range(1, 200)}
    assert len(keys) == LIST_SHARDS
    views.index_order(_order(1))
    rows = scan(province.settings.views_table, "ORDERS#")
    assert [row["pk"] for row in rows] == [order_row_key(_order(1))["pk"]]


def _transaction(number: int, paid_at: datetime) -> Transaction:
    return Transaction(
        channel="vnpay",
        account="quangninh",
        provider_transaction=f"N{number}",
        payment_no=f"22{number:016d}01",
        amount=Money(50_000, "VND"),
        paid_at=paid_at,
        recorded_at=START,
        disposition=Disposition.APPLIED,
        raw=b"raw",
    )


def test_a_payment_is_of_the_day_on_which_the_provider_took_it_in_the_provinces_zone(
    views: Views,
) -> None:
    last_of_the_first = datetime(2026, 3, 1, 16, 59, 59, tzinfo=UTC)
    first_of_the_second = datetime(2026, 3, 1, 17, 0, tzinfo=UTC)
    for number, paid_at in ((1, last_of_the_first), (2, first_of_the_second)):
        views.write_day_payment(_transaction(number, paid_at), ZONE)
        views.write_day_payment(_transaction(number, paid_at), ZONE)
    for day, number, paid_at in (
        (date(2026, 3, 1), 1, last_of_the_first),
        (date(2026, 3, 2), 2, first_of_the_second),
    ):
        found = list(views.list_day_payments(AccountDay("vnpay", "quangninh", day)))
        assert found == [
            DayPayment(
                provider_transaction=f"N{number}",
                payment_no=f"22{number:016d}01",
                amount=Money(50_000, "VND"),
                paid_at=paid_at,
                disposition=Disposition.APPLIED,
            )
        ]


def test_a_day_gives_every_payment_once_and_none_of_another_account(views: Views) -> None:
    for number in range(1, 41):
        views.write_day_payment(_transaction(number, START), ZONE)
    views.write_day_payment(replace(_transaction(41, START), account="other"), ZONE)
    views.write_day_payment(replace(_transaction(42, START), channel="sandbox"), ZONE)
    found = list(views.list_day_payments(AccountDay("vnpay", "quangninh", date(2026, 3, 2))))
    assert sorted(int(each.provider_transaction[1:]) for each in found) == list(range(1, 41))


def test_a_token_leads_to_its_receipt_and_another_to_none(views: Views) -> None:
    views.write_token("abc", "test-UNITA-phi-2026", 7)
    assert views.read_token("abc") == ("test-UNITA-phi-2026", 7)
    assert views.read_token("abd") is None
    assert views.read_token("") is None


def test_open_cases_are_listed_newest_first_until_they_are_closed(views: Views) -> None:
    cases = [
        Case(CaseKind.DOUBLE_PAYMENT, f"T#{number}", "p", None, START + timedelta(hours=number))
        for number in range(3)
    ]
    for case in cases:
        views.list_case(case)
        views.list_case(case)
    ids, every = [case.case_id for case in cases], CaseSearch()
    assert views.list_open_cases(every, 10, None) == CasePage([ids[2], ids[1], ids[0]], None)
    first = views.list_open_cases(every, 2, None)
    rest = views.list_open_cases(every, 2, first.cursor)
    assert (first.case_ids, rest.case_ids) == ([ids[2], ids[1]], [ids[0]])
    views.unlist_case(cases[1])
    views.unlist_case(cases[1])
    assert views.list_open_cases(every, 10, None).case_ids == [ids[2], ids[0]]


def test_open_cases_are_found_by_kind_state_and_owner(views: Views) -> None:
    opened = Case(CaseKind.DOUBLE_PAYMENT, "T#1", "p", None, START)
    taken = replace(opened, subject="T#2", owner="An Nguyen")
    due = replace(taken, kind=CaseKind.SUSPENSE, subject="T#3", state=CaseState.REFUND_DUE)
    for case in (opened, taken, due):
        views.list_case(case)

    def found(**asked: Any) -> set[str]:
        return set(views.list_open_cases(CaseSearch(**asked), 10, None).case_ids)

    assert found() == {opened.case_id, taken.case_id, due.case_id}
    assert found(owner="") == {opened.case_id}
    assert found(owner="An Nguyen") == {taken.case_id, due.case_id}
    assert found(state=CaseState.REFUND_DUE) == {due.case_id}
    assert found(kind=CaseKind.SUSPENSE) == {due.case_id}
    assert found(kind=CaseKind.SUSPENSE, owner="") == set()
