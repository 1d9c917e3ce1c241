"""Ask for the receipts of a paid order: one message per kind, to the queue that numbers them."""

import hashlib
from dataclasses import dataclass

from chalicelib.domain.business_day import business_day_of
from chalicelib.domain.catalog import ReceiptKind
from chalicelib.domain.orders import Order
from chalicelib.domain.receipts import series_of
from chalicelib.storage.queues import OrderedQueue


@dataclass(frozen=True, slots=True)
class ReceiptRequest:
    payment_code: str
    kind: ReceiptKind
    series: str

    def message(self) -> dict[str, str]:
        return {"payment_code": self.payment_code, "kind": self.kind.value, "series": self.series}

    @staticmethod
    def from_message(message: dict[str, str]) -> "ReceiptRequest":
        return ReceiptRequest(
            message["payment_code"], ReceiptKind(message["kind"]), message["series"]
        )


def missing_kinds(order: Order) -> tuple[ReceiptKind, ...]:
    issued = {receipt.kind for receipt in order.receipts}
    return tuple(kind for kind in order.receipt_kinds if kind not in issued)


def series_of_order(order: Order, kind: ReceiptKind, zone: str) -> str:
    """The year is that of the payment, not of the numbering."""
    assert order.paid_at is not None, "only a paid order has receipts"
    paid_on = business_day_of(order.paid_at, zone)
    return series_of(order.payee_unit, kind, paid_on, order.mode)


def request_receipts(queue: OrderedQueue, order: Order, zone: str) -> None:
    for kind in missing_kinds(order):
        request = ReceiptRequest(order.payment_code, kind, series_of_order(order, kind, zone))
        queue.send(
            request.message(), _group_of(request.series), _deduplication_id(request, order.turn)
        )


def _group_of(series: str) -> str:
    """A queue takes 128 plain characters; a hash keeps any series apart from any other."""
    return hashlib.sha256(series.encode()).hexdigest()


def _deduplication_id(request: ReceiptRequest, turn: int) -> str:
    """After a reversal the queue may not take the next request for the one of minutes ago."""
    subject = f"{request.payment_code}|{request.kind}{f'|{turn}' if turn else ''}"
    return hashlib.sha256(subject.encode()).hexdigest()
