"""Ask that a finance system be told of a bill: one message per fact, to the queue that numbers.

It goes through the receipts' queue, in a group for each sender: what they need is the same.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from chalicelib.domain.finance_systems import ResultKind
from chalicelib.domain.orders import IssuedReceipt, Order, OrderStatus
from chalicelib.storage.queues import OrderedQueue

_KINDS = {
    OrderStatus.PAID: ResultKind.PAID,
    OrderStatus.CANCELLED: ResultKind.CANCELLED,
    OrderStatus.EXPIRED: ResultKind.EXPIRED,
    OrderStatus.REFUNDED: ResultKind.REFUNDED,
}


@dataclass(frozen=True, slots=True)
class ResultRequest:
    """`part`: which of several: the payment's transaction, or a receipt's series and number."""

    sender: str
    payment_code: str
    kind: ResultKind
    part: str = ""

    @property
    def fact(self) -> str:
        return f"{self.payment_code}#{self.kind}#{self.part}"

    def message(self) -> dict[str, str]:
        return {
            "finance_sender": self.sender,
            "payment_code": self.payment_code,
            "kind": self.kind.value,
            "part": self.part,
        }

    @staticmethod
    def from_message(message: Mapping[str, str]) -> "ResultRequest":
        return ResultRequest(
            message["finance_sender"],
            message["payment_code"],
            ResultKind(message["kind"]),
            message["part"],
        )


def is_result_message(message: Mapping[str, str]) -> bool:
    return "finance_sender" in message


def request_status_results(queue: OrderedQueue, sender: str, order: Order) -> None:
    """What a bill's status says, after what was taken back before; nothing for one that is owed."""
    if not _is_told(order):
        return
    for taken_back in order.reversals:
        for kind in (ResultKind.PAID, ResultKind.REVERSED):
            _send(queue, ResultRequest(sender, order.payment_code, kind, taken_back))
    for voided in order.voided_receipts:
        _send(queue, _of_receipt(sender, order, ResultKind.RECEIPT_VOIDED, voided.issued))
    told = _KINDS.get(order.status)
    if told is not None:
        part = order.paid_by or "" if told is ResultKind.PAID else ""
        _send(queue, ResultRequest(sender, order.payment_code, told, part))


def request_receipt_results(queue: OrderedQueue, sender: str, order: Order) -> None:
    for receipt in order.receipts if _is_told(order) else ():
        _send(queue, _of_receipt(sender, order, ResultKind.RECEIPT, receipt))


def _is_told(order: Order) -> bool:
    """A bill, and money that paid a part of one: else its receipts and the rest's would not add up
    to the bill. A part that was never paid says nothing of it."""
    if order.bill is not None:
        return True
    return order.pays_part and order.paid_by is not None and not order.split.unplaced


def _of_receipt(
    sender: str, order: Order, kind: ResultKind, receipt: IssuedReceipt
) -> ResultRequest:
    part = f"{receipt.series}#{receipt.number}"
    return ResultRequest(sender, order.payment_code, kind, part)


def _send(queue: OrderedQueue, request: ResultRequest) -> None:
    group = hashlib.sha256(f"finance|{request.sender}".encode()).hexdigest()
    deduplication_id = hashlib.sha256(f"{request.sender}|{request.fact}".encode()).hexdigest()
    queue.send(request.message(), group, deduplication_id)
