"""Results for finance systems get their numbers: 1, 2, 3 for each sender, each fact once.

It may run twice at once and be asked for the same fact any number of times, as receipts are
(decision 0042). What a result says follows from the order's and the transaction's rows, read by
key; a payment that was taken back since is told all the same, and then that it was taken back.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from chalicelib.domain.bills import price_bill
from chalicelib.domain.business_day import business_day_of
from chalicelib.domain.finance_systems import ResultKind
from chalicelib.domain.order_lines import LinePart, OrderLine
from chalicelib.domain.orders import Order
from chalicelib.domain.receipts import format_number
from chalicelib.errors import DataFault, TryLater
from chalicelib.observability import record_change
from chalicelib.receipts.request_results import ResultRequest
from chalicelib.storage.finance_results import MAX_RESULTS, FinanceResults, Result, ResultLine
from chalicelib.storage.ledger import Ledger
from chalicelib.storage.receipts import ReceiptBook

# Against other numberers of the same sender; each refusal means that one of them went ahead.
MAX_TURNS = 50


@dataclass(frozen=True, slots=True)
class ResultDesk:
    ledger: Ledger
    book: ReceiptBook
    results: FinanceResults
    zone: str


def number_results(desk: ResultDesk, requests: Sequence[ResultRequest]) -> None:
    """`requests` of one sender. Raises: TryLater, DataFault; what was numbered before stays."""
    orders = desk.ledger.read_orders(request.payment_code for request in requests)
    drafts = {}
    for request in dict.fromkeys(requests):
        order = orders.get(request.payment_code)
        if order is None:
            raise DataFault("order_missing", f"no order {request.payment_code} to tell of")
        draft = _draft(desk, order, request)
        drafts[draft.fact] = draft
    waiting = list(drafts.values())
    for start in range(0, len(waiting), MAX_RESULTS):
        _number(desk.results, waiting[start : start + MAX_RESULTS])


def _number(results: FinanceResults, drafts: list[Result]) -> None:
    next_number = results.next_number(drafts[0].sender)
    for _ in range(MAX_TURNS):
        if not drafts:
            return
        numbered = [
            replace(draft, number=next_number + index) for index, draft in enumerate(drafts)
        ]
        refusal = results.add(numbered)
        if refusal is None:
            _tell(numbered)
            return
        if refusal.next_number is None and not refusal.told:
            raise DataFault("result_number_taken", f"{drafts[0].sender}: {next_number} is not free")
        next_number = refusal.next_number or next_number
        drafts = [draft for draft in drafts if draft.fact not in refusal.told]
    raise TryLater("busy", "other numberers of this sender went ahead every time")


def _draft(desk: ResultDesk, order: Order, request: ResultRequest) -> Result:
    """A result without its number."""
    match request.kind:
        case ResultKind.PAID | ResultKind.REVERSED:
            return _of_payment(desk, order, request)
        case ResultKind.RECEIPT | ResultKind.RECEIPT_VOIDED:
            return _of_receipt(desk, order, request)
        case ResultKind.CANCELLED | ResultKind.EXPIRED | ResultKind.REFUNDED:
            return _of_end(desk, order, request)


def _of_payment(desk: ResultDesk, order: Order, request: ResultRequest) -> Result:
    transaction = desk.ledger.read_transaction(request.part)
    if transaction is None:
        raise DataFault("transaction_missing", f"no transaction of {order.payment_code}")
    day, reversal = transaction.counted_on(desk.zone), transaction.reversal
    is_own = transaction.payment_no.startswith(order.payment_code)
    amount = transaction.amount if is_own else order.amount
    paid = replace(
        _plain(order, request, day, transaction.paid_at),
        amount_minor=amount.amount_minor,
        channel=transaction.channel,
        account=transaction.account,
        trade_no=transaction.provider_transaction,
        lines=_lines_paid(order, amount.amount_minor, day),
    )
    if request.kind is ResultKind.PAID or reversal is None:
        return paid
    return replace(paid, occurred_at=reversal.at, reason=reversal.reason)


def _of_receipt(desk: ResultDesk, order: Order, request: ResultRequest) -> Result:
    series, _, number = request.part.rpartition("#")
    receipt = desk.book.read(series, int(number))
    if receipt is None or receipt.payment_code != order.payment_code:
        raise DataFault("receipt_missing", f"{order.payment_code} has no receipt {request.part}")
    is_void = request.kind is ResultKind.RECEIPT_VOIDED
    at = receipt.voided_at if is_void and receipt.voided_at else receipt.issued_at
    return replace(
        _plain(order, request, receipt.paid_on, at),
        amount_minor=receipt.amount.amount_minor,
        receipt_series=series,
        receipt_no=format_number(receipt.number),
        reason=(receipt.void_reason or "") if is_void else "",
    )


def _of_end(desk: ResultDesk, order: Order, request: ResultRequest) -> Result:
    """The day must follow from the rows alone: it says where the fact lies."""
    cancellation = order.bill.cancellation if order.bill else None
    if request.kind is ResultKind.CANCELLED and cancellation is not None:
        day = business_day_of(cancellation.at, desk.zone)
        plain = _plain(order, request, day, cancellation.at)
        return replace(plain, reason=cancellation.reason)
    at = order.expires_at
    return _plain(order, request, business_day_of(at - timedelta(seconds=1), desk.zone), at)


def _plain(order: Order, request: ResultRequest, day: date, at: datetime) -> Result:
    return Result(
        sender=request.sender,
        number=0,
        kind=request.kind,
        fact=request.fact,
        day=day,
        occurred_at=at,
        payment_code=order.payment_code,
        reference=order.reference,
        payee_unit=order.payee_unit,
        amount_minor=order.amount.amount_minor,
        currency=order.amount.currency,
    )


def _lines_paid(order: Order, amount_minor: int, day: date) -> tuple[ResultLine, ...]:
    """Of a bill that is priced for another day since it was paid, as they stood then."""
    candidates = [order.lines]
    if order.bill is not None:
        candidates += [price_bill(order.bill.terms, day - timedelta(days=back)) for back in (0, 1)]
    for lines in candidates:
        if sum(line.amount_minor for line in lines) == amount_minor:
            return _by_item(lines)
    return (ResultLine(order.lines[0].fee_item, 1, amount_minor, 0),)


def _by_item(lines: Sequence[OrderLine]) -> tuple[ResultLine, ...]:
    """What is owed for each fee item, and what its lateness added."""
    found: dict[str, ResultLine] = {}
    for line in lines:
        before = found.get(line.fee_item, ResultLine(line.fee_item, 0, 0, 0))
        if line.part is LinePart.SURCHARGE:
            changed = replace(before, surcharge_minor=before.surcharge_minor + line.amount_minor)
        else:
            changed = replace(
                before,
                quantity=before.quantity + line.quantity,
                amount_minor=before.amount_minor + line.amount_minor,
            )
        found[line.fee_item] = changed
    return tuple(found.values())


def _tell(results: Sequence[Result]) -> None:
    for result in results:
        record_change(
            "finance_result_numbered",
            sender=result.sender,
            number=result.number,
            kind=result.kind.value,
            payment_code=result.payment_code,
        )
