"""Give paid orders their receipt numbers: each series counts 1, 2, 3 without a gap or a double.

It may run twice at once and be asked for the same receipt any number of times. What was written
before is told from the rows that refuse the transaction, never from a memory of our own.
"""

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from chalicelib.domain.business_day import business_day_of
from chalicelib.domain.money import Money
from chalicelib.domain.orders import Order
from chalicelib.domain.province import Province
from chalicelib.domain.receipts import MAX_NUMBER, Receipt
from chalicelib.errors import DataFault, TryLater
from chalicelib.observability import Metric, count, record_change
from chalicelib.receipts.request import ReceiptRequest, series_of_order
from chalicelib.storage.ledger import Ledger
from chalicelib.storage.receipts import MAX_RECEIPTS, IssueRefused, ReceiptBook

TOKEN_BYTES = 20
# Against other numberers of the same series; each refusal means that one of them went ahead.
MAX_TURNS = 50


@dataclass(frozen=True, slots=True)
class NumberingDesk:
    ledger: Ledger
    book: ReceiptBook
    province: Province
    random_bytes: Callable[[int], bytes]


def number_receipts(
    desk: NumberingDesk, requests: Sequence[ReceiptRequest], now: datetime
) -> frozenset[str]:
    """`requests` of one series. Returns the payment codes that must not have a receipt: there is
    no such paid order, or it is not of this series. Of a payment that was reversed nothing is left
    to do: one after it has a request of its own.

    Raises: TryLater; what was numbered before stays."""
    drafts: dict[str, Receipt] = {}
    refused: set[str] = set()
    orders = desk.ledger.read_orders(request.payment_code for request in requests)
    for request in dict.fromkeys(requests):
        order = orders.get(request.payment_code)
        if order is None or not _fits(order, request, desk.province.zone):
            if order is None or not order.reversals:
                refused.add(request.payment_code)
        elif all(receipt.kind is not request.kind for receipt in order.receipts):
            drafts[request.payment_code] = _draft(desk, order, request, now)
    waiting = list(drafts.values())
    for start in range(0, len(waiting), MAX_RECEIPTS):
        refused |= _number(desk.book, waiting[start : start + MAX_RECEIPTS])
    return frozenset(refused)


def _number(book: ReceiptBook, drafts: Sequence[Receipt]) -> frozenset[str]:
    unpaid: frozenset[str] = frozenset()
    next_number = book.next_number(drafts[0].series) if drafts else 1
    for _ in range(MAX_TURNS):
        if not drafts:
            return unpaid
        numbered = _count_up(drafts, next_number)
        refusal = book.issue(numbered)
        if refusal is None:
            _tell(numbered)
            return unpaid
        _require_consistent(refusal, drafts[0].series)
        next_number = refusal.next_number or next_number
        unpaid |= refusal.unpaid - refusal.reversed
        done = refusal.numbered | refusal.unpaid
        drafts = [draft for draft in drafts if draft.payment_code not in done]
    raise TryLater("busy", "other numberers of this series went ahead every time")


def _count_up(drafts: Sequence[Receipt], first: int) -> list[Receipt]:
    """Raises: DataFault when the series is full."""
    if first + len(drafts) - 1 > MAX_NUMBER:
        raise DataFault("series_full", f"series {drafts[0].series} has no numbers left")
    return [replace(draft, number=first + index) for index, draft in enumerate(drafts)]


def _require_consistent(refusal: IssueRefused, series: str) -> None:
    if refusal.next_number is None and refusal.taken:
        raise DataFault("receipt_number_taken", f"series {series}: {refusal.taken[0]} is not free")


def _fits(order: Order, request: ReceiptRequest, zone: str) -> bool:
    if order.paid_by is None or order.paid_at is None or request.kind not in order.receipt_kinds:
        return False
    return series_of_order(order, request.kind, zone) == request.series


def _draft(desk: NumberingDesk, order: Order, request: ReceiptRequest, now: datetime) -> Receipt:
    """A receipt without its number."""
    assert order.paid_by is not None
    assert order.paid_at is not None
    lines = tuple(line for line in order.lines if line.receipt_kind is request.kind)
    marks = desk.province.receipt_patterns[request.kind]
    return Receipt(
        series=request.series,
        number=0,
        token=_token(desk.random_bytes(TOKEN_BYTES)),
        kind=request.kind,
        pattern=marks.pattern,
        serial=marks.serial,
        payment_code=order.payment_code,
        payee_unit=order.payee_unit,
        amount=Money(sum(line.amount_minor for line in lines), order.amount.currency),
        lines=lines,
        paid_by=order.paid_by,
        paid_on=business_day_of(order.paid_at, desk.province.zone),
        issued_at=now,
        sealed_payer=order.sealed_payer,
    )


def _token(random_bytes: bytes) -> str:
    """160 bits as 32 letters and digits that survive any case."""
    return base64.b32encode(random_bytes).decode().lower()


def _tell(receipts: Sequence[Receipt]) -> None:
    for receipt in receipts:
        record_change(
            "receipt_issued",
            payment_code=receipt.payment_code,
            series=receipt.series,
            number=receipt.number,
        )
    count(Metric.RECEIPTS_ISSUED, len(receipts))
