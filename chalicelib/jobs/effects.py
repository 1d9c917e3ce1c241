"""What follows from a change in the ledger: search rows, notices, receipts, day rows, open cases.

The stream brings every change; the sweeper brings a paid order again when its effects are overdue.
Both come here, so every effect may be repeated, and the order of the steps is what keeps them from
being lost (decision 0041): a paid order, or a case, stays due until its last step is done.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from chalicelib.domain.cases import Case
from chalicelib.domain.identifiers import PAYMENT_CODE_LENGTH
from chalicelib.domain.notices import NoticeType
from chalicelib.domain.orders import IssuedReceipt, Order, OrderStatus
from chalicelib.domain.payments import Reversal, Transaction
from chalicelib.notices.announce import request_notice
from chalicelib.notices.messages import Announcement
from chalicelib.receipts.request import missing_kinds, request_receipts
from chalicelib.receipts.request_results import request_receipt_results, request_status_results
from chalicelib.storage.cases import Cases
from chalicelib.storage.ledger import Ledger
from chalicelib.storage.queues import OrderedQueue, Queue
from chalicelib.storage.receipts import ReceiptBook
from chalicelib.storage.reversals import Reversals
from chalicelib.storage.views import Views
from chalicelib.wiring import Platform

NOTICES = {
    OrderStatus.PAID: NoticeType.ORDER_PAID,
    OrderStatus.CANCELLED: NoticeType.ORDER_CANCELLED,
    OrderStatus.EXPIRED: NoticeType.ORDER_EXPIRED,
}


@dataclass(frozen=True, slots=True)
class EffectDesk:
    """`finance_senders`: by portal, the finance system that is told of its bills."""

    ledger: Ledger
    book: ReceiptBook
    views: Views
    cases: Cases
    notices: Queue
    receipts: OrderedQueue
    reversals: Reversals
    zone: str
    finance_senders: Mapping[str, str] = field(default_factory=dict)


def effect_desk(parts: Platform) -> EffectDesk:
    province = parts.setup.read_province()
    return EffectDesk(
        ledger=parts.ledger,
        book=parts.receipt_book,
        views=parts.views,
        cases=parts.cases,
        notices=parts.notices_queue,
        receipts=parts.receipts_queue,
        reversals=parts.reversals,
        zone=province.zone,
        finance_senders={each.portal: each.sender for each in province.finance_systems},
    )


def follow_status(desk: EffectDesk, order: Order, now: datetime) -> None:
    """The receipts are asked for last: whoever sees a receipt knows that the rest was done."""
    _index(desk, order)
    if order.open_code is not None:
        follow_open_code(desk, order)
    notice_type = NOTICES.get(order.status)
    if notice_type is not None:
        told = Announcement(notice_type, order.payment_code, now, turn=order.turn)
        request_notice(desk.notices, told)
    _tell_finance(desk, order)
    if order.status is OrderStatus.PAID:
        request_receipts(desk.receipts, order, desk.zone)
        if not order.receipt_kinds:  # a basket: its bills have theirs
            desk.book.finish(order)
    if order.status in (OrderStatus.CANCELLED, OrderStatus.EXPIRED):
        desk.ledger.finish_closed(order.payment_code)


def follow_open_code(desk: EffectDesk, order: Order) -> None:
    """A paid one is listed, as unbound until it is bound."""
    if order.paid_by is not None:
        desk.views.open_codes.index(order)


def follow_receipts(desk: EffectDesk, order: Order, now: datetime) -> None:
    """After the last receipt's effects the order is no longer due."""
    for receipt in order.receipts:
        _follow_receipt(desk, order.payment_code, receipt, order.turn, now)
    sender = desk.finance_senders.get(order.portal)
    if sender is not None:
        request_receipt_results(desk.receipts, sender, order)
    if not missing_kinds(order):
        desk.book.finish(order)


def follow_voided(desk: EffectDesk, order: Order) -> None:
    """Whoever has the token of a void receipt is told so, and not that there is none."""
    for each in order.voided_receipts:
        desk.views.write_token(each.issued.token, each.issued.series, each.issued.number)


def follow_transaction(desk: EffectDesk, transaction: Transaction) -> None:
    desk.views.write_day_payment(transaction, desk.zone)
    if transaction.reversal is not None:
        _follow_reversal(desk, transaction, transaction.reversal)


def _follow_reversal(desk: EffectDesk, transaction: Transaction, reversal: Reversal) -> None:
    """That the order is found as unpaid again follows from its own row."""
    code = transaction.payment_no[:PAYMENT_CODE_LENGTH]
    facts = [(NoticeType.RECEIPT_VOIDED, kind) for kind in reversal.voids]
    for notice_type, kind in (*facts, (NoticeType.ORDER_REVERSED, None)):
        told = Announcement(notice_type, code, reversal.at, kind, reversal.turn)
        request_notice(desk.notices, told)
    desk.reversals.finish(transaction.key)


def _follow_receipt(
    desk: EffectDesk, payment_code: str, receipt: IssuedReceipt, turn: int, now: datetime
) -> None:
    desk.views.write_token(receipt.token, receipt.series, receipt.number)
    told = Announcement(NoticeType.RECEIPT_ISSUED, payment_code, now, receipt.kind, turn)
    request_notice(desk.notices, told)


def _tell_finance(desk: EffectDesk, order: Order) -> None:
    sender = desk.finance_senders.get(order.portal)
    if sender is not None:
        request_status_results(desk.receipts, sender, order)


def _index(desk: EffectDesk, order: Order) -> None:
    desk.views.index_order(order)
    if order.bill is not None:
        desk.views.index_bill(order)


def follow_case(desk: EffectDesk, case: Case) -> None:
    if case.is_listed:
        desk.views.list_case(case)
    else:
        desk.views.unlist_case(case)
    desk.cases.finish(case.case_id)


def restore_effects(desk: EffectDesk, order: Order, now: datetime) -> None:
    """Everything that follows from an order that was paid or closed, as it is now."""
    transaction = desk.ledger.read_transaction(order.paid_by) if order.paid_by else None
    if transaction is not None:
        follow_transaction(desk, transaction)
    follow_status(desk, order, now)
    if order.receipts:
        follow_receipts(desk, order, now)


def restore_reversal(desk: EffectDesk, key: str, now: datetime) -> None:
    """Everything that follows from a reversal, and from the payment that it took back: what that
    order was due for is not known any more."""
    transaction = desk.ledger.read_transaction(key)
    if transaction is None or transaction.reversal is None:
        return
    turn, code = transaction.reversal.turn, transaction.payment_no[:PAYMENT_CODE_LENGTH]
    order = desk.ledger.read_order(code)
    if order is not None:
        _index(desk, order)
        _tell_finance(desk, order)
        request_notice(desk.notices, Announcement(NoticeType.ORDER_PAID, code, now, turn=turn))
        for voided in order.voided_receipts:
            if voided.turn == turn:
                _follow_receipt(desk, code, voided.issued, turn, now)
    follow_transaction(desk, transaction)


def restore_case(desk: EffectDesk, case_id: str) -> None:
    """Everything that follows from a case, and from the money that it is about."""
    case = desk.cases.read(case_id)
    if case is None:
        return
    if case.is_about_money:
        transaction = desk.ledger.read_transaction(case.subject)
        if transaction is not None:
            follow_transaction(desk, transaction)
    follow_case(desk, case)
